"""A day of the past: what each customer had bought by then, and when she bought it again afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from typing import TypeVar

import numpy as np

from recommender.inputs import Settings
from recommender.learning.model import Model, learn
from recommender.replenishment.chances import Terms, terms_of
from recommender.replenishment.demand import Demand, demand_for
from recommender.replenishment.habits import Habits, habits_of
from recommender.replenishment.settings import ReplenishmentSettings
from service.evaluate.ours import histories_of
from service.evaluate.purchases import Bools, Floats, Ints, Purchases
from service.evaluate.ranker import Known

_NO_GAP = np.nan
_Columns = TypeVar("_Columns", Habits, Demand)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Landmark:
    """Pairs of a customer and a product that she had bought before `day`, a place for each.

    habits, demand  what the recommender reads of it
    own_mean, own_median, product_mean  intervals in days; NaN where there is none
    popular, popular_lately  of each product, its place among all, what most customers bought (lately) first
    after          days from `day` on to her next purchase of it; `days` or more if there was none
    """

    day: date
    days: int
    customer: Ints
    product: Ints
    habits: Habits
    demand: Demand
    own_mean: Floats
    own_median: Floats
    product_mean: Floats
    popular: Ints
    popular_lately: Ints
    after: Ints

    @property
    def bought(self) -> Bools:
        return self.after < self.days

    def terms(self, settings: ReplenishmentSettings) -> Terms:
        nothing = np.zeros(len(self.customer), dtype=np.int64)
        return terms_of(self.habits, usual_days=nothing, demand=self.demand, settings=settings)

    def where(self, chosen: Bools) -> "Landmark":
        """Only those pairs."""
        columns = {
            name: getattr(self, name)[chosen]
            for name in ("customer", "product", "own_mean", "own_median", "product_mean", "after")
        }
        habits = {one.name: getattr(self.habits, one.name)[chosen] for one in fields(Habits)}
        demand = {one.name: getattr(self.demand, one.name)[chosen] for one in fields(Demand)}
        return Landmark(
            day=self.day,
            days=self.days,
            popular=self.popular,
            popular_lately=self.popular_lately,
            habits=Habits(**habits),
            demand=Demand(**demand),
            **columns,
        )


def landmark_at(purchases: Purchases, day: date, *, days: int, settings: Settings) -> Landmark:
    """What there is to tell on `day` of the `days` from then on. Nothing of those days is in what it is told from."""
    first = day.toordinal()
    known = purchases.where(purchases.day < first)
    later = purchases.where((purchases.day >= first) & (purchases.day < first + days))
    starts = _starts_of_pairs(known)
    customer, product = known.customer[starts], known.product[starts]
    own_mean, own_median, product_mean = _intervals(known, starts)
    model = learn(histories_of(known), today=day, settings=settings.learning)
    return Landmark(
        day=day,
        days=days,
        customer=customer,
        product=product,
        habits=_joined(Habits, list(_habits(known, starts, first))),
        demand=_joined(Demand, list(_demands(known, customer, product, model))),
        own_mean=own_mean,
        own_median=own_median,
        product_mean=product_mean,
        popular=np.argsort(np.argsort(-known.buyers(), kind="stable")),
        popular_lately=np.argsort(Known(known, day, None).most_recent_first),
        after=_after(later, customer, product, first, days),
    )


def _starts_of_pairs(known: Purchases) -> Ints:
    """The first row of each pair; rows are in the order of customer, product and day."""
    new = np.ones(len(known), dtype=np.bool_)
    new[1:] = (np.diff(known.customer) != 0) | (np.diff(known.product) != 0)
    return np.flatnonzero(new)


def _habits(known: Purchases, starts: Ints, today: int) -> Iterator[Habits]:
    """Of one customer after the other, as the service works it out."""
    ends = [*starts[1:].tolist(), len(known)]
    customers = known.customer[starts]
    borders = [0, *(np.flatnonzero(np.diff(customers)) + 1).tolist(), len(starts)]
    day, begins = known.day.tolist(), starts.tolist()
    for first, last in pairwise(borders):
        hers = {str(pair): day[begins[pair] : ends[pair]] for pair in range(first, last)}
        yield habits_of(hers, today=today)


def _joined(kind: type[_Columns], parts: list[_Columns]) -> _Columns:
    columns = {one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(kind)}
    return kind(**columns)


def _demands(known: Purchases, customer: Ints, product: Ints, model: Model) -> Iterator[Demand]:
    number = np.array([model.number.get(product_id, -1) for product_id in known.products], dtype=np.int64)
    borders = [0, *(np.flatnonzero(np.diff(customer)) + 1).tolist(), len(customer)]
    for first, last in pairwise(borders):
        yield demand_for(number[product[first:last]], model, known.customers[customer[first]])


def _intervals(known: Purchases, starts: Ints) -> tuple[Floats, Floats, Floats]:
    """The mean and the median of her own gaps, and the mean of all gaps of the product."""
    times = np.diff([*starts.tolist(), len(known)])
    last = starts + times - 1
    span = (known.day[last] - known.day[starts]).astype(np.float64)
    with np.errstate(invalid="ignore"):
        own_mean = np.where(times > 1, span / np.maximum(times - 1, 1), _NO_GAP)
    product = known.product[starts]
    gaps = np.bincount(product, weights=times - 1.0, minlength=len(known.products))
    spans = np.bincount(product, weights=span, minlength=len(known.products))
    with np.errstate(invalid="ignore"):
        product_mean = (spans / gaps)[product]
    return own_mean, _medians(known.day, starts, times), product_mean


def _medians(day: Ints, starts: Ints, times: Ints) -> Floats:
    return np.array(
        [
            np.median(np.diff(day[start : start + count])) if count > 1 else _NO_GAP
            for start, count in zip(starts.tolist(), times.tolist(), strict=True)
        ]
    )


def _after(later: Purchases, customer: Ints, product: Ints, first: int, days: int) -> Ints:
    if not len(later):
        return np.full(len(customer), days)
    products = len(later.products)
    starts = _starts_of_pairs(later)
    keys = later.customer[starts] * products + later.product[starts]
    wanted = customer * products + product
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    there = keys[places] == wanted
    return np.where(there, later.day[starts][places] - first, days)
