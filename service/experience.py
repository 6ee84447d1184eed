"""Experience by touchpoint and by journey, after Kahneman's peak-end rule: what stays in mind of a visit is its most
intense moment and its end, more than its length or its mean. Pure; what few customers said does not show.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.small_numbers import SmallNumbers

_MIDDLE = 5
_COARSE, _FINE, _MANY = 2, 10, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """One rating (0 to 10) in the order in which it was given; what may not be read is `None`."""

    customer_id: str
    rating: int
    importance: int | None = None
    touchpoint: str | None = None
    journey: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AtTouchpoint:
    """customers    how many rated it, as it may be shown
    average      of their ratings, each customer's own average counting once
    importance   how important they say it is, if enough of them do
    peaks, ends  for how many customers it was the most intense moment, or the end, of a journey
    """

    touchpoint: str
    customers: int
    average: float
    importance: float | None
    peaks: int | None
    ends: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Journeys:
    """Journeys of one rating or more: their mean, peak and end, and what stays in mind, the mean of these two."""

    customers: int
    average: float
    peak: float
    end: float
    peak_end: float


def by_touchpoint(rated: Iterable[Rated], numbers: SmallNumbers) -> list[AtTouchpoint]:
    """The touchpoints that enough customers rated, the most important first, the worst first of equals."""
    said = list(rated)
    journeys = _journeys(said)
    peaks = _whose([_peak(one) for one in journeys])
    ends = _whose([one[-1] for one in journeys])
    found = [
        shown
        for touchpoint, ratings in _at(said).items()
        if (shown := _touchpoint(touchpoint, ratings, peaks, ends, numbers)) is not None
    ]
    return sorted(found, key=lambda one: (-(one.importance or 0), one.average, one.touchpoint))


def over_journeys(rated: Iterable[Rated], numbers: SmallNumbers) -> Journeys | None:
    """All journeys together; `None` if too few customers stand behind them."""
    journeys = _journeys(rated)
    whose = [journey[0].customer_id for journey in journeys]
    shown = numbers.of(whose)
    if shown is None:
        return None
    peaks = [_peak(journey).rating for journey in journeys]
    ends = [journey[-1].rating for journey in journeys]
    means = [sum(one.rating for one in journey) / len(journey) for journey in journeys]
    peak_ends = [(peak + end) / 2 for peak, end in zip(peaks, ends, strict=True)]
    return Journeys(
        customers=shown,
        average=_mean(means, whose),
        peak=_mean(peaks, whose),
        end=_mean(ends, whose),
        peak_end=_mean(peak_ends, whose),
    )


def _touchpoint(
    touchpoint: str,
    ratings: Sequence[Rated],
    peaks: dict[str, set[str]],
    ends: dict[str, set[str]],
    numbers: SmallNumbers,
) -> AtTouchpoint | None:
    shown = numbers.of(one.customer_id for one in ratings)
    if shown is None:
        return None
    weighed = [(one.importance, one.customer_id) for one in ratings if one.importance is not None]
    is_told = numbers.of(customer_id for _, customer_id in weighed) is not None
    return AtTouchpoint(
        touchpoint=touchpoint,
        customers=shown,
        average=_mean([one.rating for one in ratings], [one.customer_id for one in ratings]),
        importance=_mean([weight for weight, _ in weighed], [whose for _, whose in weighed])
        if is_told
        else None,
        peaks=numbers.of(peaks.get(touchpoint, ())),
        ends=numbers.of(ends.get(touchpoint, ())),
    )


def _at(rated: Iterable[Rated]) -> dict[str, list[Rated]]:
    found: dict[str, list[Rated]] = defaultdict(list)
    for one in rated:
        if one.touchpoint is not None:
            found[one.touchpoint].append(one)
    return found


def _journeys(rated: Iterable[Rated]) -> list[list[Rated]]:
    found: dict[tuple[str, str], list[Rated]] = defaultdict(list)
    for one in rated:
        if one.journey is not None:
            found[one.customer_id, one.journey].append(one)
    return list(found.values())


def _peak(journey: Sequence[Rated]) -> Rated:
    """The farthest from the middle; of equals the worse one, which people remember longer."""
    return max(journey, key=lambda one: (abs(one.rating - _MIDDLE), -one.rating))


def _whose(ratings: Iterable[Rated]) -> dict[str, set[str]]:
    """Touchpoint -> whose rating was given there."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in ratings:
        if one.touchpoint is not None:
            found[one.touchpoint].add(one.customer_id)
    return found


def _mean(values: Iterable[float], customers: Iterable[str]) -> float:
    """Of what each customer says on average, so that nobody outweighs the others. To halves, of many to tenths."""
    said: dict[str, list[float]] = defaultdict(list)
    for value, customer_id in zip(values, customers, strict=True):
        said[customer_id].append(value)
    each = [sum(hers) / len(hers) for hers in said.values()]
    parts = _FINE if len(each) >= _MANY else _COARSE
    return round(sum(each) / len(each) * parts) / parts
