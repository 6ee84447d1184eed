"""What she looked at, searched for and put into her cart: stored, known again by event id, deleted.

No purpose reads it here; what will serve one goes through `permitted_reader`.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, insert, not_, select
from sqlmodel import col

from service.db.covered_rows import Kept, covered
from service.db.id_list import id_list
from service.db.tables import CartAddition, Search, View, table_of

_TABLES: Mapping[str, type[View] | type[Search] | type[CartAddition]] = {
    "browsing.views": View,
    "browsing.searches": Search,
    "browsing.carts": CartAddition,
}


def stored_browsing(connection: Connection, event_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Event id -> row, of those that are stored already: to tell a repetition from a reused id."""
    asked = id_list(connection, event_ids)
    return {
        row["id"]: dict(row)
        for table in _TABLES.values()
        for row in connection.execute(select(table_of(table)).where(col(table.id).in_(asked))).mappings()
    }


def add_browsing(connection: Connection, field: str, rows: Collection[Mapping[str, Any]]) -> None:
    """Store new rows of the data field `field`."""
    if rows:
        connection.execute(insert(_TABLES[field]), list(rows))


def _keep_only_permitted(field: str, connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete her rows but for those that `kept`, that which some purpose may read, covers."""
    table = _TABLES[field]
    may_be_kept = covered(connection, kept.get(field, ()), str(table.__tablename__))
    connection.execute(delete(table).where(col(table.customer_id) == customer_id, not_(may_be_kept)))


keep_only_permitted_views = partial(_keep_only_permitted, "browsing.views")
keep_only_permitted_searches = partial(_keep_only_permitted, "browsing.searches")
keep_only_permitted_cart_additions = partial(_keep_only_permitted, "browsing.carts")
