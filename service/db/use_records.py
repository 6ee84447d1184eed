"""Use records: which answer read which data field by which consent."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.db.tables import UseRecord, table_of


def add_use_records(connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Append; rows name every column of the table. A row that is stored already changes nothing.

    A writer whose commit went through while its answer got lost will try again.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(insert(UseRecord).on_conflict_do_nothing(), [dict(row) for row in rows])


def read_use_records(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """All use records of one customer, newest first."""
    statement = (
        select(table_of(UseRecord))
        .where(col(UseRecord.customer_id) == customer_id)
        .order_by(col(UseRecord.used_at).desc(), col(UseRecord.answer_id), col(UseRecord.data_field))
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
