"""A ledger, tampered with by SQL: what was done since the checkpoint is found and located; and what an audit costs."""

import json
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, text

from consent.audit import FirstBad, LedgerFlaw, audit
from consent.checkpoints import Head
from consent.events import EventKind, Evidence
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from service.db.engine import snapshot
from service.db.ledger_audit import stored_entries
from service.db.ledger_rows import row_of
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.signing import SignedKind
from tests.builders import a_moment, an_event
from tests.byleave import Byleave
from tests.command_line import CommandLine

ALTERED, MISSING, REWRITTEN = LedgerFlaw.ALTERED, LedgerFlaw.MISSING, LedgerFlaw.REWRITTEN
KINDS = (EventKind.GIVEN, EventKind.RENEWED, EventKind.WITHDRAWN, EventKind.GIVEN, EventKind.REVOKED)


def a_chain(chain_id: str, length: int = 5, locale: str = "en") -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for position in range(1, length + 1):
        event = an_event(
            KINDS[(position - 1) % len(KINDS)],
            "purchases.product",
            "purchases.date",
            position=position,
            recorded_at=a_moment() + timedelta(microseconds=position * 100),
            occurred_at=a_moment(-1),
            expires_at=a_moment(365),
            evidence=Evidence(method="checkbox", locale=locale),
        )
        previous_hash = entries[-1].hash if entries else GENESIS_HASH
        event_id = f"evt_{chain_id}_{position}"
        entries.append(seal(_named(event, event_id), chain_id=chain_id, previous_hash=previous_hash))
    return entries


def _named(event: Any, event_id: str) -> Any:
    return type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"event_id": event_id})


def store(engine: Engine, chains: int) -> None:
    names = [f"chn_{number:05}" for number in range(chains)]
    with engine.begin() as connection:
        connection.execute(
            insert(ConsentChain), [{"chain_id": name, "customer_id": f"c-{name}"} for name in names]
        )
        connection.execute(
            insert(ConsentEventRow), [row_of(entry) for name in names for entry in a_chain(name)]
        )


def heads(engine: Engine) -> list[Head]:
    found: list[Head] = []
    with snapshot(engine) as connection, stored_entries(connection) as entries:
        assert audit(entries, each=found.append).first_bad is None
    return found


def first_bad_after(
    engine: Engine, tamper: Callable[[Connection], object], since: list[Head]
) -> FirstBad | None:
    """What an audit finds once `tamper` was done; afterwards it is undone."""
    with engine.connect() as connection:
        _enforce_foreign_keys(connection, "OFF")
        with connection.begin() as transaction:
            tamper(connection)
            with stored_entries(connection) as entries:
                found = audit(entries, since=since).first_bad
            transaction.rollback()
        _enforce_foreign_keys(connection, "ON")
    return found


def _enforce_foreign_keys(connection: Connection, setting: str) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys = {setting}")


def sql(*statements: str) -> Callable[[Connection], object]:
    return lambda connection: [connection.execute(text(one)) for one in statements]


EVENT = "WHERE chain_id = 'chn_00012' AND position = 3"
TAMPERINGS = {
    "a changed word": (sql(f"UPDATE consent_events SET method = 'Checkbox' {EVENT}"), 3, ALTERED),
    "a changed moment": (
        sql(f"UPDATE consent_events SET recorded_at = '2026-06-10 09:00:00.000301+00:00' {EVENT}"),
        3,
        ALTERED,
    ),
    "a removed event": (sql(f"DELETE FROM consent_events {EVENT}"), 3, ALTERED),
    "a removed event, the others moved up": (
        sql(
            f"DELETE FROM consent_events {EVENT}",
            "UPDATE consent_events SET position = 3 WHERE chain_id = 'chn_00012' AND position = 4",
            "UPDATE consent_events SET position = 4 WHERE chain_id = 'chn_00012' AND position = 5",
        ),
        3,
        ALTERED,
    ),
    "swapped events": (
        sql(
            "UPDATE consent_events SET position = 99 WHERE chain_id = 'chn_00012' AND position = 2",
            "UPDATE consent_events SET position = 2 WHERE chain_id = 'chn_00012' AND position = 4",
            "UPDATE consent_events SET position = 4 WHERE chain_id = 'chn_00012' AND position = 99",
        ),
        2,
        ALTERED,
    ),
    "an inserted event": (
        sql(
            "UPDATE consent_events SET position = 6 WHERE chain_id = 'chn_00012' AND position = 5",
            "UPDATE consent_events SET position = 5 WHERE chain_id = 'chn_00012' AND position = 4",
            "UPDATE consent_events SET chain_id = 'chn_00012', position = 4 "
            "WHERE chain_id = 'chn_00013' AND position = 4",
        ),
        4,
        ALTERED,
    ),
    "a cut tail": (
        sql("DELETE FROM consent_events WHERE chain_id = 'chn_00012' AND position > 3"),
        4,
        MISSING,
    ),
    "a chain that is gone": (sql("DELETE FROM consent_events WHERE chain_id = 'chn_00012'"), 1, MISSING),
    "a kind that is read as the same": (
        sql("UPDATE consent_events SET kind = 'revoke' WHERE chain_id = 'chn_00012' AND position = 5"),
        5,
        ALTERED,
    ),
}


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    store(engine, 30)
    return engine


@pytest.fixture
def ledger_of_10_000(engine: Engine) -> Engine:
    store(engine, 2_000)
    return engine


def test_whatever_was_done_is_found_and_located(ledger: Engine) -> None:
    since = heads(ledger)
    assert sum(head.events for head in since) == 150
    for what, (tamper, position, because) in TAMPERINGS.items():
        found = first_bad_after(ledger, tamper, since)
        assert found == FirstBad(chain_id="chn_00012", position=position, because=because), what
    assert first_bad_after(ledger, lambda _: None, since) is None, "and nothing where nothing was"


def test_a_chain_that_was_rewritten_by_one_who_knows_how_is_found(ledger: Engine) -> None:
    """Hashes need no secret, so a chain can be made anew; only the checkpoint tells it from the old one."""

    def rewrite(connection: Connection) -> None:
        connection.execute(text("DELETE FROM consent_events WHERE chain_id = 'chn_00012'"))
        forged = a_chain("chn_00012", locale="zh")
        connection.execute(insert(ConsentEventRow), [row_of(entry) for entry in forged])

    assert first_bad_after(ledger, rewrite, []) is None
    assert first_bad_after(ledger, rewrite, heads(ledger)) == FirstBad(
        chain_id="chn_00012", position=5, because=REWRITTEN
    )


def test_10_000_events_take_seconds_and_little_memory(ledger_of_10_000: Engine) -> None:
    tracemalloc.start()
    try:
        with snapshot(ledger_of_10_000) as connection, stored_entries(connection) as entries:
            began = time.perf_counter()
            assert audit(entries).events == 10_000
            took = time.perf_counter() - began
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < 60, "with the measuring of memory, on a busy machine"
    assert most < 8 * 1024 * 1024, "a few hundred rows at a time"


def _another(engine: Engine, column: str) -> Iterator[str]:
    """SQL expressions for other values of a column; on SQLite, which checks no types, also for nonsense."""
    kind = ConsentEventRow.__table__.columns[column].type  # type: ignore[attr-defined]
    name = type(kind).__name__
    if name == "UtcDateTime":
        yield (
            "'2026-06-10 09:00:00.000001+00:00'"
            if engine.dialect.name != "sqlite"
            else ("'2026-06-10 09:00:00.000001'")
        )
        yield from (
            ["'yesterday'", "''", "'2026-06-10'", "5"] if engine.dialect.name == "sqlite" else ["'infinity'"]
        )
    elif name == "JSON":
        yield from ["'[\"purchases.date\"]'", "'{}'", "'5'", "'\"x\"'"]
        yield from ["'['", "''", "5"] if engine.dialect.name == "sqlite" else []
        if column == "fields":
            yield '\'["purchases.product", "purchases.date"]\''  # the same ones, in another order
            yield '\'["purchases.date", "purchases.date", "purchases.product"]\''
    elif name == "Integer":
        yield "7"
        yield from ["'x'", "3.5"] if engine.dialect.name == "sqlite" else []
    else:
        yield from ["'x'", "''"]
        yield from ["x'ff'", "CAST(x'ff' AS TEXT)", "3"] if engine.dialect.name == "sqlite" else []


def test_a_change_to_any_column_is_found_and_located(engine: Engine) -> None:
    store(engine, 3)
    since = heads(engine)
    columns = [column.name for column in ConsentEventRow.__table__.columns]  # type: ignore[attr-defined]
    assert len(columns) == 24
    tried = 0
    for column in columns:
        for value in _another(engine, column):
            statement = (
                f"UPDATE consent_events SET {column} = {value} WHERE chain_id = 'chn_00001' AND position = 3"
            )
            if column == "chain_id" and engine.dialect.name == "postgresql":
                continue  # its foreign key is checked at once
            found = first_bad_after(engine, sql(statement), since)
            assert found is not None, statement
            if column != "chain_id":
                assert (found.chain_id, found.position) == ("chn_00001", 3), statement
            tried += 1
    assert tried > 40


def test_a_checkpoint_is_exported_and_given_back(
    byleave: Byleave, command_line: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    consents = [byleave.allows(f"c-{number}", "purchases") for number in range(5)]
    file = tmp_path / "checkpoint.jsonl"
    exported = command_line("checkpoint")
    assert exported.exit_code == 0, exported.output
    file.write_text(exported.stdout, "utf-8")
    assert len(exported.stdout.splitlines()) == 6, "a line for each chain, and one that is signed"

    byleave.withdraws("c-3", consents[3])
    byleave.allows("c-9", "devices")
    good = command_line("verify", "--checkpoint", str(file))
    assert (good.exit_code, good.stderr) == (0, ""), good.output
    assert "5 events in 5 chains" in good.stdout, "what the checkpoint has"
    assert "Verified: 7 events in 6 chains." in good.stdout

    chain_id = json.loads(exported.stdout.splitlines()[0])["chain_id"]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM consent_events WHERE chain_id = :id"), {"id": chain_id})
    assert command_line("verify").exit_code == 0, "nobody can see it without the checkpoint"
    bad = command_line("verify", "--checkpoint", str(file))
    assert bad.exit_code == 1
    assert f"NOT verified: chain {chain_id}, position 1" in bad.stderr
    assert "Verified" not in bad.stdout


def test_of_a_ledger_that_does_not_verify_no_checkpoint_is_made(
    byleave: Byleave, command_line: CommandLine, engine: Engine
) -> None:
    byleave.allows("anna", "purchases")
    with engine.begin() as connection:
        connection.execute(text("UPDATE consent_events SET purpose = 'reminders'"))
    for words in (("checkpoint",), ("verify",)):
        refused = command_line(*words)
        assert refused.exit_code == 1
        assert "position 1: what stands there is not what its hash says" in refused.stderr
        assert "signed" not in refused.stdout
    told = byleave.http.get("/v1/audit/verify").json()
    assert told["first_bad"] == {
        "chain_id": told["first_bad"]["chain_id"],
        "position": 1,
        "because": "altered",
    }
    assert (told["verified"], told["events"], told["checkpoint"]) == (False, 0, None)


def test_the_api_says_what_was_read_and_signs_it(byleave: Byleave) -> None:
    byleave.withdraws("anna", byleave.allows("anna", "purchases"))
    byleave.allows("ben", "devices")
    told = byleave.http.get("/v1/audit/verify").json()
    assert (told["verified"], told["events"], told["first_bad"]) == (True, 3, None)
    checkpoint = told["checkpoint"]
    assert (checkpoint["events"], checkpoint["chains"]) == (3, 2)
    statement = byleave.app.state.audits.statement_of(checkpoint["signed"])
    assert statement.root == checkpoint["root"]
    again = byleave.http.get("/v1/audit/verify").json()["checkpoint"]
    assert again["root"] == checkpoint["root"], "the same ledger has the same root"
    byleave.allows("ben", "devices")
    assert byleave.http.get("/v1/audit/verify").json()["checkpoint"]["root"] != checkpoint["root"]


def test_a_checkpoint_file_in_which_anything_was_changed_is_refused(
    byleave: Byleave, command_line: CommandLine, tmp_path: Path
) -> None:
    for customer_id in ("anna", "ben"):
        byleave.allows(customer_id, "purchases")
    lines = command_line("checkpoint").stdout.splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    receipt = byleave.app.state.signing.sign(SignedKind.RECEIPT, b"{}")
    for what, changed in {
        "nothing": [],
        "no end": lines[:-1],
        "a head gone": lines[1:],
        "a head twice": [lines[0], *lines],
        "another order": [lines[1], lines[0], lines[2]],
        "another hash": [json.dumps(first | {"hash": "0" * 64}), *lines[1:]],
        "another length": [json.dumps(first | {"events": 0}), *lines[1:]],
        "a length that is none": [json.dumps(first | {"events": "1"}), *lines[1:]],
        "something besides": [json.dumps(first | {"x": 1}), *lines[1:]],
        "no JSON": ["{", *lines[1:]],
        "no object": ["[]", *lines[1:]],
        "another statement": [
            *lines[:-1],
            json.dumps(last | {"checkpoint": last["checkpoint"] | {"events": 3}}),
        ],
        "no signature": [*lines[:-1], json.dumps(last | {"signed": "x"})],
        "a signature of something else": [*lines[:-1], json.dumps(last | {"signed": receipt})],
        "more after the end": [*lines, lines[0]],
    }.items():
        file = tmp_path / "checkpoint.jsonl"
        file.write_text("".join(f"{line}\n" for line in changed), "utf-8")
        refused = command_line("verify", "--checkpoint", str(file))
        assert refused.exit_code == 1, what
        assert refused.stderr.startswith("byleave: "), what
        assert "Verified" not in refused.stdout, what
    file.write_text("\n".join(lines), "utf-8")
    assert command_line("verify", "--checkpoint", str(file)).exit_code == 0


def test_the_page_explains_every_flaw() -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| ", page, flags=re.MULTILINE)
    assert rows == ["because", *(flaw.value for flaw in LedgerFlaw)]
