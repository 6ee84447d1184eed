"""Use records: which answer read which data field by which consent."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.db.id_list import id_list
from service.db.registry_tables import UseRecord
from service.db.tables import table_of

# The order of the list: when, for which answer, which field, by which consent.
UsePlace = tuple[datetime, str, str, str]


def add_use_records(connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Append; rows name every column of the table. A row that is stored already changes nothing.

    A writer whose commit went through while its answer got lost will try again.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(insert(UseRecord).on_conflict_do_nothing(), [dict(row) for row in rows])


def delete_use_records_before(connection: Connection, customer_ids: Iterable[str], oldest: datetime) -> None:
    """Delete what is older, of these customers."""
    hers = col(UseRecord.customer_id).in_(id_list(connection, customer_ids))
    connection.execute(delete(UseRecord).where(hers, col(UseRecord.used_at) < oldest))


def read_use_records(
    connection: Connection, customer_id: str, *, after: UsePlace | None, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` use records of one customer, newest first, beginning after a place in that order."""
    columns = table_of(UseRecord).columns
    place = [columns[name] for name in ("used_at", "answer_id", "data_field", "consent_id")]
    statement = (
        select(table_of(UseRecord))
        .where(col(UseRecord.customer_id) == customer_id)
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if after is not None:
        values = [literal(value, column.type) for value, column in zip(after, place, strict=True)]
        statement = statement.where(tuple_(*place) < tuple_(*values))
    return [dict(row) for row in connection.execute(statement).mappings()]


def count_answers(connection: Connection, customer_id: str, *, kind: str) -> tuple[int, datetime | None]:
    """How many answers of a kind rested on data of hers, and when the first did."""
    count, first = func.count(col(UseRecord.answer_id).distinct()), func.min(col(UseRecord.used_at))
    hers = (col(UseRecord.customer_id) == customer_id, col(UseRecord.kind) == kind)
    row = connection.execute(select(count.label("answers"), first.label("first")).where(*hers)).one()
    return row.answers, row.first


def count_answers_of_all(
    connection: Connection, begins: datetime, ends: datetime, *, kind: str
) -> tuple[int, int]:
    """Of how many customers, and how many, answers of a kind there were in that time."""
    when = (col(UseRecord.used_at) >= begins, col(UseRecord.used_at) < ends, col(UseRecord.kind) == kind)
    customers = func.count(col(UseRecord.customer_id).distinct())
    answers = func.count(col(UseRecord.answer_id).distinct())
    row = connection.execute(
        select(customers.label("customers"), answers.label("answers")).where(*when)
    ).one()
    return row.customers, row.answers
