"""What holds for `recommend` in every shop and for every customer, against a second, naive reading of the rules.

Shops are small and crowded, so that things meet: variants, misfits, returns, devices that are gone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import prod
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from recommender.catalogue import build_catalogue
from recommender.feedback import FeedbackKind
from recommender.inputs import (
    NOTHING_PERMITTED,
    Browsed,
    Device,
    ListKind,
    Money,
    PermittedData,
    Preferences,
    Product,
    Purchase,
    Said,
    Settings,
    Tastes,
)
from recommender.inputs import Request as Asked
from recommender.learning.contributions import History
from recommender.learning.model import learn
from recommender.learning.settings import LearningSettings
from recommender.ranking import recommend, situation_of
from recommender.results import WHOLE, CareTip, ReasonCode, Recommendation, Source, Suggestion
from recommender.similarity import build_similarity
from recommender.strategies import STRATEGIES
from recommender.strategy import Tier
from recommender.tips import Age, Interval, Season, Tip
from tests.builders import (
    DEVICES,
    FEEDBACK,
    PREFERENCES,
    PURCHASES,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    browsed,
    permitted,
    said,
)

TODAY = a_moment().date()
# How likely she buys again is not read naively here, so every chance is high enough (test_replenish.py has that).
SETTINGS = Settings(learning=LearningSettings(k=2), unknown_interval_days=30, likely_due_permille=0)
ANNA = "anna"
IDS = [f"p{number}" for number in range(8)]
UNKNOWN = "not-in-this-shop"
ALL_FIELDS = PURCHASES | DEVICES | PREFERENCES | FEEDBACK


@dataclass(frozen=True, kw_only=True)
class World:
    """A shop, a customer with what she allows, what others bought, and a request."""

    products: tuple[Product, ...]
    fits: Mapping[str, frozenset[str]]
    tips: tuple[Tip, ...]
    data: PermittedData
    baskets: Mapping[str, frozenset[str]]
    request: Asked

    @property
    def available(self) -> dict[str, Product]:
        return {product.id: product for product in self.products if product.available}


some_ids = st.sampled_from(IDS)
days_ago = st.sampled_from([0, 5, 8, 16, 20, 30, 60, 120, 200])
products_ = st.lists(
    st.builds(
        a_product,
        some_ids,
        title=st.sampled_from(["red pen", "blue pen", "printer"]),
        brand=st.sampled_from([None, None, "HP", "Faber"]),
        category=st.sampled_from([None, "ink", "ink", "paper"]),
        size=st.sampled_from([None, None, "S", 38]),
        price=st.sampled_from([None, "9.90", "100"]),
        colour=st.sampled_from([None, None, "black", "Black"]),
        group=st.sampled_from([None, None, None, "g"]),
        usual_days=st.sampled_from([None, 10, 60]),
        available=st.sampled_from([True, True, True, False]),
        sensitive=st.sampled_from([False, False, False, True]),
        sample_of=st.sampled_from([None, None, *IDS[:4], UNKNOWN]),
        for_newcomers=st.sampled_from([None, None, True]),
        available_since=st.sampled_from([None, None, "2026-06-04", "2026-06-20"]),
        featured_rank=st.sampled_from([None, None, 1, 2]),
    ),
    unique_by=lambda product: product.id,
    min_size=3,
    max_size=len(IDS),
).map(tuple)
fits_ = st.dictionaries(some_ids, st.frozensets(st.sampled_from(IDS[:3]), min_size=1), min_size=1, max_size=6)
seasons = st.sampled_from([(6, 1), (6, 10), (6, 11), (9, 1), (12, 24), (2, 29)])
tips_ = st.lists(
    st.builds(
        Tip,
        id=st.sampled_from(["t0", "t1", "t2", "t3"]),
        products=st.frozensets(st.sampled_from([*IDS, UNKNOWN]), max_size=2),
        categories=st.sampled_from([frozenset(), frozenset({"ink"}), frozenset({"paper"})]),
        due=st.builds(Season, first=seasons, last=seasons)
        | st.builds(Interval, every_days=st.sampled_from([8, 20, 60]))
        | st.builds(
            Age, after_days=st.sampled_from([1, 8, 20]), until_days=st.sampled_from([None, None, 20, 60])
        ),
    ),
    unique_by=lambda tip: tip.id,
    max_size=4,
).map(tuple)
purchases_ = st.lists(
    st.builds(
        a_purchase,
        st.sampled_from([*IDS, UNKNOWN]),
        days_ago=days_ago,
        quantity=st.integers(1, 3),
        returned=st.sampled_from([False, False, False, True]),
    ),
    max_size=8,
)
devices_ = st.lists(
    st.builds(
        a_device,
        st.sampled_from([*IDS[:4], *IDS[:3], UNKNOWN]),
        days_ago=st.none() | days_ago,
        gone=st.sampled_from([False, False, True]),
    ),
    unique_by=lambda device: device.product_id,
    max_size=3,
)
tastes_ = st.builds(
    Tastes,
    brands=st.sampled_from([(), (), ("HP",), ("faber", "hp")]),
    categories=st.sampled_from([(), (), (), ("Paper",), ("ink",)]),
)
preferences_ = st.builds(
    Preferences,
    likes=tastes_,
    dislikes=tastes_,
    sizes=st.sampled_from([{}, {}, {"ink": ("s", "M")}, {"Paper": ("38",), "pens": ("1",)}]),
    budget=st.sampled_from([None, Money(amount="9.9", currency="EUR"), Money(amount="1", currency="USD")]),
) | st.just(Preferences())
said_ = st.lists(
    st.builds(
        said,
        st.sampled_from([kind.value for kind in FeedbackKind]),
        st.sampled_from([*IDS, UNKNOWN]),
        days_ago=st.sampled_from([0, 5, 10, 30, 31, 120]),
    ),
    max_size=3,
)
fields_ = st.just(ALL_FIELDS) | st.frozensets(st.sampled_from(sorted(ALL_FIELDS)))
baskets_ = st.dictionaries(
    st.sampled_from([ANNA, "ben", "cleo", "dora"]), st.frozensets(st.sampled_from([*IDS, UNKNOWN]))
)
requests_ = st.builds(
    Asked,
    limit=st.integers(1, 10),
    list_kind=st.sampled_from([ListKind.ALL, ListKind.ALL, *ListKind]),
    page=st.lists(st.sampled_from([*IDS, UNKNOWN]), unique=True, max_size=2).map(tuple),
)


@st.composite
def worlds_(draw: st.DrawFn) -> World:
    rows: list[Purchase | Device | Said] = [*draw(purchases_), *draw(devices_), *draw(said_)]
    return World(
        products=draw(products_),
        fits=draw(fits_),
        tips=draw(tips_),
        data=permitted(*rows, preferences=draw(preferences_), fields=draw(fields_)),
        baskets=draw(baskets_),
        request=draw(requests_),
    )


worlds = worlds_()


def suggestions(world: World, customer_id: str | None = ANNA) -> Recommendation:
    catalogue = build_catalogue(world.products, world.fits, world.tips)
    return recommend(
        situation_of(
            world.request,
            data=world.data,
            customer_id=customer_id,
            catalogue=catalogue,
            similarity=build_similarity(catalogue),
            learned=learn(_histories(world), today=TODAY, settings=SETTINGS.learning),
            today=TODAY,
            settings=SETTINGS,
        )
    )


def _histories(world: World) -> dict[str, History]:
    """Others bought on different days, so that the later counts more."""
    return {
        customer_id: {id_: TODAY - timedelta(days=10 * [*IDS, UNKNOWN].index(id_)) for id_ in basket}
        for customer_id, basket in world.baskets.items()
    }


def ids(recommendation: Recommendation) -> list[str]:
    return [item.product_id for item in recommendation.products]


def tip_ids(recommendation: Recommendation) -> list[str]:
    return [item.tip_id for item in recommendation.items if isinstance(item, CareTip)]


# What may be in a list


@for_all(worlds)
def test_no_more_than_asked_for_and_nothing_twice(world: World) -> None:
    listed = suggestions(world)
    assert len(listed.items) <= world.request.limit
    for found in (ids(listed), tip_ids(listed)):
        assert len(found) == len(set(found))


@for_all(worlds)
def test_a_list_has_what_may_be_offered_and_is_short_only_if_there_is_no_more(world: World) -> None:
    """Fits, stock, page and kind of list in one: see `may_be_offered`, `is_brought`."""
    offered = {id_ for id_ in world.available if may_be_offered(id_, world) and is_brought(id_, world)}
    listed = suggestions(world)
    found = ids(listed)
    assert set(found) <= offered
    assert len(found) == min(world.request.limit - len(tip_ids(listed)), len(offered))


@for_all(worlds)
def test_what_fits_none_of_her_devices_is_there_only_for_the_product_on_the_page(world: World) -> None:
    devices = owned(world)
    for item in suggestions(world).products:
        fits = world.fits.get(item.product_id)
        if fits and devices and not fits & devices:
            assert item.reason.code is ReasonCode.FITS_THIS
            assert fits & set(world.request.page)


@for_all(worlds)
def test_a_list_of_one_kind_has_only_that_kind(world: World) -> None:
    bought = set(kept(world))
    found = set(ids(suggestions(world)))
    if world.request.list_kind is ListKind.AGAIN:
        assert found <= bought
    if world.request.list_kind is ListKind.NEW:
        assert found.isdisjoint(bought)


@for_all(worlds)
def test_what_is_similar_is_not_sensitive_and_serves_the_devices_that_the_product_on_the_page_serves(
    world: World,
) -> None:
    for item in suggestions(world).products:
        if item.reason.code is ReasonCode.SIMILAR:
            shown_id = str(item.reason.params["product"])
            shop = {product.id: product for product in world.products}
            assert not shop[shown_id].sensitive and not shop[item.product_id].sensitive
            fits, others = (world.fits.get(id_, frozenset()) for id_ in (item.product_id, shown_id))
            assert fits & others or not fits | others
            assert shown_id in world.request.page


# What comes before what


@for_all(worlds)
def test_a_fit_that_is_due_or_never_served_comes_before_all_but_what_is_due(world: World) -> None:
    """M1, the first rule. Of variants it speaks of one: the others are not a second thing to buy."""
    found = ids(suggestions(world))
    needed = {
        id_
        for id_, fits in world.fits.items()
        if id_ in world.available and may_be_offered(id_, world) and fits & owned(world)
    }
    served = [id_ for place, id_ in enumerate(found) if not same_thing(id_, found[:place], world)]
    before_the_rest = [id_ in needed or is_due_again(id_, world) for id_ in served]
    last = max((place for place, id_ in enumerate(served) if id_ in needed), default=-1)
    assert all(before_the_rest[: last + 1])
    for id_ in needed:
        assert same_thing(id_, found, world) or (
            len(found) == world.request.limit and all(before_the_rest) and served == found
        )


@for_all(worlds)
def test_needed_then_on_the_page_then_the_shops_choice_then_the_shelf(world: World) -> None:
    tiers: list[set[ReasonCode]] = [
        {ReasonCode.FITS_DEVICE, ReasonCode.DUE_AGAIN},
        {ReasonCode.FITS_THIS},
        {ReasonCode.DECLARED},
        {ReasonCode.SIMILAR},
        {ReasonCode.FEATURED, ReasonCode.POPULAR},
        {ReasonCode.FROM_CATALOGUE},
    ]
    codes = [speaking(item) for item in firsts_of_variants(suggestions(world).products, world)]
    found = [tier for code in codes for tier, members in enumerate(tiers) if code in members]
    assert found == sorted(found)


@for_all(worlds)
def test_what_she_likes_comes_before_all_but_what_she_needs_and_what_fits_the_page(world: World) -> None:
    """M6. Nothing but what she declared has that reason; and nothing of it is missing where there is room."""
    recommendation = suggestions(world)
    items = recommendation.products
    found = [item.product_id for item in items]
    before = {ReasonCode.FITS_DEVICE, ReasonCode.DUE_AGAIN, ReasonCode.FITS_THIS}
    for place, item in enumerate(firsts_of_variants(items, world)):
        if item.reason.code is ReasonCode.DECLARED:
            assert is_declared(item.product_id, world)
        elif item.reason.code not in before:
            assert not is_declared(item.product_id, world), place
    for id_ in world.available:
        if is_declared(id_, world) and may_be_offered(id_, world) and not is_for_the_page_alone(id_, world):
            assert variants_of(id_, found, world) or len(recommendation.items) == world.request.limit


def is_for_the_page_alone(product_id: str, world: World) -> bool:
    """Whether it fits something on the page and none of her devices: only `fits_this` may bring it."""
    fits = world.fits.get(product_id, frozenset())
    misfits = not fits & owned(world) and bool(owned(world) or fits & gone(world))
    return bool(fits) and misfits


@for_all(worlds)
def test_a_second_variant_comes_after_the_first_of_everything_else(world: World) -> None:
    found = ids(suggestions(world))
    is_second = [bool(same_thing(id_, found[:place], world)) for place, id_ in enumerate(found)]
    assert is_second == sorted(is_second)


@for_all(worlds)
def test_a_third_of_a_category_in_a_row_is_there_only_where_its_tier_has_no_other(world: World) -> None:
    tier = {reason: strategy.tier for strategy in STRATEGIES for reason in strategy.reasons}
    served = firsts_of_variants(suggestions(world).products, world)
    rows = [
        (
            Tier.FOR_HER_KIND if "customer_type" in item.reason.params else tier[speaking(item)],
            world.available[item.product_id].category,
        )
        for item in served
    ]
    for place in range(2, len(rows)):
        here, category = rows[place]
        if {other for _, other in rows[place - 2 : place]} == {category}:
            assert {other for later, other in rows[place:] if later is here} == {category}


@for_all(worlds)
def test_tips_that_are_due_stand_behind_what_she_needs_and_what_fits_the_page_in_places_that_are_left(
    world: World,
) -> None:
    """M4. Few of them, the nearest first, and none takes the place of something needed."""
    listed, due, limit = suggestions(world), tips_due(world), world.request.limit
    before = {ReasonCode.FITS_DEVICE, ReasonCode.DUE_AGAIN, ReasonCode.FITS_THIS}
    needed = [one for one in firsts_of_variants(listed.products, world) if before & {one.reason.code}]
    found = tip_ids(listed)
    assert len(found) == min(SETTINGS.tips_at_most, limit // 3, len(due), limit - len(needed))
    assert all(isinstance(one, CareTip) for one in listed.items[len(needed) : len(needed) + len(found)])
    assert set(found) <= set(due)
    nearness = [due[tip_id] for tip_id in found]
    assert nearness == sorted(due.values(), reverse=True)[: len(found)]


# Try first


@for_all(worlds)
def test_what_is_new_to_her_is_to_be_tried_where_there_is_a_sample(world: World) -> None:
    """And only there: of what she has or had, and where nobody may know, the thing itself is suggested."""
    items = suggestions(world).products
    for place, item in enumerate(items):
        before = [other.product_id for other in items[:place]]
        if item.reason.code is ReasonCode.TRY_FIRST:
            whole = str(item.reason.params["sample_of"])
            assert whole in world.available and samples_to_try(whole, world)[:1] == [item.product_id]
        elif speaks_for_itself(item):
            to_try = [id_ for id_ in samples_to_try(item.product_id, world)[:1] if may_be_offered(id_, world)]
            assert not to_try or same_thing(item.product_id, before, world)


# How she comes here


@for_all(worlds)
def test_two_things_at_most_for_how_she_comes_here_and_only_such_as_the_shop_marked(world: World) -> None:
    found = [item for item in suggestions(world).products if "customer_type" in item.reason.params]
    marked = marked_for(customer_type(world), world)
    assert {item.reason.params["customer_type"] for item in found} <= {customer_type(world)}
    assert {item.product_id for item in found} <= marked
    assert len(found) <= 2


@for_all(worlds)
def test_her_type_keeps_nothing_from_her(world: World) -> None:
    """With what the shop marked and without: the same things, if the list is long enough."""
    unmarked = tuple(
        replace(one, attributes={**one.attributes, "for_newcomers": None, "available_since": None})
        for one in world.products
    )
    long = replace(world, request=replace(world.request, limit=50))
    assert set(ids(suggestions(long))) == set(ids(suggestions(replace(long, products=unmarked))))


# Reasons


@for_all(worlds)
def test_shares_add_up_and_facts_of_hers_are_of_fields_that_may_be_read(world: World) -> None:
    for item in suggestions(world).items:
        assert sum(fact.share for fact in item.reason.facts) == WHOLE
        hers = {fact.field for fact in item.reason.facts if fact.source is Source.CUSTOMER}
        assert hers <= world.data.fields


@for_all(worlds)
def test_nothing_of_hers_is_in_a_list_that_is_not_personalised(world: World) -> None:
    found = suggestions(world)
    if not found.personalised:
        facts = [fact for item in found.items for fact in item.reason.facts]
        assert all(fact.source is not Source.CUSTOMER for fact in facts)


@for_all(worlds, st.lists(st.builds(browsed, some_ids, days_ago=st.sampled_from([0, 900])), max_size=3))
def test_a_personalised_list_says_what_of_hers_it_rests_on_or_leaves_something_out(
    world: World, views: list[Browsed]
) -> None:
    """What she has, or does not serve her, may be left out without a word; any other difference is a fact."""
    fields = world.data.fields | {"browsing.views"}
    data = replace(world.data, views=tuple(views), fields=fields)
    world = replace(world, data=data, request=replace(world.request, limit=len(IDS)))
    found, without = suggestions(world), suggestions(replace(world, data=NOTHING_PERMITTED))
    facts = [fact for item in found.items for fact in item.reason.facts]
    if found.personalised and all(fact.source is not Source.CUSTOMER for fact in facts):
        assert set(ids(found)) < set(ids(without))


# What makes no difference


@for_all(worlds)
def test_personalised_says_exactly_whether_her_data_made_a_difference(world: World) -> None:
    found, without = suggestions(world), suggestions(replace(world, data=NOTHING_PERMITTED))
    assert found.personalised == (found.items != without.items)
    assert not without.personalised


@for_all(worlds, st.data())
def test_the_order_of_handing_in_makes_no_difference(world: World, data: st.DataObject) -> None:
    def shuffled(values: Collection[Any]) -> list[Any]:
        return data.draw(st.permutations(list(values)))

    hers = world.data
    other = replace(
        world,
        products=tuple(shuffled(world.products)),
        fits=dict(shuffled(world.fits.items())),
        tips=tuple(shuffled(world.tips)),
        baskets=dict(shuffled(world.baskets.items())),
        data=replace(
            hers,
            purchases=None if hers.purchases is None else tuple(shuffled(hers.purchases)),
            devices=None if hers.devices is None else tuple(shuffled(hers.devices)),
            feedback=None if hers.feedback is None else tuple(shuffled(hers.feedback)),
        ),
    )
    assert suggestions(other) == suggestions(world)


@for_all(worlds)
def test_without_data_and_basket_it_makes_no_difference_who_she_is(world: World) -> None:
    baskets = {customer_id: basket for customer_id, basket in world.baskets.items() if customer_id != ANNA}
    stranger = replace(world, data=NOTHING_PERMITTED, baskets=baskets)
    assert suggestions(stranger, ANNA) == suggestions(stranger, "never-seen") == suggestions(stranger, None)
    assert not suggestions(stranger).personalised


@for_all(worlds, st.frozensets(some_ids))
def test_her_own_basket_makes_no_difference_to_what_is_popular_for_her(
    world: World, basket: frozenset[str]
) -> None:
    """Nor does it bring a pair into view (test_learning_scores.py); in one that enough others support it weighs."""
    asked = replace(world, data=NOTHING_PERMITTED, request=replace(world.request, page=()))
    others = {id_: other for id_, other in world.baskets.items() if id_ != ANNA}
    with_hers = replace(asked, baskets={**others, ANNA: basket})
    assert suggestions(with_hers) == suggestions(replace(asked, baskets=others))


@for_all(worlds)
def test_what_fewer_than_k_others_bought_makes_no_difference(world: World) -> None:
    others = {customer_id: basket for customer_id, basket in world.baskets.items() if customer_id != ANNA}
    known = {id_ for id_ in [*IDS, UNKNOWN] if sum(id_ in basket for basket in others.values()) >= SETTINGS.k}
    trimmed = {customer_id: basket & known for customer_id, basket in others.items()}
    # Her own basket stays: where enough others support a pair, it weighs in it.
    assert suggestions(replace(world, baskets=world.baskets | trimmed)) == suggestions(world)


# The rules, read naively: slow, and one sentence after the other


def may_be_offered(product_id: str, world: World) -> bool:
    """Whether an available product may be in her list at all."""
    request, fits = world.request, world.fits.get(product_id, frozenset())
    was_bought = product_id in kept(world)
    whole = whole_of(product_id, world)
    is_unwanted = is_not_new, is_disliked, is_no_size_of_hers, is_declined, is_put_off
    if whole != product_id and any(rule(whole, world) for rule in is_unwanted):
        return False
    kinds = {ListKind.ALL, ListKind.AGAIN if was_bought else ListKind.NEW}
    if product_id in request.page or is_stocked(product_id, world) or request.list_kind not in kinds:
        return False
    if is_disliked(product_id, world) or is_no_size_of_hers(product_id, world):
        return False
    if is_declined(product_id, world) or is_put_off(product_id, world):
        return False
    if not fits or fits & set(request.page) or fits & owned(world):
        return True
    return not owned(world) and not fits & gone(world)


def is_disliked(product_id: str, world: World) -> bool:
    return bool(named_among(product_id, preferences_in(world).dislikes, world))


def is_no_size_of_hers(product_id: str, world: World) -> bool:
    """Whether it has a size, and she told her sizes of its category, and it is none of them."""
    product = {one.id: one for one in world.products}[product_id]
    size, category = str(product.attributes.get("size", "")), (product.category or "").lower()
    hers = [
        one.lower()
        for name, sizes in preferences_in(world).sizes.items()
        for one in sizes
        if name.lower() == category
    ]
    return bool(size and hers) and size.lower() not in hers


def is_declared(product_id: str, world: World) -> bool:
    """Whether she said that she likes such a thing, it is nothing sensitive, and not surely too expensive."""
    product, budget = world.available[product_id], preferences_in(world).budget
    if product.sensitive or not named_among(product_id, preferences_in(world).likes, world):
        return False
    if world.request.list_kind is ListKind.AGAIN:
        return False
    is_comparable = product.price and budget and product.price.currency == budget.currency
    return not is_comparable or float(product.price.amount) <= float(budget.amount)


def named_among(product_id: str, tastes: Tastes, world: World) -> set[str]:
    """Its brand and category, as far as she named them."""
    product = {one.id: one for one in world.products}[product_id]
    return {product.brand or "", product.category or ""} & {
        told
        for own, names in ((product.brand, tastes.brands), (product.category, tastes.categories))
        for told in [own or ""]
        if told.lower() in [name.lower() for name in names] and told
    }


def preferences_in(world: World) -> Preferences:
    return world.data.preferences or Preferences()


def is_brought(product_id: str, world: World) -> bool:
    """Whether there is a reason for it: hers; or another's, but not for a list of what she bought before."""
    fits = world.fits.get(product_id, frozenset())
    if fits & owned(world) or is_due_again(product_id, world):
        return True
    product = world.available[product_id]
    if world.request.list_kind is ListKind.AGAIN:
        return not product.sensitive and any(day != date.min for day in kept(world)[product_id])
    return product.featured_rank is not None or bool(fits & set(world.request.page)) or not product.sensitive


def tips_due(world: World) -> dict[str, int]:
    """Tip -> how near it is (product 3, category 2) to something of hers that it is due for, or to the page."""
    if world.request.list_kind is not ListKind.ALL:
        return {}
    shop = {product.id: product for product in world.products}
    things = [(id_, max(days)) for id_, days in kept(world).items()]
    things += [(one.product_id, one.since or date.min) for one in devices_of(world)]
    hers = [(id_, day, False) for id_, day in things if id_ in shop and id_ not in gone(world)]
    shown = [id_ for id_ in world.request.page if id_ in shop and not shop[id_].sensitive]
    found: dict[str, int] = {}
    for tip in world.tips:
        for id_, day, is_page in [*hers, *((id_, date.min, True) for id_ in shown)]:
            near = 3 if id_ in tip.products else 2 if shop[id_].category in tip.categories else 0
            if near and is_tip_due(tip, day) and (not is_page or isinstance(tip.due, Season)):
                found[tip.id] = max(near, found.get(tip.id, 0))
    return found


def is_tip_due(tip: Tip, since: date) -> bool:
    """Whether it is time, of something that she has since then; the first day of all is one that is not known."""
    match tip.due:
        case Season(first=first, last=last):
            year = [date(2000, 1, 1) + timedelta(days=number) for number in range(366)]
            days = [(day.month, day.day) for day in year]
            from_first = days[days.index(first) :] + days[: days.index(first)]
            return (TODAY.month, TODAY.day) in from_first[: from_first.index(last) + 1]
        case Interval(every_days=every):
            times = [since + timedelta(days=every * number) for number in range(1, 200 // every)]
            return since > date.min and any(time <= TODAY < time + timedelta(days=14) for time in times)
        case Age(after_days=after, until_days=until):
            last_day = date.max if until is None else since + timedelta(days=until)
            return since > date.min and since + timedelta(days=after) <= TODAY <= last_day


def owned(world: World) -> set[str]:
    """Devices: what she declared, and what she bought if anything fits it; less what is gone."""
    declared = {device.product_id for device in devices_of(world)}
    told = {id_ for id_ in all_devices(world) if said_to_be_hers(id_, world)}
    no_longer = {device.product_id for device in devices_of(world) if device.gone}
    return (declared | told | (set(kept(world)) & all_devices(world))) - no_longer


def all_devices(world: World) -> set[str]:
    """Whatever something in the shop fits."""
    shop = {product.id for product in world.products}
    return {device for id_, devices in world.fits.items() if id_ in shop for device in devices}


def gone(world: World) -> set[str]:
    """What she has no more, and what she said is not hers if nothing of it is left."""
    no_longer = {device.product_id for device in devices_of(world) if device.gone}
    left = {*kept(world), *(device.product_id for device in devices_of(world))}
    not_hers = {id_ for id_ in [*IDS, UNKNOWN] if said_to_be_not_hers(id_, world)}
    return no_longer | (not_hers - left)


def devices_of(world: World) -> list[Device]:
    """Those that she declared, but for what she later said is not hers."""
    return [one for one in world.data.devices or () if not is_taken_back(one.product_id, one.since, world)]


# What she said


def says(kinds: Collection[FeedbackKind], product_id: str, world: World) -> list[Said]:
    """What she said of it in these words, the last first; of one moment the word that stands last in a dictionary."""
    found = [one for one in world.data.feedback or () if one.kind in kinds and one.product_id == product_id]
    return sorted(found, key=lambda one: (one.said_at, one.kind), reverse=True)


def whose(product_id: str, world: World) -> Said | None:
    words = (FeedbackKind.HAVE_IT, FeedbackKind.NOT_MINE, FeedbackKind.WAS_A_GIFT)
    return next(iter(says(words, product_id, world)), None)


def said_to_be_hers(product_id: str, world: World) -> bool:
    word = whose(product_id, world)
    return word is not None and word.kind == FeedbackKind.HAVE_IT


def said_to_be_not_hers(product_id: str, world: World) -> bool:
    word = whose(product_id, world)
    return word is not None and word.kind != FeedbackKind.HAVE_IT


def is_taken_back(product_id: str, day: date | None, world: World) -> bool:
    """Whether it was said to be not hers, and this is not of a day between then and today."""
    word = whose(product_id, world)
    if word is None or word.kind == FeedbackKind.HAVE_IT:
        return False
    return day is None or day <= word.said_at.date() or day > TODAY


def is_declined(product_id: str, world: World) -> bool:
    """Whether she is not interested, and has not bought it on a later day."""
    words = says((FeedbackKind.NOT_INTERESTED,), product_id, world)
    return bool(words) and not any(
        line.product_id == product_id
        and not line.returned
        and line.day
        and words[0].said_at.date() < line.day <= TODAY
        for line in world.data.purchases or ()
    )


def is_put_off(product_id: str, world: World) -> bool:
    """Whether she did not want it, or a variant of it, in the last 30 days."""
    variants = variants_of(product_id, [*IDS, UNKNOWN], world)
    words = [one for id_ in variants for one in says((FeedbackKind.NOT_NOW,), id_, world)]
    return any((TODAY - one.said_at.date()).days < 30 for one in words)


def is_said_to_be_there(product_id: str, world: World) -> bool:
    """Whether she said that she has it, or a variant of it, and it cannot be used up since."""
    products = {product.id: product for product in world.products}
    for id_ in variants_of(product_id, [*IDS, UNKNOWN], world):
        word = whose(id_, world)
        if word is None or word.kind != FeedbackKind.HAVE_IT:
            continue
        elapsed = (TODAY - word.said_at.date()).days
        interval = elapsed_and_interval(product_id, world)[1]
        usual = products[id_].usual_interval_days if id_ in products else None
        lasts = interval or usual
        if lasts:
            is_used_up = elapsed * 100 >= SETTINGS.due_percent * lasts
        else:
            is_used_up = id_ in world.fits and elapsed >= SETTINGS.unknown_interval_days
        if not is_used_up:
            return True
    return False


def kept(world: World) -> dict[str, list[date]]:
    """Product -> a day for each unit that she bought and did not return; unknown days are all the same day."""
    lines = [
        (line.day or date.min, line.returned, line.product_id, line.quantity or 1)
        for line in world.data.purchases or ()
        if not is_taken_back(line.product_id, line.day, world)
    ]
    units: dict[str, list[date]] = {}
    for day, returned, product_id, quantity in sorted(lines):
        pile = units.setdefault(product_id, [])
        if returned:
            del pile[max(len(pile) - quantity, 0) :]
        else:
            pile.extend([day] * quantity)
    return {product_id: pile for product_id, pile in units.items() if pile}


def is_stocked(product_id: str, world: World) -> bool:
    """Whether she has it, or a variant of it, and does not need it again as far as is known."""
    has = (set(kept(world)) | owned(world)) - gone(world)
    if is_said_to_be_there(product_id, world):
        return True
    return bool(variants_of(product_id, has, world)) and not has_used_up(product_id, world)


def has_used_up(product_id: str, world: World) -> bool:
    """Whether she bought it, or a variant of it, and it is time again; if that cannot be known, not just now."""
    elapsed, interval = elapsed_and_interval(product_id, world)
    hers = variants_of(product_id, kept(world), world)
    is_supply = any(id_ in world.fits for id_ in hers)
    if elapsed < 0:
        return False
    if not is_supply and not set(hers) & all_devices(world) and not is_known(product_id, world):
        early = interval is not None and elapsed * 100 < SETTINGS.early_percent * interval
        quiet = SETTINGS.just_bought_days if interval is None else early * SETTINGS.just_bought_again_days
        return elapsed >= quiet
    if interval:
        return elapsed * 100 >= SETTINGS.due_percent * interval
    return is_supply and elapsed >= SETTINGS.unknown_interval_days


def is_due_again(product_id: str, world: World) -> bool:
    """Whether of its variants she bought it last, it is known to be time, and she has not stopped."""
    elapsed, interval = elapsed_and_interval(product_id, world)
    percent = elapsed * 100 / interval if interval else 0
    latest = latest_first(product_id, world)
    is_rhythm = is_known(product_id, world) or len(days_of(product_id, world)) > 2
    is_in_time = SETTINGS.due_percent <= percent <= SETTINGS.lapsed_percent
    return latest[:1] == [product_id] and is_rhythm and is_in_time


def is_known(product_id: str, world: World) -> bool:
    """Whether the shop says of what she bought after how many days it is needed again, or her gaps do."""
    stated = {product.id for product in world.products if product.usual_interval_days}
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days_of(product_id, world)))
    shown = len(gaps) > 1 and gaps[-1] <= gaps[0] * (1.5 if len(gaps) > 2 else 1.05)
    return bool(stated & set(latest_first(product_id, world))) or shown


def latest_first(product_id: str, world: World) -> list[str]:
    """What she bought of the same thing."""
    bought = kept(world)
    variants = variants_of(product_id, bought, world)
    return sorted(variants, key=lambda id_: (max(bought[id_]), id_), reverse=True)


def days_of(product_id: str, world: World) -> list[date]:
    """On which she bought it or a variant of it, as far as is known."""
    bought = kept(world)
    return sorted({day for id_ in latest_first(product_id, world) for day in bought[id_]} - {date.min})


def elapsed_and_interval(product_id: str, world: World) -> tuple[int, int | None]:
    """Days since she last bought it or a variant, -1 if that is not known; and the days it lasts if known."""
    variants = latest_first(product_id, world)
    days = days_of(product_id, world)
    if not days:
        return -1, None
    stated = {product.id: product.usual_interval_days or 0 for product in world.products}
    usual = [stated[id_] for id_ in variants if stated.get(id_)][:1]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    known = gaps + usual
    interval = round(prod(known) ** (1 / len(known))) if known else None
    if gaps and not usual:
        known = [*gaps, SETTINGS.replenishment.usual_days]
        interval = max(interval or 0, round(prod(known) ** (1 / len(known))))
    return (TODAY - days[-1]).days, interval


def variants_of(product_id: str, among: Collection[str], world: World) -> list[str]:
    """Those that are the same thing: itself, what the shop groups with it, what is alike in all but size."""
    products = {product.id: product for product in world.products}
    this = products.get(product_id)
    return [
        id_
        for id_ in among
        if id_ == product_id or (this and id_ in products and _are_variants(this, products[id_], world.fits))
    ]


def _are_variants(one: Product, other: Product, fits: Mapping[str, frozenset[str]]) -> bool:
    """A colour tells supplies apart, also where the shop groups them; of other things it does not matter."""
    groups = {product.attributes.get("item_group_id") for product in (one, other)}
    devices = [fits.get(product.id) for product in (one, other)]
    colours = {
        str(product.attributes.get("color", "")).lower() if fits_any else ""
        for product, fits_any in zip((one, other), devices, strict=True)
    }
    if groups != {None}:
        return len(groups) == len(colours) == 1
    is_alike = (one.brand, one.category, devices[0]) == (other.brand, other.category, devices[1])
    return is_alike and len(colours) == 1 and colours != {""}


def customer_type(world: World) -> str | None:
    """Of all days on which she bought something that she kept; none if one of them may not be read."""
    days = sorted({day for of_product in kept(world).values() for day in of_product})
    if not {"purchases.product", "purchases.date"} <= world.data.fields or date.min in days:
        return None
    ago = [(TODAY - day).days for day in days]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    own = round(prod(gaps) ** (1 / len(gaps))) if gaps else 0
    if ago and ago[-1] > max(180, 3 * own):
        return "lapsed"
    if len(days) < 2:
        return "newcomer"
    return "regular" if sum(one < 365 for one in ago) >= 3 else "occasional"


def marked_for(type_: str | None, world: World) -> set[str]:
    bought = {one.category for one in world.products if one.id in kept(world) and not one.sensitive} - {None}
    last = max((day for of_product in kept(world).values() for day in of_product), default=TODAY)
    came = {one.id: one for one in world.available.values() if one.available_since}
    arrived = {id_: one for id_, one in came.items() if last < (one.available_since or TODAY) <= TODAY}
    return {
        "newcomer": {id_ for id_, one in world.available.items() if one.for_newcomers},
        "regular": {id_ for id_, one in arrived.items() if one.category in bought},
        "lapsed": set(arrived),
    }.get(type_ or "", set())


def is_not_new(product_id: str, world: World) -> bool:
    """Whether it, or a variant, is among all that she bought, returned or told us of."""
    hers = [one.product_id for one in (*(world.data.purchases or ()), *(world.data.devices or ()))]
    said = [id_ for id_ in (*IDS, UNKNOWN) if whose(id_, world) is not None]
    return bool(variants_of(product_id, [*hers, *said], world))


def samples_to_try(product_id: str, world: World) -> list[str]:
    """Samples of what is known to be new to her, first the one that the shop puts first; of nothing sensitive."""
    whole = world.available[product_id]
    if world.data.purchases is None or whole.sensitive or is_not_new(product_id, world):
        return []
    if whole.sample_of in {product.id for product in world.products}:
        return []
    samples = [
        (one.featured_rank or 99, one.id)
        for one in world.available.values()
        if one.sample_of == product_id != one.id and not one.sensitive
    ]
    return [id_ for _, id_ in sorted(samples)]


def whole_of(product_id: str, world: World) -> str:
    """What a product is a sample of, if the shop has it; else the product."""
    shop = {product.id: product for product in world.products}
    sample_of = shop[product_id].sample_of if product_id in shop else None
    return sample_of if sample_of in shop else product_id


def same_thing(product_id: str, among: Collection[str], world: World) -> list[str]:
    """Those that are a variant or a sample of the same thing, of which a list speaks once."""
    this = whole_of(product_id, world)
    return [id_ for id_ in among if variants_of(this, [whole_of(id_, world)], world)]


def speaking(item: Suggestion) -> ReasonCode:
    """The reason that brought it: of a sample the one that speaks for the thing."""
    code = item.reason.code
    return ReasonCode(item.reason.params["spoken_for"]) if code is ReasonCode.TRY_FIRST else code


def speaks_for_itself(item: Suggestion) -> bool:
    """Whether its reason speaks for the thing, and not for what it fits, is like, was bought with or is new beside."""
    if "customer_type" in item.reason.params:
        return False
    return item.reason.code in (ReasonCode.DECLARED, ReasonCode.FOR_YOU, ReasonCode.FEATURED)


def firsts_of_variants(items: Sequence[Suggestion], world: World) -> list[Suggestion]:
    """Of each thing the variant that comes first."""
    found = [item.product_id for item in items]
    return [item for place, item in enumerate(items) if not same_thing(item.product_id, found[:place], world)]
