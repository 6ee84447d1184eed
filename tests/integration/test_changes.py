"""The feed of changes: complete, in one order, and with nothing in it that was erased from the ledgers."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import Connection, Engine, delete, event, insert, select, text, update
from sqlmodel import col

from service.db.changes import add_erasure_change
from service.db.engine import write_transaction
from service.db.feed_tables import ChangeRow
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.schema import _run, upgrade
from tests.byleave import Byleave
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for
from tests.integration.test_migrations import empty, empty_url  # noqa: F401 - fixtures

WRITERS, CONSENTS_EACH = 6, 15


def changes(byleave: Byleave, since: int = 0, **query: int) -> dict[str, Any]:
    answer = byleave.http.get("/v1/changes", params={"since": since, **query})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_every_event_of_every_customer_is_there_in_the_order_in_which_it_was_recorded(
    byleave: Byleave,
) -> None:
    first = byleave.allows("anna", "purchases.product", expires_at="2027-01-01T00:00:00Z")
    byleave.decides("ben", "refused", "learning", "purchases")
    byleave.withdraws("anna", first)
    feed = changes(byleave)["changes"]
    assert [(one["customer_id"], one["event"], one["position"]) for one in feed] == [
        ("anna", "given", 1),
        ("ben", "refused", 1),
        ("anna", "withdrawn", 2),
    ]
    numbers = [one["number"] for one in feed]
    assert numbers == sorted(set(numbers))
    assert {one["kind"] for one in feed} == {"consent"}
    history = byleave.http.get("/v1/customers/anna/consents/history").json()["events"]
    of_anna = [one for one in feed if one["customer_id"] == "anna"]
    for told, event_ in zip(of_anna, history, strict=True):
        same = told.keys() & event_.keys()
        assert {"chain_id", "event_id", "consent_id", "purpose", "data", "hash", "recorded_at"} <= same
        assert {name: told[name] for name in same} == {name: event_[name] for name in same}


def test_a_reader_goes_on_where_it_stopped_and_at_the_end_it_stays(byleave: Byleave) -> None:
    for number in range(5):
        byleave.allows(f"c-{number}", "purchases")
    read, since = [], 0
    while feed := changes(byleave, since, limit=2)["changes"]:
        since = changes(byleave, since, limit=2)["next"]
        assert since == feed[-1]["number"]
        read += [one["customer_id"] for one in feed]
    assert read == [f"c-{number}" for number in range(5)]
    assert changes(byleave, since)["next"] == since
    assert changes(byleave, since + 1_000) == {
        "changes": [],
        "next": since + 1_000,
        "checkpoint": None,
    }


def test_what_was_not_recorded_has_no_number(byleave: Byleave) -> None:
    byleave.allows("anna", "purchases")
    body = {
        "decisions": [
            {"decision": "given", "purpose": "recommendations", "data": [data]}
            for data in ("devices", "moon")
        ]
    }
    assert byleave.http.post("/v1/customers/anna/consents", json=body).status_code == 422
    byleave.allows("anna", "devices")
    numbers = [one["number"] for one in changes(byleave)["changes"]]
    assert len(numbers) == 2
    assert numbers[1] == numbers[0] + 1


def test_a_reader_that_polls_while_many_write_misses_nothing(byleave: Byleave) -> None:
    """With numbers of a sequence it would: a transaction that began before may be committed after."""
    read: list[dict[str, Any]] = []
    done = Event()

    def poll() -> None:
        since = 0
        while True:
            was_done = done.is_set()
            feed = changes(byleave, since)
            read.extend(feed["changes"])
            since = feed["next"]
            if was_done and not feed["changes"]:
                return

    def write(writer: int) -> None:
        for number in range(CONSENTS_EACH):
            byleave.allows(
                f"c-{writer}-{number % 3}", "purchases", purpose=("learning", "service")[number % 2]
            )

    reader = Thread(target=poll)
    reader.start()
    writers = [Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    done.set()
    reader.join()
    assert len(read) == WRITERS * CONSENTS_EACH
    assert [one["number"] for one in read] == [
        one["number"] for one in changes(byleave, limit=1_000)["changes"]
    ]


def test_within_a_ledger_the_order_is_the_ledgers(byleave: Byleave) -> None:
    for _ in range(3):
        byleave.withdraws("anna", byleave.allows("anna", "purchases", "devices"))
    byleave.withdraws_all("anna")
    positions = [one["position"] for one in changes(byleave)["changes"]]
    assert positions == list(range(1, len(positions) + 1))


def test_an_import_of_many_is_numbered_in_two_statements_a_transaction(
    command_line: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    rows = [f"c-{number},given,learning,purchases,2026-03-03" for number in range(600)]
    (tmp_path / "consents.csv").write_text(
        "customer_id,decision,purpose,data,occurred_at\n" + "\n".join(rows)
    )
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert imported(command_line, "consents", str(tmp_path / "consents.csv"))["recorded"] == 600
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        numbers = list(
            connection.execute(select(col(ChangeRow.number)).order_by(col(ChangeRow.number))).scalars()
        )
    assert len(numbers) == 600
    transactions = 3  # 250 papers each
    assert sum("INSERT INTO changes" in one for one in statements) == transactions
    assert sum("UPDATE epochs" in one for one in statements) == 2 * transactions  # learning, and the changes


def test_of_an_erased_person_number_and_chain_are_left(byleave: Byleave, engine: Engine) -> None:
    byleave.allows("anna", "purchases")
    byleave.allows("ben", "purchases")
    before = changes(byleave)["changes"]
    chain_id = before[0]["chain_id"]
    with write_transaction(engine) as connection:
        connection.execute(delete(ConsentEventRow).where(col(ConsentEventRow.chain_id) == chain_id))
        connection.execute(delete(ConsentChain).where(col(ConsentChain.chain_id) == chain_id))
        add_erasure_change(connection, chain_id)
    after = changes(byleave)["changes"]
    assert [one["number"] for one in after[:2]] == [one["number"] for one in before]
    assert told(after[0]) == {
        "number": before[0]["number"],
        "kind": "consent",
        "chain_id": chain_id,
        "position": 1,
    }
    assert after[1] == before[1]
    assert told(after[2]) == {
        "number": before[1]["number"] + 1,
        "kind": "customer",
        "chain_id": chain_id,
        "event": "erased",
    }
    assert "anna" not in json.dumps(after)


def test_the_last_checkpoint_is_in_it_and_receipts_name_it(byleave: Byleave) -> None:
    consent_id = byleave.allows("anna", "purchases")
    assert changes(byleave)["checkpoint"] is None
    assert record(byleave, consent_id)["byleave:checkpoint"] is None
    first = byleave.http.get("/v1/audit/verify").json()["checkpoint"]
    assert changes(byleave)["checkpoint"] == first
    byleave.allows("ben", "purchases")
    last = byleave.http.get("/v1/audit/verify").json()["checkpoint"]
    assert changes(byleave)["checkpoint"] == last != first
    statement = json.loads(urlsafe_b64decode(last["signed"].split(".")[1] + "=="))
    assert (statement["root"], statement["events"], statement["chains"]) == (last["root"], 2, 2)
    named = record(byleave, consent_id)["byleave:checkpoint"]
    assert named == {"byleave:root": last["root"], "dct:issued": last["issued_at"]}


def test_a_checkpoint_of_the_command_is_the_last_one_too(
    command_line: CommandLine, database_url: str
) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        byleave.allows("anna", "purchases")
        written = json.loads(command_line("checkpoint").stdout.splitlines()[-1])
        kept = changes(byleave)["checkpoint"]
    assert kept["signed"] == written["signed"]
    assert kept["root"] == written["checkpoint"]["root"]


def test_a_ledger_that_does_not_verify_leaves_the_last_good_checkpoint(
    byleave: Byleave, engine: Engine
) -> None:
    byleave.allows("anna", "purchases")
    good = byleave.http.get("/v1/audit/verify").json()["checkpoint"]
    with write_transaction(engine) as connection:
        connection.execute(update(ConsentEventRow).values(purpose="learning"))
    assert byleave.http.get("/v1/audit/verify").json()["verified"] is False
    assert changes(byleave)["checkpoint"] == good


def test_what_was_there_before_the_feed_comes_first_by_time_and_within_a_ledger_by_position(
    empty: Engine,  # noqa: F811
) -> None:
    """A clock may have gone back: within a ledger the position counts."""
    _run(empty, "upgrade", "0007")
    with write_transaction(empty) as connection:
        for place in (("chn_a", 1, 9), ("chn_a", 2, 3), ("chn_b", 1, 5), ("chn_b", 2, 10)):
            _store_event(connection, *place)
    upgrade(empty)
    with empty.connect() as connection:
        rows = connection.execute(
            text("SELECT number, chain_id, position FROM changes ORDER BY number")
        ).all()
        assert connection.execute(text("SELECT epoch FROM epochs WHERE name = 'changes'")).scalar_one() == 4
    assert [tuple(row) for row in rows] == [
        (1, "chn_b", 1),
        (2, "chn_a", 1),
        (3, "chn_a", 2),
        (4, "chn_b", 2),
    ]


def told(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if value is not None}


def record(byleave: Byleave, consent_id: str) -> dict[str, Any]:
    receipt = byleave.http.get(f"/v1/customers/anna/consents/{consent_id}/receipt").json()
    verdict = byleave.http.post("/v1/receipts/verify", json=receipt).json()
    assert verdict["valid"], verdict
    part: dict[str, Any] = receipt["record"]["dct:hasPart"]
    return part


def _store_event(connection: Connection, chain_id: str, position: int, day: int) -> None:
    if position == 1:
        connection.execute(insert(ConsentChain).values(chain_id=chain_id, customer_id=f"c-{chain_id}"))
    moment = f"2026-03-{day:02} 10:00:00"
    connection.execute(
        text(
            "INSERT INTO consent_events (chain_id, position, event_id, consent_id, kind, purpose, fields,"
            " recorded_at, previous_hash, hash) VALUES (:chain, :position, :event, 'con_1', 'given', 'learning',"
            " '[]', :moment, '', '')"
        ),
        {"chain": chain_id, "position": position, "event": f"evt_{chain_id}_{position}", "moment": moment},
    )
