"""Looks for weights and half-lives that suit a shop better. Proposes them, and changes nothing.

Chosen on one window, measured on the next: what is measured on had no say in the choice, and nobody's later
purchases in either.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np

from recommender.inputs import Settings
from recommender.learning.settings import LARGEST_WEIGHT, LearningSettings, PartWeights
from service.evaluate.metrics import Estimate, estimate, measure, ndcg_of, resampled_means
from service.evaluate.ours import Byleave
from service.evaluate.purchases import Floats, Purchases
from service.evaluate.split import Task, Window, starts_of, windows_of

WINDOW_DAYS = 30
FEWEST_CUSTOMERS = 200
_CUSTOMERS_SEARCHED, _CUSTOMERS_MEASURED = 1_000, 5_000
_SEED = 1

_HALF_LIVES = {
    "pair_half_life": (10, 20, 30, 60, 120),
    "popularity_half_life": (3, 7, 14, 30),
    "profile_half_life": (30, 60, 120, 240),
    "visits_half_life": (3, 7, 14, 30),
}
_TIMES = (0, 0.5, 2, 4)
"""What the weights of her own purchases and of what is popular are tried with, beside what is learned."""


class Advice(StrEnum):
    """What came of it."""

    TOO_FEW = "too_few"
    KEEP = "keep"
    BETTER = "better"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """NDCG@10 of one list with the current and with the proposed settings, for the same customers."""

    new_only: bool
    customers: int
    current: float
    proposed: float
    ahead: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """A window, and how many bought in it and before."""

    start: date
    end: date
    customers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """`proposed` is what was chosen on the earlier window, and `gains` what it is worth on the last one.

    customers    how many there are to look at
    windows      the last one first, as far as anybody bought in it and before
    tried        how many settings were looked at
    is_finished  whether there was time for all of them
    """

    advice: Advice
    customers: int
    windows: tuple[Days, ...]
    tried: int = 0
    is_finished: bool = True
    proposed: LearningSettings | None = None
    gains: tuple[Gain, ...] = ()


def tune(
    purchases: Purchases,
    current: LearningSettings,
    *,
    has_time: Callable[[], bool],
    progress: Callable[[str], None],
) -> Tuning:
    """Search on the 30 days before the last 30, measure on the last 30."""
    customers, windows = len(purchases.customers), _windows(purchases)
    days = tuple(map(_days, windows))
    if len(windows) < 2 or min(one.customers for one in days) < FEWEST_CUSTOMERS:
        return Tuning(advice=Advice.TOO_FEW, customers=customers, windows=days)
    proof, search = windows
    searching = _Search(search, has_time, progress)
    best = searching.best(current)
    gains: tuple[Gain, ...] = ()
    if best != current:
        progress(f"measures on the days from {proof.start}")
        gains = tuple(_gain(proof, task, current, best) for task in proof.tasks if len(task.customers))
    return Tuning(
        advice=_advice(gains),
        customers=customers,
        windows=days,
        tried=searching.tried,
        is_finished=searching.is_finished,
        proposed=best if gains else None,
        gains=gains,
    )


class _Search:
    """One coordinate after the other, on a window; what was tried once is not tried again."""

    def __init__(self, window: Window, has_time: Callable[[], bool], progress: Callable[[str], None]) -> None:
        self._window = window
        self._task = _some(window.everything, _CUSTOMERS_SEARCHED)
        self._has_time = has_time
        self._progress = progress
        self.is_finished = True
        self.tried = 0

    def best(self, current: LearningSettings) -> LearningSettings:
        best, reached = current, self._ndcg(current)
        for change in _changes(current):
            if not self._has_time():
                self.is_finished = False
                break
            candidate = change(best)
            if candidate != best and (ndcg := self._ndcg(candidate)) > reached:
                best, reached = candidate, ndcg
        return best

    def _ndcg(self, settings: LearningSettings) -> float:
        self.tried += 1
        self._progress(f"looks at settings, {self.tried} so far")
        return float(_ndcg(self._window, self._task, settings).mean())


def _changes(current: LearningSettings) -> Iterator[Callable[[LearningSettings], LearningSettings]]:
    """What is tried, each on the best so far."""
    for part in ("personal", "popular"):
        for times in _TIMES:
            yield partial(_with_part, part=part, weight=round(getattr(current.everything, part) * times))
    for name, values in _HALF_LIVES.items():
        for value in values:
            yield partial(_with_half_life, name=name, value=value)


def _with_part(settings: LearningSettings, *, part: str, weight: int) -> LearningSettings:
    """As far as it can be set: what is proposed has to be taken."""
    weights = {one.name: getattr(settings.everything, one.name) for one in fields(PartWeights)}
    weights[part] = min(weight, LARGEST_WEIGHT)
    return _with(settings, everything=PartWeights(**weights)) if any(weights.values()) else settings


def _with_half_life(settings: LearningSettings, *, name: str, value: int) -> LearningSettings:
    return _with(settings, **{name: value})


def _with(settings: LearningSettings, **changes: Any) -> LearningSettings:
    return LearningSettings(**{one.name: getattr(settings, one.name) for one in fields(settings)} | changes)


def _windows(purchases: Purchases) -> tuple[Window, ...]:
    """The last days and those before, as far as there is something to foretell in them."""
    found: list[Window] = []
    for start in starts_of(purchases, days=WINDOW_DAYS, windows=2) if len(purchases) else ():
        try:
            found += windows_of(
                purchases, starts=[start], days=WINDOW_DAYS, customers_maximum=_CUSTOMERS_MEASURED, seed=_SEED
            )
        except ValueError:
            break
    return tuple(found)


def _some(task: Task, most: int) -> Task:
    if len(task.customers) <= most:
        return task
    chosen = np.sort(np.random.default_rng(_SEED).choice(len(task.customers), most, replace=False))
    bought = tuple(task.bought[place] for place in chosen.tolist())
    return Task(new_only=task.new_only, customers=task.customers[chosen], bought=bought)


def _ndcg(window: Window, task: Task, settings: LearningSettings) -> Floats:
    """Of each customer of the task."""
    method = Byleave(Settings(learning=settings))
    method.fit(window.known, window.start)
    return ndcg_of(measure(method.rank(task.customers, new_only=task.new_only), task))


def _gain(window: Window, task: Task, current: LearningSettings, proposed: LearningSettings) -> Gain:
    now, then = (_ndcg(window, task, settings) for settings in (current, proposed))
    ahead = then - now
    resampled = resampled_means([task.customers], [ahead[:, np.newaxis]], seed=_SEED)
    return Gain(
        new_only=task.new_only,
        customers=len(task.customers),
        current=float(now.mean()),
        proposed=float(then.mean()),
        ahead=estimate(float(ahead.mean()), resampled[:, 0, 0]),
    )


def _advice(gains: tuple[Gain, ...]) -> Advice:
    """Better for sure where it was looked for, and not worse for sure on the list of what is new."""
    if not gains:
        return Advice.KEEP
    everything, *new = gains
    is_better = everything.ahead.low > 0 and all(one.ahead.high >= 0 for one in new)
    return Advice.BETTER if is_better else Advice.KEEP


def _days(window: Window) -> Days:
    return Days(start=window.start, end=window.end, customers=len(window.everything.customers))
