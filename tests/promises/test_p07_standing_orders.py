"""P1, P3, P5 and P7 of standing orders: proposed by what she agreed to, once, and by nothing else of hers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.byleave import Byleave
from tests.conftest import settings_for

MEI = "mei"
DUE = ("2026-03-01T10:00:00Z", "2026-04-04T10:00:00Z", "2026-05-08T10:00:00Z")


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    for product_id, title in (("coffee", "Coffee beans"), ("tea", "Green tea")):
        byleave.product(product_id, title, category="drinks", price={"amount": "18.50", "currency": "EUR"})
    return byleave


def buys(shop: Byleave, customer_id: str, product_id: str, *days: str, **event: Any) -> None:
    for day in days:
        shop.bought(customer_id, product_id, when=day, **event)


def because(shop: Byleave, customer_id: str = MEI) -> list[str]:
    """Why nothing is proposed to her."""
    answer = shop.proposes(customer_id=customer_id)
    assert answer["proposed"] == []
    return [one["because"] for one in answer["held_back"]]


def test_what_she_did_not_agree_to_changes_nothing(shop: Byleave) -> None:
    """Mei allows coffee alone; all else of hers, and what she allows for other purposes, is as if it were not there."""
    for customer_id in (MEI, "anna"):
        buys(shop, customer_id, "coffee", *DUE)
        shop.orders_regularly(customer_id, "coffee")
    buys(shop, MEI, "tea", *DUE, "2026-06-09T10:00:00Z")
    shop.allows(MEI, "preferences", "feedback")
    shop.tells(MEI, "preferences", dislikes={"category": ["drinks"]})
    shop.says(MEI, "not_interested", product_id="coffee")

    proposed = {one["customer_id"]: one for one in shop.proposes()["proposed"]}

    own = ("customer_id", "consent_id", "event_id")
    assert [{k: v for k, v in proposed[who].items() if k not in own} for who in (MEI, "anna")] == [
        {"product_id": "coffee", "price_limit": {"amount": "20.00", "currency": "EUR"}, "uses_left": 2}
    ] * 2
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{MEI}/uses").json()["uses"]
    assert {(one["kind"], one["field"]) for one in uses} == {
        ("standing_order", "purchases.product"),
        ("standing_order", "purchases.date"),
    }
    assert {one["answer_id"] for one in uses} == {proposed[MEI]["event_id"]}


def test_what_others_allow_for_something_else_proposes_nothing(shop: Byleave) -> None:
    buys(shop, MEI, "coffee", *DUE)
    for purpose in ("recommendations", "reminders", "service", "learning", "experience", "assistance"):
        shop.allows(MEI, "purchases", purpose=purpose)
    assert shop.proposes() == {"proposed": [], "held_back": [], "next_cursor": None}


STOPS: dict[str, Callable[[Byleave, str], object]] = {
    "withdrawn": lambda shop, consent_id: shop.withdraws(MEI, consent_id),
    "all withdrawn": lambda shop, _: shop.withdraws_all(MEI),
    "the days withdrawn": lambda shop, _: shop.decides(MEI, "withdrawn", "standing_orders", "purchases.date"),
    "the category withdrawn": lambda shop, _: shop.decides(
        MEI, "withdrawn", "standing_orders", "purchases", items={"categories": ["drinks"]}
    ),
    "revoked": lambda shop, _: shop.decides(MEI, "revoked", "standing_orders", "purchases"),
    "objected": lambda shop, _: shop.objects(MEI, "profiling"),
    "restricted": lambda shop, _: shop.objects(MEI, "restriction"),
    "another notice": lambda shop, _: shop.publishes("standing_orders", material_change=True),
}


@pytest.mark.parametrize("stop", STOPS)
def test_it_stops_at_once(shop: Byleave, stop: str) -> None:
    buys(shop, MEI, "coffee", *DUE)
    notice_id = shop.publishes("standing_orders")
    consent_id = shop.orders_regularly(MEI, "coffee", notice_id=notice_id)
    STOPS[stop](shop, consent_id)
    assert because(shop) == ["no_permission"]


def test_an_objection_to_marketing_is_about_something_else(shop: Byleave) -> None:
    buys(shop, MEI, "coffee", *DUE)
    shop.orders_regularly(MEI, "coffee")
    shop.objects(MEI, "marketing")
    assert len(shop.proposes()["proposed"]) == 1


def test_an_erased_customer_is_forgotten(shop: Byleave) -> None:
    buys(shop, MEI, "coffee", *DUE)
    shop.orders_regularly(MEI, "coffee")
    assert shop.http.delete(f"/v1/customers/{MEI}").status_code == 200
    for body in ({}, {"customer_id": MEI}):
        assert shop.proposes(**body) == {"proposed": [], "held_back": [], "next_cursor": None}


def test_nothing_is_proposed_after_its_end_nor_more_often_than_she_said(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as shop:
        for product_id in ("coffee", "tea"):
            shop.product(product_id, price={"amount": "18.50", "currency": "EUR"})
            buys(shop, MEI, product_id, *DUE)
        shop.orders_regularly(MEI, "coffee", uses=1)
        shop.orders_regularly(MEI, "tea", expires_at="2026-07-01T00:00:00Z", uses=9)
        assert [one["uses_left"] for one in shop.proposes()["proposed"]] == [0, 8]
    with Byleave(settings_for(database_url, now="2026-07-20T09:00:00Z")) as shop:
        assert because(shop) == ["no_permission", "no_permission"]


def test_reading_never_proposes(shop: Byleave) -> None:
    buys(shop, MEI, "coffee", *DUE)
    shop.orders_regularly(MEI, "coffee")
    shop.suggestions(MEI, limit=50)
    shop.http.post(f"/v1/customers/{MEI}/recommendations", json={}, headers={"Idempotency-Key": "once"})
    for path in ("consents", "consents/history", "uses", "export"):
        assert shop.http.get(f"/v1/customers/{MEI}/{path}").status_code == 200
    assert shop.http.get("/v1/standing-orders/propose").status_code == 405
    assert [one["uses_left"] for one in shop.proposes()["proposed"]] == [2]


def test_two_workers_propose_it_once(shop: Byleave, database_url: str) -> None:
    customers = [f"c-{number}" for number in range(6)]
    for customer_id in customers:
        buys(shop, customer_id, "coffee", *DUE)
        shop.orders_regularly(customer_id, "coffee")
    with Byleave(settings_for(database_url)) as other, ThreadPoolExecutor(max_workers=4) as pool:
        answers = [
            one.result() for one in [pool.submit(each.proposes) for each in (shop, other, shop, other)]
        ]
    proposed = [one["customer_id"] for answer in answers for one in answer["proposed"]]
    assert sorted(proposed) == customers
    changes = shop.http.get("/v1/changes?limit=1000").json()["changes"]
    assert [one["method"] for one in changes].count("standing_order") == len(customers)
    held_back = [one["because"] for answer in answers for one in answer["held_back"]]
    assert held_back == ["already_proposed"] * 3 * len(customers)
