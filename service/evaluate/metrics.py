"""How good lists of ten are, and how sure one can be of it: recall, NDCG, hit rate, coverage, and resampling."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.evaluate.purchases import Floats, Ints
from service.evaluate.split import Task

LENGTH = 10
RESAMPLES = 2_000
MEASURES = ("recall", "ndcg", "hit_rate")
NDCG = MEASURES.index("ndcg")
# Järvelin and Kekäläinen (2002): what is found at place r counts 1 / log2(r + 1).
_GAINS: Floats = 1 / np.log2(np.arange(2, LENGTH + 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure, and the interval that holds 95% of what resampled customers give."""

    value: float
    low: float
    high: float


def measure(ranks: Ints, task: Task) -> Floats:
    """Customers x MEASURES. `ranks` are customers x LENGTH, best first; -1 where there is nothing.

    Recall is taken of all that she bought; NDCG and its ideal list end at place ten, or at what she bought.
    """
    hits = np.stack([np.isin(row, bought) for row, bought in zip(ranks, task.bought, strict=True)])
    sizes = np.array([len(bought) for bought in task.bought], dtype=np.float64)
    ideal = np.cumsum(_GAINS)[np.minimum(sizes, LENGTH).astype(np.int64) - 1]
    return np.stack([hits.sum(axis=1) / sizes, (hits * _GAINS).sum(axis=1) / ideal, hits.any(axis=1)], axis=1)


def coverage(ranks: Ints, products: int) -> float:
    """The share of `products`, those bought before, that is on anybody's list."""
    return len(np.setdiff1d(ranks, [-1])) / products


def ndcg_of(values: Floats) -> Floats:
    """The column of NDCG."""
    return values[:, NDCG]


def resampled_means(customers: Sequence[Ints], values: Sequence[Floats], *, seed: int) -> Floats:
    """RESAMPLES x windows x columns: means over customers who are drawn with replacement.

    A customer who is in several windows is drawn in all of them or in none: windows are not independent.
    NaN where nobody of a window was drawn.
    """
    everyone = np.unique(np.concatenate(customers))
    places = [np.searchsorted(everyone, those) for those in customers]
    random = np.random.default_rng(seed)
    means = np.full((RESAMPLES, len(values), values[0].shape[1]), np.nan)
    for number in range(RESAMPLES):
        drawn = np.bincount(random.integers(len(everyone), size=len(everyone)), minlength=len(everyone))
        for window, place in enumerate(places):
            weights = drawn[place].astype(np.float64)
            if weights.any():
                means[number, window] = weights @ values[window] / weights.sum()
    return means


def estimate(value: float, resampled: Floats) -> Estimate:
    """The figure with its interval: percentiles 2.5 and 97.5."""
    there = resampled[np.isfinite(resampled)]
    low, high = np.percentile(there, [2.5, 97.5]) if len(there) else (np.nan, np.nan)
    return Estimate(value=float(value), low=float(low), high=float(high))
