"""Newcomer, occasional, regular, lapsed: told from the days on which she bought, and from nothing else.

Without the day of each purchase that may be read there is no type: unknown means no. A type is never a
judgement: it brings a few fitting things to the front, and keeps nothing from anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from recommender.inputs import PermittedData, Settings
from recommender.intervals import typical_days

TYPE_FIELDS = frozenset({"purchases.product", "purchases.date"})


class CustomerType(StrEnum):
    """How she comes here, as far as it may be known."""

    NEWCOMER = "newcomer"
    OCCASIONAL = "occasional"
    REGULAR = "regular"
    LAPSED = "lapsed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """Her type, and the days on which she bought and kept something, in order."""

    type: CustomerType
    visits: tuple[date, ...]


def kind_of(
    data: PermittedData, kept: Mapping[str, Sequence[date | None]], *, today: date, settings: Settings
) -> Kind | None:
    """Her type by what she bought and `kept` (product id -> days); `None` where a day may not be read."""
    days = {day for of_product in kept.values() for day in of_product}
    if not data.fields >= TYPE_FIELDS or None in days:
        return None
    visits = tuple(sorted(day for day in days if day is not None and day <= today))
    return Kind(type=_type(visits, today, settings), visits=visits)


def _type(visits: Sequence[date], today: date, settings: Settings) -> CustomerType:
    """Lapsed before all else: who bought once, long ago, is no newcomer."""
    if visits and (today - visits[-1]).days > _lapse_days(visits, settings):
        return CustomerType.LAPSED
    if len(visits) < 2:
        return CustomerType.NEWCOMER
    since = today - timedelta(days=settings.regular_days)
    is_regular = sum(day > since for day in visits) >= settings.regular_visits
    return CustomerType.REGULAR if is_regular else CustomerType.OCCASIONAL


def _lapse_days(visits: Sequence[date], settings: Settings) -> float:
    """After how many days she has probably stopped coming: who comes once a year is not gone after half a one."""
    gaps = [(later - earlier).days for earlier, later in pairwise(visits)]
    own = typical_days(gaps) if gaps else 0
    return max(settings.lapsed_days, own * settings.lapsed_percent / 100)
