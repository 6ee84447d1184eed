"""When a product is needed again: her own rhythm blended with what is usual for the product.

Interval T = exp((sum of ln(own gaps) + ln(usual)) / (gaps + 1)): what is usual counts as one gap of her
own. That blend was the best of those measured on real repeat purchases; no precise date can be had
from any of them, which is why sentences say "about" and never name a day.

Where the shop says nothing, what is usual at all counts as that gap, but only to make the interval longer: two
orders on two days in a row are no rhythm yet, and nobody is reminded before her own time has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp, log

from recommender.inputs import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """How one thing was bought, over distinct days.

    times          on how many days
    first, last    the first and the last of them
    elapsed_days   days since the last
    own_days       her own typical gap in days; `None` before the second time
    usual_days     after how many days it is usually needed again, if the shop says so
    interval_days  after how many days she needs it again; `None` if nothing tells
    gaps_alike     whether her gaps are so even that they show a rhythm (`_are_alike`)
    """

    times: int
    first: date
    last: date
    elapsed_days: int
    own_days: int | None
    usual_days: int | None
    interval_days: int | None
    gaps_alike: bool

    @property
    def is_known(self) -> bool:
        """Whether the interval can be relied on: the shop states it, or she has shown it, time after time."""
        return self.usual_days is not None or self.gaps_alike

    def is_due(self, settings: Settings) -> bool:
        """Whether it is time again. Without an interval never: silence rather than a guess."""
        return self.interval_days is not None and self._share(self.interval_days) >= settings.due_percent

    def was_just_bought(self, settings: Settings) -> bool:
        """Whether she just had it: what she bought once a while longer than what she comes back for."""
        if self.interval_days is None:
            return self.elapsed_days < settings.just_bought_days
        is_early = self._share(self.interval_days) < settings.early_percent
        return is_early and self.elapsed_days < settings.just_bought_again_days

    def has_lapsed(self, settings: Settings) -> bool:
        """Whether so much time has passed that she has probably stopped buying it."""
        return self.interval_days is not None and self._share(self.interval_days) > settings.lapsed_percent

    def _share(self, interval_days: int) -> float:
        return self.elapsed_days * 100 / interval_days


def rhythm(days: Sequence[date], *, usual_days: int | None, usual_at_all: int, today: date) -> Rhythm:
    """The rhythm of what was bought on `days` (at least one; in any order, repeats allowed).

    usual_at_all  days between two purchases of anything, where `usual_days` is not known
    """
    ordered = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return Rhythm(
        times=len(ordered),
        first=ordered[0],
        last=ordered[-1],
        elapsed_days=max((today - ordered[-1]).days, 0),
        own_days=typical_days(gaps) if gaps else None,
        usual_days=usual_days,
        interval_days=_interval(gaps, usual_days, usual_at_all),
        gaps_alike=_are_alike(gaps),
    )


def _are_alike(gaps: Sequence[int]) -> bool:
    """Two gaps may be alike by chance, so they have to be alike to a twentieth; of three and more half is enough."""
    if len(gaps) < 2:
        return False
    return 20 * max(gaps) <= 21 * min(gaps) if len(gaps) == 2 else 2 * max(gaps) <= 3 * min(gaps)


def _interval(gaps: Sequence[int], usual_days: int | None, usual_at_all: int) -> int | None:
    if usual_days is not None:
        return typical_days([*gaps, usual_days])
    return max(typical_days(gaps), typical_days([*gaps, usual_at_all])) if gaps else None


def typical_days(gaps: Sequence[int]) -> int:
    """The geometric mean, in days: gaps vary by a factor, not by a number of days."""
    return max(round(exp(sum(log(days) for days in gaps) / len(gaps))), 1)
