"""Contacts as they are stored: planned once, and then only their state changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update
from sqlmodel import col

from service.db.id_list import id_list
from service.db.outreach_tables import OutreachRow
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import table_of

Row = Mapping[str, Any]
_EMPTY: Row = {"items": [], "offers": [], "facts": []}


def read_contacts(connection: Connection, customer_ids: Iterable[str]) -> dict[str, list[Row]]:
    """Customer id -> all her contacts, in the order of their days, for those who have any."""
    ordered = select(table_of(OutreachRow)).order_by(col(OutreachRow.day), col(OutreachRow.outreach_id))
    statement = ordered.where(col(OutreachRow.customer_id).in_(id_list(connection, customer_ids)))
    found: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(statement).mappings():
        found[row["customer_id"]].append(dict(row))
    return found


def read_contact(connection: Connection, outreach_id: str, *, lock: bool = False) -> Row | None:
    """One contact, or `None`; with `lock` nobody else changes it before this transaction ends."""
    statement = select(table_of(OutreachRow)).where(col(OutreachRow.outreach_id) == outreach_id)
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()
    return None if row is None else dict(row)


def add_contacts(connection: Connection, rows: Sequence[Row]) -> None:
    """Store contacts that were planned. The ledgers of these customers must be locked."""
    if rows:
        connection.execute(insert(OutreachRow), [dict(row) for row in rows])


def change_contact(connection: Connection, outreach_id: str, **values: Any) -> None:
    """Note what became of a contact."""
    connection.execute(
        update(OutreachRow).where(col(OutreachRow.outreach_id) == outreach_id).values(**values)
    )


def empty_contact(connection: Connection, outreach_id: str) -> None:
    """Take out what it said; that there was one stays."""
    change_contact(connection, outreach_id, content=_EMPTY)


def stop_contact(connection: Connection, outreach_id: str, because: Sequence[str]) -> None:
    """Note that it is not made. What it would have said goes, and its place on that day is free again."""
    change_contact(
        connection,
        outreach_id,
        state="stopped",
        slot=f"stopped {outreach_id}",
        because=[str(one) for one in because],
        content=_EMPTY,
        products=[],
    )


def delete_contacts_before(connection: Connection, customer_ids: Iterable[str], oldest: datetime) -> None:
    """Delete what was planned earlier, of these customers."""
    hers = col(OutreachRow.customer_id).in_(id_list(connection, customer_ids))
    connection.execute(delete(OutreachRow).where(hers, col(OutreachRow.planned_at) < oldest))


def customers_asked(
    connection: Connection, purposes: Sequence[str], *, after: str | None, limit: int
) -> list[str]:
    """Customers who have said anything about one of the purposes, so many behind a place on."""
    said = exists().where(
        col(ConsentEventRow.chain_id) == col(ConsentChain.chain_id),
        col(ConsentEventRow.purpose).in_(purposes),
    )
    statement = select(col(ConsentChain.customer_id)).where(said)
    if after is not None:
        statement = statement.where(col(ConsentChain.customer_id) > after)
    ordered = statement.order_by(col(ConsentChain.customer_id)).limit(limit)
    return list(connection.execute(ordered).scalars())
