"""Reads the whole ledger for an audit, entry by entry, and trusts nothing of what is stored.

A row counts as an entry only if it has, in every column, the one value that the entry is stored with: so a
change that happens to be read as the same thing (an unknown kind, an order of fields) shows as well.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    String,
    cast,
    exists,
    null,
    select,
)

from consent.audit import StoredEntry
from consent.chain_links import ChainLink
from consent.ledger import LedgerEntry
from service.db.column_roles import UtcDateTime
from service.db.ledger_rows import entry_of, row_of
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import table_of

_ROWS_AT_ONCE = 500
_COLUMNS = table_of(ConsentEventRow).columns
_JSON = frozenset(column.name for column in _COLUMNS if isinstance(column.type, JSON))
_MOMENTS = frozenset(column.name for column in _COLUMNS if isinstance(column.type, UtcDateTime))


@contextmanager
def stored_entries(connection: Connection) -> Iterator[Iterator[StoredEntry]]:
    """All entries of all chains, by chain and position, read a few hundred at a time."""
    # As text, so that what is no date or no JSON any more is found here and not in the driver.
    columns = [cast(one, String).label(one.name) if one.name in _JSON | _MOMENTS else one for one in _COLUMNS]
    chain_id: ColumnElement[str] = _COLUMNS.chain_id
    if connection.dialect.name == "postgresql":
        chain_id = chain_id.collate("C")  # by code point, as SQLite and Python order
    statement = select(*columns).order_by(chain_id, _COLUMNS.position)
    with (
        _any_bytes(connection),
        connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows,
    ):
        yield (StoredEntry(chain_id=str(row["chain_id"]), entry=_entry(row)) for row in rows.mappings())


@contextmanager
def stored_links(connection: Connection) -> Iterator[Iterator[ChainLink]]:
    """Whose each chain is said to be; first of all the chains that have events and belong to nobody."""
    links = table_of(ConsentChain).columns
    nobodys = (
        select(_COLUMNS.chain_id, null().label("customer_id"), null().label("salt"))
        .distinct()
        .where(~exists().where(links.chain_id == _COLUMNS.chain_id))
    )
    somebodys = select(links.chain_id, links.customer_id, links.salt).order_by(links.chain_id)
    with _any_bytes(connection):
        yield (_link(row) for statement in (nobodys, somebodys) for row in _read(connection, statement))


def _read(connection: Connection, statement: Select[Any]) -> Iterator[RowMapping]:
    with connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        yield from rows.mappings()


def _link(row: RowMapping) -> ChainLink:
    customer_id, salt = row["customer_id"], row["salt"]
    return ChainLink(
        chain_id=str(row["chain_id"]),
        customer_id=None if customer_id is None else str(customer_id),
        salt=None if salt is None else str(salt),
    )


def _entry(row: RowMapping) -> LedgerEntry | None:
    try:
        values = {name: _value(name, stored) for name, stored in row.items()}
        entry = entry_of(values, customer_id="")
        return entry if row_of(entry) == values else None
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _value(name: str, stored: Any) -> Any:
    if stored is None:
        return None
    if name in _JSON:
        return json.loads(stored)
    if name in _MOMENTS:
        moment = datetime.fromisoformat(stored)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return stored


@contextmanager
def _any_bytes(connection: Connection) -> Iterator[None]:
    """SQLite hands out text that is no UTF-8 as well, instead of failing on it; PostgreSQL stores none."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str
