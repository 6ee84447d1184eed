"""What she said of suggestions, and what follows from it; what she did on a later day counts again.

What is said to be not hers, or a gift, speaks for nothing; what she has is not offered, nor what she declined.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from recommender.inputs import Browsed, Device, PermittedData, Purchase, Settings

FEEDBACK_FIELDS = frozenset({"feedback.kind", "feedback.product"})

_Row = TypeVar("_Row", Purchase, Device, Browsed)


class FeedbackKind(StrEnum):
    """What she can say in one tap: a closed list, the same on the wire."""

    HELPFUL = "helpful"
    NOT_INTERESTED = "not_interested"
    HAVE_IT = "have_it"
    NOT_MINE = "not_mine"
    NOT_NOW = "not_now"
    WAS_A_GIFT = "was_a_gift"
    STOP_USING_THIS = "stop_using_this"
    TOO_OFTEN = "too_often"


NOT_HERS = {FeedbackKind.NOT_MINE, FeedbackKind.WAS_A_GIFT}
WHOSE = {FeedbackKind.HAVE_IT, *NOT_HERS}

HEARD = frozenset(WHOSE | {FeedbackKind.NOT_INTERESTED, FeedbackKind.NOT_NOW})
"""From which something follows for suggestions; the others are thanks, for staff, or done when they are said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What follows from what she said: product id -> the day when she said it last.

    not_hers  she does not have it, and nothing is to be inferred from it
    has       she has it
    declined  she does not want to see it
    put_off   she does not want to see it now
    today     what is dated later has not happened yet, and answers nothing
    """

    not_hers: Mapping[str, date]
    has: Mapping[str, date]
    declined: Mapping[str, date]
    put_off: Mapping[str, date]
    today: date


def heard_of(data: PermittedData, *, today: date, settings: Settings) -> Heard:
    """What she said, as of `today`. Of two words on whose a thing is, the later one holds."""
    said = sorted(data.feedback or (), key=lambda one: (one.said_at, one.kind))
    whose = {one.product_id: one for one in said if one.kind in WHOSE}
    last = {(one.kind, one.product_id): one.day for one in said}
    declined = {id_: day for (kind, id_), day in last.items() if kind == FeedbackKind.NOT_INTERESTED}
    put_off = {id_: day for (kind, id_), day in last.items() if kind == FeedbackKind.NOT_NOW}
    return Heard(
        not_hers={id_: one.day for id_, one in whose.items() if one.kind in NOT_HERS},
        has={id_: one.day for id_, one in whose.items() if one.kind == FeedbackKind.HAVE_IT},
        declined={id_: day for id_, day in declined.items() if not _bought_after(id_, day, today, data)},
        put_off={id_: day for id_, day in put_off.items() if (today - day).days < settings.not_now_days},
        today=today,
    )


def without_what_is_not_hers(data: PermittedData, heard: Heard) -> PermittedData:
    """`data` but for what she bought, declared, looked at or put into her cart and then said is not hers."""
    if not heard.not_hers:
        return data

    def hers(rows: tuple[_Row, ...] | None) -> tuple[_Row, ...] | None:
        return None if rows is None else tuple(row for row in rows if _is_hers(row, heard))

    return replace(
        data,
        purchases=hers(data.purchases),
        devices=hers(data.devices),
        views=hers(data.views),
        carts=hers(data.carts),
    )


def _is_hers(row: Purchase | Device | Browsed, heard: Heard) -> bool:
    """A row without a day is taken for one of before."""
    said = heard.not_hers.get(row.product_id)
    day = row.since if isinstance(row, Device) else row.day
    return said is None or (day is not None and said < day <= heard.today)


def _bought_after(product_id: str, day: date, today: date, data: PermittedData) -> bool:
    return any(
        one.product_id == product_id and not one.returned and one.day is not None and day < one.day <= today
        for one in data.purchases or ()
    )
