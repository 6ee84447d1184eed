"""The solved neighbourhoods of products, kept as long as nothing that they rest on has changed.

What is kept is never served stale: before it is handed out, each column is seen to hold for the counts as
they are. So an answer does not depend on what was asked before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.learning.neighbourhood import NO_PRODUCT, Neighbours, select, solve
from recommender.learning.pair_counts import Ints, PairCounts


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Of some targets, each of shape (targets, width): what tells something about them, and how much.

    sources       product numbers, NO_PRODUCT where there are fewer
    coefficients  in units of 1 / COEFFICIENT_UNIT
    """

    sources: NDArray[np.int32]
    coefficients: NDArray[np.int32]

    def is_full(self) -> NDArray[np.bool_]:
        """Of each target, whether all places are taken."""
        full: NDArray[np.bool_] = self.sources[:, -1] != NO_PRODUCT
        return full


class Columns:
    """Columns of `pairs`, solved when they are first asked for."""

    def __init__(self, pairs: PairCounts, *, width: int, penalty: int) -> None:
        products = len(pairs.buyers)
        self._pairs = pairs
        self._width = width
        self._penalty = penalty
        self._sources = np.full((products, width), NO_PRODUCT, dtype=np.int32)
        self._coefficients = np.zeros((products, width), dtype=np.int32)
        self._version = 1
        self._changed = np.ones(products + 1, dtype=np.int64)  # the last place is NO_PRODUCT's
        self._holds_for = np.zeros(products, dtype=np.int64)

    def changed(self, products: Ints, *, penalty: int) -> None:
        """The counts of `products` are no longer what they were, nor, perhaps, the penalty."""
        self._version += 1
        self._changed[slice(None) if penalty != self._penalty else products] = self._version
        self._penalty = penalty

    def of(self, targets: Ints) -> Column:
        """The columns of `targets` (product numbers, each once)."""
        doubtful = targets[self._holds_for[targets] < self._version]
        if len(doubtful):
            self._bring_up_to_date(doubtful)
        return Column(sources=self._sources[targets], coefficients=self._coefficients[targets])

    def _bring_up_to_date(self, targets: Ints) -> None:
        """Solve those whose neighbours are others now, or whose own counts or neighbours' have changed."""
        neighbours = select(self._pairs, targets, width=self._width)
        seen = self._holds_for[targets]
        touched = np.maximum(
            self._changed[neighbours.products].max(axis=1, initial=0), self._changed[targets]
        )
        holds = (touched <= seen) & (neighbours.products == self._sources[targets]).all(axis=1)
        self._solve(targets[~holds], neighbours[~holds])
        self._holds_for[targets] = self._version

    def _solve(self, targets: Ints, neighbours: Neighbours) -> None:
        self._sources[targets] = neighbours.products
        self._coefficients[targets] = solve(self._pairs, neighbours, penalty=self._penalty)
