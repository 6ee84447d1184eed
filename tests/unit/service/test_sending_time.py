"""When on a day something may be sent, by the clock on her wall."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from recommender.outreach.rules import QuietHours
from service.outreach.sending_time import Stretch, sending_stretch

NIGHT = QuietHours(start=time(21), end=time(8))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", utc(2026, 6, 10, 8), utc(2026, 6, 10, 21)),
        ("Europe/Berlin", utc(2026, 6, 10, 6), utc(2026, 6, 10, 19)),
        ("America/Los_Angeles", utc(2026, 6, 10, 15), utc(2026, 6, 11, 4)),
        ("Asia/Shanghai", utc(2026, 6, 10, 0), utc(2026, 6, 10, 13)),
    ],
)
def test_by_day_where_she_is(zone: str, start: datetime, end: datetime) -> None:
    found = sending_stretch(date(2026, 6, 10), ZoneInfo(zone), NIGHT, now=LONG_AGO)
    assert found == Stretch(start=start, end=end)


def test_what_is_left_of_the_day() -> None:
    day, zone = date(2026, 6, 10), ZoneInfo("UTC")
    noon = utc(2026, 6, 10, 12)
    assert sending_stretch(day, zone, NIGHT, now=noon) == Stretch(start=noon, end=utc(2026, 6, 10, 21))
    assert sending_stretch(day, zone, NIGHT, now=utc(2026, 6, 10, 21)) is None


def test_who_is_quiet_at_work_has_time_in_the_evening() -> None:
    at_work = QuietHours(start=time(8), end=time(18))
    found = sending_stretch(date(2026, 6, 10), ZoneInfo("UTC"), at_work, now=LONG_AGO)
    assert found == Stretch(start=utc(2026, 6, 10, 18), end=utc(2026, 6, 11))


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("quiet", [
    NIGHT,
    QuietHours(start=time(22), end=time(2, 30)),
    QuietHours(start=time(2, 30), end=time(2)),
    QuietHours(start=time(1), end=time(2, 10)),
])  # fmt: skip
def test_no_minute_of_it_is_quiet_when_summer_time_begins_or_ends(day: date, quiet: QuietHours) -> None:
    zone = ZoneInfo("Europe/Berlin")
    found = sending_stretch(day, zone, quiet, now=LONG_AGO)
    if found is None:
        assert quiet == QuietHours(start=time(2, 30), end=time(2))
        return
    minute = found.start.timestamp()
    while minute < found.end.timestamp():
        wall = datetime.fromtimestamp(minute, UTC).astimezone(zone)
        assert wall.date() == day and not quiet.cover(wall.time())
        minute += 60
