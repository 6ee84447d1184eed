"""Reads how it was for her, as far as that may be read to contact her: for asking after what was bad.

Whether she has answered must be known, too: where that may not be read, nothing is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from consent.decision import Permission
from recommender.outreach.follow_ups import Said
from recommender.outreach.rules import ContactRules
from service.db.permitted_reader import ReadRow, read_feedback
from service.follow_up_questions import is_bad
from service.outreach.desk import MARKETING

RATING = "feedback.rating"
_ANSWERS = frozenset({"feedback.importance", "feedback.comment"})
_ABOUT = frozenset({"feedback.product", "feedback.touchpoint", "feedback.journey"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiences:
    """What she said, and the rows that it was read from."""

    said: tuple[Said, ...] = ()
    read: Sequence[ReadRow] = ()


def read_experiences(
    connection: Connection,
    permission: Permission,
    rated: Sequence[ReadRow],
    *,
    day: date,
    rules: ContactRules,
) -> Experiences:
    """`rated`: her ratings, read before. Without a bad one lately no more is read, nor for a service note."""
    since = day - timedelta(days=rules.follow_up_days)
    bad_lately = any(is_bad(one.values.get(RATING)) and one.recorded_at.date() >= since for one in rated)
    if permission.purpose != MARKETING or not bad_lately or not permission.fields >= _ANSWERS:
        return Experiences()
    rows = read_feedback(connection, permission, fields={RATING} | _ANSWERS | _ABOUT)
    return Experiences(said=tuple(map(_said, rows)), read=rows)


def _said(row: ReadRow) -> Said:
    rating = row.values.get(RATING)
    return Said(
        id=row.id,
        at=row.recorded_at,
        is_bad=None if rating is None else is_bad(rating),
        is_urgent="feedback.importance" in row.values,
        has_words="feedback.comment" in row.values,
        product_id=row.values.get("feedback.product"),
        touchpoint=row.values.get("feedback.touchpoint"),
        journey=row.values.get("feedback.journey"),
    )
