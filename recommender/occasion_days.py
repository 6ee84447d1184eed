"""On which day an occasion is: fixed days, feasts that move with Easter or the weekday, and those of the moon.

Easter comes from dateutil (Gregorian computus, years 1583 to 4099), the lunisolar calendar of China from borax
(years 1900 to 2100).
"""

import re
from calendar import MONDAY, SUNDAY, THURSDAY
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from borax.calendars.lunardate import LunarDate
from dateutil.easter import easter

from recommender.inputs import Occasion
from recommender.occasions import Feast

_Rule = Callable[[int], date]
_LAST = -1
_IS_DAY = re.compile(r"([0-9]{4}-)?[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ComingOccasion:
    """An occasion of hers and the day on which it comes next."""

    occasion: Occasion
    day: date

    def is_in_lead(self, today: date, usual_lead_days: int) -> bool:
        """Whether it is so near that she wants to know."""
        lead = self.occasion.lead_days
        return 0 <= (self.day - today).days <= (usual_lead_days if lead is None else lead)


def coming(occasions: Iterable[Occasion], today: date, country: str | None) -> list[ComingOccasion]:
    """Those that come again, the soonest first; what was on one day that is over does not."""
    found = [
        ComingOccasion(occasion=one, day=day)
        for one in occasions
        if (day := next_day(one.day, today, country)) is not None
    ]
    return sorted(found, key=lambda one: (one.day, one.occasion.day, one.occasion.recipient or ""))


def next_day(told: str, today: date, country: str | None) -> date | None:
    """The first day, today included, of what she told: `02-14`, `2026-02-14` or a feast."""
    days = (day_in(year, told, country) for year in (today.year, today.year + 1))
    return next((day for day in days if day is not None and day >= today), None)


def day_in(year: int, told: str, country: str | None) -> date | None:
    """The day of that year; `None` if it was on one day of another year, or is a feast of another release.

    29 February is kept on the 28th in other years: it is the last day of the month on which one was born.
    """
    if told in set(Feast):
        return _rule(Feast(told), country)(year)
    if not _IS_DAY.fullmatch(told):
        return None
    *in_year, month, day = told.split("-")
    if in_year and int(in_year[0]) != year:
        return None
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return date(year, 2, 28)


def _rule(feast: Feast, country: str | None) -> _Rule:
    return _ELSEWHERE.get((feast, country), _USUAL[feast])


def _on(month: int, day: int) -> _Rule:
    return lambda year: date(year, month, day)


def _from_easter(days: int) -> _Rule:
    return lambda year: easter(year) + timedelta(days=days)


def _weekday(which: int, weekday: int, month: int) -> _Rule:
    """The first, second, ... of such weekdays in a month, or the last."""

    def rule(year: int) -> date:
        if which == _LAST:
            last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            return last - timedelta(days=(last.weekday() - weekday) % 7)
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))

    return rule


def _moon(month: int, day: int) -> _Rule:
    """A day of a month of the Chinese calendar; one of that calendar's years begins in each of ours."""

    def rule(year: int) -> date:
        day_of_sun: date = LunarDate(year, month, day).to_solar_date()
        return day_of_sun

    return rule


_USUAL: Mapping[Feast, _Rule] = {
    Feast.CHINESE_NEW_YEAR: _moon(1, 1),
    Feast.CHRISTMAS: _on(12, 25),
    Feast.DRAGON_BOAT: _moon(5, 5),
    Feast.EASTER: _from_easter(0),
    Feast.FATHERS_DAY: _weekday(3, SUNDAY, 6),
    Feast.LANTERN_FESTIVAL: _moon(1, 15),
    Feast.MID_AUTUMN: _moon(8, 15),
    Feast.MOTHERS_DAY: _weekday(2, SUNDAY, 5),
    Feast.QIXI: _moon(7, 7),
    Feast.THANKSGIVING: _weekday(4, THURSDAY, 11),
    Feast.VALENTINES_DAY: _on(2, 14),
}

_LAST_OF_MAY, _FIRST_OF_MAY = _weekday(_LAST, SUNDAY, 5), _weekday(1, SUNDAY, 5)
_FATHERS_IN_MARCH = _on(3, 19)

_ELSEWHERE: Mapping[tuple[Feast, str | None], _Rule] = {
    (Feast.MOTHERS_DAY, "GB"): _from_easter(-21),
    (Feast.MOTHERS_DAY, "IE"): _from_easter(-21),
    (Feast.MOTHERS_DAY, "SE"): _LAST_OF_MAY,
    (Feast.MOTHERS_DAY, "ES"): _FIRST_OF_MAY,
    (Feast.MOTHERS_DAY, "PT"): _FIRST_OF_MAY,
    (Feast.MOTHERS_DAY, "HU"): _FIRST_OF_MAY,
    (Feast.MOTHERS_DAY, "PL"): _on(5, 26),
    (Feast.MOTHERS_DAY, "NO"): _weekday(2, SUNDAY, 2),
    (Feast.FATHERS_DAY, "DE"): _from_easter(39),
    (Feast.FATHERS_DAY, "ES"): _FATHERS_IN_MARCH,
    (Feast.FATHERS_DAY, "IT"): _FATHERS_IN_MARCH,
    (Feast.FATHERS_DAY, "PT"): _FATHERS_IN_MARCH,
    (Feast.FATHERS_DAY, "AU"): _weekday(1, SUNDAY, 9),
    (Feast.FATHERS_DAY, "NZ"): _weekday(1, SUNDAY, 9),
    (Feast.THANKSGIVING, "CA"): _weekday(2, MONDAY, 10),
}
"""Where a feast of the same name is on another day: the shop's country (ISO 3166-1 alpha-2) tells."""
