"""Methods that only count: popularity, recent popularity, and what each customer bought most often.

Whatever is more complicated has to be better than these.
"""

from datetime import date

import numpy as np

from service.evaluate.best import NEVER, best_ten
from service.evaluate.purchases import Bools, Floats, Ints, Purchases
from service.evaluate.ranker import Known


class Popularity:
    """What most customers bought, the same for everybody."""

    name = "popularity"

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._order = self._known.most_popular_first

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        return _ranked_by(self._known.popular, self._known, self._order, customers, new_only=new_only)


class RecentPopularity:
    """What most customers bought in the last 30 days; ties by popularity."""

    name = "recent_popularity"

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._order = self._known.most_recent_first

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        return _ranked_by(self._known.recent, self._known, self._order, customers, new_only=new_only)


class PersonalFrequency:
    """What she bought on most days; ties, and what is left of the list, by recent popularity."""

    name = "personal_frequency"

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        self._known = Known(known, today, allowing)
        self._order = self._known.most_recent_first

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        own = self._known.own
        unheard_of = self._known.popular == 0

        def scores_of(some: Ints) -> Floats:
            scores: Floats = own[some].toarray()
            scores[(scores == 0) & unheard_of] = NEVER
            return scores

        return best_ten(scores_of, customers, order=self._order, without=own if new_only else None)


def _ranked_by(counts: Ints, known: Known, order: Ints, customers: Ints, *, new_only: bool) -> Ints:
    scores = np.where(known.popular > 0, counts, NEVER)

    def scores_of(some: Ints) -> Floats:
        return np.repeat(scores[np.newaxis], len(some), axis=0)

    return best_ten(scores_of, customers, order=order, without=known.own if new_only else None)
