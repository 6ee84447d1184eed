"""What she said of suggestions and visits: stored, hers to see, and deleted when no purpose may read it any more.

Serves her (access, GDPR art. 15), not a purpose; what serves a purpose goes through `permitted_reader`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlmodel import col

from service.db.covered_rows import Kept, covered
from service.db.epochs import FEEDBACK, advance_epoch, read_epoch
from service.db.id_list import id_list
from service.db.tables import Feedback, table_of

FeedbackPlace = tuple[datetime, str]
"""The order of her list: when it was stored, and its id."""

FIELD_COLUMNS = {
    "feedback.kind": ("kind", "said_at"),
    "feedback.product": ("product_id",),
    "feedback.rating": ("rating",),
    "feedback.mood": ("mood",),
    "feedback.importance": ("importance",),
    "feedback.comment": ("comment",),
    "feedback.touchpoint": ("touchpoint",),
    "feedback.journey": ("journey",),
}
"""Data field -> its columns."""
SAID = ("kind", "rating", "mood", "importance", "comment")
"""What she said; the rest is what she said it about, and nothing by itself."""

TOLD_ABOUT = ("feedback.product", "feedback.journey")
"""What a scope selects by: without it a row would be about nothing, and no exception would hold it back."""


def add_feedback(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store a row and give it the next place in the feed. Whoever comes after waits until this is committed."""
    place = advance_epoch(connection, FEEDBACK)
    connection.execute(insert(Feedback).values(**row, place=place))


def read_own_feedback(
    connection: Connection,
    customer_id: str,
    kept: Kept,
    *,
    after: FeedbackPlace | None = None,
    limit: int | None = None,
    feedback_id: str | None = None,
) -> list[dict[str, Any]]:
    """What she said, as far as it may be kept, newest first, beginning behind a place; or one of it."""
    permitted = _may_be_kept(connection, kept)
    place = (col(Feedback.recorded_at), col(Feedback.id))
    statement = (
        select(*place, *(case((permitted[name], column)).label(name) for name, column in _values()))
        .where(col(Feedback.customer_id) == customer_id, _something_said(permitted))
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if feedback_id is not None:
        statement = statement.where(col(Feedback.id) == feedback_id)
    if after is not None:
        columns = table_of(Feedback).columns
        values = (literal(after[0], columns.recorded_at.type), literal(after[1], columns.id.type))
        statement = statement.where(tuple_(*place) < tuple_(*values))
    return [dict(row) for row in connection.execute(statement).mappings()]


def read_last_words(
    connection: Connection, customer_id: str, kept: Kept, product_ids: Collection[str], kinds: Collection[str]
) -> dict[str, str]:
    """Product -> the id of her last word of these `kinds` on it, as far as it may be kept."""
    permitted = _may_be_kept(connection, kept)
    statement = (
        select(col(Feedback.product_id), col(Feedback.id))
        .where(col(Feedback.customer_id) == customer_id, permitted["kind"], _is_still_about_it(permitted))
        .where(col(Feedback.kind).in_(kinds), col(Feedback.product_id).in_(id_list(connection, product_ids)))
        .order_by(col(Feedback.said_at), col(Feedback.kind), col(Feedback.id))
    )
    return {row.product_id: row.id for row in connection.execute(statement)}


def feedback_after(connection: Connection, place: int, *, limit: int) -> list[tuple[int, str, str]]:
    """The next places in the feed: place, id, and whose it is. Nothing of what was said."""
    statement = (
        select(col(Feedback.place), col(Feedback.id), col(Feedback.customer_id))
        .where(col(Feedback.place) > place)
        .order_by(col(Feedback.place))
        .limit(limit)
    )
    return [(row.place, row.id, row.customer_id) for row in connection.execute(statement)]


def customers_who_said_something(connection: Connection, customer_ids: Collection[str]) -> list[str]:
    """Those of them of whom something is stored, in the order of their ids. Nothing of what was said."""
    if not customer_ids:
        return []
    theirs = col(Feedback.customer_id).in_(id_list(connection, customer_ids))
    statement = select(col(Feedback.customer_id)).where(theirs).distinct().order_by(col(Feedback.customer_id))
    return list(connection.execute(statement).scalars())


def last_feedback_place(connection: Connection) -> int:
    """The place of what was said last, whoever said it."""
    return read_epoch(connection, FEEDBACK)


def keep_only_permitted_feedback(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Empty each field that `kept`, that which some purpose may read, does not cover; then delete empty rows.

    What was said of a thing goes with the thing.
    """
    hers = col(Feedback.customer_id) == customer_id
    permitted = _may_be_kept(connection, kept)
    connection.execute(delete(Feedback).where(hers, ~_is_still_about_it(permitted)))
    left = {name: case((permitted[name], column)) for name, column in _values()}
    gone = or_(*(and_(column.is_not(None), ~permitted[name]) for name, column in _values()))
    connection.execute(update(Feedback).where(hers, gone).values(left))
    nothing = and_(*(table_of(Feedback).columns[name].is_(None) for name in SAID))
    connection.execute(delete(Feedback).where(hers, nothing))


def _values() -> list[tuple[str, ColumnElement[Any]]]:
    columns = table_of(Feedback).columns
    return [(name, columns[name]) for names in FIELD_COLUMNS.values() for name in names]


def _may_be_kept(connection: Connection, kept: Kept) -> dict[str, ColumnElement[bool]]:
    """Column -> whether it may be kept in a row."""
    of_field = {field: covered(connection, kept.get(field, ()), "feedback") for field in FIELD_COLUMNS}
    return {name: of_field[field] for field, names in FIELD_COLUMNS.items() for name in names}


def _something_said(permitted: Mapping[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    columns = table_of(Feedback).columns
    something = or_(*(and_(columns[name].is_not(None), permitted[name]) for name in SAID))
    return and_(something, _is_still_about_it(permitted))


def _is_still_about_it(permitted: Mapping[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    columns = table_of(Feedback).columns
    about = [name for field in TOLD_ABOUT for name in FIELD_COLUMNS[field]]
    return and_(*(or_(columns[name].is_(None), permitted[name]) for name in about))
