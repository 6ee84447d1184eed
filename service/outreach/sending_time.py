"""When on a day something may be sent: by the clock on her wall, whatever summer time does to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from recommender.outreach.rules import QuietHours


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """From and until, in UTC."""

    start: datetime
    end: datetime


def sending_stretch(day: date, zone: ZoneInfo, quiet: QuietHours, *, now: datetime) -> Stretch | None:
    """The last stretch of her day, from now on, without quiet hours in it; `None` if there is none left.

    The last, because who keeps her working hours quiet has time in the evening and not at midnight.
    """
    open_ones = [one for one in _stretches(day, zone, quiet) if one.end > now]
    return Stretch(start=max(open_ones[-1].start, now), end=open_ones[-1].end) if open_ones else None


# The same for all who live in one zone and sleep at one time; nothing else of anybody is in it.
@lru_cache(maxsize=4096)
def _stretches(day: date, zone: ZoneInfo, quiet: QuietHours) -> tuple[Stretch, ...]:
    edges = sorted({*_midnights(day, zone), *_edges(day, zone, quiet)})
    return tuple(
        Stretch(start=start, end=end)
        for start, end in pairwise(edges)
        if not _is_quiet(start, end, zone, quiet)
    )


def _midnights(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    for one in (day, day + timedelta(days=1)):
        yield _utc(one, time(0), zone, fold=0)


def _edges(day: date, zone: ZoneInfo, quiet: QuietHours) -> Iterator[datetime]:
    """Where quiet hours begin and end on that day; a time that comes twice is an edge both times."""
    start, end = _midnights(day, zone)
    for wall in (quiet.start, quiet.end):
        for fold in (0, 1):
            edge = _utc(day, wall, zone, fold=fold)
            if start < edge < end:
                yield edge


def _is_quiet(start: datetime, end: datetime, zone: ZoneInfo, quiet: QuietHours) -> bool:
    """Whether some minute of it is: a clock that is set back may lead into quiet hours again."""
    minutes = int((end - start) / timedelta(minutes=1))
    walls = ((start + timedelta(minutes=one)).astimezone(zone).time() for one in range(minutes))
    return any(quiet.cover(wall) for wall in walls)


def _utc(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> datetime:
    return datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)
