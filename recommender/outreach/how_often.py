"""How often she has been contacted, and how often she wants to be: days are counted, no clock decides."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from recommender.outreach.kinds import ContactKind
from recommender.outreach.rules import Cap

# The longest that a month or a year can be: rarer than asked for is no harm, more often is.
_DAYS_OF = {"D": 1, "W": 7, "M": 31, "Y": 366}
_DURATION = re.compile(r"P([1-9][0-9]{0,2})([DWMY])")


@dataclass(frozen=True, kw_only=True, slots=True)
class PastContact:
    """A contact that was made, or is planned and not yet reported: it holds its place.

    about     what it was about, in the planner's own words: the same twice is a repetition
    items     ids of the products in it
    declined  whether she said no to it
    """

    kind: ContactKind
    day: date
    about: str
    items: frozenset[str] = frozenset()
    declined: bool = False


def days_of(duration: str) -> int | None:
    """The days of an ISO 8601 duration of one unit, such as `P1M`; `None` for another text."""
    found = _DURATION.fullmatch(duration)
    return None if found is None else int(found[1]) * _DAYS_OF[found[2]]


def counted_days(log: Iterable[PastContact]) -> list[date]:
    """The days of what counts against the caps: whatever the channel, but no service note."""
    return sorted(contact.day for contact in log if contact.kind.is_counted)


def is_full(cap: Cap, days: Sequence[date], day: date) -> bool:
    """Whether one more contact on `day` would be one too many in some stretch of the cap's length around it."""
    length = timedelta(days=cap.days)
    together = [*days, day]
    starts = [start for start in together if start <= day < start + length]
    return any(sum(start <= one < start + length for one in together) > cap.contacts for start in starts)


def is_too_soon(days: Sequence[date], day: date, *, rhythm_days: int) -> bool:
    """Whether there is a contact, before or after, nearer than she wants them."""
    return any(abs((day - one).days) < rhythm_days for one in days)
