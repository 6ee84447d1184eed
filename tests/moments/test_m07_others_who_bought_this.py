"""M7, others who bought this: learned only from those who allow learning; the reason names her own purchase.

Her own baskets do not count as what "others" bought, and who takes her permission back is forgotten at once.
"""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from service.db.engine import snapshot
from service.db.tables import CartAddition, View
from tests.byleave import Byleave

MEI = "mei"
FRIENDS = [f"friend-{number}" for number in range(5)]
LEARNING = {"purpose": "learning"}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Five customers bought a tent and a sleeping bag and let the shop learn from it; Mei bought a tent."""
    byleave.product("tent", "Two-person tent", category="camping")
    byleave.product("sleeping-bag", "Sleeping bag", category="camping")
    byleave.product("vase", "Glass vase", category="home", featured_rank=1)
    byleave.product("lamp", "Desk lamp", category="home")
    for friend in FRIENDS:
        byleave.bought(friend, "tent", when="2026-05-20T10:00:00Z")
        byleave.bought(friend, "sleeping-bag", when="2026-05-28T10:00:00Z")
        byleave.allows(friend, "purchases", **LEARNING)
    byleave.bought(MEI, "tent", when="2026-06-01T10:00:00Z")
    return byleave


def first(answer: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = answer["items"][0]
    return item


def reason_of(answer: dict[str, Any], product_id: str) -> dict[str, Any] | None:
    found = [one["reason"] for one in answer["items"] if one["product"]["id"] == product_id]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Goes with Two-person tent, which you bought"),
        ("zh-Hans", "与您买过的Two-person tent搭配"),
    ],
)
def test_what_goes_with_her_own_purchase_comes_first_and_says_so(
    shop: Byleave, locale: str, text: str
) -> None:
    consent_id = shop.allows(MEI, "purchases")
    answer = shop.suggestions(MEI, locale=locale)
    assert answer["personalised"]
    assert first(answer)["product"]["id"] == "sleeping-bag"
    reason = first(answer)["reason"]
    assert (reason["code"], reason["text"]) == ("for_you", text)
    largest = max(reason["facts"], key=lambda fact: fact["share"])
    assert (largest["source"], largest["field"], largest["ref"]) == ("customer", "purchases.product", "tent")
    assert largest["consent"] == consent_id
    assert sum(fact["share"] for fact in reason["facts"]) + reason["others"]["share"] == pytest.approx(1)


def test_without_her_permission_nothing_of_it(shop: Byleave) -> None:
    answer = shop.suggestions(MEI)
    assert not answer["personalised"]
    assert {item["reason"]["code"] for item in answer["items"]} <= {"popular", "featured", "from_catalogue"}


def test_on_a_product_page_it_needs_nothing_of_hers(shop: Byleave) -> None:
    reason = reason_of(shop.visitor_suggestions(product_id="tent"), "sleeping-bag")
    assert reason is not None
    assert reason["code"] == "bought_together"
    assert reason["text"] == "Customers who bought Two-person tent also bought this"
    assert "At least 5 customers" in reason["detail"]


def test_one_of_five_takes_it_back_and_it_is_gone_from_the_next_answer(shop: Byleave) -> None:
    shop.allows(MEI, "purchases")
    shop.withdraws_all(FRIENDS[0])
    answer = shop.suggestions(MEI)
    left = reason_of(answer, "sleeping-bag")
    assert left is not None
    assert left["code"] == "from_catalogue"
    on_page = reason_of(shop.visitor_suggestions(product_id="tent"), "sleeping-bag")
    assert on_page is None or on_page["code"] != "bought_together"


def test_who_never_allowed_it_is_not_learned_from(shop: Byleave) -> None:
    shop.withdraws_all(FRIENDS[0])
    shop.bought("stranger", "tent")
    shop.bought("stranger", "sleeping-bag")
    shop.allows("stranger", "purchases", purpose="recommendations")
    on_page = reason_of(shop.visitor_suggestions(product_id="tent"), "sleeping-bag")
    assert on_page is None or on_page["code"] != "bought_together"


def test_her_own_baskets_are_not_what_others_bought(shop: Byleave) -> None:
    """Four others and she herself bought both: for her they are four, for everybody else five."""
    shop.withdraws_all(FRIENDS[0])
    shop.bought(MEI, "sleeping-bag", when="2026-06-02T10:00:00Z")
    shop.allows(MEI, "purchases", **LEARNING)
    for_others = reason_of(shop.visitor_suggestions(product_id="tent"), "sleeping-bag")
    assert for_others is not None
    assert for_others["code"] == "bought_together"
    for_her = reason_of(shop.suggestions(MEI, product_id="tent"), "sleeping-bag")
    assert for_her is None or for_her["code"] != "bought_together"


# Lin bought nothing yet: she looked at a tent, or put it into her cart.

LIN = "lin"
BROWSED = [
    ("view", "browsing.views", View, "Goes with Two-person tent, which you looked at"),
    ("cart_add", "browsing.carts", CartAddition, "Goes with Two-person tent, once in your cart"),
]
every_way_of_browsing = pytest.mark.parametrize(
    ("kind", "field", "table", "text"), BROWSED, ids=[one[0] for one in BROWSED]
)


@pytest.fixture
def busy_shop(shop: Byleave) -> Byleave:
    """What the whole town buys this week is a lamp, so that no sleeping bag is suggested as popular first."""
    for number in range(12):
        shop.bought(f"reader-{number}", "lamp", when="2026-06-09T10:00:00Z")
        shop.allows(f"reader-{number}", "purchases", **LEARNING)
    return shop


def kept_of(shop: Byleave, table: type[View | CartAddition], customer_id: str) -> list[str]:
    with snapshot(shop.app.state.engine) as connection:
        hers = select(col(table.product_id)).where(col(table.customer_id) == customer_id)
        return list(connection.execute(hers).scalars())


@every_way_of_browsing
def test_what_she_looked_at_is_answered_with_what_goes_with_it_while_she_allows_that(
    busy_shop: Byleave, kind: str, field: str, table: type[View | CartAddition], text: str
) -> None:
    before = busy_shop.suggestions(LIN)
    consent_id = busy_shop.allows(LIN, field)
    assert busy_shop.bought(LIN, "tent", type=kind, when="2026-06-09T20:00:00Z")["status"] == "recorded"

    answer = busy_shop.suggestions(LIN)
    assert answer["personalised"]
    assert [one["field"] for one in answer["data_used"]] == [field]
    reason = reason_of(answer, "sleeping-bag")
    assert reason is not None
    assert (reason["code"], reason["text"]) == ("for_you", text)
    assert "At least 5 customers" in reason["detail"]
    hers = [fact for fact in reason["facts"] if fact["source"] == "customer"]
    assert [(fact["field"], fact["ref"], fact["consent"]) for fact in hers] == [(field, "tent", consent_id)]
    assert kept_of(busy_shop, table, LIN) == ["tent"]

    busy_shop.withdraws(LIN, consent_id)
    after = busy_shop.suggestions(LIN)
    assert after["items"] == before["items"]
    assert not after["personalised"] and after["data_used"] == []
    assert kept_of(busy_shop, table, LIN) == []
    busy_shop.allows(LIN, field)
    assert busy_shop.suggestions(LIN)["items"] == before["items"], "what is deleted does not come back"


@every_way_of_browsing
def test_what_she_looked_at_while_nobody_may_read_it_is_never_used(
    shop: Byleave, kind: str, field: str, table: type[View | CartAddition], text: str
) -> None:
    before = shop.suggestions(LIN)
    assert shop.bought(LIN, "tent", type=kind, when="2026-06-09T20:00:00Z")["status"] == "dropped"
    shop.allows(LIN, "browsing")
    assert shop.suggestions(LIN)["items"] == before["items"]


def test_what_she_keeps_for_her_staff_is_not_used_for_suggestions(shop: Byleave) -> None:
    shop.allows(LIN, "browsing", purpose="assistance")
    assert shop.bought(LIN, "tent", type="view", when="2026-06-09T20:00:00Z")["status"] == "recorded"
    answer = shop.suggestions(LIN)
    assert not answer["personalised"]
    assert answer["items"] == shop.suggestions("never-seen")["items"]
    shop.allows(LIN, "browsing.views")
    assert shop.suggestions(LIN)["personalised"]


def test_others_learn_nothing_of_what_she_looked_at(shop: Byleave) -> None:
    """What is looked at is no purchase: it speaks to her alone, though she allows learning from all of it."""
    for number in range(6):
        customer_id = f"looking-{number}"
        shop.allows(customer_id, "purchases", "browsing", **LEARNING)
        for product_id in ("vase", "lamp"):
            assert shop.bought(customer_id, product_id, type="view")["status"] == "recorded"
    on_page = reason_of(shop.visitor_suggestions(product_id="vase"), "lamp")
    assert on_page is None or on_page["code"] != "bought_together"
