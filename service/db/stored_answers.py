"""Answers that can be fetched again for a while: written in the transaction that made them, gone with a withdrawal."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_
from sqlmodel import col

from service.db.service_tables import StoredAnswer
from service.db.tables import table_of


def add_stored_answer(
    connection: Connection,
    *,
    caller: str,
    key: str,
    customer_id: str,
    body: str,
    created_at: datetime,
    learning_denials: int,
) -> None:
    """Store an answer under the caller's key, in place of one that an expired key left behind."""
    connection.execute(delete(StoredAnswer).where(*_is(caller, key)))
    row = {
        "caller": caller,
        "key": key,
        "customer_id": customer_id,
        "body": body,
        "created_at": created_at,
        "learning_denials": learning_denials,
    }
    connection.execute(insert(StoredAnswer), row)


def read_stored_answer(
    connection: Connection, caller: str, key: str, customer_id: str
) -> dict[str, Any] | None:
    """The answer for this customer under the caller's key, or `None`."""
    statement = select(table_of(StoredAnswer)).where(
        *_is(caller, key), col(StoredAnswer.customer_id) == customer_id
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def remove_answers_for(connection: Connection, customer_id: str) -> None:
    """Remove all stored answers for one customer."""
    connection.execute(delete(StoredAnswer).where(col(StoredAnswer.customer_id) == customer_id))


def remove_old_answers(connection: Connection, *, before: datetime) -> int:
    """Remove the answers from before a moment, but for those that another call is removing; gives how many."""
    names = (col(StoredAnswer.caller), col(StoredAnswer.key))
    old = select(*names).where(col(StoredAnswer.created_at) <= before).with_for_update(skip_locked=True)
    return connection.execute(delete(StoredAnswer).where(tuple_(*names).in_(old))).rowcount


def _is(caller: str, key: str) -> tuple[Any, Any]:
    return col(StoredAnswer.caller) == caller, col(StoredAnswer.key) == key
