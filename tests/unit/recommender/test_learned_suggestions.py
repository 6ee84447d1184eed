"""For you, and bought together: which reason a suggestion has, and what the reason rests on."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from recommender.inputs import Browsed, ListKind, Purchase, Settings
from recommender.learned_suggestions import _shares
from recommender.learning.settings import LearningSettings
from recommender.results import WHOLE, Candidate, Fact, Others, ReasonCode, Source
from recommender.strategies.bought_together import BOUGHT_TOGETHER
from recommender.strategies.for_you import FOR_YOU
from tests.builders import (
    BROWSING,
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_situation,
    bought_by_others,
    browsed,
    permitted,
)

IDS = ["tent", "bag", "stove", "lamp", "pan", "axe", "mat"]
SHOP = a_catalogue(*IDS, a_product("test", sensitive=True))
CAMPERS = {f"camper-{n}": IDS for n in range(6)} | {f"tester-{n}": ["tent", "test"] for n in range(6)}
READERS = {f"reader-{n}": ["pen"] for n in range(90)}
OTHERS = bought_by_others(**CAMPERS, **READERS)
K3 = Settings(learning=LearningSettings(k=3))


def for_her(
    *rows: Purchase,
    kind: ListKind = ListKind.ALL,
    days_ago: int = 3,
    views: Sequence[Browsed] = (),
    carts: Sequence[Browsed] = (),
    fields: frozenset[str] = PURCHASES | BROWSING,
) -> dict[str, Candidate]:
    situation = a_situation(
        SHOP,
        data=permitted(*rows, views=views, carts=carts, fields=fields),
        request=a_request(list_kind=kind),
        others=bought_by_others(days_ago=days_ago, **CAMPERS, **READERS),
        settings=K3,
    )
    return {candidate.product_id: candidate for candidate in FOR_YOU.propose(situation)}


def on_page(*page: str) -> dict[str, Candidate]:
    situation = a_situation(SHOP, request=a_request(*page), others=OTHERS, settings=K3)
    return {candidate.product_id: candidate for candidate in BOUGHT_TOGETHER.propose(situation)}


def of_source(candidate: Candidate, source: Source) -> list[Fact]:
    return [fact for fact in candidate.reason.facts if fact.source is source]


def test_what_others_bought_with_the_product_on_the_page_names_the_page_and_the_others() -> None:
    reason = on_page("tent")["bag"].reason
    assert reason.code is ReasonCode.BOUGHT_TOGETHER
    assert reason.facts == (
        Fact(source=Source.REQUEST, field="product_id", ref="tent", share=WHOLE),
        Fact(source=Source.OTHERS, field="purchases.product", ref="tent → bag", value=3),
    )
    assert reason.params == {"at_least": 3, "because": "product_id", "product": "tent"}
    assert reason.others == Others(count=0, share=0)


def test_what_goes_with_what_she_bought_names_her_purchase_and_its_day() -> None:
    candidate = for_her(a_purchase("tent", days_ago=2), kind=ListKind.NEW)["bag"]
    assert candidate.reason.code is ReasonCode.FOR_YOU
    hers = of_source(candidate, Source.CUSTOMER)
    assert [(fact.field, fact.ref, fact.value) for fact in hers] == [
        ("purchases.product", "tent", None),
        ("purchases.date", "tent", a_moment(-2).date()),
    ]
    assert candidate.reason.params == {"at_least": 3, "because": "purchases.product", "product": "tent"}


def test_a_day_that_may_not_be_read_is_in_no_fact() -> None:
    candidate = for_her(a_purchase("tent"), kind=ListKind.NEW, fields=frozenset({"purchases.product"}))["bag"]
    assert {fact.field for fact in of_source(candidate, Source.CUSTOMER)} == {"purchases.product"}


@pytest.mark.parametrize("field", sorted(BROWSING))
def test_what_goes_with_what_she_browsed_names_it_and_no_day(field: str) -> None:
    """When she looked at it is no datum of its own: nothing of hers stands in the reason but that she did."""
    kind = field.removeprefix("browsing.")
    candidate = for_her(**{kind: [browsed("tent", days_ago=2)]}, days_ago=60)["bag"]
    assert candidate.reason.code is ReasonCode.FOR_YOU
    hers = of_source(candidate, Source.CUSTOMER)
    assert [(fact.field, fact.ref, fact.value) for fact in hers] == [(field, "tent", None)]
    assert candidate.reason.params == {"at_least": 3, "because": field, "product": "tent"}


def test_what_she_bought_and_looked_at_speaks_twice_and_is_named_once() -> None:
    bought, viewed = a_purchase("tent", days_ago=0), browsed("tent")
    reason = for_her(bought, views=[viewed], days_ago=60, kind=ListKind.NEW)["bag"].reason
    named = {fact.field: fact for fact in reason.facts if fact.source is Source.CUSTOMER}
    assert named["purchases.product"].share > named["browsing.views"].share > 0
    assert reason.params == {"at_least": 3, "because": "purchases.product", "product": "tent"}


def test_the_largest_of_purchase_cart_and_view_is_the_one_that_is_named() -> None:
    long_ago, viewed, carted = a_purchase("axe", days_ago=700), browsed("tent"), browsed("pan")
    reason = for_her(long_ago, views=[viewed], carts=[carted], kind=ListKind.NEW)["bag"].reason
    assert (reason.params["because"], reason.params["product"]) == ("browsing.carts", "pan")


def test_what_rests_on_one_product_is_added_up_before_the_largest_is_chosen() -> None:
    """Bought, put into the cart and looked at, each says less than the purchase of the bag; together more."""
    tent, bag = a_purchase("tent", days_ago=180), a_purchase("bag", days_ago=30)
    browsing = {"views": [browsed("tent")], "carts": [browsed("tent", days_ago=1)]}
    reason = for_her(tent, bag, **browsing, days_ago=60, kind=ListKind.NEW)["stove"].reason
    hers = [fact for fact in reason.facts if fact.share and fact.source is Source.CUSTOMER]
    assert [fact.ref for fact in hers] == ["tent", "tent", "tent", "bag"]
    assert max(hers, key=lambda fact: fact.share).ref == "bag"
    named = [reason.params[name] for name in ("because", "product", "second")]
    assert named == ["browsing.carts", "tent", "bag"]


def test_what_she_looked_at_is_not_what_she_bought_before() -> None:
    codes = {one.reason.code for one in for_her(views=[browsed("tent")], carts=[browsed("axe")]).values()}
    assert ReasonCode.BUY_AGAIN not in codes and ReasonCode.FOR_YOU in codes
    again = for_her(a_purchase("tent", days_ago=9), views=[browsed("tent")])["tent"].reason
    assert again.facts[0].field == "purchases.product"
    assert again.params == {"times": 1, "elapsed_days": 9}


@pytest.mark.parametrize(
    ("days_ago", "params"),
    [
        ([9, 40, 40], {"times": 2, "elapsed_days": 9}),
        ([9], {"times": 1, "elapsed_days": 9}),
        ([None, 9], {"times": 2, "elapsed_days": 9}),
        ([None, None], {"times": 2}),
    ],
)
def test_what_she_bought_before_says_how_often_and_how_long_ago(
    days_ago: Sequence[int | None], params: dict[str, int]
) -> None:
    candidate = for_her(*[a_purchase("tent", days_ago=days) for days in days_ago])["tent"]
    assert candidate.reason.code is ReasonCode.BUY_AGAIN
    assert candidate.reason.params == params
    assert candidate.reason.facts[0].ref == "tent" and candidate.reason.facts[0].share > 0


def test_what_is_popular_says_no_number_but_the_one_that_is_public() -> None:
    """What she looked at says little by now: that many bought it today says more."""
    found = for_her(views=[browsed("bag", days_ago=30)], days_ago=0)["tent"].reason
    assert found.code is ReasonCode.POPULAR
    first, *hers = found.facts
    assert replace(first, share=0) == Fact(
        source=Source.OTHERS, field="purchases.product", ref="tent", value=3
    )
    assert first.share > WHOLE // 2 and "bag" in {fact.ref for fact in hers}
    assert found.params == {"at_least": 3}


def test_what_goes_with_nothing_of_hers_is_not_for_her_however_popular() -> None:
    """It has its place among what the shop offers to everybody."""
    assert for_her(a_purchase("pen"), days_ago=0) == {}
    assert for_her(views=[browsed("bag", days_ago=900)], days_ago=0) == {}


def test_three_products_are_named_four_facts_shown_and_the_rest_counted() -> None:
    candidate = on_page("tent", "stove", "lamp", "pan", "axe", "mat")["bag"]
    assert set(candidate.reason.params) == {"at_least", "because", "product", "second", "third"}
    facts = of_source(candidate, Source.REQUEST)
    assert len(facts) == 4 and candidate.reason.others.count == 2
    assert sum(fact.share for fact in facts) + candidate.reason.others.share == WHOLE
    assert len({fact.ref for fact in facts}) == 4


def test_what_is_only_counted_is_smaller_than_what_is_shown() -> None:
    """She looked at two things that she bought: what little that adds does not hide her other purchases."""
    bought = [a_purchase(id_, days_ago=0) for id_ in ("tent", "bag", "stove", "lamp")]
    seen = [browsed("tent"), browsed("bag")]
    reason = for_her(*bought, views=seen, carts=seen, days_ago=60, kind=ListKind.NEW)["pan"].reason
    hers = [fact for fact in reason.facts if fact.share and fact.source is Source.CUSTOMER]
    assert {fact.ref for fact in hers} == {"tent", "bag", "stove", "lamp"}
    assert {fact.field for fact in hers} == {"purchases.product"}
    assert reason.others.count == 4 and reason.others.share < WHOLE // 2
    assert sum(fact.share for fact in reason.facts) + reason.others.share == WHOLE


def test_shares_add_up_for_every_suggestion() -> None:
    rows = [a_purchase(id_, days_ago=5 * place) for place, id_ in enumerate(IDS)]
    for candidate in for_her(*rows, days_ago=0).values():
        whole = sum(fact.share for fact in candidate.reason.facts) + candidate.reason.others.share
        assert whole == WHOLE


def test_nothing_sensitive_and_nothing_that_is_not_in_the_catalogue() -> None:
    assert not {"test", "pen"} & set(on_page("tent"))
    assert not {"test", "pen"} & set(for_her(a_purchase("tent"), a_purchase("test"), a_purchase("pen")))


def test_without_anything_that_speaks_there_is_nothing_to_say() -> None:
    assert for_her() == {}
    assert on_page() == on_page("unheard-of") == {}


def test_best_first() -> None:
    scores = [one.score for one in for_her(a_purchase("tent"), a_purchase("axe")).values()]
    assert scores == sorted(scores, reverse=True) and scores


def test_shares_are_rounded_to_the_nearest_and_the_first_of_equals_gets_what_is_left() -> None:
    assert _shares([1, 1, 1]) == [3_334, 3_333, 3_333]
    assert _shares([5]) == [WHOLE]
    draw = Random(2)
    for _ in range(100):
        amounts = [draw.randrange(1, 10**12) for _ in range(draw.randint(1, 9))]
        shares = _shares(amounts)
        assert sum(shares) == WHOLE
        exact = [amount * WHOLE / sum(amounts) for amount in amounts]
        assert all(abs(share - one) < 1 for share, one in zip(shares, exact, strict=True))


def test_a_purchase_of_tomorrow_was_not_a_negative_number_of_days_ago() -> None:
    """Clocks of shops and of the service differ."""
    params = for_her(a_purchase("tent", days_ago=-1))["tent"].reason.params
    assert params["elapsed_days"] == 0
