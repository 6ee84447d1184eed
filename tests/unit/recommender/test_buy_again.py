"""Buy again: the list of what she bought before, the likeliest first, and what each reason rests on."""

from collections.abc import Mapping

from recommender.inputs import ListKind, Purchase
from recommender.learning.contributions import History
from recommender.results import WHOLE, Candidate, Fact, ReasonCode, Source
from recommender.strategies.buy_again import BUY_AGAIN
from recommender.strategies.for_you import FOR_YOU
from tests.builders import (
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_situation,
    bought_by_others,
    permitted,
)

SHOP = a_catalogue(
    "coffee",
    "vase",
    "lamp",
    a_product("test", sensitive=True),
    *(a_product(f"soap-{n}", group="soap") for n in "ab"),
)
HALF = WHOLE // 2


def proposals(
    *rows: Purchase, kind: ListKind = ListKind.AGAIN, others: Mapping[str, History] | None = None
) -> list[Candidate]:
    situation = a_situation(
        SHOP, data=permitted(*rows), request=a_request(list_kind=kind), others=others or {}
    )
    return list(BUY_AGAIN.propose(situation))


def proposed(*rows: Purchase, others: Mapping[str, History] | None = None) -> list[str]:
    return [candidate.product_id for candidate in proposals(*rows, others=others)]


COFFEE = [a_purchase("coffee", days_ago=number) for number in (20, 50, 80)]
VASE, LAMP = a_purchase("vase", days_ago=200), a_purchase("lamp", days_ago=200)


def test_the_likeliest_comes_first() -> None:
    assert proposed(VASE, *COFFEE) == ["coffee", "vase"]
    assert proposed(VASE, LAMP) == ["lamp", "vase"]


def test_it_speaks_where_that_list_is_asked_for_and_leaves_no_other_reason_there() -> None:
    assert proposals(*COFFEE, kind=ListKind.ALL) == proposals(*COFFEE, kind=ListKind.NEW) == []
    again = a_situation(
        SHOP,
        data=permitted(*COFFEE),
        request=a_request(list_kind=ListKind.AGAIN),
        others=bought_by_others({"coffee": 9}),
    )
    assert list(FOR_YOU.propose(again)) == []


def test_the_reason_rests_on_her_purchases_and_their_last_day() -> None:
    (coffee,) = proposals(*COFFEE, a_purchase("coffee", days_ago=20))
    assert coffee.reason.code is ReasonCode.BUY_AGAIN
    assert coffee.reason.facts == (
        Fact(source=Source.CUSTOMER, field="purchases.product", ref="coffee", share=HALF),
        Fact(
            source=Source.CUSTOMER,
            field="purchases.date",
            ref="coffee",
            value=a_moment(-20).date(),
            share=HALF,
        ),
    )
    assert coffee.reason.params == {"times": 3, "elapsed_days": 20}


def test_what_others_buy_raises_it_and_has_its_share() -> None:
    by_four, by_five = ({f"friend-{number}": ["vase"] for number in range(count)} for count in (4, 5))
    assert proposals(VASE, LAMP, others=bought_by_others(**by_four)) == proposals(VASE, LAMP)
    vase, lamp = proposals(VASE, LAMP, others=bought_by_others(**by_five))
    assert (vase.product_id, lamp.product_id) == ("vase", "lamp")
    *hers, others = vase.reason.facts
    assert (others.source, others.field, others.ref, others.value) == (
        Source.OTHERS,
        "purchases.product",
        "vase",
        5,
    )
    assert 0 < others.share < HALF == hers[0].share
    assert [fact.source for fact in lamp.reason.facts] == [Source.CUSTOMER] * 2


def test_what_makes_it_no_likelier_has_no_share_and_is_told_all_the_same() -> None:
    """Others bought it, but not lately."""
    formerly = bought_by_others(days_ago=60, **{f"friend-{number}": ["vase"] for number in range(40)})
    (vase,) = proposals(VASE, others=formerly)
    assert vase.reason.facts[-1].source is Source.OTHERS
    assert vase.reason.facts[-1].share == 0
    assert sum(fact.share for fact in vase.reason.facts) == WHOLE


def test_variants_are_one_thing_the_one_that_she_bought_last_first() -> None:
    rows = [a_purchase("soap-a", days_ago=20), a_purchase("soap-b", days_ago=50), VASE]
    assert proposed(*rows) == ["soap-a", "soap-b", "vase"]
    first, second, _ = proposals(*rows)
    assert first.score == second.score
    assert (first.reason.params["times"], second.reason.params["elapsed_days"]) == (1, 50)


def test_nothing_sensitive_is_brought_up_nor_what_the_shop_no_longer_knows() -> None:
    assert proposed(a_purchase("test", days_ago=50), a_purchase("gone", days_ago=50), VASE) == ["vase"]


def test_of_what_has_no_day_nothing_is_said() -> None:
    assert proposed(a_purchase("lamp", days_ago=None), VASE) == ["vase"]
    assert proposed(a_purchase("lamp", days_ago=None)) == proposed() == []


def test_it_needs_product_and_date() -> None:
    assert BUY_AGAIN.fields_used_of(PURCHASES) == PURCHASES
    assert not BUY_AGAIN.is_usable_with(frozenset({"purchases.product"}))
