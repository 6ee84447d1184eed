"""Purchases as columns of numbers: what is measured on. Knows nothing of files, and names nobody in a text."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Matrix: TypeAlias = sparse.csr_array
"""Customers x products."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Purchases:
    """Who bought what on which day: each once, in the order of customer, product and day.

    customers, products  ids, ascending; the other columns are places in them
    day                  proleptic ordinals, as of `date.toordinal`
    """

    customers: tuple[str, ...]
    products: tuple[str, ...]
    customer: Ints
    product: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.day)

    @property
    def first_day(self) -> date:
        return date.fromordinal(int(self.day.min()))

    @property
    def last_day(self) -> date:
        return date.fromordinal(int(self.day.max()))

    def where(self, chosen: Bools) -> "Purchases":
        """Only those rows; the ids stay as they are, so that places mean the same."""
        return Purchases(
            customers=self.customers,
            products=self.products,
            customer=self.customer[chosen],
            product=self.product[chosen],
            day=self.day[chosen],
        )

    def of(self, allowing: Bools) -> "Purchases":
        """Only those of the customers who are marked."""
        return self.where(allowing[self.customer])

    def days_bought(self) -> Matrix:
        """On how many days each customer bought each product."""
        shape = (len(self.customers), len(self.products))
        ones = np.ones(len(self), dtype=np.float64)
        return sparse.coo_array((ones, (self.customer, self.product)), shape=shape).tocsr()

    def buyers(self) -> Ints:
        """Of each product, how many customers bought it."""
        return np.bincount(self.days_bought().indices, minlength=len(self.products)).astype(np.int64)

    def baskets(self) -> int:
        """All that a customer buys on one day is one."""
        return len(np.unique(self.customer * (int(self.day.max(initial=0)) + 1) + self.day))


class Lines:
    """Collects lines of orders. Ids become numbers at once: files have many rows."""

    def __init__(self) -> None:
        self._customers: dict[str, int] = {}
        self._products: dict[str, int] = {}
        self._rows = array("q")

    def __len__(self) -> int:
        return len(self._rows) // 3

    def add(self, customer: str, product: str, when: int) -> None:
        """`when` is a day, or a number that days are told from in the end."""
        self._rows.append(self._customers.setdefault(customer, len(self._customers)))
        self._rows.append(self._products.setdefault(product, len(self._products)))
        self._rows.append(when)

    def purchases(self, days_of: Callable[[Ints, Ints], Ints] | None = None) -> Purchases:
        """What is repeated counts once. `days_of` tells days from customers and `when`."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 3)
        customers, customer = _in_order(self._customers, rows[:, 0])
        products, product = _in_order(self._products, rows[:, 1])
        day = rows[:, 2] if days_of is None else days_of(customer, rows[:, 2])
        first = int(day.min(initial=0))
        span = int(day.max(initial=0)) - first + 1
        keys = np.unique((customer * len(products) + product) * span + day - first)
        pairs, day = np.divmod(keys, span)
        customer, product = np.divmod(pairs, max(1, len(products)))
        return Purchases(
            customers=customers, products=products, customer=customer, product=product, day=day + first
        )


def _in_order(places: dict[str, int], column: Ints) -> tuple[tuple[str, ...], Ints]:
    """Ids ascending, and the column with the places that they have then."""
    ids = tuple(sorted(places))
    moved = np.empty(len(ids), dtype=np.int64)
    moved[[places[one] for one in ids]] = np.arange(len(ids))
    return ids, moved[column]
