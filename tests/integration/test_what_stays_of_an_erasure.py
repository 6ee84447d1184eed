"""What stays of an erasure: a signed end of the chain that the audit holds, and a mark that keeps her past out."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as listening
from sqlmodel import SQLModel

from service.events import EventIntake
from service.settings import Clock, Purchases
from service.shop_events import EventType, ShopEvent
from service.signing import SignedKind, Signing
from service.tombstones import Tombstones
from tests.builders import a_moment
from tests.byleave import ADMIN_KEY, Byleave
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for
from tests.erasing import HER, OTHER, erase, with_her
from tests.planting import everything_stored


@pytest.fixture
def planted(byleave: Byleave, engine: Engine) -> Byleave:
    return with_her(byleave, engine)


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


NOTE = {
    "kind": "service",
    "topic": "appointments",
    "texts": {"en": {"title": "Lena is away", "text": "Your appointment can be moved."}},
}


OF_HER = NOTE | {"known_since": "2026-06-01", "concerns": {"customer_ids": ["anna"]}}


@pytest.mark.parametrize("known_since", ["2026-06-01", "2026-06-10"])
def test_a_message_of_before_does_not_bring_her_back(
    byleave: Byleave, engine: Engine, known_since: str
) -> None:
    erase(byleave, "anna")
    note = NOTE | {"known_since": known_since}
    named = note | {"concerns": {"customer_ids": ["ben", "anna"]}}
    answer = byleave.http.put("/v1/messages/m1", json=named)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "erased")
    assert [error["path"] for error in told["errors"]] == ["concerns.customer_ids.1"]
    assert "anna" not in str(everything_stored(engine)) + answer.text
    assert byleave.http.get("/v1/messages/m1").status_code == 404
    byleave.message("m1", **note | {"concerns": {"customer_ids": ["ben"]}})


def test_a_message_of_afterwards_may_name_her_again(byleave: Byleave) -> None:
    erase(byleave, "anna")
    byleave.message("m1", **NOTE, known_since="2026-06-11", concerns={"customer_ids": ["anna"]})
    assert byleave.http.get("/v1/messages/m1").json()["concerns"]["customer_ids"] == ["anna"]


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
    erase(planted, HER)
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
    chain_id = erase(planted, HER)["record"]["byleave:chain_id"]
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
    erase(planted, HER)
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
            ("PUT", "/v1/messages/m1", OF_HER),
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
