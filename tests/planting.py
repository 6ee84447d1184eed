"""Plants a marker in every column of every table that holds something of a customer, found by the metadata."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Engine, Integer, Table, insert
from sqlmodel import SQLModel

from consent.events import EventKind, Evidence
from consent.scope import Items, PriceLimit, Scope
from service.db.column_roles import DATA_FIELD, UtcDateTime
from service.db.consent_ledger import NewEvent, lock_ledger
from service.db.engine import snapshot, write_transaction
from service.db.own_data import OWN_TABLES

MOMENT = datetime(1999, 9, 9, 9, 9, 9, 191919, tzinfo=UTC)
NUMBER = 90909091
# What the ledger makes of an act; nobody can plant something there.
MADE_BY_THE_LEDGER = {
    "chain_id",
    "position",
    "kind",
    "purpose",
    "fields",
    "recorded_at",
    "previous_hash",
    "hash",
}

# What the service reads in a document whenever it comes by.
_SHAPES: Mapping[str, dict[str, Any]] = {"content": {"items": [], "offers": [], "facts": []}}


DATA_TABLES = tuple(
    table.name
    for table in SQLModel.metadata.sorted_tables
    if any(DATA_FIELD in column.info for column in table.columns)
)
"""The tables with a data field of a customer; the others of hers are the registry's own."""


def plant(engine: Engine, customer_id: str, marker: str, *, product_id: str) -> None:
    """One row in each of her tables, and an event in her ledger."""
    with write_transaction(engine) as connection:
        _plant_an_event(connection, customer_id, marker)
        for table in _planted():
            _plant_a_row(connection, table, customer_id, marker, product_id)


def plant_data(engine: Engine, markers: Mapping[str, str], *, product_id: str) -> None:
    """One row in each table with data fields, for each customer: her id to her marker. Nothing in a ledger."""
    with write_transaction(engine) as connection:
        for customer_id, marker in markers.items():
            for name in DATA_TABLES:
                table = SQLModel.metadata.tables[name]
                # How far a feed has come is nobody's: it is told to whoever follows it.
                nobodys = {"place": 1} if "place" in table.columns else {}
                _plant_a_row(connection, table, customer_id, marker, product_id, but_for=nobodys)


def _plant_a_row(
    connection: Connection,
    table: Table,
    customer_id: str,
    marker: str,
    product_id: str,
    *,
    but_for: Mapping[str, int] = MappingProxyType({}),
) -> None:
    row = {column.name: _planted_in(column, marker, product_id) for column in table.columns}
    connection.execute(insert(table).values(row | _whose(table, customer_id) | dict(but_for)))


def _planted() -> Iterator[Table]:
    for name in OWN_TABLES:
        if name not in ("consent_events", "consent_chains"):
            yield SQLModel.metadata.tables[name]


def _planted_in(column: Column[Any], marker: str, product_id: str) -> Any:
    if column.foreign_keys:
        return product_id
    if isinstance(column.type, UtcDateTime):
        return MOMENT
    if isinstance(column.type, Date):
        return date(1999, 9, 9)
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return NUMBER
    if isinstance(column.type, JSON):
        return {"planted": f"{marker}-{column.name}"} | _SHAPES.get(column.name, {})
    return f"{marker}-{column.table.name}-{column.name}"


def _whose(table: Table, customer_id: str) -> dict[str, str]:
    if "customer_id" in table.columns:
        return {"customer_id": customer_id}
    assert table.name == "idempotency_keys", f"{table.name} does not say whose its rows are"
    return {"caller": sha256(f"customer:{customer_id}".encode()).hexdigest()}


def _plant_an_event(connection: Connection, customer_id: str, marker: str) -> None:
    scope = Scope(
        purpose="recommendations",
        fields=frozenset({"purchases.product"}),
        channels=frozenset({f"{marker}-channels"}),
        items=Items(orders=frozenset({f"{marker}-items"})),
        data_from=MOMENT,
        uses=NUMBER,
        expires_at=MOMENT,
        price_limit=PriceLimit(amount=f"{marker}-price_limit", currency="EUR"),
    )
    new = NewEvent(
        event_id=f"{marker}-event_id",
        consent_id=f"{marker}-consent_id",
        kind=EventKind.GIVEN,
        scope=scope,
        occurred_at=MOMENT,
        replaces=f"{marker}-replaces",
        evidence=Evidence(**{name: f"{marker}-{name}" for name in Evidence.__slots__}),
    )
    ledger = lock_ledger(connection, customer_id)
    ledger.append(new, now=datetime(2026, 6, 10, 9, tzinfo=UTC))


def everything_stored(engine: Engine, *tables: str) -> dict[str, list[str]]:
    """Table -> its rows as text, of these tables or of all, as they come from the database."""
    with snapshot(engine) as connection:
        return {
            table.name: sorted(str(dict(row)) for row in connection.execute(table.select()).mappings())
            for table in SQLModel.metadata.sorted_tables
            if not tables or table.name in tables
        }
