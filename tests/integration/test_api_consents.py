"""The consent registry over HTTP: decisions are recorded, listed, withdrawn and told, and nothing is lost."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from consent.events import ConsentEvent, EventKind, Evidence
from consent.ledger import LedgerEntry
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from tests.byleave import Byleave
from tests.chains import first_bad_entry
from tests.conftest import settings_for

ANNA = "anna"
CONSENTS = f"/v1/customers/{ANNA}/consents"
HISTORY = f"{CONSENTS}/history"
ALL_PURCHASES = sorted(code for code in FIELD_CODES if code.startswith("purchases."))


def a_decision(decision: str = "given", *data: str, **more: Any) -> dict[str, Any]:
    body = {"decision": decision, "purpose": "recommendations", "data": list(data) or ["purchases"]}
    return body | more


def record(byleave: Byleave, *decisions: dict[str, Any], customer_id: str = ANNA) -> httpx.Response:
    return byleave.http.post(f"/v1/customers/{customer_id}/consents", json={"decisions": list(decisions)})


def consents(byleave: Byleave, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = byleave.http.get(CONSENTS, params=query).json()["consents"]
    return found


def history(byleave: Byleave, customer_id: str = ANNA) -> list[dict[str, Any]]:
    path = f"/v1/customers/{customer_id}/consents/history"
    events: list[dict[str, Any]] = byleave.http.get(path).json()["events"]
    return events


def states(byleave: Byleave) -> list[str]:
    return [one["state"] for one in consents(byleave)]


def assert_refused(answer: httpx.Response, status: int, code: str, *paths: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [error["path"] for error in problem["errors"]] == list(paths)


def test_a_consent_is_recorded_with_its_category_expanded(byleave: Byleave) -> None:
    answer = record(byleave, a_decision("given", "purchases", "devices.product"))
    assert answer.status_code == 201
    (consent,) = answer.json()["consents"]
    assert consent["consent_id"].startswith("con_")
    assert consent["purpose"] == "recommendations"
    assert consent["data"] == consent["in_force"] == ["devices.product", *ALL_PURCHASES]
    assert consent["state"] == "given"
    assert consent["given_at"] == consent["recorded_at"]
    assert consent["expires_at"] is consent["uses_left"] is consent["notice_id"] is None
    assert consent["notice_binding"] == "assumed"
    assert consents(byleave) == [consent]


def test_several_decisions_are_recorded_in_their_order(byleave: Byleave) -> None:
    answer = record(
        byleave,
        a_decision("given", "devices"),
        a_decision("refused", "purchases.price"),
        a_decision("deferred", "browsing"),
        a_decision("given", "purchases", purpose="learning"),
        a_decision("withdrawn", "preferences"),
        a_decision("revoked", "occasions"),
    )
    recorded = answer.json()["consents"]
    assert [one["state"] for one in recorded] == [
        "given",
        "refused",
        "deferred",
        "given",
        "withdrawn",
        "revoked",
    ]
    assert consents(byleave) == recorded
    assert [one["position"] for one in history(byleave)] == [1, 2, 3, 4, 5, 6]


def test_what_was_said_about_the_act_is_kept_as_evidence(byleave: Byleave) -> None:
    evidence = {
        "notice_id": byleave.publishes(),
        "shown": "Use my purchases for suggestions?",
        "captured_via": "web",
        "method": "checkbox",
        "locale": "en",
        "actor": "customer",
    }
    occurred_at = "2026-06-01T08:00:00Z"
    (consent,) = record(byleave, a_decision(occurred_at=occurred_at, **evidence)).json()["consents"]
    assert (consent["notice_id"], consent["notice_binding"]) == (evidence["notice_id"], "shown")
    assert consent["given_at"] == occurred_at < consent["recorded_at"]
    (event,) = history(byleave)
    assert {name: event[name] for name in evidence} == evidence
    assert event["occurred_at"] == occurred_at


def test_a_renewal_goes_on_with_the_same_consent(byleave: Byleave) -> None:
    consent_id = byleave.allows(ANNA, "purchases", expires_at="2026-07-01T00:00:00Z")
    renewal = a_decision("renewed", "purchases", renews=consent_id, expires_at="2027-07-01T00:00:00Z")
    (consent,) = record(byleave, renewal).json()["consents"]
    assert consent["consent_id"] == consent_id
    assert consent["state"] == "renewed"
    assert consent["expires_at"] == "2027-07-01T00:00:00Z"


def test_a_replacement_takes_the_place_of_another_consent(byleave: Byleave) -> None:
    wide = byleave.allows(ANNA, "purchases")
    (narrow,) = record(byleave, a_decision("given", "purchases.product", replaces=wide)).json()["consents"]
    assert narrow["in_force"] == ["purchases.product"]
    assert states(byleave) == ["superseded", "given"]
    assert consents(byleave)[0]["in_force"] == []


def test_a_withdrawal_needs_no_body_and_twice_is_the_same(byleave: Byleave) -> None:
    consent_id = byleave.allows(ANNA, "purchases")
    first = byleave.http.post(f"{CONSENTS}/{consent_id}/withdraw")
    again = byleave.http.post(f"{CONSENTS}/{consent_id}/withdraw")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["state"] == "withdrawn"
    assert first.json()["in_force"] == []
    assert len(history(byleave)) == 2


def test_what_a_withdrawal_takes_from_another_consent_is_told(byleave: Byleave) -> None:
    narrow = byleave.allows(ANNA, "purchases.product")
    byleave.allows(ANNA, "purchases.product", "purchases.date")
    byleave.withdraws(ANNA, narrow)
    assert [one["in_force"] for one in consents(byleave)] == [[], ["purchases.date"]]


@pytest.mark.parametrize("decision", ["refused", "withdrawn", "revoked"])
def test_what_has_ended_stays_as_it_ended(byleave: Byleave, decision: str) -> None:
    consent_id = byleave.decides(ANNA, decision, "recommendations", "purchases")["consent_id"]
    assert byleave.withdraws(ANNA, consent_id)["state"] == decision
    renewal = a_decision("renewed", "purchases", renews=consent_id)
    answer = record(byleave, renewal)
    assert_refused(answer, 409, "consent_ended")


def test_everything_can_be_withdrawn_at_once(byleave: Byleave) -> None:
    byleave.allows(ANNA, "purchases")
    byleave.allows(ANNA, "devices", purpose="learning")
    first = byleave.http.post(f"{CONSENTS}/withdraw-all")
    again = byleave.http.post(f"{CONSENTS}/withdraw-all")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert {one["state"] for one in first.json()["consents"]} == {"withdrawn"}
    denied = {one["purpose"] for one in first.json()["consents"] if len(one["data"]) == len(FIELD_CODES)}
    assert denied == PURPOSE_CODES


def test_somebody_never_seen_can_withdraw_everything_too(byleave: Byleave) -> None:
    assert byleave.http.post("/v1/customers/never-seen/consents/withdraw-all").status_code == 200
    byleave.allows("never-seen", "purchases", occurred_at="2026-01-01T00:00:00Z")
    last = byleave.http.get("/v1/customers/never-seen/consents").json()["consents"][-1]
    assert (last["state"], last["in_force"]) == ("superseded", [])


def test_after_withdrawing_everything_she_may_allow_again(byleave: Byleave) -> None:
    byleave.withdraws_all(ANNA)
    byleave.allows(ANNA, "purchases.product")
    assert consents(byleave)[-1]["in_force"] == ["purchases.product"]


def test_a_late_paper_opens_nothing_that_was_denied_since(byleave: Byleave) -> None:
    byleave.withdraws(ANNA, byleave.allows(ANNA, "purchases"))
    late = a_decision("given", "purchases", occurred_at="2026-06-01T00:00:00Z")
    (consent,) = record(byleave, late).json()["consents"]
    assert (consent["state"], consent["in_force"]) == ("superseded", [])


def test_customers_of_whom_nothing_is_known_have_no_consents(byleave: Byleave) -> None:
    assert byleave.http.get(CONSENTS).json() == {"consents": [], "next_cursor": None}
    assert byleave.http.get(HISTORY).json() == {"events": [], "next_cursor": None}


def test_the_list_can_be_narrowed_to_a_state(byleave: Byleave) -> None:
    byleave.withdraws(ANNA, byleave.allows(ANNA, "purchases"))
    given = byleave.allows(ANNA, "devices")
    expired = byleave.allows(ANNA, "browsing", expires_at="2026-06-01T00:00:00Z")
    assert [one["consent_id"] for one in consents(byleave, state="given")] == [given]
    assert [one["consent_id"] for one in consents(byleave, state="expired")] == [expired]
    assert len(consents(byleave, state="withdrawn")) == 1
    assert_refused(byleave.http.get(CONSENTS, params={"state": "lost"}), 422, "invalid_request", "state")


def test_lists_come_in_pages(byleave: Byleave) -> None:
    record(byleave, *(a_decision("given", code) for code in FIELD_CODES[:7]))
    for path, name in ((CONSENTS, "consents"), (HISTORY, "events")):
        pages = list(_pages(byleave, path, limit=3))
        assert [len(page[name]) for page in pages] == [3, 3, 1]
        whole = byleave.http.get(path).json()
        assert [row for page in pages for row in page[name]] == whole[name]
        assert whole["next_cursor"] is None


def a_cursor(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


FORGED_CURSORS = [
    a_cursor("products", 1),
    *(
        a_cursor(name, place)
        for name in ("consents", "history")
        for place in (0, -1, 2**31, 2**70, 1.0, "1", None)
    ),
    *(
        a_cursor("uses", place)
        for place in (
            ["2026-06-10T09:00:00", "rec_1", "purchases.product"],
            ["0001-01-01T00:00:00+23:59", "rec_1", "purchases.product"],
            ["2026-06-10T09:00:00Z", "rec\x001", "purchases.product"],
            ["2026-06-10T09:00:00Z", "rec_1"],
            [],
        )
    ),
    base64.urlsafe_b64encode(b"[" * 400).decode(),
]


def _pages(byleave: Byleave, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All pages of a list, and no endless number of them."""
    for _ in range(10):
        page = byleave.http.get(path, params=query).json()
        yield page
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def test_a_page_has_a_hundred_at_most(byleave: Byleave) -> None:
    for limit in (0, 101):
        for path in (CONSENTS, HISTORY):
            assert_refused(byleave.http.get(path, params={"limit": limit}), 422, "invalid_request", "limit")
    record(byleave, *(a_decision("given", "devices") for _ in range(60)))
    record(byleave, *(a_decision("given", "devices") for _ in range(60)))
    for path, name in ((CONSENTS, "consents"), (HISTORY, "events")):
        page = byleave.http.get(path).json()
        assert len(page[name]) == 100
        assert page["next_cursor"]


def test_a_change_between_two_pages_leaves_nothing_out_and_shows_nothing_twice(byleave: Byleave) -> None:
    """Also when the consent that the cursor stands on is no longer in the state that is asked for."""
    ids = [byleave.allows(ANNA, code) for code in FIELD_CODES[:6]]
    first = byleave.http.get(CONSENTS, params={"state": "given", "limit": 3}).json()
    byleave.withdraws(ANNA, ids[2])
    byleave.withdraws(ANNA, ids[3])
    query = {"state": "given", "limit": 3, "cursor": first["next_cursor"]}
    rest = byleave.http.get(CONSENTS, params=query).json()
    assert [one["consent_id"] for one in first["consents"]] == ids[:3]
    assert [one["consent_id"] for one in rest["consents"]] == ids[4:]
    assert rest["next_cursor"] is None


def test_a_consent_keeps_its_place_in_the_list_when_it_is_renewed(byleave: Byleave) -> None:
    ids = [byleave.allows(ANNA, code) for code in FIELD_CODES[:4]]
    byleave.decides(ANNA, "renewed", "recommendations", FIELD_CODES[1], renews=ids[1])
    pages = list(_pages(byleave, CONSENTS, limit=2))
    assert [one["consent_id"] for page in pages for one in page["consents"]] == ids


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "é", "%00", "Y29uXzE=", "x" * 301, *FORGED_CURSORS])
def test_a_cursor_that_the_list_did_not_give_out_is_refused(byleave: Byleave, cursor: str) -> None:
    byleave.allows(ANNA, "devices")
    for path in (CONSENTS, HISTORY, f"/v1/customers/{ANNA}/uses"):
        assert_refused(byleave.http.get(path, params={"cursor": cursor}), 422, "invalid_request", "cursor")


def test_the_history_can_be_verified_by_anybody(byleave: Byleave) -> None:
    byleave.withdraws(ANNA, byleave.allows(ANNA, "purchases", occurred_at="2026-06-01T00:00:00+02:00"))
    record(
        byleave,
        a_decision(
            "given", "devices", expires_at="2027-01-01T00:00:00.123456Z", notice_id=byleave.publishes()
        ),
        a_decision("deferred", "browsing", shown="Ünïcode 客户 🙂"),
    )
    byleave.withdraws_all(ANNA)
    entries = [_entry(event) for event in history(byleave)]
    assert len(entries) == 4 + len(PURPOSE_CODES)
    assert first_bad_entry(entries) is None
    assert first_bad_entry(entries[1:]) == 1, "a chain that lacks its head does not verify"


def _entry(event: dict[str, Any]) -> LedgerEntry:
    """An entry of the ledger, from what the API tells of it."""
    moments = {
        name: None if event[name] is None else datetime.fromisoformat(event[name])
        for name in ("expires_at", "recorded_at", "occurred_at")
    }
    assert moments["recorded_at"] is not None
    return LedgerEntry(
        event=ConsentEvent(
            event_id=event["event_id"],
            consent_id=event["consent_id"],
            customer_id=ANNA,
            position=event["position"],
            kind=EventKind(event["event"]),
            scope=Scope(
                purpose=event["purpose"],
                fields=frozenset(event["data"]),
                expires_at=moments["expires_at"],
            ),
            recorded_at=moments["recorded_at"],
            occurred_at=moments["occurred_at"],
            replaces=event["replaces"],
            evidence=Evidence(**{name: event[name] for name in Evidence.__slots__}),
        ),
        chain_id=event["chain_id"],
        previous_hash=event["previous_hash"],
        hash=event["hash"],
    )


def test_the_history_does_not_name_the_customer(byleave: Byleave) -> None:
    byleave.allows(ANNA, "purchases")
    assert ANNA not in byleave.http.get(HISTORY).text


REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    (a_decision(purpose="advertising"), 422, "unknown_purpose", "purpose"),
    (a_decision("given", "shoes"), 422, "unknown_data", "data"),
    (a_decision("given", "purchases.colour"), 422, "unknown_data", "data"),
    (a_decision("given", "Purchases"), 422, "unknown_data", "data"),
    (a_decision("agreed"), 422, "invalid_request", "decision"),
    (a_decision("expired"), 422, "invalid_request", "decision"),
    (a_decision(data=[]), 422, "invalid_request", "data"),
    (a_decision(data="purchases"), 422, "invalid_request", "data"),
    (a_decision(colour="red"), 422, "invalid_request", "colour"),
    (a_decision(channels=[]), 422, "invalid_request", "channels"),
    (a_decision(channels="email"), 422, "invalid_request", "channels"),
    (a_decision(items={}), 422, "invalid_request", "items"),
    (a_decision(items={"orders": []}), 422, "invalid_request", "items.orders"),
    (a_decision(items={"orders": ["a b"]}), 422, "invalid_request", "items.orders.0"),
    (a_decision(items={"colours": ["red"]}), 422, "invalid_request", "items.colours"),
    (a_decision(data_from="2026-01-01"), 422, "invalid_request", "data_from"),
    (a_decision("withdrawn", uses=1), 422, "invalid_request", "uses"),
    (a_decision("renewed", renews="con_1", uses=1), 422, "invalid_request", "uses"),
    (a_decision("consumed"), 422, "invalid_request", "decision"),
    (a_decision("objected"), 422, "invalid_request", "decision"),
    (a_decision(uses=0), 422, "invalid_request", "uses"),
    (a_decision(occurred_at="2126-01-01T00:00:00Z"), 422, "in_the_future", "occurred_at"),
    (a_decision(occurred_at="2026-06-01T00:00:00"), 422, "invalid_request", "occurred_at"),
    (a_decision(occurred_at="20260601"), 422, "invalid_request", "occurred_at"),
    (a_decision(occurred_at=1_780_000_000), 422, "invalid_request", "occurred_at"),
    (a_decision(expires_at="2026-02-30T00:00:00Z"), 422, "invalid_request", "expires_at"),
    (a_decision("refused", expires_at="2027-01-01T00:00:00Z"), 422, "invalid_request", "expires_at"),
    (a_decision(notice_id="a b"), 422, "invalid_request", "notice_id"),
    (a_decision(shown="x" * 2_001), 422, "invalid_request", "shown"),
    (a_decision(shown=""), 422, "invalid_request", "shown"),
    (a_decision(notice_id="n-1"), 422, "unknown_notice", "notice_id"),
    (a_decision("renewed"), 422, "invalid_request", "renews"),
    (a_decision("given", renews="con_1"), 422, "invalid_request", "renews"),
    (a_decision("renewed", renews="con_1"), 422, "unknown_consent", "renews"),
    (a_decision("given", replaces="con_1"), 422, "unknown_consent", "replaces"),
    (a_decision("refused", replaces="con_1"), 422, "invalid_request", "replaces"),
]


def test_what_cannot_be_recorded_is_refused_by_name_and_nothing_else_is_recorded(byleave: Byleave) -> None:
    for decision, status, code, path in REFUSED:
        answer = record(byleave, a_decision("given", "devices"), decision)
        assert_refused(answer, status, code, f"decisions.1.{path}")
    assert consents(byleave) == []
    assert history(byleave) == []


def test_a_renewal_widens_nothing_and_changes_no_purpose(byleave: Byleave) -> None:
    consent_id = byleave.allows(ANNA, "purchases.product")
    wider = a_decision("renewed", "purchases", renews=consent_id)
    assert_refused(record(byleave, wider), 422, "renewal_mismatch", "decisions.0.data")
    for name, decision in (("renews", "renewed"), ("replaces", "given")):
        other = a_decision(decision, "purchases.product", purpose="learning", **{name: consent_id})
        assert_refused(record(byleave, other), 422, "renewal_mismatch", f"decisions.0.{name}")


def test_what_has_expired_is_not_renewed_but_given_anew(byleave: Byleave) -> None:
    consent_id = byleave.allows(ANNA, "purchases", expires_at="2026-06-01T00:00:00Z")
    answer = record(byleave, a_decision("renewed", "purchases", renews=consent_id))
    assert_refused(answer, 409, "consent_ended")
    assert "given" in answer.json()["detail"]


def test_a_batch_has_at_least_one_decision_and_no_endless_number(byleave: Byleave) -> None:
    assert_refused(record(byleave), 422, "invalid_request", "decisions")
    many = [a_decision("given", "devices")] * 1_001
    assert_refused(record(byleave, *many), 422, "invalid_request", "decisions")
    renewals = [a_decision("renewed", "devices", renews="con_1")] * 101
    assert_refused(record(byleave, *renewals), 422, "invalid_request", "decisions")
    assert history(byleave) == []


def test_a_thousand_decisions_go_into_one_call(byleave: Byleave) -> None:
    answer = record(byleave, *([a_decision("given", "devices")] * 1_000))
    assert (answer.status_code, len(answer.json()["consents"])) == (201, 1_000)


def test_the_consent_of_somebody_else_is_as_unknown_as_one_that_does_not_exist(byleave: Byleave) -> None:
    bens = byleave.allows("ben", "purchases")
    answers = [byleave.http.post(f"{CONSENTS}/{consent_id}/withdraw") for consent_id in (bens, "con_1", ANNA)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "unknown_consent"
    for name, decision in (("renews", "renewed"), ("replaces", "given")):
        refused = [
            record(byleave, a_decision(decision, "purchases", **{name: consent_id}))
            for consent_id in (bens, "con_1")
        ]
        assert refused[0].content == refused[1].content
    assert history(byleave) == []
    assert len(history(byleave, "ben")) == 1


def test_what_happens_at_the_same_moment_is_not_in_the_future(byleave: Byleave) -> None:
    """A shop's clock may be some minutes ahead."""
    assert record(byleave, a_decision(occurred_at="2026-06-10T09:01:00Z")).status_code == 201


def test_in_production_a_grant_needs_its_notice_and_a_no_is_always_heard(database_url: str) -> None:
    with Byleave(settings_for(database_url, env="production", now=None)) as byleave:
        assert_refused(record(byleave, a_decision()), 422, "notice_required", "decisions.0.notice_id")
        (given,) = record(byleave, a_decision(notice_id=byleave.publishes())).json()["consents"]
        renewal = a_decision("renewed", renews=given["consent_id"])
        assert_refused(record(byleave, renewal), 422, "notice_required", "decisions.0.notice_id")
        for decision in ("deferred", "refused", "withdrawn", "revoked"):
            assert record(byleave, a_decision(decision)).status_code == 201
        assert byleave.http.post(f"{CONSENTS}/{given['consent_id']}/withdraw").status_code == 200


def test_many_at_once_lose_nothing_and_break_no_chain(byleave: Byleave) -> None:
    def one(number: int) -> int:
        return record(byleave, a_decision("given", FIELD_CODES[number % 20])).status_code

    with ThreadPoolExecutor(8) as workers:
        assert set(workers.map(one, range(40))) == {201}
    entries = [_entry(event) for event in history(byleave)]
    assert len(entries) == 40
    assert first_bad_entry(entries) is None
