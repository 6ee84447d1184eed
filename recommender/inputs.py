"""All that the recommender ever sees: the shop's catalogue, and what it was handed of one customer.

In `PermittedData` a category is `None` when it was not read, because it may not be or is of no use here,
and empty when it was and nothing is there. A missing value inside a row means the same as everywhere: not
known, so nothing follows from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from recommender.learning.settings import LearningSettings
from recommender.products import Money as Money  # noqa: PLC0414
from recommender.products import Product as Product  # noqa: PLC0414
from recommender.replenishment.settings import ReplenishmentSettings
from recommender.spelling import fold, folded


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """One line of a receipt, or of a return. What is not readable is `None`; `day` is in UTC."""

    product_id: str
    returned: bool = False
    day: date | None = None
    quantity: int | None = None
    served_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """Something that she said she owns, or, if `gone`, no longer has."""

    product_id: str
    since: date | None = None
    gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Browsed:
    """A product that she looked at, or put into her cart, on a day (UTC)."""

    product_id: str
    day: date


@dataclass(frozen=True, kw_only=True)
class Tastes:
    """Brands and categories, as she wrote them; compared as `recommender.spelling` does."""

    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def has_brand(self, brand: str | None) -> bool:
        return brand is not None and fold(brand) in self._brands

    def has_category(self, category: str | None) -> bool:
        return category is not None and fold(category) in self._categories

    # Looked at for each product that is proposed.
    @cached_property
    def _brands(self) -> frozenset[str]:
        return folded(self.brands)

    @cached_property
    def _categories(self) -> frozenset[str]:
        return folded(self.categories)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What she told us herself. `sizes`: category of the shop -> the sizes that she can wear."""

    likes: Tastes = Tastes()
    dislikes: Tastes = Tastes()
    sizes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    budget: Money | None = None

    def sizes_in(self, category: str) -> frozenset[str]:
        """Her sizes in a category, as they are compared; none if she told none."""
        return frozenset().union(
            *(folded(sizes) for name, sizes in self.sizes.items() if fold(name) == fold(category))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """An occasion that she told us of.

    day        "02-14" each year, "2026-02-14" once, or a named feast (`recommender.occasions.Feast`)
    recipient  one of `recommender.occasions.Recipient`
    """

    day: str
    name: str | None = None
    recipient: str | None = None
    lead_days: int | None = None
    budget: Money | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """How she wants to be reached. What she has not told is `None`, and by no channel is she to be reached then.

    time_zone    IANA name
    quiet_hours  from and until, "21:00" and "08:00" in her time zone: these may lie on both sides of midnight
    rhythm       how often she wants to hear at most, an ISO 8601 duration such as "P1M"
    """

    channels: tuple[str, ...] = ()
    time_zone: str | None = None
    quiet_hours: tuple[str, str] | None = None
    rhythm: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What she said of a product, in one tap (`recommender.feedback.FeedbackKind`), and when (UTC)."""

    kind: str
    product_id: str
    said_at: datetime

    @property
    def day(self) -> date:
        return self.said_at.date()


@dataclass(frozen=True, kw_only=True, slots=True)
class PermittedData:
    """What may be used of one customer, and `fields`, the codes of what was read to make it.

    In `preferences` and `contact` a field that was not read looks like one that she left out.
    """

    purchases: tuple[Purchase, ...] | None = None
    devices: tuple[Device, ...] | None = None
    views: tuple[Browsed, ...] | None = None
    carts: tuple[Browsed, ...] | None = None
    preferences: Preferences | None = None
    occasions: tuple[Occasion, ...] | None = None
    contact: Contact | None = None
    feedback: tuple[Said, ...] | None = None
    fields: frozenset[str] = frozenset()


NOTHING_PERMITTED = PermittedData()


class ListKind(StrEnum):
    """Which list is asked for: everything, what she bought before, or what is new to her."""

    ALL = "all"
    AGAIN = "again"
    NEW = "new"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked: how many suggestions, which list, and the products on the page or in the cart."""

    limit: int = 10
    list_kind: ListKind = ListKind.ALL
    page: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Constants that shape suggestions. They are shipped or set by the shop, never learned from data.

    due_percent            a product is due from this share of its interval on, so that the new one is
                           there when the old one runs out
    lapsed_percent         past this share of the interval she has probably stopped: no longer due
    likely_due_permille    what she bought at least three times, at uneven intervals, is due only if the chance that
                           she buys it within 30 days is at least so many thousandths
    just_bought_days       what she bought once, and nobody says how long it lasts, is not offered for so long
    just_bought_again_days the same of what she bought on two days or more, at uneven intervals
    early_percent          but no longer than this share of her interval: gaps vary by a factor of 2.4
    unknown_interval_days  when to offer a supply for a device again if nothing tells its interval
    tips_at_most           how many care tips an answer may have; of three items one at most
    lead_days              how many days before an occasion to speak of it, where she has not told
    country                the shop's (ISO 3166-1 alpha-2): some feasts are on another day there
    lapsed_days            who has not been here for so long, and for three of her own intervals, has lapsed: half
                           a year, because few shops of everyday things are left for longer by those who stay
    regular_visits         days of purchases within `regular_days` that make a regular: three, from which on there
                           is a rhythm (two are two)
    regular_days           a year, so that what is bought with the seasons counts
    similar_permille       how alike two products must be to be called similar: below it a shared brand, or
                           a shared loose category such as "care", is all that most pairs have in common
    not_now_days           for how many days what she does not want now is not suggested
    """

    due_percent: int = 80
    lapsed_percent: int = 300
    likely_due_permille: int = 400
    just_bought_days: int = 7
    just_bought_again_days: int = 3
    early_percent: int = 42
    unknown_interval_days: int = 90
    tips_at_most: int = 2
    lead_days: int = 7
    country: str | None = None
    lapsed_days: int = 180
    regular_visits: int = 3
    regular_days: int = 365
    similar_permille: int = 400
    not_now_days: int = 30
    learning: LearningSettings = field(default_factory=LearningSettings)
    replenishment: ReplenishmentSettings = field(default_factory=ReplenishmentSettings)

    @property
    def k(self) -> int:
        """What fewer supporters than this stand behind does not show through."""
        return self.learning.k
