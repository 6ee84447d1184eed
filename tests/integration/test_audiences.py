"""How many match a history and may be contacted: rounded, none under k, and nobody who does not allow it."""

from typing import Any

import pytest

from service.callers import Scope
from tests.byleave import Byleave
from tests.promises.calls import a_key, bearer

BUYERS = [f"buyer-{number:02}" for number in range(12)]
MAY_CONTACT = {"purpose": "reminders", "channels": ["email"]}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Twelve bought coffee, each may be reminded by e-mail; three more bought and may not."""
    byleave.product("coffee", "Coffee", category="coffee")
    byleave.product("tea", "Tea", category="tea")
    byleave.product("pills", "Pills", category="health", sensitive=True)
    for buyer in BUYERS:
        byleave.allows(buyer, "purchases", "contact", **MAY_CONTACT)
        byleave.bought(buyer, "coffee", when="2026-05-20T10:00:00Z")
        byleave.bought(buyer, "pills", when="2026-05-20T10:00:00Z")
    for number in range(3):
        byleave.allows(f"other-{number}", "purchases")
        byleave.bought(f"other-{number}", "coffee", when="2026-05-20T10:00:00Z")
    return byleave


def preview(shop: Byleave, *, key: str | None = None, **body: Any) -> dict[str, Any]:
    headers = bearer(key) if key else {}
    answer = shop.http.post("/v1/audiences/preview", json={"channel": "email"} | body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


COFFEE = {"product_id": "coffee"}


def test_the_count_is_rounded_and_the_same_for_the_same_question(shop: Byleave) -> None:
    found = preview(shop, bought=COFFEE)
    assert found["count"] in (10, 15)
    assert (found["fewer_than"], found["customers"]) == (5, None)
    assert preview(shop, bought={"category": "coffee"}) == found
    assert preview(shop, bought=COFFEE | {"since": "2026-05"}) == found


@pytest.mark.parametrize(
    "body",
    [
        {"bought": {"product_id": "tea"}},
        {"bought": {"product_id": "pills"}},
        {"bought": {"category": "health"}},
        {"bought": COFFEE | {"since": "2026-06"}},
        {"bought": COFFEE, "channel": "phone"},
        {"bought": COFFEE, "channel": None},
        {"bought": COFFEE, "customer_type": "regular"},
    ],
)
def test_nobody_is_found_who_did_not_or_may_not_or_is_sensitive(shop: Byleave, body: dict[str, Any]) -> None:
    found = preview(shop, customers=True, **body)
    assert (found["count"], found["customers"]) == (None, [])


def test_nobody_is_counted_whose_address_was_not_given_for_it(shop: Byleave) -> None:
    """What she bought may be read to remind her; but she gave no address for that, or for orders only."""
    for number in range(20):
        shop.allows(f"quiet-{number}", "purchases", **MAY_CONTACT)
        shop.allows(f"quiet-{number}", "contact", purpose="service")
        shop.bought(f"quiet-{number}", "tea", when="2026-06-01T10:00:00Z")
    found = preview(shop, bought={"product_id": "tea"}, customers=True)
    assert (found["count"], found["customers"]) == (None, [])


def test_by_how_they_come_here(shop: Byleave) -> None:
    assert preview(shop, customer_type="newcomer")["count"] in (10, 15)
    assert preview(shop)["count"] in (10, 15)


def test_under_k_there_is_no_number(shop: Byleave) -> None:
    for buyer in BUYERS[:8]:
        shop.withdraws_all(buyer)
    assert preview(shop, bought=COFFEE)["count"] is None


def test_without_the_day_nobody_is_known_to_have_bought_since(shop: Byleave) -> None:
    for number in range(7):
        shop.allows(f"dayless-{number}", "purchases.product", "contact", **MAY_CONTACT)
        shop.bought(f"dayless-{number}", "tea", when="2026-06-01T10:00:00Z")
    assert preview(shop, bought={"product_id": "tea"})["count"] in (5, 10)
    assert preview(shop, bought={"product_id": "tea", "since": "2026-05"})["count"] is None


def test_which_they_are_is_for_those_with_the_scope(shop: Byleave) -> None:
    assert preview(shop, bought=COFFEE, customers=True)["customers"] == BUYERS
    counting = a_key(shop, Scope.AUDIENCES_READ)
    assert preview(shop, key=counting, bought=COFFEE)["count"] in (10, 15)
    answer = shop.http.post(
        "/v1/audiences/preview",
        json={"channel": "email", "customers": True},
        headers=bearer(counting),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_each_of_them_can_see_that_she_was_looked_for(shop: Byleave) -> None:
    preview(shop, bought=COFFEE)
    preview(shop, customer_type="regular")
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{BUYERS[0]}/uses").json()["uses"]
    assert {(one["kind"], one["purpose"]) for one in uses} == {("audience", "reminders")}
    others = shop.http.get("/v1/customers/other-0/uses").json()["uses"]
    assert others == []


@pytest.mark.parametrize("since", ["2026-05-20", "2026-13", "0000-05"])
def test_a_month_is_as_fine_as_it_gets(shop: Byleave, since: str) -> None:
    answer = shop.http.post("/v1/audiences/preview", json={"bought": {"since": since}})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"path": "bought.since", "message": "must be a month, such as 2026-06"}
    ]
