"""What the days on which she bought tell: how often each thing, how far apart, how lately, in how many baskets.

Rests on nothing but the days that are handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recommender.learning.pair_counts import Ints
from recommender.learning.settings import STRENGTH_UNIT
from recommender.learning.tables import decay
from recommender.replenishment.logarithms import natural_log

VISITS_HALF_LIFE = 7
"""Not the setting of that name, which a shop may change: the coefficients were fitted with this one."""

_DECAY = decay(STRENGTH_UNIT, VISITS_HALF_LIFE)
_DECAYED_VISITS = np.concatenate([[0], np.cumsum(_DECAY)]).tolist()
_WEIGHTS = _DECAY.tolist()
_NOTHING_MORE = len(_WEIGHTS) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """Columns of whole numbers, one place for each thing.

    times      on how many days she bought it
    elapsed    days since the last of them, at least 1
    gap_logs   sum of the logarithms of the days between them
    taken      her purchases of it after the first, each visit weighing less than the next
    passed     her visits after the first purchase of it, weighed alike
    visits     on how many days she bought anything
    known      days since the first of them
    """

    times: Ints
    elapsed: Ints
    gap_logs: Ints
    taken: Ints
    passed: Ints
    visits: Ints
    known: Ints


def habits_of(days: Mapping[str, Sequence[int]], *, today: int) -> Habits:
    """Of each thing (its distinct days, ascending, at least one; as ordinals), in the order of `days`."""
    visits = sorted({day for of_thing in days.values() for day in of_thing}, reverse=True)
    ago = {day: number for number, day in enumerate(visits)}
    gap_logs = _gap_logs(days.values())
    rows = [
        (
            len(of_thing),
            max(today - of_thing[-1], 1),
            logs,
            sum(_WEIGHTS[min(ago[day], _NOTHING_MORE)] for day in of_thing[1:]),
            _DECAYED_VISITS[min(ago[of_thing[0]], _NOTHING_MORE)],
            len(visits),
            max(today - visits[-1], 0),
        )
        for of_thing, logs in zip(days.values(), gap_logs, strict=True)
    ]
    return Habits(**dict(zip(Habits.__slots__, np.array(rows, dtype=np.int64).reshape(-1, 7).T, strict=True)))


def _gap_logs(days: Iterable[Sequence[int]]) -> list[int]:
    gaps = [[later - earlier for earlier, later in pairwise(of_thing)] for of_thing in days]
    logs = natural_log(np.array([gap for of_thing in gaps for gap in of_thing], dtype=np.int64))
    ends = np.cumsum([len(of_thing) for of_thing in gaps])
    sums = np.concatenate([[0], np.cumsum(logs)])
    return np.diff(sums[np.concatenate([[0], ends])]).tolist() if gaps else []
