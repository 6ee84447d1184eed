"""When a product is needed again: her own rhythm blended with what is usual for the product.

Interval T = exp((sum of ln(own gaps) + ln(usual)) / (gaps + 1)): what is usual counts as one gap of her
own. That blend was the best of those measured on real repeat purchases; no precise date can be had
from any of them, which is why sentences say "about" and never name a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp, log

from recommender.inputs import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """Times bought (distinct days), the last day, days since then, and the interval if one can be told."""

    times: int
    last: date
    interval_days: int | None
    elapsed_days: int

    def is_due(self, settings: Settings) -> bool:
        """Whether it is time again. Without an interval never: silence rather than a guess."""
        return self.interval_days is not None and self._share(self.interval_days) >= settings.due_percent

    def has_lapsed(self, settings: Settings) -> bool:
        """Whether so much time has passed that she has probably stopped buying it."""
        return self.interval_days is not None and self._share(self.interval_days) > settings.lapsed_percent

    def _share(self, interval_days: int) -> int:
        return self.elapsed_days * 100 // interval_days


def rhythm(days: Sequence[date], *, usual_days: int | None, today: date) -> Rhythm:
    """The rhythm of one product bought on `days` (at least one; in any order, repeats allowed)."""
    ordered = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return Rhythm(
        times=len(ordered),
        last=ordered[-1],
        interval_days=_interval(gaps, usual_days),
        elapsed_days=max((today - ordered[-1]).days, 0),
    )


def _interval(gaps: Sequence[int], usual_days: int | None) -> int | None:
    known = [*gaps, usual_days] if usual_days else list(gaps)
    if not known:
        return None
    return max(round(exp(sum(log(days) for days in known) / len(known))), 1)
