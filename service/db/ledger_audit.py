"""Reads the whole ledger for an audit, entry by entry, and trusts nothing of what is stored.

A row counts as an entry only if it has, in every column, the one value that the entry is stored with: so a
change that happens to be read as the same thing (an unknown kind, an order of fields) shows as well.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, RowMapping, String, cast, select

from consent.checkpoints import StoredEntry
from consent.ledger import LedgerEntry
from service.db.column_roles import UtcDateTime
from service.db.ledger_rows import entry_of, row_of
from service.db.tables import ConsentEventRow, table_of

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
