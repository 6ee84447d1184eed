"""Takes in sales and returns. Reads what came before by event id only, to tell a repeated event."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, not_, select
from sqlmodel import col

from service.db.covered_rows import Kept, covered
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


def keep_only_permitted_purchases(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete her sales and returns but for those whose product `kept`, that which some purpose may read, covers."""
    may_be_kept = covered(connection, kept.get("purchases.product", ()), "purchases")
    connection.execute(delete(Purchase).where(col(Purchase.customer_id) == customer_id, not_(may_be_kept)))


def delete_held_sales(
    connection: Connection, customer_id: str, kept: Kept, *, recorded_before: datetime
) -> None:
    """Delete her sales and returns that were stored before, but for those that some purpose may read."""
    may_be_kept = covered(connection, kept.get("purchases.product", ()), "purchases")
    held = (col(Purchase.recorded_at) < recorded_before, not_(may_be_kept))
    connection.execute(delete(Purchase).where(col(Purchase.customer_id) == customer_id, *held))


def delete_old_sales(connection: Connection, customer_id: str, *, made_before: datetime) -> None:
    """Delete her sales and returns from before a moment, whatever she allows."""
    hers = col(Purchase.customer_id) == customer_id
    connection.execute(delete(Purchase).where(hers, col(Purchase.purchased_at) < made_before))
