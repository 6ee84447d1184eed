"""Erasure: nothing of her is left anywhere, nothing from before comes back, and the rest stays provable."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel
from structlog.testing import capture_logs

from consent.events import EventKind
from service.appending import Appending
from service.db.consent_ledger import lock_ledger
from service.db.engine import write_transaction
from service.db.epochs import ERASURES, share_epoch
from service.db.own_data import OWN_TABLES, delete_own_rows
from service.papers import PaperDecision, PaperRecords, PaperStatus
from service.settings import Clock, Environment, Purchases
from service.stated_decisions import Decision
from tests.builders import a_moment
from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for
from tests.erasing import HER, OTHER, THING, erase, with_her
from tests.planting import MADE_BY_THE_LEDGER, everything_stored, plant

TRACES = ("qqmarker", "1999-09-09", "(1999, 9, 9", "90909091")


def rows_told(told: dict[str, Any]) -> dict[str, int]:
    data = told["record"]["dpv:hasProcess"]["dpv:hasPersonalData"]
    return {one["dpv:hasIdentifier"]: one["byleave:rows"] for one in data}


def traces(stored: object) -> list[str]:
    return [trace for trace in TRACES if trace in str(stored)]


def files_of(database_url: str) -> list[Path]:
    path = Path(database_url.removeprefix("sqlite:///"))
    return [one for one in path.parent.iterdir() if one.name.startswith(path.name)]


@pytest.fixture
def planted(byleave: Byleave, engine: Engine) -> Byleave:
    return with_her(byleave, engine)


def test_the_marker_is_in_every_column_before(planted: Byleave, engine: Engine) -> None:
    """Otherwise nothing below would be looking for anything; a new column is here by itself, or fails."""
    for name in OWN_TABLES:
        with engine.connect() as connection:
            [row] = connection.execute(SQLModel.metadata.tables[name].select()).mappings()
        made = MADE_BY_THE_LEDGER if name == "consent_events" else set()
        made |= {"chain_id", "salt"} if name == "consent_chains" else set()
        for column, value in row.items():
            if column in made or value == THING or value is True or column == "caller":
                continue
            assert traces(repr(value)) or traces(value), f"{name}.{column}: {value!r}"


def test_nothing_of_her_is_left_in_any_table_file_or_log(
    planted: Byleave, engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        told = erase(planted, HER)
    assert rows_told(told) == {
        "purchases": 1,
        "devices": 1,
        "views": 1,
        "searches": 1,
        "cart_additions": 1,
        "preferences": 1,
        "occasions": 1,
        "contact": 1,
        "feedback": 1,
        "outreach": 1,
        "tasks": 1,
        "uses": 1,
        "messages": 1,
        "consents": 1,
    }
    assert traces(everything_stored(engine)) == []
    assert traces(lines) == []
    assert [
        one for one in caplog.records if one.name.startswith("service") and traces(one.getMessage())
    ] == []
    stored = everything_stored(engine)
    assert [stored[name] for name in OWN_TABLES] == [[]] * len(OWN_TABLES)
    for file in files_of(database_url) if engine.dialect.name == "sqlite" else []:
        assert b"qqmarker" not in file.read_bytes(), file.name


def test_the_others_keep_every_row(planted: Byleave, engine: Engine) -> None:
    with engine.connect() as connection:
        before = {
            name: {
                str(dict(row))
                for row in connection.execute(SQLModel.metadata.tables[name].select()).mappings()
            }
            for name in OWN_TABLES
        }
    plant(engine, OTHER, "zzother", product_id=THING)
    others = {
        name: sorted(set(rows) - before[name])
        for name, rows in everything_stored(engine, *OWN_TABLES).items()
    }
    assert all(others.values())
    erase(planted, HER)
    assert everything_stored(engine, *OWN_TABLES) == others


def test_it_is_all_or_nothing(planted: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything_stored(engine, *OWN_TABLES, "tombstones", "erasures", "sealed_keys")

    def fail(*_: object) -> None:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("service.erasure.add_erasure", fail)
    assert planted.http.delete(f"/v1/customers/{HER}").status_code == 500
    assert everything_stored(engine, *OWN_TABLES, "tombstones", "erasures", "sealed_keys") == before


def test_a_second_time_there_is_nothing_left_and_the_record_says_so(planted: Byleave) -> None:
    first, second = erase(planted, HER), erase(planted, HER)
    assert first["record"]["byleave:chain_id"].startswith("chb_")
    assert first["record"]["byleave:events"] == 1
    assert rows_told(second) == {}
    assert second["record"]["byleave:chain_id"] is None
    assert erase(planted, "never-seen")["record"]["byleave:events"] == 0


def test_the_record_is_signed_and_verified_as_receipts_are(planted: Byleave) -> None:
    told = erase(planted, HER)
    assert planted.http.post("/v1/receipts/verify", json=told).json() == {"valid": True, "because": None}
    told["record"]["byleave:events"] = 7
    changed = planted.http.post("/v1/receipts/verify", json=told).json()
    assert changed == {"valid": False, "because": "record_differs"}


def test_a_repeated_call_does_not_erase_what_she_did_since(planted: Byleave) -> None:
    key = {"Idempotency-Key": "erase-1"}
    first = erase(planted, HER, **key)
    planted.allows(HER, "purchases")
    again = erase(planted, HER, **key)
    assert rows_told(again) == rows_told(first)
    for name in ("byleave:chain_id", "byleave:last_hash", "dpv:isIndicatedAtTime"):
        assert again["record"][name] == first["record"][name]
    assert len(planted.http.get(f"/v1/customers/{HER}/consents").json()["consents"]) == 1
    assert erase(planted, HER)["record"]["byleave:events"] == 1


def test_she_erases_herself_and_nobody_else(planted: Byleave) -> None:
    body = {"customer_id": HER, "scopes": ["customers:write"]}
    token = planted.http.post("/v1/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "mine"}
    assert planted.http.delete(f"/v1/customers/{OTHER}", headers=headers).status_code == 403
    assert rows_told(erase(planted, HER, **headers))["purchases"] == 1
    planted.allows(HER, "purchases")
    assert rows_told(erase(planted, HER, **headers))["purchases"] == 1, (
        "the same answer, and nothing erased again"
    )
    assert len(planted.http.get(f"/v1/customers/{HER}/consents").json()["consents"]) == 1


def test_popularity_forgets_her_at_once_in_every_worker(database_url: str) -> None:
    settings = settings_for(database_url, k=2)
    with Byleave(settings) as one, Byleave(settings) as other:
        one.product("zz-liked")
        for customer_id in (HER, OTHER):
            one.allows(customer_id, "purchases", purpose="learning")
            one.bought(customer_id, "zz-liked")
        reasons = [item["reason"]["code"] for item in other.visitor_suggestions()["items"]]
        assert reasons == ["popular"]
        erase(one, HER)
        answer = other.visitor_suggestions()
        assert product_ids(answer) == ["zz-liked"]
        assert [item["reason"]["code"] for item in answer["items"]] == ["from_catalogue"]


def test_a_use_of_before_is_not_written_afterwards(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    byleave.bought(HER, "ink")
    byleave.allows(HER, "purchases")
    byleave.app.state.use_recorder.flush()
    byleave.suggestions(HER)  # its use record is still waiting, or just written
    erase(byleave, HER)
    byleave.app.state.use_recorder.flush()
    assert everything_stored(engine, "use_records") == {"use_records": []}


def test_an_erasure_waits_for_those_who_write_by_what_they_read_before(
    byleave: Byleave, engine: Engine
) -> None:
    """Use records and papers: else they would be written after what they belong to is gone."""
    with ThreadPoolExecutor(1) as threads:
        with write_transaction(engine) as connection:
            share_epoch(connection, ERASURES)
            erasing = threads.submit(erase, byleave, "anna")
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.5)
        assert erasing.result(timeout=10)


def test_who_waits_for_the_ledger_of_one_who_is_being_erased_opens_another_one(
    byleave: Byleave, engine: Engine
) -> None:
    byleave.allows("anna", "purchases")
    with ThreadPoolExecutor(2) as threads:
        with write_transaction(engine) as connection:
            first = lock_ledger(connection, "anna").chain_id
            waiting = [
                threads.submit(byleave.allows, "anna", "devices"),
                threads.submit(_record_a_paper, engine),
            ]
            for one in waiting:
                with pytest.raises(TimeoutError):
                    one.result(timeout=0.3)
            delete_own_rows(connection, "anna")
        for one in waiting:
            assert one.result(timeout=10)
    events = byleave.http.get("/v1/customers/anna/consents/history").json()["events"]
    assert sorted(event["position"] for event in events) == [1, 2]
    assert first not in {event["chain_id"] for event in events}


def _record_a_paper(engine: Engine) -> bool:
    decision = Decision(
        kind=EventKind.GIVEN,
        purpose="service",
        data=("purchases",),
        occurred_at=a_moment(-1),
        event_id="evt_paper",
    )
    appending = Appending(
        clock=Clock(a_moment()),
        environment=Environment.DEVELOPMENT,
        unpermitted_purchases=Purchases.HOLD,
    )
    papers = PaperRecords(engine=engine, appending=appending)
    [result] = papers.record([PaperDecision(customer_id="anna", decision=decision)])
    return result.status is PaperStatus.RECORDED


def test_two_erasures_and_a_purchase_at_once_leave_nothing_of_before(
    database_url: str, engine: Engine
) -> None:
    """Whatever comes first: an event of before is stored and then erased, or it is refused."""
    with Byleave(settings_for(database_url)) as byleave:
        byleave.product("ink")

        def buy(number: int) -> None:
            byleave.bought("anna", "ink", id=f"e-{number}", when="2026-03-03T10:00:00Z")

        def allow(_: int) -> None:
            byleave.http.post("/v1/customers/anna/consents/withdraw-all")

        with ThreadPoolExecutor(6) as threads:
            for _ in range(5):
                threads.submit(erase, byleave, "anna")
                list(threads.map(buy, range(3)))
                list(threads.map(allow, range(2)))
            threads.submit(erase, byleave, "anna").result()
        erase(byleave, "anna")
        assert everything_stored(engine, "purchases", "consent_chains") == {
            "purchases": [],
            "consent_chains": [],
        }
        assert byleave.http.get("/v1/audit/verify").json()["verified"] is True
        assert json.dumps(byleave.http.get("/v1/customers/anna/uses").json()["uses"]) == "[]"


def test_of_two_calls_under_one_key_only_the_erasure_itself_is_remembered(byleave: Byleave) -> None:
    asked = {"customer_id": "anna", "scopes": ["consents:write"]}
    token = byleave.http.post("/v1/tokens", json=asked).json()["token"]
    key = {"Idempotency-Key": "passed on by the shop"}
    hers = key | {"Authorization": f"Bearer {token}"}
    objection = byleave.http.post("/v1/customers/anna/objections", json={"kind": "marketing"}, headers=hers)
    assert objection.status_code == 201
    assert byleave.http.delete("/v1/customers/anna", headers=key).status_code == 200
    rows = everything_stored(byleave.app.state.engine, "idempotency_keys")["idempotency_keys"]
    assert len(rows) == 1


def test_a_late_repetition_of_her_yes_does_not_bring_her_back(database_url: str) -> None:
    """Her own call's key went with her: without it the call is a new one."""
    asked = {"customer_id": "anna", "scopes": ["consents:write"]}
    path, key = "/v1/customers/anna/consents", {"Idempotency-Key": "sent again"}
    yes = {"decisions": [{"decision": "given", "purpose": "recommendations", "data": ["purchases"]}]}
    with Byleave(settings_for(database_url)) as byleave:
        token = byleave.http.post("/v1/tokens", json=asked).json()["token"]
        old = key | {"Authorization": f"Bearer {token}"}
        assert byleave.http.post(path, json=yes, headers=old).status_code == 201
        erase(byleave, "anna")
        late = byleave.http.post(path, json=yes, headers=old)
        assert (late.status_code, late.json()["code"]) == (422, "erased")
        assert byleave.http.get(path).json()["consents"] == []
    with Byleave(settings_for(database_url, now="2026-06-10T09:01:00Z")) as byleave:
        token = byleave.http.post("/v1/tokens", json=asked).json()["token"]
        new = key | {"Authorization": f"Bearer {token}"}
        assert byleave.http.post(path, json=yes, headers=new).status_code == 201


def test_what_a_call_said_cannot_be_guessed_from_what_stays_of_it(byleave: Byleave) -> None:
    key = {"Idempotency-Key": "one"}
    assert byleave.http.delete("/v1/customers/anna", headers=key).status_code == 200
    (row,) = everything_stored(byleave.app.state.engine, "idempotency_keys")["idempotency_keys"]
    assert sha256(b"DELETE /v1/customers/anna\n").hexdigest() not in row
