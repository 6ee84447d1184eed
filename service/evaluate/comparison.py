"""Runs all methods on the same windows, for both lists, and compares what they foretold with what was bought."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from service.evaluate.metrics import (
    MEASURES,
    NDCG,
    Estimate,
    coverage,
    estimate,
    measure,
    resampled_means,
)
from service.evaluate.purchases import Floats, Ints
from service.evaluate.ranker import Ranker
from service.evaluate.split import Task, Window

OURS = "byleave"
SCORES_ALONE = "byleave_scores"
"""Ours, with nothing kept silent because she has it. No other method: it tells what that costs."""
SIMPLE = ("recent_popularity", "personal_frequency")
"""Whatever learns must be better than the better one of these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What one method reached. `ahead`: by how much NDCG ours is better, customer by customer."""

    method: str
    recall: Estimate
    ndcg: Estimate
    hit_rate: Estimate
    coverage: float
    ahead: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowScores:
    """One list in one window; `number` counts the windows of the evaluation from 0."""

    number: int
    customers: int
    scores: tuple[Score, ...]

    def of(self, method: str) -> Score:
        return next(score for score in self.scores if score.method == method)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListScores:
    """One list in all windows. `ratio`: NDCG of ours over that of the better simple method, mean of windows."""

    new_only: bool
    windows: tuple[WindowScores, ...]
    ratio: Estimate | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Both lists; and for each method how long it took to learn, in seconds, mean of windows."""

    lists: tuple[ListScores, ListScores]
    seconds_to_learn: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Measured:
    """One list in one window before resampling: `values` are customers x (methods x MEASURES)."""

    number: int
    customers: Ints
    values: Floats
    coverage: tuple[float, ...]


def compare(
    windows: Sequence[Window], methods: Sequence[Ranker], *, seed: int, progress: Callable[[str], None]
) -> Comparison:
    """All methods learn anew for each window. `progress` is told what is being done."""
    names = [method.name for method in methods]
    seconds = dict.fromkeys(names, 0.0)
    found: tuple[list[_Measured], list[_Measured]] = ([], [])
    for number, window in enumerate(windows):
        for method in methods:
            progress(f"{window.start}: {method.name} learns")
            started = perf_counter()
            method.fit(window.known, window.start)
            seconds[method.name] += (perf_counter() - started) / len(windows)
        for task, into in zip(window.tasks, found, strict=True):
            if len(task.customers):
                into.append(_measured(number, window, methods, task=task, progress=progress))
    everything, new = (
        _scores(measured, names, new_only=new_only, seed=seed)
        for measured, new_only in zip(found, (False, True), strict=True)
    )
    return Comparison(lists=(everything, new), seconds_to_learn=seconds)


def _measured(
    number: int, window: Window, methods: Sequence[Ranker], *, task: Task, progress: Callable[[str], None]
) -> _Measured:
    products = len(np.unique(window.known.product))
    values, covered = [], []
    for method in methods:
        progress(f"{window.start}: {method.name} ranks {'new' if task.new_only else 'all'} products")
        ranks = method.rank(task.customers, new_only=task.new_only)
        values.append(measure(ranks, task))
        covered.append(coverage(ranks, products))
    joined = np.concatenate(values, axis=1)
    return _Measured(number=number, customers=task.customers, values=joined, coverage=tuple(covered))


def _scores(measured: Sequence[_Measured], names: Sequence[str], *, new_only: bool, seed: int) -> ListScores:
    if not measured:
        return ListScores(new_only=new_only, windows=(), ratio=None)
    resampled = resampled_means(
        [one.customers for one in measured], [one.values for one in measured], seed=seed
    )
    windows = tuple(
        WindowScores(
            number=one.number,
            customers=len(one.customers),
            scores=_of_window(one, resampled[:, place], names),
        )
        for place, one in enumerate(measured)
    )
    return ListScores(new_only=new_only, windows=windows, ratio=_ratio(measured, resampled, names))


def _of_window(one: _Measured, resampled: Floats, names: Sequence[str]) -> tuple[Score, ...]:
    means = one.values.mean(axis=0).reshape(len(names), len(MEASURES))
    drawn = resampled.reshape(len(resampled), len(names), len(MEASURES))
    ours = names.index(OURS)
    scores = []
    for place, name in enumerate(names):
        recall, ndcg, hit_rate = (estimate(means[place, m], drawn[:, place, m]) for m in range(len(MEASURES)))
        ahead = estimate(means[ours, NDCG] - means[place, NDCG], drawn[:, ours, NDCG] - drawn[:, place, NDCG])
        covered = one.coverage[place]
        scores.append(
            Score(method=name, recall=recall, ndcg=ndcg, hit_rate=hit_rate, coverage=covered, ahead=ahead)
        )
    return tuple(scores)


def _ratio(measured: Sequence[_Measured], resampled: Floats, names: Sequence[str]) -> Estimate | None:
    """The better simple method is chosen anew in each window and each resample, which favours that one."""
    means = np.stack([one.values.mean(axis=0) for one in measured])[np.newaxis]
    value = _ratios(means, names)[0]
    if not np.isfinite(value):
        return None
    return estimate(value, _ratios(resampled, names))


def _ratios(means: Floats, names: Sequence[str]) -> Floats:
    """One for each resample: the mean over windows."""
    shaped = means.reshape(*means.shape[:2], len(names), len(MEASURES))[..., NDCG]
    better = shaped[..., [names.index(one) for one in SIMPLE]].max(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Floats = (shaped[..., names.index(OURS)] / better).mean(axis=1)
    return ratios
