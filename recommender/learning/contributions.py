"""Who contributed what to the model: so that exactly that can be taken out again, whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.learning.fixed_point import weight_at
from recommender.learning.pair_counts import Ints
from recommender.learning.settings import LEAST_WEIGHT, WEIGHT_UNIT, LearningSettings
from recommender.learning.tables import decay

_Kind = TypeVar("_Kind", bound=np.generic)

_OLDEST = np.iinfo(np.int16).max
_UNKNOWN = -1

History = Mapping[str, date | None]
"""Product id -> the last day on which a customer bought and kept it; `None` if the day may not be known."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contribution:
    """What one customer adds: product numbers, ascending, and for each how much it weighs.

    weights  in pair counts; 0: too long ago to count there
    recent   in what is popular now; 0: too long ago
    ages     how many days ago that was, `_OLDEST` at most; `_UNKNOWN` where the day may not be known
    """

    products: Ints
    weights: Ints
    recent: Ints
    ages: Ints

    @property
    def dated(self) -> NDArray[np.bool_]:
        """Of each product: whether its day may be known."""
        known: NDArray[np.bool_] = self.ages != _UNKNOWN
        return known

    def is_between(self, newest: int, oldest: int) -> NDArray[np.bool_]:
        """Of each product: whether it was bought last from `newest` to `oldest` days ago."""
        return (self.ages >= newest) & (self.ages <= oldest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Contribution):
            return NotImplemented
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return all(np.array_equal(one, another) for one, another in pairs)

    __hash__ = None  # type: ignore[assignment]


class Contributions:
    """The contributions of all customers, in few arrays however many they are."""

    def __init__(self, customers: Sequence[str], parts: Sequence[Contribution]) -> None:
        self._row = {customer_id: row for row, customer_id in enumerate(customers)}
        self._starts = np.cumsum([0, *(len(part.products) for part in parts)])
        self._products = _joined([part.products for part in parts], np.int32)
        self._weights = _joined([part.weights for part in parts], np.int16)
        self._recent = _joined([part.recent for part in parts], np.int16)
        self._ages = _joined([part.ages for part in parts], np.int16)

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, customer_id: object) -> bool:
        return customer_id in self._row

    @property
    def purchases(self) -> int:
        """How many products all of them contributed, counted as they came in."""
        return len(self._products)

    def customers(self) -> frozenset[str]:
        return frozenset(self._row)

    def of(self, customer_id: str | None) -> Contribution:
        """What she contributed, nothing if she did not."""
        row = self._row.get(customer_id or "")
        part = slice(0, 0) if row is None else slice(self._starts[row], self._starts[row + 1])
        there = self._products[part] >= 0
        return Contribution(
            products=self._products[part][there].astype(np.int64),
            weights=self._weights[part][there].astype(np.int64),
            recent=self._recent[part][there].astype(np.int64),
            ages=self._ages[part][there].astype(np.int64),
        )

    def put(self, customer_id: str, left: Contribution) -> None:
        """Keep of hers only what is `left`: the same products or fewer. What goes is overwritten at once."""
        row = self._row[customer_id]
        part = slice(self._starts[row], self._starts[row + 1])
        kept = slice(part.start, part.start + len(left.products))
        for column, values, nothing in (
            (self._products, left.products, -1),
            (self._weights, left.weights, 0),
            (self._recent, left.recent, 0),
            (self._ages, left.ages, _UNKNOWN),
        ):
            column[part] = nothing
            column[kept] = values
        if not len(left.products):
            del self._row[customer_id]

    def totals(self, products: int) -> tuple[Ints, Ints, Ints]:
        """Of each product: what is recent of it, how many customers that is, how many ever bought it."""
        there, recent = self._products >= 0, self._recent > 0
        total = np.zeros(products, dtype=np.int64)
        np.add.at(total, self._products[recent], self._recent[recent])
        supporters = np.bincount(self._products[recent], minlength=products)
        return total, supporters, np.bincount(self._products[there], minlength=products)

    def bought_between(self, products: int, newest: int, oldest: int) -> Ints:
        """Of each product: how many customers bought it last from `newest` to `oldest` days ago."""
        within = (self._ages >= newest) & (self._ages <= oldest)  # what was taken out has no day
        return np.bincount(self._products[within], minlength=products)

    def matrix(self, products: int) -> "sparse.csr_array":
        """Customers x products, of those purchases that count in pairs."""
        counts = self._weights > 0
        rows = np.repeat(np.arange(len(self._starts) - 1, dtype=np.int32), np.diff(self._starts))
        shape = (len(self._starts) - 1, products)
        entries = self._weights[counts].astype(np.int64)
        return sparse.csr_array((entries, (rows[counts], self._products[counts])), shape=shape)


def contribution_of(
    history: History, number: Mapping[str, int], today: date, settings: LearningSettings
) -> Contribution:
    """What `history` adds. Products without a `number` add nothing.

    A purchase whose day may not be known counts as one half-life old: neither fresh nor forgotten.
    """
    known = sorted((number[product_id], day) for product_id, day in history.items() if product_id in number)
    products = np.array([product for product, _ in known], dtype=np.int64)
    days = [day for _, day in known]
    weights = _weights(days, settings.pair_half_life, today)
    return Contribution(
        products=products,
        weights=np.where(weights >= LEAST_WEIGHT, weights, 0),
        recent=_weights(days, settings.popularity_half_life, today),
        ages=np.minimum(_ages(days, today, unknown=_UNKNOWN), _OLDEST),
    )


def is_within(held: Contribution, permitted: Contribution) -> bool:
    """Whether nothing of what is held goes beyond what is permitted.

    The same product, no later a day, and no day where none may be known. What rests on no day may be of
    any: a purchase with a day that came since takes nothing away from it.
    """
    both, was, is_ = np.intersect1d(held.products, permitted.products, return_indices=True)
    is_later = held.ages[was] < permitted.ages[is_]
    beyond = held.dated[was] & (is_later | ~permitted.dated[is_])
    return len(both) == len(held.products) and not beyond.any()


def _weights(days: Sequence[date | None], half_life: int, today: date) -> Ints:
    return weight_at(decay(WEIGHT_UNIT, half_life), _ages(days, today, unknown=half_life))


def _ages(days: Sequence[date | None], today: date, *, unknown: int) -> Ints:
    """In days; what is dated later than `today` counts as of today."""
    ages = [unknown if day is None else max((today - day).days, 0) for day in days]
    return np.array(ages, dtype=np.int64)


def _joined(parts: Sequence[NDArray[np.generic]], kind: type[_Kind]) -> NDArray[_Kind]:
    return np.concatenate([np.zeros(0, dtype=kind), *(part.astype(kind) for part in parts)])
