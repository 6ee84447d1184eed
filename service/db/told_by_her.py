"""What she tells us herself, besides her devices: preferences, occasions, contact.

Hers to see and to change, and deleted when no purpose may read it any more. Serves her (GDPR art. 15, 16) and no
purpose; what serves a purpose goes through `permitted_reader`.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    delete,
    insert,
    not_,
    select,
    true,
    update,
)

from recommender import inputs
from service.db.column_roles import DATA_FIELD
from service.db.covered_rows import Kept, covered
from service.db.tables import Contact, Occasion, Preferences, table_of

_PREFERENCES, _OCCASIONS, _CONTACT = table_of(Preferences), table_of(Occasion), table_of(Contact)
_TABLES = {table.name: table for table in (_PREFERENCES, _OCCASIONS, _CONTACT)}
# An occasion without its date is of no use; in the other documents each field stands for itself.
_DATED = "occasions.date"


def read_told(connection: Connection, name: str, customer_id: str, kept: Kept) -> list[dict[str, Any]]:
    """Her rows in the table `name` as she gave them, as far as they may be kept, in her order."""
    table = _TABLES[name]
    may_be_kept = _may_be_kept(connection, table, kept)
    columns = [
        case((may_be_kept[column.info[DATA_FIELD]], column)).label(column.name)
        for column in table.columns
        if DATA_FIELD in column.info
    ]
    hers = table.columns.customer_id == customer_id
    statement = select(*columns).where(hers, may_be_kept.get(_DATED, true())).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(statement).mappings()]


def replace_told(
    connection: Connection, name: str, customer_id: str, rows: Collection[Mapping[str, Any]]
) -> None:
    """Store `rows` in place of those that were there."""
    table = _TABLES[name]
    connection.execute(delete(table).where(table.columns.customer_id == customer_id))
    if rows:
        connection.execute(insert(table), [{"customer_id": customer_id, **row} for row in rows])


def keep_only_permitted_preferences(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete what `kept`, that which some purpose may read, does not cover."""
    _keep_only_permitted(connection, _PREFERENCES, customer_id, kept)


def keep_only_permitted_occasions(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete what `kept` does not cover; an occasion goes with its date."""
    hers = _OCCASIONS.columns.customer_id == customer_id
    dated = _may_be_kept(connection, _OCCASIONS, kept)[_DATED]
    connection.execute(delete(_OCCASIONS).where(hers, not_(dated)))
    _keep_only_permitted(connection, _OCCASIONS, customer_id, kept)


def keep_only_permitted_contact(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete what `kept` does not cover."""
    _keep_only_permitted(connection, _CONTACT, customer_id, kept)


def preferences_of(row: Mapping[Any, Any]) -> inputs.Preferences:
    """Columns that are missing or NULL are what she did not tell."""
    return inputs.Preferences(
        likes=_tastes(row.get("likes") or {}),
        dislikes=_tastes(row.get("dislikes") or {}),
        sizes={name: tuple(sizes) for name, sizes in (row.get("sizes") or {}).items()},
        budget=_budget(row),
    )


def occasion_of(row: Mapping[Any, Any]) -> inputs.Occasion:
    """Columns that are missing or NULL are what she did not tell."""
    told = {name: row.get(name) for name in ("name", "recipient", "lead_days")}
    return inputs.Occasion(day=row["day"], budget=_budget(row), **told)


def contact_of(row: Mapping[Any, Any]) -> inputs.Contact:
    """Columns that are missing or NULL are what she did not tell."""
    quiet_from, quiet_until = row.get("quiet_from"), row.get("quiet_until")
    return inputs.Contact(
        channels=tuple(row.get("channels") or ()),
        time_zone=row.get("time_zone"),
        quiet_hours=(quiet_from, quiet_until) if quiet_from and quiet_until else None,
        rhythm=row.get("rhythm"),
    )


def _tastes(told: Mapping[str, Any]) -> inputs.Tastes:
    return inputs.Tastes(brands=tuple(told.get("brand", ())), categories=tuple(told.get("category", ())))


def _budget(row: Mapping[Any, Any]) -> inputs.Money | None:
    amount, currency = row.get("budget_amount"), row.get("budget_currency")
    return inputs.Money(amount=amount, currency=currency) if amount and currency else None


def _keep_only_permitted(connection: Connection, table: Table, customer_id: str, kept: Kept) -> None:
    hers = table.columns.customer_id == customer_id
    for field, may_be_kept in _may_be_kept(connection, table, kept).items():
        gone = {name: None for name, one in table.columns.items() if one.info.get(DATA_FIELD) == field}
        if field != _DATED:
            connection.execute(update(table).where(hers, not_(may_be_kept)).values(gone))
    data = [column.is_(None) for column in table.columns if DATA_FIELD in column.info]
    connection.execute(delete(table).where(hers, and_(*data)))


def _may_be_kept(connection: Connection, table: Table, kept: Kept) -> dict[str, ColumnElement[bool]]:
    """Data field -> whether it may be kept of a row."""
    fields = dict.fromkeys(column.info[DATA_FIELD] for column in table.columns if DATA_FIELD in column.info)
    return {field: covered(connection, kept.get(field, ()), table.name) for field in fields}
