"""What happened between customer and shop: each event is answered, and only what may be kept is kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import text

from service.db.engine import snapshot
from tests.byleave import Byleave
from tests.conftest import settings_for

ANNA = "anna"
EVENTS = "/v1/events"


def an_event(event_id: str = "event-1", /, **changes: Any) -> dict[str, Any]:
    event = {
        "id": event_id,
        "type": "purchase",
        "customer_id": ANNA,
        "product_id": "ink",
        "occurred_at": "2026-03-03T10:00:00Z",
    }
    return {name: value for name, value in (event | changes).items() if value is not None}


def send(byleave: Byleave, *events: dict[str, Any]) -> httpx.Response:
    return byleave.http.post(EVENTS, json={"events": list(events)})


def answers(byleave: Byleave, *events: dict[str, Any]) -> list[tuple[str, str | None]]:
    response = send(byleave, *events)
    assert response.status_code == 200, response.text
    results = response.json()["results"]
    assert [one["id"] for one in results] == [event["id"] for event in events]
    return [(one["status"], one["because"]) for one in results]


@contextmanager
def statements(byleave: Byleave) -> Iterator[list[str]]:
    """All statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    sql_event.listen(byleave.app.state.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sql_event.remove(byleave.app.state.engine, "before_cursor_execute", note)


def assert_refused(answer: httpx.Response, *paths: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request"), problem
    assert [error["path"] for error in problem["errors"]] == list(paths)


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    return byleave


def test_a_purchase_that_nobody_allowed_to_be_read_is_held(shop: Byleave) -> None:
    assert answers(shop, an_event()) == [("held", "not_asked")]


def test_a_purchase_that_may_be_read_is_recorded(shop: Byleave) -> None:
    shop.allows(ANNA, "purchases.product")
    assert answers(shop, an_event()) == [("recorded", None)]


def test_a_purchase_that_may_be_read_for_another_purpose_is_recorded(shop: Byleave) -> None:
    shop.allows(ANNA, "purchases.product", purpose="learning")
    assert answers(shop, an_event()) == [("recorded", None)]


def test_what_is_held_is_read_once_she_allows_it(shop: Byleave) -> None:
    answers(shop, an_event(product_id="printer"))
    assert shop.suggestions(ANNA)["personalised"] is False
    shop.allows(ANNA, "purchases")
    assert shop.suggestions(ANNA)["items"][0]["reason"]["code"] == "fits_device"


def test_a_shop_may_choose_not_to_keep_what_nobody_allowed(database_url: str) -> None:
    with Byleave(settings_for(database_url, purchases="drop")) as byleave:
        byleave.product("printer")
        byleave.product("ink", fits=["printer"])
        event = an_event(product_id="printer")
        assert answers(byleave, event) == [("dropped", "not_asked")]
        byleave.allows(ANNA, "purchases")
        assert byleave.suggestions(ANNA)["personalised"] is False
        assert answers(byleave, event) == [("recorded", None)]


def test_with_drop_a_withdrawal_deletes_the_sales_that_nobody_may_read_any_more(database_url: str) -> None:
    with Byleave(settings_for(database_url, purchases="drop")) as byleave:
        byleave.product("ink")
        mine, hers = an_event("mine"), an_event("hers", customer_id="ben")
        here = byleave.allows(ANNA, "purchases")
        learning = byleave.allows(ANNA, "purchases.product", purpose="learning")
        byleave.allows("ben", "purchases")
        assert answers(byleave, mine, hers) == [("recorded", None)] * 2
        byleave.withdraws(ANNA, here)
        assert stored_sales(byleave) == {"mine", "hers"}, "learning may still read it"
        byleave.withdraws(ANNA, learning)
        assert stored_sales(byleave) == {"hers"}
        byleave.allows(ANNA, "purchases")
        assert answers(byleave, mine, hers) == [("recorded", None), ("duplicate", None)]


def test_with_drop_a_sale_goes_with_the_consent_that_ran_out_before_the_next_event(database_url: str) -> None:
    with Byleave(settings_for(database_url, purchases="drop")) as byleave:
        byleave.product("ink")
        byleave.allows(ANNA, "purchases")
        assert answers(byleave, an_event()) == [("recorded", None)]
    with Byleave(settings_for(database_url, purchases="drop", now="2036-06-10T09:00:00Z")) as later:
        later.allows(ANNA, "devices")
        assert stored_sales(later) == {"event-1"}, "that consent has no end"
        later.allows(ANNA, "devices", expires_at="2036-06-10T09:00:01Z")
        later.decides(ANNA, "refused", "recommendations", "purchases.product")
        assert stored_sales(later) == set()


def test_with_hold_a_withdrawal_leaves_the_sales_where_nobody_can_read_them(shop: Byleave) -> None:
    consent_id = shop.allows(ANNA, "purchases")
    assert answers(shop, an_event(product_id="printer")) == [("recorded", None)]
    shop.withdraws(ANNA, consent_id)
    assert stored_sales(shop) == {"event-1"}
    assert shop.suggestions(ANNA)["personalised"] is False


def stored_sales(byleave: Byleave) -> set[str]:
    with snapshot(byleave.app.state.engine) as connection:
        return set(connection.execute(text("SELECT id FROM purchases")).scalars())


def test_all_that_is_known_of_a_sale_can_be_told(shop: Byleave) -> None:
    whole = an_event(
        quantity=2,
        price={"amount": "27.99", "currency": "USD"},
        order_id="order-1",
        sales_channel="web shop",
        served_by="Kim",
    )
    assert answers(shop, whole) == [("held", "not_asked")]


def test_the_same_event_twice_counts_once(shop: Byleave) -> None:
    whole = an_event(quantity=2, price={"amount": "27.99", "currency": "USD"}, order_id="order-1")
    assert answers(shop, whole, whole) == [("held", "not_asked"), ("duplicate", None)]
    assert answers(shop, whole) == [("duplicate", None)]
    in_another_zone = whole | {"occurred_at": "2026-03-03T11:00:00+01:00"}
    assert answers(shop, in_another_zone) == [("duplicate", None)]


def test_an_id_that_tells_of_something_else_is_rejected(shop: Byleave) -> None:
    answers(shop, an_event())
    for changes in (
        {"customer_id": "ben"},
        {"product_id": "printer"},
        {"type": "return"},
        {"quantity": 2},
        {"occurred_at": "2026-03-04T10:00:00Z"},
        {"price": {"amount": "1.00", "currency": "USD"}},
        {"order_id": "order-1"},
        {"sales_channel": "web"},
        {"served_by": "Kim"},
    ):
        assert answers(shop, an_event(**changes)) == [("rejected", "id_reused")], changes


def test_a_return_takes_a_purchase_back(shop: Byleave) -> None:
    shop.allows(ANNA, "purchases")
    bought = an_event("event-1", product_id="printer")
    returned = an_event("event-2", type="return", product_id="printer", occurred_at="2026-03-09T10:00:00Z")
    answers(shop, bought)
    assert shop.suggestions(ANNA)["personalised"] is True
    assert answers(shop, returned) == [("recorded", None)]
    assert shop.suggestions(ANNA)["items"] == shop.visitor_suggestions()["items"]


@pytest.mark.parametrize("kind", ["purchase", "return", "view", "cart_add"])
def test_a_product_that_the_catalogue_does_not_have(shop: Byleave, kind: str) -> None:
    event = an_event(type=kind, product_id="toaster")
    assert answers(shop, event) == [("rejected", "unknown_product")]


def test_what_has_not_happened_yet(shop: Byleave) -> None:
    assert answers(shop, an_event(occurred_at="2126-01-01T00:00:00Z")) == [("rejected", "in_the_future")]
    assert answers(shop, an_event(occurred_at="2026-06-10T09:01:00Z")) == [("held", "not_asked")]


def test_what_was_rejected_can_be_corrected_under_the_same_id(shop: Byleave) -> None:
    wrong = an_event(product_id="toaster")
    assert answers(shop, wrong, an_event()) == [("rejected", "unknown_product"), ("held", "not_asked")]


def test_a_search_needs_no_product(shop: Byleave) -> None:
    search = an_event(type="search", product_id=None, query="huawei phone")
    assert answers(shop, search) == [("dropped", "not_asked")]


def test_everything_else_needs_one(shop: Byleave) -> None:
    for kind in ("purchase", "return", "view", "cart_add"):
        answer = send(shop, an_event("event-1"), an_event("event-2", type=kind, product_id=None))
        assert_refused(answer, "events.1.product_id")
    assert answers(shop, an_event("event-1")) == [("held", "not_asked")], "nothing was half-written"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"quantity": 0}, "quantity"),
    ({"quantity": -1}, "quantity"),
    ({"quantity": 1.5}, "quantity"),
    ({"quantity": 10**30}, "quantity"),
    ({"quantity": "many"}, "quantity"),
    ({"price": {"amount": "-5.00", "currency": "USD"}}, "price.amount"),
    ({"price": "5.00"}, "price"),
    ({"type": "wish"}, "type"),
    ({"customer_id": "anna@mail.example"}, "customer_id"),
    ({"customer_id": ""}, "customer_id"),
    ({"customer_id": "x" * 129}, "customer_id"),
    ({"product_id": "a/b"}, "product_id"),
    ({"id": "-starts-with-a-dash"}, "id"),
    ({"order_id": "a b"}, "order_id"),
    ({"occurred_at": "2026-02-30T10:00:00Z"}, "occurred_at"),
    ({"occurred_at": "2026-03-03"}, "occurred_at"),
    ({"occurred_at": "2026-03-03T10:00:00"}, "occurred_at"),
    ({"occurred_at": "03.03.2026"}, "occurred_at"),
    ({"occurred_at": "20260303"}, "occurred_at"),
    ({"occurred_at": 1_772_532_000}, "occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    ({"query": "x" * 201}, "query"),
    ({"sales_channel": ""}, "sales_channel"),
    ({"served_by": "a\x00b"}, "served_by"),
    ({"colour": "red"}, "colour"),
]


def test_what_makes_no_sense_is_refused_by_name_with_all_that_came_with_it(shop: Byleave) -> None:
    for changes, path in REFUSED:
        assert_refused(send(shop, an_event("good"), an_event(**changes)), f"events.1.{path}")
    for name in ("id", "type", "customer_id", "occurred_at"):
        incomplete = {key: value for key, value in an_event().items() if key != name}
        assert_refused(send(shop, an_event("good"), incomplete), f"events.1.{name}")
    assert answers(shop, an_event("good")) == [("held", "not_asked")]


def test_a_thousand_events_of_a_thousand_customers_take_few_statements(shop: Byleave) -> None:
    events = [an_event(f"event-{number}", customer_id=f"c-{number}") for number in range(1_000)]
    events[500]["type"] = "view"
    with statements(shop) as sent:
        assert answers(shop, *events).count(("held", "not_asked")) == 999
    assert len(sent) <= 13, sent


def test_each_customer_of_a_call_is_answered_by_what_she_allows(shop: Byleave) -> None:
    shop.allows("carla", "purchases")
    shop.allows("dora", "purchases.date")
    shop.decides("emma", "refused", "recommendations", "purchases")
    who = ("anna", "carla", "dora", "emma", "carla")
    events = [an_event(f"event-{number}", customer_id=one) for number, one in enumerate(who)]
    assert answers(shop, *events) == [
        ("held", "not_asked"),
        ("recorded", None),
        ("held", "not_asked"),
        ("held", "refused"),
        ("recorded", None),
    ]


def test_a_batch_has_a_thousand_at_most(shop: Byleave) -> None:
    events = [an_event(f"event-{number}") for number in range(1_001)]
    assert_refused(send(shop, *events), "events")
    assert_refused(send(shop), "events")
    assert set(answers(shop, *events[:1_000])) == {("held", "not_asked")}
    assert set(answers(shop, *events[:1_000])) == {("duplicate", None)}


def test_the_same_event_from_several_at_once_is_stored_once(shop: Byleave) -> None:
    with ThreadPoolExecutor(4) as workers:
        results = list(workers.map(lambda _: answers(shop, an_event())[0], range(8)))
    assert sorted(results) == [("duplicate", None)] * 7 + [("held", "not_asked")]
