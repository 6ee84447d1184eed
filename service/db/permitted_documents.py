"""A part of the door to customer data: documents of one row, of which each field is permitted by itself.

`permitted_reader` opens it. As there, a statement names no column that is not permitted.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, select
from sqlmodel import SQLModel

from consent.coverage import without_repeats
from consent.decision import Permission
from service.db.column_roles import columns_by_data_field
from service.db.covered_rows import covered, covered_by

_COLUMNS = columns_by_data_field(SQLModel.metadata)
_SERVES_WITH = {"preferences.budget": "preferences.likes"}
"""Data field -> the one without which it serves nothing: where that is empty, no grant is spent on it."""


class PermittedDocument:
    """The permitted part of her one row in a table of which each field stands for itself.

    row  column -> its value; `None` where it may not be read, or is not told. No columns if nothing is there.
    """

    def __init__(
        self,
        connection: Connection,
        table: type[SQLModel],
        permission: Permission,
        fields: Collection[str],
    ) -> None:
        self._connection = connection
        self._name = str(table.__tablename__)
        self._coverings = {
            field: without_repeats(permission.verdict(field).coverings)
            for field in sorted(permission.fields & set(fields))
            if field.startswith(f"{self._name}.")
        }
        self._customer_id = permission.customer_id
        self.row: Mapping[Any, Any] = self._read() if self._coverings else {}

    def consents(self) -> dict[str, tuple[str, ...]]:
        """Data field -> the consent by which it was read; if nothing was there, the one looked by."""
        used = {field: self._used(field) for field in self._coverings}
        return {field: (consent_id,) for field, consent_id in used.items() if consent_id is not None}

    def _read(self) -> Mapping[Any, Any]:
        columns = [column for field in self._coverings for column in self._columns(field)]
        first, *_ = _COLUMNS[next(iter(self._coverings))]
        statement = select(*columns).where(first.table.columns.customer_id == self._customer_id)
        return self._connection.execute(statement).mappings().one_or_none() or {}

    def _columns(self, field: str) -> list[ColumnElement[Any]]:
        """The columns of a field where it may be read, and by which covering: the first that covers it."""
        first, *_ = columns = _COLUMNS[field]
        covers = [covered_by(self._connection, one, self._name) for one in self._coverings[field]]
        also = self._there(_SERVES_WITH.get(field))
        by = case(*((and_(one, first.is_not(None), *also), number) for number, one in enumerate(covers)))
        may_be_read = and_(covered(self._connection, self._coverings[field], self._name), *also)
        read = [case((may_be_read, column)).label(column.name) for column in columns]
        return [*read, by.label(f"by {field}")]

    def _there(self, field: str | None) -> list[ColumnElement[bool]]:
        """That another field is there to be read, where that one was asked for as well."""
        if field is None or field not in self._coverings:
            return []
        first, *_ = _COLUMNS[field]
        return [covered(self._connection, self._coverings[field], self._name), first.is_not(None)]

    def _used(self, field: str) -> str | None:
        number, preferred = self.row.get(f"by {field}"), self._coverings[field][0]
        if number is not None:
            return self._coverings[field][int(number)].consent_id
        return preferred.consent_id if preferred.uses_left is None else None
