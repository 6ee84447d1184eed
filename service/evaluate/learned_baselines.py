"""Methods from the literature that learn from all baskets: item-kNN, iALS and EASE.

They run with the settings that did best on a validation window of UCI Online Retail, for each of the two lists;
they are not tuned for the shop that is measured. Seeds and threads are fixed, so a second run gives the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from service.evaluate.best import NEVER, best_ten
from service.evaluate.purchases import Bools, Floats, Ints, Matrix, Purchases
from service.evaluate.ranker import Known

EASE_PRODUCTS_MAXIMUM = 8_000
"""EASE inverts products x products: with more than the most bought 8,000 that takes minutes and gigabytes."""

_SEED = 20_111_110


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Of one method for one list; `counts`: it sees on how many days each product was bought, else whether."""

    counts: bool
    neighbours: int = 0
    k1: float = 0
    b: float = 0
    penalty: float = 0


class ItemKnn:
    """Products that are bought by the same customers, weighed by BM25 (`implicit`)."""

    name = "item_knn"
    _settings = (
        Settings(counts=True, neighbours=500, k1=1.2, b=0.75),
        Settings(counts=False, neighbours=20, k1=100, b=0.2),
    )

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._similar = [self._similarity(settings) for settings in self._settings]

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        own = _seen_by(self._settings[new_only], self._known.own)
        similar = self._similar[new_only]

        def scores_of(some: Ints) -> Floats:
            scores: Floats = (own[some] @ similar).toarray()
            return scores

        return _best_known(scores_of, customers, self._known, new_only=new_only)

    def _similarity(self, settings: Settings) -> Matrix:
        from implicit.nearest_neighbours import ItemItemRecommender, bm25_weight  # they take a while to load

        seen = sparse.csr_matrix(_seen_by(settings, self._known.shared))
        with threadpool_limits(1):
            method = ItemItemRecommender(K=settings.neighbours, num_threads=1)
            # Products are its documents, customers its terms.
            weighted = bm25_weight(seen.T, K1=settings.k1, B=settings.b).T
            method.fit(weighted.tocsr(), show_progress=False)
        return sparse.csr_array(method.similarity)


class Ials:
    """Factors of customers and products (Hu, Koren and Volinsky 2008), as `implicit` has it."""

    name = "ials"
    _settings = (Settings(counts=True, penalty=10), Settings(counts=False, penalty=10))
    _factors = 64

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._methods = [self._fitted(settings) for settings in self._settings]

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        own = sparse.csr_matrix(_seen_by(self._settings[new_only], self._known.own).astype(np.float32))
        method = self._methods[new_only]

        def scores_of(some: Ints) -> Floats:
            # Whoever the factors were not learned from gets hers here, from her own purchases.
            hers = method.recalculate_user(some.astype(np.int32), own[some])
            scores: Floats = (hers @ method.item_factors.T).astype(np.float64)
            return scores

        with threadpool_limits(1):
            return _best_known(scores_of, customers, self._known, new_only=new_only)

    def _fitted(self, settings: Settings) -> Any:  # `implicit` comes without types
        from implicit.als import AlternatingLeastSquares  # it takes a while to load

        shared = sparse.csr_matrix(_seen_by(settings, self._known.shared).astype(np.float32))
        with threadpool_limits(1):
            method = AlternatingLeastSquares(
                factors=self._factors,
                regularization=settings.penalty,
                alpha=1,
                iterations=15,
                random_state=_SEED,
                num_threads=1,
                use_gpu=False,
            )
            method.fit(shared, show_progress=False)
        return method


class Ease:
    """A linear model of products by products in closed form (Steck 2019, arXiv:1905.03375)."""

    name = "ease"
    _settings = (Settings(counts=True, penalty=50), Settings(counts=False, penalty=400))

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._places = np.sort(self._known.most_popular_first[:EASE_PRODUCTS_MAXIMUM])
        self._places = self._places[self._known.popular[self._places] > 0]
        self._weights = [self._learned(settings) for settings in self._settings]

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        own = _seen_by(self._settings[new_only], self._known.own)[:, self._places]
        weights = self._weights[new_only]

        def scores_of(some: Ints) -> Floats:
            scores = np.full((len(some), len(self._known.popular)), NEVER)
            scores[:, self._places] = own[some] @ weights
            return scores

        return _best_known(scores_of, customers, self._known, new_only=new_only)

    def _learned(self, settings: Settings) -> NDArray[np.float32]:
        seen = _seen_by(settings, self._known.shared)[:, self._places]
        gram = (seen.T @ seen).toarray().astype(np.float32)
        gram[np.diag_indices_from(gram)] += settings.penalty
        with threadpool_limits(1):
            inverse = np.linalg.inv(gram)
        weights: NDArray[np.float32] = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return weights


def _seen_by(settings: Settings, days: Matrix) -> Matrix:
    return days if settings.counts else (days > 0).astype(np.float64)


def _best_known(
    scores_of: Callable[[Ints], Floats], customers: Ints, known: Known, *, new_only: bool
) -> Ints:
    """What nobody bought is on no list; ties go to what is more popular."""
    unheard_of = known.popular == 0

    def checked(some: Ints) -> Floats:
        scores = scores_of(some)
        scores[:, unheard_of] = NEVER
        return scores

    without = known.own if new_only else None
    return best_ten(checked, customers, order=known.most_popular_first, without=without)
