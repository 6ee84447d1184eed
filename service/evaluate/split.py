"""Splits purchases into what is known and what is to be foretold. Nothing of the test days is in what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from service.evaluate.purchases import Ints, Purchases


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """One list to be made for each of `customers`, and what they went on to buy.

    bought  for each customer, the places of products; with `new_only` those that she had not bought before
    """

    new_only: bool
    customers: Ints
    bought: tuple[Ints, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Window:
    """Known is what was bought before `start`; the test are the days from `start` to `end`, both included."""

    start: date
    end: date
    known: Purchases
    everything: Task
    new: Task

    @property
    def tasks(self) -> tuple[Task, Task]:
        return self.everything, self.new

    @property
    def repeat_share(self) -> float:
        """How much of what was bought in the test days these customers had bought before."""
        bought = sum(map(len, self.everything.bought))
        return 1 - sum(map(len, self.new.bought)) / bought


def starts_of(purchases: Purchases, *, days: int, windows: int) -> tuple[date, ...]:
    """The last days of the file are the first window; each further one lies before it."""
    last = purchases.last_day - timedelta(days=days - 1)
    return tuple(last - timedelta(days=days * number) for number in range(windows))


def windows_of(
    purchases: Purchases, *, starts: Sequence[date], days: int, customers_maximum: int, seed: int
) -> tuple[Window, ...]:
    """A window for each start. Raises ValueError where one has nothing before it, or nobody in it."""
    return tuple(_window(purchases, start, days, customers_maximum, seed) for start in starts)


def _window(purchases: Purchases, start: date, days: int, most: int, seed: int) -> Window:
    first = start.toordinal()
    known = purchases.where(purchases.day < first)
    later = purchases.where((purchases.day >= first) & (purchases.day < first + days))
    if not len(known) or not len(later):
        raise ValueError(_too_short(purchases, start, days, before=len(known)))
    customers = np.intersect1d(known.customer, later.customer)
    if not len(customers):
        raise ValueError(
            f"Nobody who bought before {start} bought again in the {days} days from then on, so there is nothing "
            "to foretell. Try more days: --days 90."
        )
    if len(customers) > most:
        customers = np.sort(np.random.default_rng(seed).choice(customers, most, replace=False))
    everything = _task(customers, later, new_only=False)
    return Window(
        start=start,
        end=start + timedelta(days=days - 1),
        known=known,
        everything=everything,
        new=_only_new(everything, known),
    )


def _too_short(purchases: Purchases, start: date, days: int, *, before: int) -> str:
    span = f"from {purchases.first_day} to {purchases.last_day}"
    if purchases.first_day == purchases.last_day:
        return f"All purchases are of one day, {purchases.last_day}: there is no before and after to compare."
    missing = "no purchases in the" if before else f"no purchases before {start} to learn from, for the"
    return (
        f"The file tells of purchases {span}: {missing} {days} days from {start}. "
        "Choose fewer days (--days), fewer windows (--windows), or another start (--from)."
    )


def _task(customers: Ints, later: Purchases, *, new_only: bool) -> Task:
    bought = later.days_bought()
    rows = tuple(_products(bought.indices, bought.indptr, customer) for customer in customers.tolist())
    return Task(new_only=new_only, customers=customers, bought=rows)


def _only_new(everything: Task, known: Purchases) -> Task:
    """Customers who bought nothing new are in no list of new products."""
    before = known.days_bought()
    new = [
        np.setdiff1d(bought, _products(before.indices, before.indptr, customer), assume_unique=True)
        for customer, bought in zip(everything.customers.tolist(), everything.bought, strict=True)
    ]
    there = np.array([len(bought) > 0 for bought in new], dtype=np.bool_)
    return Task(
        new_only=True,
        customers=everything.customers[there],
        bought=tuple(bought for bought in new if len(bought)),
    )


def _products(indices: Ints, starts: Ints, customer: int) -> Ints:
    return np.sort(indices[starts[customer] : starts[customer + 1]]).astype(np.int64)
