"""Takes in sales and returns. Reads what came before by event id only, to tell a repeated event."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from service.db.id_list import id_list
from service.db.tables import Purchase, table_of


def stored_purchases(connection: Connection, event_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Event id -> row, of those that are stored already: to tell a repetition from a reused id."""
    statement = select(table_of(Purchase)).where(col(Purchase.id).in_(id_list(connection, event_ids)))
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


def add_purchases(connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Store new sales and returns."""
    if rows:
        connection.execute(insert(Purchase), list(rows))


def keep_only_permitted_purchases(connection: Connection, customer_id: str, fields: Collection[str]) -> None:
    """Delete her sales and returns if `fields`, those that some purpose may read, leave out the product."""
    if "purchases.product" not in fields:
        connection.execute(delete(Purchase).where(col(Purchase.customer_id) == customer_id))


def delete_sales_recorded_before(connection: Connection, customer_id: str, oldest: datetime) -> None:
    """Delete her sales and returns that were stored before."""
    hers = col(Purchase.customer_id) == customer_id
    connection.execute(delete(Purchase).where(hers, col(Purchase.recorded_at) < oldest))
