"""Erasure: nothing of her is left anywhere, nothing from before comes back, and the rest stays provable."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as listening
from sqlmodel import SQLModel
from structlog.testing import capture_logs

from consent.events import EventKind
from service.appending import Appending
from service.db.consent_ledger import lock_ledger
from service.db.engine import write_transaction
from service.db.epochs import ERASURES, share_epoch
from service.db.own_data import OWN_TABLES, delete_own_rows
from service.events import EventIntake
from service.papers import PaperDecision, PaperRecords, PaperStatus
from service.settings import Clock, Environment, Purchases
from service.shop_events import EventType, ShopEvent
from service.signing import SignedKind, Signing
from service.stated_decisions import Decision
from service.tombstones import Tombstones
from tests.builders import a_moment
from tests.byleave import ADMIN_KEY, Byleave, product_ids
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for
from tests.planting import MADE_BY_THE_LEDGER, everything_stored, plant

HER, OTHER = "qqmarker-anna", "zzother-ben"
THING = "a-thing"
TRACES = ("qqmarker", "1999-09-09", "(1999, 9, 9", "90909091")


def erase(byleave: Byleave, customer_id: str = HER, **headers: str) -> dict[str, Any]:
    answer = byleave.http.delete(f"/v1/customers/{customer_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


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
    byleave.product(THING)
    plant(engine, HER, "qqmarker", product_id=THING)
    return byleave


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
        told = erase(planted)
    assert rows_told(told) == {
        "purchases": 1,
        "devices": 1,
        "views": 1,
        "searches": 1,
        "cart_additions": 1,
        "uses": 1,
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
    erase(planted)
    assert everything_stored(engine, *OWN_TABLES) == others


def test_it_is_all_or_nothing(planted: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything_stored(engine, *OWN_TABLES, "tombstones", "erasures", "sealed_keys")

    def fail(*_: object) -> None:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("service.erasure.add_erasure", fail)
    assert planted.http.delete(f"/v1/customers/{HER}").status_code == 500
    assert everything_stored(engine, *OWN_TABLES, "tombstones", "erasures", "sealed_keys") == before


def test_a_second_time_there_is_nothing_left_and_the_record_says_so(planted: Byleave) -> None:
    first, second = erase(planted), erase(planted)
    assert first["record"]["byleave:chain_id"].startswith("chb_")
    assert first["record"]["byleave:events"] == 1
    assert rows_told(second) == {}
    assert second["record"]["byleave:chain_id"] is None
    assert erase(planted, "never-seen")["record"]["byleave:events"] == 0


def test_the_record_is_signed_and_verified_as_receipts_are(planted: Byleave) -> None:
    told = erase(planted)
    assert planted.http.post("/v1/receipts/verify", json=told).json() == {"valid": True, "because": None}
    told["record"]["byleave:events"] = 7
    changed = planted.http.post("/v1/receipts/verify", json=told).json()
    assert changed == {"valid": False, "because": "record_differs"}


def test_a_repeated_call_does_not_erase_what_she_did_since(planted: Byleave) -> None:
    key = {"Idempotency-Key": "erase-1"}
    first = erase(planted, **key)
    planted.allows(HER, "purchases")
    again = erase(planted, **key)
    assert rows_told(again) == rows_told(first)
    for name in ("byleave:chain_id", "byleave:last_hash", "dpv:isIndicatedAtTime"):
        assert again["record"][name] == first["record"][name]
    assert len(planted.http.get(f"/v1/customers/{HER}/consents").json()["consents"]) == 1
    assert erase(planted)["record"]["byleave:events"] == 1


def test_she_erases_herself_and_nobody_else(planted: Byleave) -> None:
    body = {"customer_id": HER, "scopes": ["customers:write"]}
    token = planted.http.post("/v1/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "mine"}
    assert planted.http.delete(f"/v1/customers/{OTHER}", headers=headers).status_code == 403
    assert rows_told(erase(planted, **headers))["purchases"] == 1
    planted.allows(HER, "purchases")
    assert rows_told(erase(planted, **headers))["purchases"] == 1, "the same answer, and nothing erased again"
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
        erase(one)
        answer = other.visitor_suggestions()
        assert product_ids(answer) == ["zz-liked"]
        assert [item["reason"]["code"] for item in answer["items"]] == ["from_catalogue"]


def test_a_use_of_before_is_not_written_afterwards(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    byleave.bought(HER, "ink")
    byleave.allows(HER, "purchases")
    byleave.app.state.use_recorder.flush()
    byleave.suggestions(HER)  # its use record is still waiting, or just written
    erase(byleave)
    byleave.app.state.use_recorder.flush()
    assert everything_stored(engine, "use_records") == {"use_records": []}


ORDERS = (
    "customer_id,product_id,occurred_at,order_id\n"
    "anna,ink,2026-03-03T10:00:00Z,o-1\n"
    "ben,ink,2026-03-03T10:00:00Z,o-2\n"
)
CONSENTS = (
    "customer_id,decision,purpose,data,occurred_at\n"
    "anna,given,recommendations,purchases,2026-03-03T10:00:00Z\n"
    "ben,given,recommendations,purchases,2026-03-03T10:00:00Z\n"
)


def test_importing_the_old_files_again_does_not_bring_her_back(
    byleave: Byleave,
    command_line: CommandLine,
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    byleave.product("ink")
    orders, consents = tmp_path / "orders.csv", tmp_path / "consents.csv"
    orders.write_text(ORDERS)
    consents.write_text(CONSENTS)
    assert imported(command_line, "orders", str(orders)) == {"held": 2}
    assert imported(command_line, "consents", str(consents)) == {"recorded": 2}
    erase(byleave, "anna")
    assert imported(command_line, "orders", str(orders)) == {"duplicate": 1, "dropped": 1}
    assert imported(command_line, "consents", str(consents)) == {"duplicate": 1, "rejected": 1}
    assert "erased: this customer was erased" in (tmp_path / "consents.rejected.csv").read_text()
    assert "anna" not in str(everything_stored(engine))


def test_what_was_before_is_refused_over_the_api_too(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    byleave.allows("anna", "purchases")
    erase(byleave, "anna")
    for event in ({}, {"type": "return"}, {"type": "view"}):
        assert byleave.bought("anna", "ink", **event) | {"id": ""} == {
            "id": "",
            "status": "dropped",
            "because": "erased",
        }
    body = {"decision": "given", "purpose": "recommendations", "data": ["purchases"]}
    answer = byleave.http.post(
        "/v1/customers/anna/consents",
        json={"decisions": [body | {"occurred_at": "2026-03-03T10:00:00Z"}]},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "erased")
    assert "anna" not in str(everything_stored(engine))


def test_what_she_does_afterwards_is_a_new_beginning(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    old = byleave.allows("anna", "purchases")
    before = byleave.http.get("/v1/customers/anna/consents/history").json()["events"][0]["chain_id"]
    erase(byleave, "anna")
    assert byleave.bought("anna", "ink", when="2026-06-10T09:04:00Z")["status"] == "held"
    byleave.allows("anna", "purchases")
    events = byleave.http.get("/v1/customers/anna/consents/history").json()["events"]
    assert [event["position"] for event in events] == [1]
    assert events[0]["chain_id"] != before
    assert byleave.http.get(f"/v1/customers/anna/consents/{old}/receipt").status_code == 404
    assert byleave.http.get("/v1/audit/verify").json()["verified"] is True


def test_the_ledger_verifies_against_a_checkpoint_of_before(
    planted: Byleave, command_line: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    planted.allows(OTHER, "purchases")
    older, newer = tmp_path / "older.jsonl", tmp_path / "newer.jsonl"
    older.write_text(command_line("checkpoint").stdout, "utf-8")
    planted.allows(HER, "devices")
    erase(planted)
    newer.write_text(command_line("checkpoint").stdout, "utf-8")
    assert '"erased": true' in newer.read_text() and '"erased"' not in older.read_text()
    for file in (older, newer):
        good = command_line("verify", "--checkpoint", str(file))
        assert (good.exit_code, good.stderr) == (0, ""), good.output
        assert "Verified: 1 events in 1 chains" in good.stdout


def _forged(engine: Engine, chain_id: str) -> str:
    """Signed here, but as something else, or for another chain."""
    return Signing(engine, Clock(a_moment()), ADMIN_KEY).sign(SignedKind.RECEIPT, chain_id.encode())


TAMPERINGS = {
    "removed": ("DELETE FROM erasures", "missing"),
    "another length": ("UPDATE erasures SET events = 1", "wrong_erasure"),
    "another hash": ("UPDATE erasures SET hash = 'ab'", "wrong_erasure"),
    "another moment": ("UPDATE erasures SET erased_at = '2026-06-10 09:00:00+00:00'", "wrong_erasure"),
    "no signature": ("UPDATE erasures SET signed = 'x'", "wrong_erasure"),
    "a signature of another kind": ("UPDATE erasures SET signed = :forged", "wrong_erasure"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_an_erasure_that_was_tampered_with_is_found(
    planted: Byleave, command_line: CommandLine, engine: Engine, tmp_path: Path, what: str
) -> None:
    planted.allows(HER, "devices")
    older, newer = tmp_path / "older.jsonl", tmp_path / "newer.jsonl"
    older.write_text(command_line("checkpoint").stdout, "utf-8")
    chain_id = erase(planted)["record"]["byleave:chain_id"]
    newer.write_text(command_line("checkpoint").stdout, "utf-8")
    statement, because = TAMPERINGS[what]
    forged = {"forged": _forged(engine, chain_id)} if ":forged" in statement else {}
    with engine.begin() as connection:
        connection.execute(text(statement), forged)
    for file in (older, newer):
        refused = command_line("verify", "--checkpoint", str(file))
        assert refused.exit_code == 1
        assert f"NOT verified: chain {chain_id}, position 1" in refused.stderr
    if because == "wrong_erasure":
        told = planted.http.get("/v1/audit/verify").json()
        assert told["first_bad"] == {"chain_id": chain_id, "position": 1, "because": because}


def test_a_chain_that_was_brought_back_after_its_erasure_is_found(
    planted: Byleave, command_line: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    """As from a backup: link, events, and the erasure taken away."""
    with engine.connect() as connection:
        backup = {
            name: [
                dict(row) for row in connection.execute(SQLModel.metadata.tables[name].select()).mappings()
            ]
            for name in ("consent_chains", "consent_events")
        }
    erase(planted)
    newer = tmp_path / "newer.jsonl"
    newer.write_text(command_line("checkpoint").stdout, "utf-8")
    with engine.begin() as connection:
        for name, rows in backup.items():
            connection.execute(SQLModel.metadata.tables[name].insert(), rows)
    assert planted.http.get("/v1/audit/verify").json()["first_bad"]["because"] == "wrong_erasure"
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM erasures"))
    assert command_line("verify").exit_code == 0, "nobody can see it without the checkpoint"
    refused = command_line("verify", "--checkpoint", str(newer))
    assert refused.exit_code == 1 and "was not signed here" in refused.stderr


def test_a_dump_of_the_database_does_not_tell_who_was_erased(byleave: Byleave, engine: Engine) -> None:
    byleave.allows("anna", "purchases")
    erase(byleave, "anna")
    stored = str(everything_stored(engine))
    assert "anna" not in stored
    assert len(everything_stored(engine, "tombstones")["tombstones"]) == 1
    [sealed] = everything_stored(engine, "sealed_keys")["sealed_keys"]
    assert ADMIN_KEY not in sealed


OTHER_KEY = "another-admin-key-of-the-tests-9876543210"


def test_with_another_admin_key_it_does_not_start_until_it_has_the_former_one_once(
    database_url: str,
    byleave: Byleave,
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    byleave.product("ink")
    erase(byleave, "anna")
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS)
    monkeypatch.setenv("BYLEAVE_ADMIN_KEY", OTHER_KEY)
    refused = command_line("import", "orders", str(orders))
    assert refused.exit_code == 1 and "BYLEAVE_FORMER_ADMIN_KEY" in refused.stderr
    for former in ({}, {"former_admin_key": OTHER_KEY[::-1]}):
        with pytest.raises(ValueError, match="BYLEAVE_FORMER_ADMIN_KEY"):
            Byleave(settings_for(database_url, admin_key=OTHER_KEY, **former))
    with Byleave(settings_for(database_url, admin_key=OTHER_KEY, former_admin_key=ADMIN_KEY)):
        pass
    with Byleave(settings_for(database_url, admin_key=OTHER_KEY)) as changed:
        changed.http.headers["Authorization"] = f"Bearer {OTHER_KEY}"
        assert changed.bought("anna", "ink")["because"] == "erased"


def test_a_worker_whose_key_opens_nothing_takes_in_nothing(
    database_url: str, byleave: Byleave, engine: Engine
) -> None:
    """It was started before anybody was erased, with another admin key than the other worker."""
    with Byleave(settings_for(database_url, admin_key=OTHER_KEY)) as other:
        other.http.headers["Authorization"] = f"Bearer {OTHER_KEY}"
        byleave.product("ink")
        erase(byleave, "anna")
        event = {
            "id": "1",
            "type": "purchase",
            "customer_id": "anna",
            "product_id": "ink",
            "occurred_at": "2026-03-03T10:00:00Z",
        }
        for method, path, body in (
            ("POST", "/v1/events", {"events": [event]}),
            (
                "POST",
                "/v1/customers/anna/consents",
                {"decisions": [{"decision": "given", "purpose": "service", "data": ["purchases"]}]},
            ),
            ("DELETE", "/v1/customers/ben", None),
        ):
            answer = other.http.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "admin_key_changed"), path
    assert "anna" not in str(everything_stored(engine))


def test_ten_thousand_rows_take_one_statement_for_all_tombstones(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    erase(byleave, "c-7")
    sent: list[str] = []
    listening.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    intake = EventIntake(
        engine=engine,
        clock=Clock(a_moment()),
        unpermitted_purchases=Purchases.HOLD,
        tombstones=Tombstones(ADMIN_KEY),
    )
    events = [
        ShopEvent(
            id=f"e-{number}",
            type=EventType.PURCHASE,
            customer_id=f"c-{number % 5_000}",
            product_id="ink",
            occurred_at=a_moment(-1) + timedelta(seconds=number),
        )
        for number in range(10_000)
    ]
    results = intake.take_in(events)
    assert [result.id for result in results if result.because == "erased"] == ["e-7", "e-5007"]
    assert len([one for one in sent if "tombstones" in one]) == 1


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
