"""Views, searches and cart additions: collected only while some purpose may read them, deleted after that."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event, select

from service.api.examples import REQUESTS
from service.collecting import KEPT_ONLY_BY_CONSENT
from service.db.engine import snapshot
from service.db.tables import Product
from tests.byleave import Byleave
from tests.conftest import settings_for

ANNA, BEN = "anna", "ben"
TABLES = Product.metadata.tables
KINDS = [
    ("view", "browsing.views", "views"),
    ("search", "browsing.searches", "searches"),
    ("cart_add", "browsing.carts", "cart_additions"),
]
every_kind = pytest.mark.parametrize(("kind", "field", "table"), KINDS, ids=[one[0] for one in KINDS])


def an_event(event_id: str, kind: str, /, **changes: Any) -> dict[str, Any]:
    of_kind = {"search": {"query": "huawei phone"}, "cart_add": {"product_id": "ink", "quantity": 2}}
    event = {
        "id": event_id,
        "type": kind,
        "customer_id": ANNA,
        "occurred_at": "2026-06-03T10:00:00Z",
    }
    return event | of_kind.get(kind, {"product_id": "ink"}) | changes


def answers(byleave: Byleave, *events: dict[str, Any]) -> list[tuple[str, str | None]]:
    response = byleave.http.post("/v1/events", json={"events": list(events)})
    assert response.status_code == 200, response.text
    return [(one["status"], one["because"]) for one in response.json()["results"]]


def stored(byleave: Byleave, table: str) -> list[dict[str, Any]]:
    with snapshot(byleave.app.state.engine) as connection:
        columns = TABLES[table].columns
        rows = sorted(connection.execute(select(*columns)).mappings(), key=lambda row: str(dict(row)))
        return [{name: value for name, value in row.items() if "_at" not in name} for row in rows]


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    return byleave


@every_kind
def test_nothing_is_collected_that_nobody_may_read_and_the_answer_says_why(
    shop: Byleave, kind: str, field: str, table: str
) -> None:
    event = an_event("event-1", kind)
    assert answers(shop, event) == [("dropped", "not_asked")]
    shop.allows(ANNA, *(other for _, other, _ in KINDS if other != field), "purchases", "devices")
    assert answers(shop, event) == [("dropped", "not_asked")]
    shop.withdraws(ANNA, shop.allows(ANNA, field))
    assert answers(shop, event) == [("dropped", "withdrawn")]
    shop.decides(ANNA, "refused", "recommendations", field)
    assert answers(shop, event) == [("dropped", "refused")]
    assert stored(shop, table) == []


@every_kind
@pytest.mark.parametrize("purpose", ["recommendations", "assistance"])
def test_what_some_purpose_may_read_is_recorded(
    shop: Byleave, kind: str, field: str, table: str, purpose: str
) -> None:
    shop.allows(ANNA, field, purpose=purpose)
    assert answers(shop, an_event("event-1", kind), an_event("of-ben", kind, customer_id=BEN)) == [
        ("recorded", None),
        ("dropped", "not_asked"),
    ]
    (row,) = stored(shop, table)
    told = {"search": {"query": "huawei phone"}, "cart_add": {"product_id": "ink", "quantity": 2}}
    assert row == {"id": "event-1", "customer_id": ANNA} | told.get(kind, {"product_id": "ink"})


@every_kind
def test_the_same_event_twice_counts_once(shop: Byleave, kind: str, field: str, table: str) -> None:
    shop.allows(ANNA, field)
    event = an_event("event-1", kind)
    assert answers(shop, event, event) == [("recorded", None), ("duplicate", None)]
    assert answers(shop, event) == [("duplicate", None)]
    assert answers(shop, event | {"occurred_at": "2026-06-03T12:00:00+02:00"}) == [("duplicate", None)]
    assert len(stored(shop, table)) == 1


@every_kind
def test_an_id_that_tells_of_something_else_is_rejected(
    shop: Byleave, kind: str, field: str, table: str
) -> None:
    for customer_id in (ANNA, BEN):
        shop.allows(customer_id, "browsing")
    answers(shop, an_event("event-1", kind), an_event("sale", "purchase"))
    other = {"query": "other"} if kind == "search" else {"product_id": "printer"}
    for changes in ({"customer_id": BEN}, {"occurred_at": "2026-06-04T10:00:00Z"}, other):
        assert answers(shop, an_event("event-1", kind, **changes)) == [("rejected", "id_reused")], changes
    for another in {"view", "search", "cart_add", "purchase", "return"} - {kind}:
        assert answers(shop, an_event("event-1", another)) == [("rejected", "id_reused")], another
    assert answers(shop, an_event("sale", kind)) == [("rejected", "id_reused")]
    assert answers(shop, an_event("new", kind), an_event("new", "return")) == [
        ("recorded", None),
        ("rejected", "id_reused"),
    ]
    assert len(stored(shop, table)) == 2


def test_how_many_she_put_into_the_cart_is_part_of_the_event(shop: Byleave) -> None:
    shop.allows(ANNA, "browsing")
    answers(shop, an_event("event-1", "cart_add"))
    assert answers(shop, an_event("event-1", "cart_add", quantity=3)) == [("rejected", "id_reused")]


def test_a_search_needs_neither_product_nor_words(shop: Byleave) -> None:
    shop.allows(ANNA, "browsing.searches")
    silent = {"id": "event-1", "type": "search", "customer_id": ANNA, "occurred_at": "2026-06-03T10:00:00Z"}
    assert answers(shop, silent) == [("recorded", None)]
    assert stored(shop, "searches") == [{"id": "event-1", "customer_id": ANNA, "query": None}]
    assert answers(shop, silent | {"id": "event-2", "product_id": "toaster"}) == [
        ("rejected", "unknown_product")
    ]


def test_what_is_used_of_it_is_told_and_recorded_field_by_field(shop: Byleave) -> None:
    """Searches are kept and used by nothing yet, so nothing says that they were."""
    shop.allows(ANNA, "browsing")
    answers(shop, *(an_event(f"{kind}-1", kind) for kind, _, _ in KINDS))
    answer = shop.suggestions(ANNA)
    used = {one["field"] for one in answer["data_used"]}
    assert used == {"browsing.views", "browsing.carts"}
    not_used = {one["field"]: one["because"] for one in answer["data_not_used"]}
    assert not_used["browsing.searches"] == "not_requested"
    shop.app.state.use_recorder.flush()
    recorded = shop.http.get(f"/v1/customers/{ANNA}/uses").json()["uses"]
    assert {one["field"] for one in recorded} == used


def test_what_is_older_than_the_shop_keeps_it_is_not_used(shop: Byleave, database_url: str) -> None:
    shop.allows(ANNA, "browsing.views")
    for number in range(6):
        for product_id in ("ink", "printer"):
            shop.bought(f"other-{number}", product_id, when="2026-06-01T10:00:00Z")
        shop.allows(f"other-{number}", "purchases", purpose="learning")
    answers(shop, an_event("event-1", "view", occurred_at="2026-06-03T10:00:00Z"))
    assert shop.suggestions(ANNA)["personalised"]
    with Byleave(settings_for(database_url, retention_days={"browsing": 3})) as forgetful:
        assert not forgetful.suggestions(ANNA)["personalised"]


KEPT = ("browsing", "devices", "preferences", "occasions", "contact", "feedback")
WAYS: dict[str, Callable[[Byleave, str], Any]] = {
    "withdraw": lambda shop, consent_id: shop.withdraws(ANNA, consent_id),
    "withdraw-all": lambda shop, _: shop.withdraws_all(ANNA),
    "refused": lambda shop, _: shop.decides(ANNA, "refused", "recommendations", *KEPT),
    "revoked": lambda shop, _: shop.decides(ANNA, "revoked", "recommendations", *KEPT),
    "replaced": lambda shop, consent_id: shop.allows(ANNA, "purchases", replaces=consent_id),
}


def a_customer_of_whom_everything_is_kept(shop: Byleave, customer_id: str, **consent: Any) -> str:
    consent_id = shop.allows(customer_id, *KEPT, **consent)
    shop.owns(customer_id, {"product_id": "printer"})
    for document in ("preferences", "occasions", "contact"):
        shop.tells(customer_id, document, **REQUESTS[f"put_{document}"])
    shop.says(customer_id, "helpful", product_id="printer")
    events = [an_event(f"{kind}-{customer_id}", kind, customer_id=customer_id) for kind, _, _ in KINDS]
    assert answers(shop, *events) == [("recorded", None)] * 3
    return consent_id


def whose(shop: Byleave, table: str) -> set[str]:
    return {row["customer_id"] for row in stored(shop, table)}


@pytest.mark.parametrize("way", WAYS)
def test_all_that_was_kept_by_consent_is_deleted_when_it_ends(shop: Byleave, way: str) -> None:
    consent_id = a_customer_of_whom_everything_is_kept(shop, ANNA)
    a_customer_of_whom_everything_is_kept(shop, BEN)
    for table in KEPT_ONLY_BY_CONSENT:
        assert whose(shop, table) == {ANNA, BEN}, f"until this test fills {table}, it proves nothing for it"
    WAYS[way](shop, consent_id)
    for table in KEPT_ONLY_BY_CONSENT:
        assert whose(shop, table) == {BEN}, table


@every_kind
def test_it_stays_while_another_purpose_may_read_it_and_goes_field_by_field(
    shop: Byleave, kind: str, field: str, table: str
) -> None:
    here = a_customer_of_whom_everything_is_kept(shop, ANNA)
    staff = shop.allows(ANNA, field, purpose="assistance")
    shop.withdraws(ANNA, here)
    assert [other for _, _, other in KINDS if whose(shop, other)] == [table]
    shop.withdraws(ANNA, staff)
    assert whose(shop, table) == set()


def test_what_a_consent_that_ran_out_had_covered_is_hidden_at_once_and_does_not_come_back(
    shop: Byleave, database_url: str
) -> None:
    a_customer_of_whom_everything_is_kept(shop, ANNA, expires_at="2026-06-20T09:00:00Z")
    with Byleave(settings_for(database_url, now="2026-06-21T09:00:00Z")) as later:
        for kind, _, _ in KINDS:
            again = an_event(f"{kind}-{ANNA}", kind)
            assert answers(later, again) == [("dropped", "expired")], "nothing is told of what is still there"
        assert later.allows(ANNA, "browsing")
        assert [row for table in KEPT_ONLY_BY_CONSENT for row in stored(later, table)] == []
        assert answers(later, an_event(f"view-{ANNA}", "view")) == [("recorded", None)]


def test_a_withdrawal_that_comes_while_events_are_stored_leaves_nothing_behind(shop: Byleave) -> None:
    """Tried at the worst moment: her consents were read, and what they allow is not stored yet."""
    consent_id = shop.allows(ANNA, "browsing")
    with ThreadPoolExecutor(1) as elsewhere:
        withdrawals = []

        def withdraw_meanwhile(_: Any, __: Any, statement: str, *___: Any) -> None:
            if statement.startswith("INSERT INTO views") and not withdrawals:
                withdrawals.append(elsewhere.submit(shop.withdraws, ANNA, consent_id))
                with pytest.raises(TimeoutError):
                    withdrawals[0].result(timeout=0.5)

        event.listen(shop.app.state.engine, "before_cursor_execute", withdraw_meanwhile)
        assert answers(shop, an_event("event-1", "view")) == [("recorded", None)]
        event.remove(shop.app.state.engine, "before_cursor_execute", withdraw_meanwhile)
        assert withdrawals[0].result(timeout=10)["state"] == "withdrawn"
    assert stored(shop, "views") == []


def test_a_first_consent_that_comes_while_events_are_stored_counts_from_the_next_call_on(
    shop: Byleave,
) -> None:
    """Her ledger was not there to be held, so a withdrawal of that consent would not have waited either."""
    with ThreadPoolExecutor(1) as elsewhere:
        consents = []

        def allow_meanwhile(_: Any, __: Any, statement: str, *___: Any) -> None:
            if "FROM epochs" in statement and not consents:
                consents.append(elsewhere.submit(shop.allows, ANNA, "browsing"))
                with suppress(TimeoutError):  # SQLite lets nobody in meanwhile
                    consents[0].result(timeout=0.5)

        event.listen(shop.app.state.engine, "before_cursor_execute", allow_meanwhile)
        assert answers(shop, an_event("event-1", "view")) == [("dropped", "not_asked")]
        event.remove(shop.app.state.engine, "before_cursor_execute", allow_meanwhile)
        assert consents[0].result(timeout=10)
    assert answers(shop, an_event("event-1", "view")) == [("recorded", None)]


def test_the_same_event_from_several_at_once_is_stored_once(shop: Byleave) -> None:
    for customer_id in (ANNA, BEN):
        shop.allows(customer_id, "browsing")
    told = [an_event("event-1", "view", customer_id=(ANNA, BEN)[number % 2]) for number in range(8)]
    with ThreadPoolExecutor(4) as workers:
        results = list(workers.map(lambda one: answers(shop, one)[0][0], told))
    assert sorted(results) == ["duplicate"] * 3 + ["recorded"] + ["rejected"] * 4


def test_a_view_of_what_has_not_happened_or_is_not_sold_is_rejected(shop: Byleave) -> None:
    shop.allows(ANNA, "browsing")
    assert answers(shop, an_event("event-1", "view", occurred_at="2126-01-01T00:00:00Z")) == [
        ("rejected", "in_the_future")
    ]
    assert answers(shop, an_event("event-1", "view", product_id="toaster")) == [
        ("rejected", "unknown_product")
    ]
    for wrong in ({"query": ""}, {"query": "a\x00b"}, {"query": "x" * 201}, {"query": 7}):
        body = {"events": [an_event("event-1", "search", **wrong)]}
        assert shop.http.post("/v1/events", json=body).status_code == 422, wrong


def test_what_she_searched_for_is_stored_letter_by_letter(shop: Byleave) -> None:
    shop.allows(ANNA, "browsing.searches")
    for number, query in enumerate(("'; DROP TABLE searches; --", "惠普 950 墨盒", "%_\\", "a" * 200)):
        assert answers(shop, an_event(f"event-{number}", "search", query=query)) == [("recorded", None)]
        assert stored(shop, "searches")[number]["query"] == query
