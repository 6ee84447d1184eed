"""P8: whatever is done to a ledger of 10,000 events since the last checkpoint is found, and where.

What is done to single columns, to checkpoint files and by one who knows how is in `tests/integration/test_audit.py`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, Table, insert, text
from sqlmodel import SQLModel

from consent.chain_links import bound_chain_id
from service.db.engine import write_transaction
from service.db.ledger_rows import row_of
from service.db.registry_tables import ConsentChain, ConsentEventRow
from tests.byleave import Byleave
from tests.command_line import CommandLine
from tests.integration.test_audit import a_chain

_TABLES = {name: SQLModel.metadata.tables[name] for name in ("consent_chains", "consent_events", "erasures")}
CHAINS = 2_000
HER, OTHER, NEIGHBOUR = "c-1234", "c-1235", "c-1236"
Rows = dict[str, list[dict[str, Any]]]
Tampering = Callable[[Connection], object]
# What the command says, and the flaw that it means.
SAYS = {
    "altered": "what stands there is not what its hash says",
    "missing": "the ledger has none",
    "wrong_link": "was not made from the customer",
    "wrong_erasure": "was not signed here",
}


CHAIN_IDS = {
    customer_id: bound_chain_id(customer_id, salt)
    for customer_id, salt in ((f"c-{number}", f"{number:064x}") for number in range(CHAINS))
}


@pytest.fixture
def ledger_of_10_000(engine: Engine) -> None:
    """Five events of each of 2,000 customers."""
    links = [
        {"chain_id": chain_id, "customer_id": customer_id, "salt": f"{number:064x}"}
        for number, (customer_id, chain_id) in enumerate(CHAIN_IDS.items())
    ]
    with write_transaction(engine) as connection:
        connection.execute(insert(ConsentChain), links)
        connection.execute(
            insert(ConsentEventRow),
            [row_of(entry) for chain_id in CHAIN_IDS.values() for entry in a_chain(chain_id)],
        )


def sql(*statements: str) -> Tampering:
    """`<HER>` and `<OTHER>` in them are their chains."""
    named = {"<HER>": HER, "<OTHER>": OTHER, "<NEIGHBOUR>": NEIGHBOUR}

    def tamper(connection: Connection) -> None:
        for statement in statements:
            for word, customer_id in named.items():
                statement = statement.replace(word, f"'{CHAIN_IDS[customer_id]}'")
            connection.execute(text(statement))

    return tamper


def _moved(customer_id: str, to: str) -> str:
    return f"UPDATE consent_chains SET customer_id = '{to}' WHERE customer_id = '{customer_id}'"


def _insert_between(connection: Connection) -> None:
    """After the fourth event a copy of it, as another one."""
    table = _TABLES["consent_events"]
    here = (table.columns.chain_id == CHAIN_IDS[HER]) & (table.columns.position == 4)
    copy = dict(connection.execute(table.select().where(here)).mappings().one())
    sql("UPDATE consent_events SET position = 6 WHERE chain_id = <HER> AND position = 5")(connection)
    connection.execute(table.insert(), copy | {"position": 5, "event_id": "evt_between"})


GONE = (
    "DELETE FROM consent_events WHERE chain_id = <HER>",
    f"DELETE FROM consent_chains WHERE customer_id = '{HER}'",
)
FORGED = "INSERT INTO erasures (chain_id, events, hash, erased_at, signed) "

# What is done -> position and flaw that are found; in HER chain, unless it is said.
TAMPERINGS: dict[str, tuple[Tampering, int, str]] = {
    "a changed byte": (
        sql("UPDATE consent_events SET method = 'Checkbox' WHERE chain_id = <HER> AND position = 3"),
        3,
        "altered",
    ),
    "a removed event": (
        sql("DELETE FROM consent_events WHERE chain_id = <HER> AND position = 2"),
        2,
        "altered",
    ),
    "swapped events": (
        sql(
            "UPDATE consent_events SET position = 99 WHERE chain_id = <HER> AND position = 2",
            "UPDATE consent_events SET position = 2 WHERE chain_id = <HER> AND position = 4",
            "UPDATE consent_events SET position = 4 WHERE chain_id = <HER> AND position = 99",
        ),
        2,
        "altered",
    ),
    "an inserted event": (_insert_between, 5, "altered"),
    "a cut tail": (sql("DELETE FROM consent_events WHERE chain_id = <HER> AND position > 3"), 4, "missing"),
    "swapped links": (sql(_moved(HER, "x"), _moved(OTHER, HER), _moved("x", OTHER)), 1, "wrong_link"),
    "a chain given to nobody": (sql(_moved(HER, "nobody")), 1, "wrong_link"),
    "a chain that is gone": (sql(*GONE), 1, "missing"),
    "an erasure that nobody signed": (
        sql(*GONE, FORGED + "SELECT <HER>, events, hash, erased_at, 'x' FROM erasures"),
        1,
        "wrong_erasure",
    ),
    "an erasure with the signature of another one": (
        sql(*GONE, FORGED + "SELECT <HER>, events, hash, erased_at, signed FROM erasures"),
        1,
        "wrong_erasure",
    ),
    "an erasure that is put on a chain that is there": (
        sql(FORGED + "SELECT <HER>, events, hash, erased_at, signed FROM erasures"),
        6,
        "wrong_erasure",
    ),
}


@pytest.mark.usefixtures("ledger_of_10_000")
def test_whatever_was_done_to_10_000_events_is_found_and_located(
    byleave: Byleave, command_line: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    erased = byleave.http.delete(f"/v1/customers/{NEIGHBOUR}")
    assert erased.status_code == 200, "the end of a chain is there, to be forged"
    checkpoint = _checkpoint(command_line, tmp_path)
    for what, (tamper, position, because) in TAMPERINGS.items():
        before = _stored(engine)
        with write_transaction(engine) as connection:
            tamper(connection)
        found = command_line("verify", "--checkpoint", str(checkpoint))
        assert found.exit_code == 1, what
        chains = {CHAIN_IDS[HER], CHAIN_IDS[OTHER]} if what == "swapped links" else {CHAIN_IDS[HER]}
        assert any(f"chain {chain}, position {position}:" in found.stderr for chain in chains), (what, found)
        assert SAYS[because] in found.stderr.replace("\n", " "), (what, found.stderr)
        _put_back(engine, before)
    good = command_line("verify", "--checkpoint", str(checkpoint))
    assert (good.exit_code, good.stderr) == (0, ""), "and nothing where nothing was"


@pytest.mark.usefixtures("ledger_of_10_000")
def test_after_an_erasure_the_rest_verifies_against_a_checkpoint_of_before(
    byleave: Byleave, command_line: CommandLine, tmp_path: Path, engine: Engine
) -> None:
    checkpoint = _checkpoint(command_line, tmp_path)
    for customer_id in (HER, OTHER):
        assert byleave.http.delete(f"/v1/customers/{customer_id}").status_code == 200
    good = command_line("verify", "--checkpoint", str(checkpoint))
    assert good.exit_code == 0, good.output
    assert "Verified: 9,990 events in 1,998 chains." in good.stdout
    with write_transaction(engine) as connection:
        sql("UPDATE consent_events SET method = 'x' WHERE chain_id = <NEIGHBOUR> AND position = 1")(
            connection
        )
    bad = command_line("verify", "--checkpoint", str(checkpoint))
    assert f"chain {CHAIN_IDS[NEIGHBOUR]}, position 1:" in bad.stderr


def _checkpoint(command_line: CommandLine, folder: Path) -> Path:
    file = folder / "checkpoint.jsonl"
    file.write_text(command_line("checkpoint").stdout, "utf-8")
    heads = [json.loads(line) for line in file.read_text("utf-8").splitlines()[:-1]]
    assert sum(head["events"] for head in heads) == 5 * CHAINS
    return file


def _stored(engine: Engine) -> Rows:
    """The rows that are about to be tampered with."""
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(table.select().where(_touched(table))).mappings()]
            for name, table in _TABLES.items()
        }


def _put_back(engine: Engine, before: Rows) -> None:
    with write_transaction(engine) as connection:
        for table in reversed(_TABLES.values()):
            connection.execute(table.delete().where(_touched(table)))
        for name, table in _TABLES.items():
            connection.execute(table.insert(), before[name])


def _touched(table: Table) -> ColumnElement[bool]:
    return table.columns.chain_id.in_([CHAIN_IDS[HER], CHAIN_IDS[OTHER], CHAIN_IDS[NEIGHBOUR]])
