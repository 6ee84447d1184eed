"""All that is stored of one customer: for her to have (GDPR art. 15, 20), and to be erased (art. 17).

No purpose is served here. What is exported and what is erased is the same list of tables, so that nothing can
be in one and not in the other; a test holds it complete.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Table, delete, func, select, true, union
from sqlmodel import SQLModel

from service.callers import customer_identity
from service.db.content_tables import MessageCustomer
from service.db.id_list import id_list
from service.db.outreach_tables import OutreachRow
from service.db.registry_tables import ConsentChain, ConsentEventRow, UseRecord
from service.db.service_tables import IdempotencyKey, StoredAnswer, Task
from service.db.tables import (
    CartAddition,
    Contact,
    Device,
    Feedback,
    Occasion,
    Preferences,
    Purchase,
    Search,
    View,
    table_of,
)

# In the order in which they can be deleted: events before the chain that they point to.
_HERS: tuple[type[SQLModel], ...] = (
    Purchase,
    Device,
    View,
    Search,
    CartAddition,
    Preferences,
    Occasion,
    Contact,
    Feedback,
    OutreachRow,
    Task,
    UseRecord,
    StoredAnswer,
    MessageCustomer,
    ConsentEventRow,
    ConsentChain,
    IdempotencyKey,
)
OWN_TABLES = tuple(table_of(model).name for model in _HERS)
_TABLES = {table_of(model).name: table_of(model) for model in _HERS}
# What came in as events has the id that the shop gave it.
_EVENTS = tuple(table for table in _TABLES.values() if "id" in table.columns)
_ROWS_AT_ONCE = 500


def read_own_rows(connection: Connection, customer_id: str, name: str) -> Iterator[dict[str, Any]]:
    """Every row of hers in the table `name`, with every column, a few hundred at a time, in the key's order."""
    table = _TABLES[name]
    statement = select(table).where(_is_hers(table, customer_id)).order_by(*table.primary_key)
    with connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        for row in rows.mappings():
            yield dict(row)


def columns_of(name: str) -> list[str]:
    """The columns of one of the tables."""
    return [column.name for column in _TABLES[name].columns]


def delete_own_rows(
    connection: Connection, customer_id: str, *, but_for: tuple[str, str] | None = None
) -> dict[str, int]:
    """Delete all that is stored of her; gives how many rows of each table. The very call's caller and key stay."""
    return {name: _delete(connection, table, customer_id, but_for) for name, table in _TABLES.items()}


def delete_own_event(connection: Connection, customer_id: str, event_id: str) -> bool:
    """Delete what was recorded of her under this id; whether there was something."""
    deleted = 0
    for table in _EVENTS:
        hers = (table.columns.id == event_id) & (table.columns.customer_id == customer_id)
        deleted += connection.execute(delete(table).where(hers)).rowcount
    return deleted > 0


def customers_after(
    connection: Connection, last: str | None, names: Iterable[str], *, limit: int
) -> list[str]:
    """The next customers, in the order of their ids, who have a row in any of these tables."""
    found = [
        select(columns.customer_id)
        .where(true() if last is None else columns.customer_id > last)
        .distinct()
        .order_by(columns.customer_id)
        .limit(limit)
        .subquery()
        for columns in (_TABLES[name].columns for name in names)
    ]
    everyone = union(*(select(one.c.customer_id) for one in found)).subquery()
    statement = select(everyone.c.customer_id).order_by(everyone.c.customer_id).limit(limit)
    return list(connection.execute(statement).scalars())


def count_rows_of(connection: Connection, customer_ids: Iterable[str], names: Iterable[str]) -> Counter[str]:
    """Table -> how many rows of these customers it has."""
    ids = list(customer_ids)
    counted: Counter[str] = Counter()
    for name in names:
        hers = _TABLES[name].columns.customer_id.in_(id_list(connection, ids))
        counted[name] = connection.execute(select(func.count()).where(hers)).scalar_one()
    return counted


def _delete(connection: Connection, table: Table, customer_id: str, but_for: tuple[str, str] | None) -> int:
    hers = _is_hers(table, customer_id)
    if table is table_of(IdempotencyKey):
        # A call of hers that is under way holds its key and waits for this: it is left to it.
        key = list(table.primary_key)[1]
        if but_for is not None:
            hers = hers & ((table.columns.caller != but_for[0]) | (key != but_for[1]))
        free = select(key).where(hers).with_for_update(skip_locked=True)
        hers = hers & key.in_(free)
    done: CursorResult[Any] = connection.execute(delete(table).where(hers))
    return done.rowcount


def _is_hers(table: Table, customer_id: str) -> ColumnElement[bool]:
    if table is table_of(ConsentEventRow):
        chains = _TABLES["consent_chains"].columns
        return table.columns.chain_id.in_(select(chains.chain_id).where(chains.customer_id == customer_id))
    if table is table_of(IdempotencyKey):
        caller = sha256(customer_identity(customer_id).encode()).hexdigest()
        return table.columns.caller == caller
    return table.columns.customer_id == customer_id
