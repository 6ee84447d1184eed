"""Care tips as they are stored. Public data: no permission is involved."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from recommender.tips import Age, Interval, Season, Tip
from service.db.content_tables import TipRow
from service.db.epochs import CATALOGUE, advance_epoch
from service.db.tables import table_of


def read_tip(connection: Connection, tip_id: str) -> dict[str, Any] | None:
    """One tip as stored, or `None`."""
    statement = select(table_of(TipRow)).where(col(TipRow.id) == tip_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def read_tips(
    connection: Connection, *, after: str | None = None, limit: int | None = None
) -> Sequence[Mapping[str, Any]]:
    """Tips in the order of their ids: all, or so many behind a place on."""
    statement = select(table_of(TipRow)).order_by(col(TipRow.id)).limit(limit)
    if after is not None:
        statement = statement.where(col(TipRow.id) > after)
    return [dict(row) for row in connection.execute(statement).mappings()]


def put_tip(connection: Connection, tip: Mapping[str, Any]) -> bool:
    """Store a tip, whole; gives whether it is new."""
    advance_epoch(connection, CATALOGUE)
    is_new = read_tip(connection, tip["id"]) is None
    write = insert(TipRow) if is_new else update(TipRow).where(col(TipRow.id) == tip["id"])
    connection.execute(write.values(**tip))
    return is_new


def delete_tip(connection: Connection, tip_id: str) -> bool:
    """Delete a tip; gives whether there was one."""
    advance_epoch(connection, CATALOGUE)
    return connection.execute(delete(TipRow).where(col(TipRow.id) == tip_id)).rowcount > 0


def tip_of(row: Mapping[str, Any]) -> Tip:
    """A stored tip as the recommender needs it: without its words."""
    return Tip(
        id=row["id"],
        products=frozenset(row["products"]),
        brands=frozenset(row["brands"]),
        categories=frozenset(row["categories"]),
        due=_due(row["due"]),
    )


def _due(stored: Mapping[str, Any]) -> Age | Interval | Season:
    if "every_days" in stored:
        return Interval(every_days=stored["every_days"])
    if "after_days" in stored:
        return Age(after_days=stored["after_days"], until_days=stored.get("until_days"))
    return Season(first=_month_and_day(stored["from"]), last=_month_and_day(stored["to"]))


def _month_and_day(written: str) -> tuple[int, int]:
    month, day = written.split("-")
    return (int(month), int(day))
