"""Takes in sales and returns. Reads what came before by event id only, to tell a repeated event."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from service.db.tables import Purchase, table_of

_IDS_PER_STATEMENT = 500


def stored_purchases(connection: Connection, event_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Event id -> row, of those that are stored already: to tell a repetition from a reused id."""
    asked = sorted(set(event_ids))
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(asked), _IDS_PER_STATEMENT):
        some = asked[start : start + _IDS_PER_STATEMENT]
        statement = select(table_of(Purchase)).where(col(Purchase.id).in_(some))
        found.update({row["id"]: dict(row) for row in connection.execute(statement).mappings()})
    return found


def add_purchases(connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Store new sales and returns."""
    if rows:
        connection.execute(insert(Purchase), [dict(row) for row in rows])
