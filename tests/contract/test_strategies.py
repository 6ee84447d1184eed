"""What every strategy keeps to, those to come included: all run through the same situations.

Who guarantees what: a strategy answers for its reasons, their facts and the order of its proposals, and for
using nothing that it does not declare. Ranking answers for what is offered at all: a strategy may propose
what is sold out, unknown, on the page or in stock, and need not care.
"""

import pkgutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

import recommender.strategies
from consent.vocabulary import FIELD_CODES
from recommender.catalogue import Catalogue, build_catalogue
from recommender.inputs import NOTHING_PERMITTED, ListKind, Occasion, PermittedData, Preferences
from recommender.learning.contributions import History
from recommender.occasion_days import next_day
from recommender.ranking import recommend, situation_of
from recommender.results import WHOLE, Candidate, Fact, Reason, Source
from recommender.strategies import RULES_OUT, STRATEGIES, fields_used_of
from recommender.strategy import Situation, Strategy
from recommender.tips import Age, Interval, Season
from tests.builders import (
    BROWSING,
    DEVICES,
    OCCASIONS,
    PREFERENCES,
    PURCHASES,
    a_catalogue,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_return,
    a_situation,
    a_tip,
    bought_by_others,
    browsed,
    euros,
    permitted,
    tells,
)

ROWS = (
    a_purchase("printer", days_ago=400),
    a_purchase("black", days_ago=130),
    a_purchase("black", days_ago=90, quantity=2),
    a_purchase("cyan", days_ago=5),
    a_purchase("coffee", days_ago=75),
    a_purchase("coffee", days_ago=55),
    a_purchase("coffee", days_ago=35),
    a_purchase("soap-small", days_ago=90),
    a_purchase("soap-large", days_ago=60),
    a_purchase("phone", days_ago=30),
    a_return("phone", days_ago=20),
    a_purchase("sold-out", days_ago=90),
    a_purchase("no-longer-known", days_ago=60),
    a_purchase("no-longer-known", days_ago=30),
    a_purchase("silk", days_ago=370),
    a_device("laser", days_ago=700),
    a_device("fax", gone=True),
    a_device("printer"),
)
VIEWS = (
    browsed("paper", days_ago=2),
    browsed("paper"),
    browsed("sold-out"),
    browsed("unknown"),
    browsed("no-longer-known"),
)
CARTS = (browsed("pen", days_ago=1), browsed("printer", days_ago=3))
TOLD = tells(
    likes=["faber", "HP"], liked_categories=["Pens"], dislikes=["Acme"], sizes={"pens": ("S",)}, budget="20"
)
OCCASION_NEAR = Occasion(day="06-20", name="Our day", recipient="mother", lead_days=20, budget=euros("50"))
OVER = Occasion(day="2026-01-01", recipient="friend")
ALL_FIELDS = PURCHASES | DEVICES | BROWSING | PREFERENCES
SHOP = a_catalogue(
    a_product("printer", category="printers"),
    a_product("laser", category="printers"),
    a_product("fax", category="printers"),
    a_product("phone"),
    a_product("black", brand="HP", category="ink", colour="black", usual_days=60),
    a_product("black-xl", brand="HP", category="ink", colour="black", usual_days=120),
    a_product("cyan", brand="HP", category="ink", colour="cyan", featured_rank=3),
    a_product("toner", category="toner"),
    a_product("roll", featured_rank=2),
    a_product("case"),
    a_product("coffee", category="coffee"),
    a_product("soap-small", group="soap", usual_days=60),
    a_product("soap-large", group="soap", usual_days=60),
    a_product("sold-out", available=False, featured_rank=1, usual_days=60),
    a_product("paper", category="paper", featured_rank=1),
    a_product("pen", category="pens", brand="Faber", price="4.50"),
    a_product("fountain-pen", category="pens", brand="Faber", price="120.00"),
    a_product("crayon", category="crayons", brand="FABER"),
    a_product("silk", category="scarves"),
    a_product("scarf", category="scarves", brand="Faber", price="40.00", suits=["mother", "friend"]),
    a_product("shawl", category="scarves", price="30.00"),
    a_product("watch", category="watches", price="900.00", suits="mother"),
    a_product("tie", category="scarves", suits=["father"]),
    a_product("espresso", category="coffee", available_since="2026-06-08"),
    a_product("first-ink", for_newcomers=True),
    fits={
        "black": ["printer"],
        "black-xl": ["printer"],
        "cyan": ["printer"],
        "toner": ["laser"],
        "roll": ["fax"],
        "sold-out": ["printer", "laser"],
        "case": ["phone"],
    },
    tips=(
        a_tip("head", "printer", "no-longer-known", due=Age(after_days=365)),
        a_tip("dust", categories=["printers"], due=Interval(every_days=100)),
        a_tip("heat", "laser", "coffee", brands=["HP"], due=Season(first=(6, 1), last=(8, 31))),
        a_tip("frost", "laser", "printer", due=Season(first=(12, 1), last=(2, 28))),
    ),
)
LEARNED = bought_by_others(
    {"pen": 9, "fax": 8, "sold-out": 8, "paper": 7, "unknown": 6, "toner": 5, "case": 4}
)
MANY = range(400)
LARGE_SHOP = a_catalogue(
    *(
        a_product(
            f"p{n}",
            category=f"category-{n % 7}",
            brand=f"brand-{n % 3}",
            price=f"{n % 60}.00" if n % 5 else None,
            colour=("black", "cyan", None)[n % 3],
            usual_days=(30 + n % 50) if n % 2 else None,
            available=n % 11 != 0,
            featured_rank=n if n % 13 == 0 else None,
        )
        for n in MANY
    ),
    fits={f"p{n}": [f"p{n % 20}", f"p{n % 9}"] for n in MANY if n > 20 and n % 4},
)
LARGE_DATA = permitted(
    *(a_purchase(f"p{n}", days_ago=n % 200) for n in MANY if n % 3 == 0),
    *(a_return(f"p{n}", days_ago=0) for n in MANY if n % 15 == 0),
    *(a_device(f"p{n}", gone=n % 5 == 0) for n in range(12)),
    views=[browsed(f"p{n}", days_ago=n % 30) for n in MANY if n % 4],
    carts=[browsed(f"p{n}", days_ago=n % 9) for n in MANY if n % 10 == 0],
    preferences=tells(likes=["brand-1"], liked_categories=["category-2"], budget="40"),
    fields=ALL_FIELDS,
)
LARGE_POPULARITY = bought_by_others({f"p{n}": n % 12 for n in MANY})


def of_hers(fields: Collection[str] = ALL_FIELDS, *, turned: bool = False) -> PermittedData:
    """All that there is of her, as far as she allows `fields`."""
    order = -1 if turned else 1
    likes = replace(TOLD.likes, brands=TOLD.likes.brands[::order])
    return permitted(
        *ROWS[::order],
        views=VIEWS[::order],
        carts=CARTS[::order],
        preferences=replace(TOLD, likes=likes),
        occasions=(OCCASION_NEAR, OVER)[::order],
        fields=fields,
    )


def a_day_in_the_shop(
    data: PermittedData,
    *,
    shop: Catalogue = SHOP,
    learned: Mapping[str, History] = LEARNED,
    kind: ListKind = ListKind.ALL,
) -> Situation:
    """A customer on the page of the fax and the laser printer."""
    request = a_request("fax", "laser", limit=50, list_kind=kind)
    return a_situation(shop, data=data, request=request, others=learned)


SITUATIONS = {
    "an empty shop": a_day_in_the_shop(of_hers(), shop=a_catalogue()),
    "everything permitted": a_day_in_the_shop(of_hers()),
    "what she bought before": a_day_in_the_shop(of_hers(), kind=ListKind.AGAIN),
    "products alone of what she bought before": a_day_in_the_shop(
        of_hers(["purchases.product"]), kind=ListKind.AGAIN
    ),
    "nothing permitted": a_day_in_the_shop(NOTHING_PERMITTED),
    "permitted but nothing there": a_day_in_the_shop(permitted(fields=ALL_FIELDS)),
    "purchases alone": a_day_in_the_shop(of_hers(PURCHASES)),
    "devices alone": a_day_in_the_shop(of_hers(DEVICES)),
    "products alone": a_day_in_the_shop(of_hers(["purchases.product", "devices.product"])),
    "views alone": a_day_in_the_shop(of_hers(["browsing.views"])),
    "cart additions alone": a_day_in_the_shop(of_hers(["browsing.carts"])),
    "what she told alone": a_day_in_the_shop(of_hers(PREFERENCES)),
    "what she likes alone": a_day_in_the_shop(of_hers(["preferences.likes"])),
    "an occasion is near": a_day_in_the_shop(of_hers(OCCASIONS)),
    "an occasion, and what she gave and likes": a_day_in_the_shop(
        of_hers(OCCASIONS | PURCHASES | PREFERENCES)
    ),
    "purchases and what she browsed": a_day_in_the_shop(of_hers(PURCHASES | BROWSING)),
    "hundreds of products that she bought before": a_day_in_the_shop(
        LARGE_DATA, shop=LARGE_SHOP, learned=LARGE_POPULARITY, kind=ListKind.AGAIN
    ),
    "hundreds of products": a_day_in_the_shop(LARGE_DATA, shop=LARGE_SHOP, learned=LARGE_POPULARITY),
}

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
every_situation = pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)


def test_each_field_that_is_declared_speaks_in_some_reason_here() -> None:
    """Otherwise nothing below would say anything of it."""
    told = {
        fact.field
        for situation in SITUATIONS.values()
        for strategy in STRATEGIES
        for candidate in proposals(strategy, situation)
        for fact in candidate.reason.facts
        if fact.source is Source.CUSTOMER
    }
    assert told >= BROWSING | OCCASIONS | {"preferences.likes", "preferences.budget"} | {
        "purchases.product",
        "purchases.date",
        "devices.product",
        "devices.since",
    }


def proposals(strategy: Strategy, situation: Situation) -> list[Candidate]:
    """What ranking would get: nothing of a strategy that cannot be used with what is permitted."""
    if not strategy.is_usable_with(situation.data.fields):
        return []
    return list(strategy.propose(situation))


def without_her_data(situation: Situation) -> Situation:
    nothing_of_hers = a_situation(situation.catalogue)
    return replace(situation, data=nothing_of_hers.data, possessions=nothing_of_hers.possessions)


def subsets(fields: frozenset[str]) -> Iterator[frozenset[str]]:
    for size in range(len(fields) + 1):
        yield from map(frozenset, combinations(sorted(fields), size))


# Each with each of what happened, each with each of what she told: all sets would be thousands.
SETS_OF_FIELDS = [
    *subsets(ALL_FIELDS - PREFERENCES),
    *subsets(PREFERENCES | {"purchases.product"}),
    *subsets(OCCASIONS | {"purchases.date", "purchases.product"}),
]


def fields_declared(strategy: Strategy) -> frozenset[str]:
    return frozenset().union(*(needs.required | needs.optional for needs in strategy.needs))


# The tuple


def test_each_strategy_is_one_file_and_one_line_in_the_tuple() -> None:
    files = {module.name for module in pkgutil.iter_modules(recommender.strategies.__path__)}
    assert sorted(strategy.name for strategy in STRATEGIES) == sorted(files)


@every_strategy
def test_some_situation_here_makes_it_propose_something(strategy: Strategy) -> None:
    assert any(proposals(strategy, situation) for situation in SITUATIONS.values())


# Needs


@every_strategy
def test_it_needs_fields_that_there_are(strategy: Strategy) -> None:
    assert strategy.needs
    assert fields_declared(strategy) <= set(FIELD_CODES)


@every_strategy
def test_it_is_not_usable_when_no_alternative_of_its_needs_is_met(strategy: Strategy) -> None:
    for fields in subsets(fields_declared(strategy)):
        missing = [needs.required - fields for needs in strategy.needs]
        if all(missing):
            assert not strategy.is_usable_with(fields)
            assert strategy.fields_used_of(fields) == frozenset()


@every_strategy
def test_each_alternative_of_its_needs_is_enough(strategy: Strategy) -> None:
    for needs in strategy.needs:
        assert strategy.is_usable_with(needs.required)
        assert strategy.fields_used_of(needs.required) == needs.required
        assert strategy.fields_used_of(needs.required | needs.optional) >= needs.required | needs.optional


@every_strategy
def test_of_what_is_permitted_it_uses_only_what_it_declares(strategy: Strategy) -> None:
    for fields in SETS_OF_FIELDS:
        used = strategy.fields_used_of(fields)
        assert used <= fields & fields_declared(strategy)
        with_more = a_day_in_the_shop(of_hers(fields))
        with_these = a_day_in_the_shop(of_hers(used))
        assert proposals(strategy, with_more) == proposals(strategy, with_these)


@every_strategy
@every_situation
def test_what_needs_nothing_of_hers_ignores_her_data(strategy: Strategy, situation: Situation) -> None:
    if strategy.is_usable_with(frozenset()):
        assert proposals(strategy, situation) == proposals(strategy, without_her_data(situation))


def test_the_fields_read_are_those_that_some_strategy_uses() -> None:
    """And those by which ranking leaves out what any of them proposes."""
    for fields in SETS_OF_FIELDS:
        used = fields_used_of(fields | {"purchases.served_by", "browsing.searches", "contact.channels"})
        of_strategies = frozenset[str]().union(*(one.fields_used_of(fields) for one in STRATEGIES))
        assert used == of_strategies | (fields & RULES_OUT)
        assert used <= fields


@pytest.mark.parametrize("kind", ListKind)
def test_a_list_is_the_same_without_the_fields_that_it_has_no_use_for(kind: ListKind) -> None:
    day = a_day_in_the_shop(of_hers(), kind=kind)
    unused = 0
    for fields in SETS_OF_FIELDS[::9]:
        used = fields_used_of(fields, day.request)
        unused += used != fields
        assert used <= fields_used_of(fields) <= fields
        assert listed(day, of_hers(used)) == listed(day, of_hers(fields))
    assert unused > 0


def listed(day: Situation, data: PermittedData) -> Sequence[object]:
    situation = situation_of(
        day.request,
        data=data,
        customer_id=day.customer_id,
        catalogue=day.catalogue,
        learned=day.learned,
        similarity=day.similarity,
        today=day.today,
        settings=day.settings,
    )
    return recommend(situation).items


# Proposals


@every_strategy
@every_situation
def test_it_proposes_the_best_first(strategy: Strategy, situation: Situation) -> None:
    scores = [candidate.score for candidate in proposals(strategy, situation)]
    assert scores == sorted(scores, reverse=True)


@every_strategy
@every_situation
def test_it_proposes_nothing_twice_for_the_same_reason(strategy: Strategy, situation: Situation) -> None:
    found = [(candidate.product_id, candidate.reason.facts) for candidate in proposals(strategy, situation)]
    assert len(found) == len(set(found))


@every_strategy
@every_situation
def test_it_proposes_the_same_again(strategy: Strategy, situation: Situation) -> None:
    assert proposals(strategy, situation) == proposals(strategy, situation)


@every_strategy
def test_the_order_of_handing_in_changes_nothing(strategy: Strategy) -> None:
    products, fits = list(SHOP.products.values()), list(SHOP.fits.items())
    turned_shop = build_catalogue(products[::-1], dict(fits[::-1]), SHOP.tips[::-1])
    turned = a_day_in_the_shop(of_hers(turned=True), shop=turned_shop)
    assert proposals(strategy, turned) == proposals(strategy, SITUATIONS["everything permitted"])


# Reasons


@every_strategy
@every_situation
def test_it_gives_only_reasons_that_it_declares(strategy: Strategy, situation: Situation) -> None:
    assert {candidate.reason.code for candidate in proposals(strategy, situation)} <= strategy.reasons


@every_strategy
@every_situation
def test_shares_add_up_exactly(strategy: Strategy, situation: Situation) -> None:
    for candidate in proposals(strategy, situation):
        shares = [fact.share for fact in candidate.reason.facts]
        assert sum(shares) + candidate.reason.others.share == WHOLE
        assert min(shares) >= 0


@every_strategy
@every_situation
def test_facts_of_hers_are_of_fields_that_were_handed_in(strategy: Strategy, situation: Situation) -> None:
    for candidate in proposals(strategy, situation):
        hers = {fact.field for fact in candidate.reason.facts if fact.source is Source.CUSTOMER}
        assert hers <= situation.data.fields & fields_declared(strategy)


@every_strategy
@every_situation
def test_facts_of_hers_are_true(strategy: Strategy, situation: Situation) -> None:
    true = set(_true_of_her(situation.data))
    for candidate in proposals(strategy, situation):
        hers = {_plain(fact) for fact in candidate.reason.facts if fact.source is Source.CUSTOMER}
        assert hers <= true


@every_strategy
@every_situation
def test_what_the_sentence_says_is_taken_from_the_facts(strategy: Strategy, situation: Situation) -> None:
    for candidate in proposals(strategy, situation):
        for name, value in candidate.reason.params.items():
            assert _follows_from_facts(name, value, candidate.reason, situation.today), (name, value)


@every_strategy
@every_situation
def test_ranking_drops_what_is_not_offered(strategy: Strategy, situation: Situation) -> None:
    """The other half of the contract: the answer has no such product, whoever proposed it."""
    answer = recommend(situation)
    proposed = {candidate.product_id for candidate in proposals(strategy, situation)}
    not_offered = {product_id for product_id in proposed if not situation.catalogue.is_offered(product_id)}
    suggested = [item.product_id for item in answer.products]
    assert not_offered.isdisjoint(suggested)
    assert len(suggested) == len(set(suggested))


def _true_of_her(data: PermittedData) -> Iterator[tuple[str, str | None, date | int | None]]:
    for purchase in data.purchases or ():
        if not purchase.returned:
            yield ("purchases.product", purchase.product_id, None)
            yield ("purchases.date", purchase.product_id, purchase.day)
    if not data.purchases:
        yield ("purchases.product", None, 0)
    for device in data.devices or ():
        yield ("devices.product", device.product_id, None)
        yield ("devices.since", device.product_id, device.since)
    for field, rows in (("browsing.views", data.views), ("browsing.carts", data.carts)):
        yield from ((field, one.product_id, None) for one in rows or ())
    for occasion in data.occasions or ():
        yield from _true_of(occasion)
    preferences = data.preferences or Preferences()
    for liked in (*preferences.likes.brands, *preferences.likes.categories):
        yield ("preferences.likes", liked, None)
    if preferences.budget is not None:
        yield ("preferences.budget", f"{preferences.budget.amount} {preferences.budget.currency}", None)


def _true_of(occasion: Occasion) -> Iterator[tuple[str, str | None, date | int | None]]:
    for name in ("name", "recipient"):
        yield (f"occasions.{name}", getattr(occasion, name), None)
    yield ("occasions.date", occasion.day, next_day(occasion.day, a_moment().date(), None))
    yield ("occasions.lead_days", None, occasion.lead_days)
    if occasion.budget is not None:
        yield ("occasions.budget", f"{occasion.budget.amount} {occasion.budget.currency}", None)


def _plain(fact: Fact) -> tuple[str, str | None, date | int | None]:
    return (fact.field, fact.ref, fact.value)


def _follows_from_facts(name: str, value: str | int | date, reason: Reason, today: date) -> bool:
    """A product or field is named by a fact, a date or number is its value; of days that she bought on
    only the last is a fact, so that what is counted from them all needs `purchases.date` at least."""
    values = {fact.value for fact in reason.facts}
    if name == "elapsed_days":
        return any((today - day).days == value for day in values if isinstance(day, date))
    if name in ("times", "customer_type"):
        told_by = ("purchases.product", "purchases.date")
        return any(fact.source is Source.CUSTOMER and fact.field in told_by for fact in reason.facts)
    if name in ("gap_days", "interval_days"):
        return any(fact.field == "purchases.date" and fact.value is not None for fact in reason.facts)
    if name in ("is_mixed", "status_unknown"):
        return value is True  # widens what the sentence says: it tells less, not more
    named = {text for fact in reason.facts for text in (fact.ref, fact.field)}
    return value in values or value in named
