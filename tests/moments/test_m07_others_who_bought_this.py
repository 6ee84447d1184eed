"""M7, others who bought this: learned only from those who allow learning; the reason names her own purchase.

Her own baskets do not count as what "others" bought, and who takes her permission back is forgotten at once.
"""

from typing import Any

import pytest

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
