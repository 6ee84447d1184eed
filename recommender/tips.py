"""Care tips: help with what she has, at the right time. There is nothing to buy in a tip; its words are not here."""

from dataclasses import dataclass
from datetime import date

from recommender.inputs import Product

_DAYS_SHOWN = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Age:
    """Due from so many days after she got the thing, until so many."""

    after_days: int
    until_days: int | None = None

    def is_due(self, since: date | None, today: date) -> bool:
        age = _age(since, today)
        return age >= self.after_days and (self.until_days is None or age <= self.until_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Due every so many days since she got the thing; for two weeks, or for the interval if that is shorter."""

    every_days: int

    def is_due(self, since: date | None, today: date) -> bool:
        age = _age(since, today)
        return age >= self.every_days and age % self.every_days < _DAYS_SHOWN


@dataclass(frozen=True, kw_only=True, slots=True)
class Season:
    """Due from one day of the year to another (month, day), both included; it may span New Year.

    29 February is a day of each year here, between 28 February and 1 March.
    """

    first: tuple[int, int]
    last: tuple[int, int]

    def is_due(self, since: date | None, today: date) -> bool:
        this_day = (today.month, today.day)
        if self.first <= self.last:
            return self.first <= this_day <= self.last
        return this_day >= self.first or this_day <= self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class Tip:
    """A care tip: what it is for, any one of these, and when it is due."""

    id: str
    products: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    due: Age | Interval | Season

    def closeness(self, product: Product) -> int:
        """How near the tip is to a product: 3 for the product itself, 2 for its category, 1 for its brand, or 0."""
        if product.id in self.products:
            return 3
        if product.category in self.categories:
            return 2
        return int(product.brand in self.brands)


def _age(since: date | None, today: date) -> int:
    """Days since she has it; what is not known is never old enough."""
    return -1 if since is None else (today - since).days
