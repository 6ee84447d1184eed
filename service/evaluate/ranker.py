"""What every method that is measured does: learn from what is known, and rank for customers."""

from datetime import date, timedelta
from typing import Protocol

import numpy as np

from service.evaluate.purchases import Bools, Ints, Matrix, Purchases

RECENT_DAYS = 30


class Ranker(Protocol):
    """A method. `name` is its key where machines read."""

    name: str

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        """Learn from the customers who are marked, from all if none are.

        A customer's own purchases in `known` may serve for her own list, whether she is marked or not.
        """

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        """Customers x LENGTH: the places of products, best first; -1 where there is nothing."""


class Known:
    """What all methods start from.

    own      customers x products, on how many days each bought it
    shared   the same of those alone from whom others may learn
    popular  of each product, how many of the latter bought it
    recent   of each product, how many of the latter bought it lately
    """

    def __init__(self, known: Purchases, today: date, allowing: Bools | None) -> None:
        learned = known if allowing is None else known.of(allowing)
        since = (today - timedelta(days=RECENT_DAYS)).toordinal()
        self.own: Matrix = known.days_bought()
        self.shared: Matrix = learned.days_bought()
        self.popular: Ints = learned.buyers()
        self.recent: Ints = learned.where(learned.day >= since).buyers()

    @property
    def most_popular_first(self) -> Ints:
        """All products; ties go to the smaller id."""
        return np.lexsort((-self.popular,)).astype(np.int64)

    @property
    def most_recent_first(self) -> Ints:
        """The same by recent popularity, ties by popularity."""
        return np.lexsort((-self.popular, -self.recent)).astype(np.int64)
