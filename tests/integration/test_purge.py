"""`byleave purge`: what may not be kept any longer goes, and nothing else; beside a running service, and twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text

from consent.events import EventKind
from consent.scope import Scope
from service import purge
from service.db.consent_ledger import NewEvent, lock_ledger
from service.db.engine import write_transaction
from service.db.registry_tables import UseRecord
from service.purge import Purge
from service.settings import Clock, Purchases
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.command_line import CommandLine
from tests.conftest import settings_for
from tests.planting import everything_stored

TABLES = ("purchases", "devices", "views", "use_records", "idempotency_keys", "consent_events")


def counts(engine: Engine) -> dict[str, int]:
    return {name: len(rows) for name, rows in everything_stored(engine, *TABLES).items() if rows}


def at(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, days: float, *words: str
) -> dict[str, int]:
    """What the command prints, so many days later."""
    monkeypatch.setenv("BYLEAVE_NOW", (a_moment(days)).isoformat())
    result = command_line("purge", *words)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()[1:]]
    return {name: int(number) for number, name in (line for line in lines if len(line) == 2)}


@pytest.fixture
def shop(byleave: Byleave, engine: Engine) -> Byleave:
    """Anna allows for 30 days, Ben for good, Carl nothing."""
    byleave.product("ink")
    until = a_moment(30).isoformat()
    byleave.allows("anna", "purchases", "devices", "browsing", expires_at=until)
    byleave.allows("ben", "purchases", "devices", "browsing")
    for customer_id in ("anna", "ben", "carl"):
        byleave.bought(customer_id, "ink", when="2026-06-09T10:00:00Z")
    for customer_id in ("anna", "ben"):
        byleave.owns(customer_id, {"product_id": "ink"})
        byleave.bought(customer_id, "ink", type="view", when="2026-06-09T10:00:00Z")
    with engine.begin() as connection:
        connection.execute(
            insert(UseRecord),
            [
                {
                    "answer_id": f"rec_{customer_id}",
                    "data_field": "purchases.product",
                    "customer_id": customer_id,
                    "purpose": "recommendations",
                    "consent_id": "con_1",
                    "kind": "answer",
                    "used_at": a_moment(),
                }
                for customer_id in ("anna", "ben")
            ],
        )
    return byleave


ALL = {"purchases": 3, "devices": 2, "views": 2, "use_records": 2, "consent_events": 2}


def test_before_its_time_nothing_goes(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at(command_line, monkeypatch, 29) == {}
    assert counts(engine) == ALL


def test_what_a_consent_that_ran_out_had_covered_goes(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at(command_line, monkeypatch, 31) == {"devices": 1, "views": 1}
    assert counts(engine) == ALL | {"devices": 1, "views": 1}
    assert "anna" not in str(everything_stored(engine, "devices", "views"))
    assert at(command_line, monkeypatch, 31) == {}, "twice is once"


def test_held_purchases_and_use_records_go_after_their_days(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at(command_line, monkeypatch, 399.9) == {"devices": 1, "views": 1}
    assert at(command_line, monkeypatch, 400.1) == {"purchases": 2, "use_records": 2}
    assert counts(engine) == {"purchases": 1, "devices": 1, "views": 1, "consent_events": 2}
    assert "ben" in str(everything_stored(engine, "purchases")), "what she permits is kept"


def test_the_days_can_be_set(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLEAVE_HOLD_DAYS", "10")
    assert at(command_line, monkeypatch, 11) == {"purchases": 1}
    monkeypatch.setenv("BYLEAVE_USE_RECORD_DAYS", "10")
    assert at(command_line, monkeypatch, 11) == {"use_records": 2}


def test_with_drop_an_unpermitted_purchase_goes_at_once(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLEAVE_PURCHASES", "drop")
    assert at(command_line, monkeypatch, 1) == {"purchases": 1}


def test_a_dry_run_tells_the_same_and_deletes_nothing(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Idempotency-Key": "1"}
    shop.http.post("/v1/events", json={"events": [_sale("e-1")]}, headers=headers)
    shop.http.post("/v1/customers/carl/recommendations", json={}, headers={"Idempotency-Key": "2"})
    before = everything_stored(engine)
    would = at(command_line, monkeypatch, 401, "--dry-run")
    assert everything_stored(engine) == before
    assert at(command_line, monkeypatch, 401) == would
    assert would == {
        "devices": 1,
        "views": 1,
        "purchases": 3,
        "use_records": 2,
        "idempotency_keys": 2,
        "stored_answers": 1,
    }


def test_answers_that_can_no_longer_be_fetched_again_go_and_are_told(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = shop.http.post("/v1/customers/ben/recommendations", json={}, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 200
    minutes = 1 / 24 / 60
    assert at(command_line, monkeypatch, 14 * minutes) == {}
    assert at(command_line, monkeypatch, 60 * minutes, "--dry-run") == {"stored_answers": 1}
    assert len(everything_stored(engine, "stored_answers")["stored_answers"]) == 1
    assert at(command_line, monkeypatch, 60 * minutes) == {"stored_answers": 1}
    assert at(command_line, monkeypatch, 60 * minutes) == {}, "twice is once"


def _sale(number: str) -> dict[str, Any]:
    return {
        "id": number,
        "type": "purchase",
        "customer_id": "carl",
        "product_id": "ink",
        "occurred_at": "2026-06-09T10:00:00Z",
    }


def test_it_goes_through_all_customers_in_parts(
    shop: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        shop.bought(f"c-{number}", "ink", when="2026-06-09T10:00:00Z")
    monkeypatch.setattr(purge, "_CUSTOMERS_AT_ONCE", 2)
    monkeypatch.setattr(purge, "_PAUSE_SECONDS", 0)
    assert at(command_line, monkeypatch, 401)["purchases"] == 9
    assert counts(engine)["purchases"] == 1


def test_keys_of_more_than_a_hundred_calls_go(
    byleave: Byleave, engine: Engine, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        for number in range(250):
            connection.execute(
                text(
                    "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at, made) "
                    "VALUES ('c', :key, 'f', '2026-06-09 08:00:00+00:00', '{}')"
                ),
                {"key": f"k-{number}"},
            )
    assert at(command_line, monkeypatch, 0.5) == {"idempotency_keys": 250}


def test_a_customer_who_allows_again_meanwhile_keeps_what_she_allows(
    shop: Byleave, engine: Engine, database_url: str
) -> None:
    """What is decided and what is deleted are one transaction, and she cannot slip in between."""
    with Byleave(settings_for(database_url, now=a_moment(31).isoformat())) as later:
        later.allows("anna", "purchases")
    Purge(
        engine=engine,
        clock=Clock(a_moment(500)),
        unpermitted_purchases=Purchases.HOLD,
        hold_days=400,
        use_record_days=400,
    ).run()
    assert "anna" in str(everything_stored(engine, "purchases"))


def test_it_waits_for_who_is_deciding(shop: Byleave, engine: Engine) -> None:
    """She allows anew at that moment: what she allows is not deleted by what stood before."""
    purging = Purge(
        engine=engine,
        clock=Clock(a_moment(31)),
        unpermitted_purchases=Purchases.HOLD,
        hold_days=400,
        use_record_days=400,
    )
    with ThreadPoolExecutor(1) as threads:
        with write_transaction(engine) as connection:
            ledger = lock_ledger(connection, "anna")
            running = threads.submit(purging.run)
            with pytest.raises(TimeoutError):
                running.result(timeout=0.5)
            scope = Scope(purpose="recommendations", fields=ledger.events[0].scope.fields)
            ledger.append(NewEvent(consent_id="con_new", kind=EventKind.GIVEN, scope=scope), now=a_moment(31))
        running.result(timeout=10)
    assert counts(engine) == ALL | {"consent_events": 3}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    made = purge.vacuum

    def watched(engine: Engine, tables: Any) -> None:
        event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
        made(engine, tables)

    monkeypatch.setattr(purge, "vacuum", watched)
    return sent


def test_what_was_deleted_goes_from_the_files_too(
    shop: Byleave,
    engine: Engine,
    database_url: str,
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    statements: list[str],
) -> None:
    shop.bought("qqmarker-dora", "ink", when="2026-06-09T10:00:00Z")
    assert at(command_line, monkeypatch, 401)["purchases"] == 3
    if engine.dialect.name == "postgresql":
        assert "VACUUM purchases" in statements and "VACUUM use_records" in statements
        return
    path = Path(database_url.removeprefix("sqlite:///"))
    for file in path.parent.glob(f"{path.name}*"):
        assert b"qqmarker-dora" not in file.read_bytes(), file.name


def test_of_whom_nothing_was_recorded_not_even_the_id_is_kept(
    byleave: Byleave, command_line: CommandLine
) -> None:
    byleave.allows("anna", "purchases")
    asked = byleave.http.post(
        "/v1/customers/nobody/recommendations", json={}, headers={"Idempotency-Key": "one"}
    )
    assert asked.status_code == 200
    assert byleave.http.post("/v1/customers/anna/merge", json={"visitor_id": "v-1"}).status_code == 200
    assert command_line("purge").exit_code == 0
    (left,) = everything_stored(byleave.app.state.engine, "consent_chains")["consent_chains"]
    assert "'anna'" in left
    assert byleave.allows("nobody", "purchases")
