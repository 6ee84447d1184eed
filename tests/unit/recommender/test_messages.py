"""Whom a message concerns, from what may be read of her; unknown means no."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from recommender.inputs import NOTHING_PERMITTED, PermittedData, Purchase
from recommender.messages import Concern, Message, MessageKind, Topic, why_it_concerns
from recommender.results import WHOLE
from tests.builders import a_catalogue, a_moment, a_product, a_purchase, a_return, permitted

SHOP = a_catalogue(a_product("perm", category="hair"), a_product("cut", category="hair"), "soap")
TODAY = a_moment().date()
SINCE = TODAY - timedelta(days=60)


def of_hers(*purchases: Purchase, served_by: str | None = "lena") -> PermittedData:
    data = permitted(*purchases)
    return replace(data, purchases=tuple(replace(one, served_by=served_by) for one in data.purchases or ()))


def fields(concern: Concern, data: PermittedData, customer_id: str = "anna") -> list[str]:
    found = why_it_concerns(concern, customer_id=customer_id, data=data, catalogue=SHOP)
    assert not found or sum(fact.share for fact in found) == WHOLE
    return [fact.field for fact in found]


A_PERM = of_hers(a_purchase("perm", days_ago=56))


@pytest.mark.parametrize(
    ("concern", "told"),
    [
        (Concern(products=frozenset({"perm"})), ["purchases.product"]),
        (Concern(categories=frozenset({"hair"})), ["purchases.product"]),
        (Concern(products=frozenset({"soap"}), categories=frozenset({"hair"})), ["purchases.product"]),
        (Concern(served_by=frozenset({"lena"})), ["purchases.served_by"]),
        (Concern(since=SINCE), ["purchases.date"]),
        (
            Concern(products=frozenset({"perm"}), served_by=frozenset({"lena"}), since=SINCE),
            ["purchases.product", "purchases.served_by", "purchases.date"],
        ),
        (Concern(products=frozenset({"soap"})), []),
        (Concern(categories=frozenset({"garden"})), []),
        (Concern(served_by=frozenset({"kim"})), []),
        (Concern(since=TODAY), []),
        (Concern(products=frozenset({"perm"}), served_by=frozenset({"kim"})), []),
    ],
)
def test_all_that_is_stated_holds_of_one_purchase(concern: Concern, told: list[str]) -> None:
    assert fields(concern, A_PERM) == told


def test_who_is_named_is_concerned_and_nobody_else() -> None:
    concern = Concern(customer_ids=frozenset({"anna"}))
    assert fields(concern, NOTHING_PERMITTED) == ["concerns.customer_ids"]
    assert fields(concern, A_PERM, "ben") == []


def test_nobody_is_concerned_once_all_whom_it_named_were_erased() -> None:
    assert fields(Concern(), A_PERM) == []


def test_what_may_not_be_read_meets_nothing() -> None:
    assert fields(Concern(products=frozenset({"perm"})), NOTHING_PERMITTED) == []
    assert fields(Concern(served_by=frozenset({"lena"})), of_hers(a_purchase("perm"), served_by=None)) == []
    undated = permitted(a_purchase("perm", days_ago=1), fields=["purchases.product"])
    assert fields(Concern(since=SINCE), undated) == []
    assert fields(Concern(products=frozenset({"perm"})), undated) == ["purchases.product"]


def test_what_was_given_back_does_not_count_and_what_the_shop_forgot_has_no_category() -> None:
    returned = of_hers(a_purchase("soap", days_ago=9), a_return("soap", days_ago=8))
    assert fields(Concern(products=frozenset({"soap"})), returned) == []
    unknown = of_hers(a_purchase("forgotten", days_ago=9))
    assert fields(Concern(categories=frozenset({"hair"})), unknown) == []


def test_of_several_the_last_one_is_named() -> None:
    data = of_hers(a_purchase("perm", days_ago=56), a_purchase("cut", days_ago=7))
    concern = Concern(categories=frozenset({"hair"}), since=SINCE)
    found = why_it_concerns(concern, customer_id="anna", data=data, catalogue=SHOP)
    assert [(fact.ref, fact.value) for fact in found] == [("cut", None), ("cut", TODAY - timedelta(days=7))]


def test_a_message_is_valid_from_a_day_until_a_day() -> None:
    always = Message(
        id="m",
        kind=MessageKind.SERVICE,
        topic=Topic.OPENING,
        concern=Concern(since=SINCE),
        known_since=SINCE,
    )
    this_week = replace(always, valid_from=date(2026, 6, 8), valid_until=date(2026, 6, 12))
    days = [date(2026, 6, 7), date(2026, 6, 8), date(2026, 6, 12), date(2026, 6, 13)]
    assert [this_week.is_valid_on(day) for day in days] == [False, True, True, False]
    assert all(always.is_valid_on(day) for day in days)
