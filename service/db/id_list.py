"""Many ids as one parameter of a statement: thousands take no more text, and no more statements, than one."""

from collections.abc import Iterable
from json import dumps
from typing import Any

from sqlalchemy import Connection, Select, func, select


def id_list(connection: Connection, ids: Iterable[str]) -> Select[Any]:
    """A subquery with each of `ids` once, for `column.in_(…)`."""
    written = dumps(sorted(set(ids)))
    if connection.dialect.name == "sqlite":
        return select(func.json_each(written).table_valued("value").c.value)
    return select(func.json_array_elements_text(func.json(written)).column_valued())
