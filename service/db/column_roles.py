"""How a column says what it holds: by its kind of field, in its `info`; and the columns of each data field."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, MetaData, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

DATA_FIELD = "data_field"
KEPT_FOR = "kept_for"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC on both databases; SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def of_hers(data_field: str, *, sa_type: Any = String, **column: Any) -> Any:
    """A column with a datum of hers: readable with a permission for `data_field`, and only so."""
    return Field(sa_type=sa_type, sa_column_kwargs={"info": {DATA_FIELD: data_field}}, **column)


def kept_for(why: str, *, sa_type: Any = String, **column: Any) -> Any:
    """A column that no suggestion may read: the key that finds her rows, or the registry's own."""
    return Field(sa_type=sa_type, sa_column_kwargs={"info": {KEPT_FOR: why}}, **column)


def columns_by_data_field(metadata: MetaData) -> dict[str, list[Column[object]]]:
    """Data field code -> the columns that hold it, over all tables."""
    found: dict[str, list[Column[object]]] = {}
    for table in metadata.sorted_tables:
        for column in table.columns:
            if DATA_FIELD in column.info:
                found.setdefault(column.info[DATA_FIELD], []).append(column)
    return found
