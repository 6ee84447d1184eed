"""Messages as they are stored, and the customers whom they name: a line of each, for the message and nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlmodel import col

from recommender.messages import Concern, Message, MessageKind, Topic
from service.db.content_tables import MessageCustomer, MessageRow
from service.db.id_list import id_list
from service.db.tables import table_of


def read_message(connection: Connection, message_id: str) -> dict[str, Any] | None:
    """One message as stored, with `customer_ids`, or `None`."""
    statement = select(table_of(MessageRow)).where(col(MessageRow.id) == message_id)
    found = _with_customers(connection, connection.execute(statement).mappings().all())
    return found[0] if found else None


def read_messages(
    connection: Connection, *, after: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Messages in the order of their ids: all, or so many behind a place on."""
    statement = select(table_of(MessageRow)).order_by(col(MessageRow.id)).limit(limit)
    if after is not None:
        statement = statement.where(col(MessageRow.id) > after)
    return _with_customers(connection, connection.execute(statement).mappings().all())


def put_message(connection: Connection, message: Mapping[str, Any], customer_ids: Iterable[str]) -> bool:
    """Store a message, whole; gives whether it is new."""
    is_new = read_message(connection, message["id"]) is None
    write = insert(MessageRow) if is_new else update(MessageRow).where(col(MessageRow.id) == message["id"])
    connection.execute(write.values(**message))
    _delete_customers(connection, message["id"])
    rows = [{"message_id": message["id"], "customer_id": one} for one in sorted(set(customer_ids))]
    if rows:
        connection.execute(insert(MessageCustomer), rows)
    return is_new


def delete_message(connection: Connection, message_id: str) -> bool:
    """Delete a message; gives whether there was one."""
    _delete_customers(connection, message_id)
    return connection.execute(delete(MessageRow).where(col(MessageRow.id) == message_id)).rowcount > 0


def message_of(row: Mapping[str, Any]) -> Message:
    """A stored message as it is decided upon: without its words."""
    return Message(
        id=row["id"],
        kind=MessageKind(row["kind"]),
        topic=None if row["topic"] is None else Topic(row["topic"]),
        concern=Concern(
            customer_ids=frozenset(row["customer_ids"]),
            products=frozenset(row["concerned_products"]),
            categories=frozenset(row["concerned_categories"]),
            served_by=frozenset(row["concerned_served_by"]),
            since=row["concerned_since"],
        ),
        known_since=row["known_since"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        products=frozenset(row["products"]),
        categories=frozenset(row["categories"]),
        interval_days=row["interval_days"],
    )


def _with_customers(connection: Connection, rows: Sequence[RowMapping]) -> list[dict[str, Any]]:
    found = [dict(row) for row in rows]
    ids = id_list(connection, (row["id"] for row in found))
    columns = select(col(MessageCustomer.message_id), col(MessageCustomer.customer_id))
    named: dict[str, list[str]] = defaultdict(list)
    ordered = columns.where(col(MessageCustomer.message_id).in_(ids)).order_by(
        col(MessageCustomer.customer_id)
    )
    for message_id, customer_id in connection.execute(ordered):
        named[message_id].append(customer_id)
    return [{**row, "customer_ids": named[row["id"]]} for row in found]


def _delete_customers(connection: Connection, message_id: str) -> None:
    connection.execute(delete(MessageCustomer).where(col(MessageCustomer.message_id) == message_id))
