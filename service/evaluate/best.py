"""The ten best by score. Ties go to a stated order of products, never to chance."""

from collections.abc import Callable

import numpy as np

from service.evaluate.metrics import LENGTH
from service.evaluate.purchases import Floats, Ints, Matrix

NEVER = -np.inf
_SCORES_AT_ONCE = 20_000_000  # 160 MB


def best_ten(
    scores_of: Callable[[Ints], Floats], customers: Ints, *, order: Ints, without: Matrix | None
) -> Ints:
    """Customers x LENGTH: products by falling score, -1 where there are no more.

    scores_of  customers -> customers x products; NEVER for what is not to be on a list
    order      all products; of two with one score the one that comes first in it is better
    without    what each customer is not to have on her list, such as what she bought before
    """
    at_once = max(1, _SCORES_AT_ONCE // max(1, len(order)))
    ranks = np.full((len(customers), LENGTH), -1, dtype=np.int64)
    for start in range(0, len(customers), at_once):
        some = customers[start : start + at_once]
        scores = scores_of(some)
        if without is not None:
            rows = without[some].tocoo()
            scores[rows.row, rows.col] = NEVER
        ranks[start : start + at_once] = _best(scores[:, order], order)
    return ranks


def _best(scores: Floats, order: Ints) -> Ints:
    width = min(LENGTH, scores.shape[1])
    thresholds = -np.partition(-scores, width - 1, axis=1)[:, width - 1]
    ranks = np.full((len(scores), LENGTH), -1, dtype=np.int64)
    for row, threshold in enumerate(thresholds):
        places = np.flatnonzero((scores[row] >= threshold) & (scores[row] > NEVER))
        places = places[np.argsort(-scores[row, places], kind="stable")][:LENGTH]
        ranks[row, : len(places)] = order[places]
    return ranks
