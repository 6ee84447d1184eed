"""How a column says what it holds: the keys of its `info`, and the columns of each data field."""

from sqlalchemy import Column, MetaData

DATA_FIELD = "data_field"
KEPT_FOR = "kept_for"


def columns_by_data_field(metadata: MetaData) -> dict[str, list[Column[object]]]:
    """Data field code -> the columns that hold it, over all tables."""
    found: dict[str, list[Column[object]]] = {}
    for table in metadata.sorted_tables:
        for column in table.columns:
            if DATA_FIELD in column.info:
                found.setdefault(column.info[DATA_FIELD], []).append(column)
    return found
