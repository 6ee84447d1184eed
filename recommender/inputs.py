"""All that the recommender ever sees: the shop's catalogue, and what it was handed of one customer.

In `PermittedData` a category is `None` when it was not read, because it may not be or is of no use here,
and empty when it was and nothing is there. A missing value inside a row means the same as everywhere: not
known, so nothing follows from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from recommender.learning.settings import LearningSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """One product of the shop.

    `attributes` are the shop's own; these names have a meaning here:

    item_group_id        variants of one thing share it (Google Merchant `item_group_id`)
    color                colour, tells the cartridges of one printer apart (Google Merchant `color`)
    usual_interval_days  after how many days customers usually need it again
    """

    id: str
    title: str
    short_title: str | None = None
    brand: str | None = None
    category: str | None = None
    attributes: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    available: bool = True
    sensitive: bool = False
    featured_rank: int | None = None

    @property
    def usual_interval_days(self) -> int | None:
        days = self.attributes.get("usual_interval_days")
        return days if type(days) is int and days > 0 else None


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


@dataclass(frozen=True, kw_only=True, slots=True)
class PermittedData:
    """What may be used of one customer, and `fields`, the codes of what was read to make it."""

    purchases: tuple[Purchase, ...] | None = None
    devices: tuple[Device, ...] | None = None
    views: tuple[Browsed, ...] | None = None
    carts: tuple[Browsed, ...] | None = None
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
    unknown_interval_days  when to offer a supply for a device again if nothing tells its interval
    tips_at_most           how many care tips an answer may have; of three items one at most
    similar_permille       how alike two products must be to be called similar: below it a shared brand, or
                           a shared loose category such as "care", is all that most pairs have in common
    """

    due_percent: int = 80
    lapsed_percent: int = 300
    unknown_interval_days: int = 90
    tips_at_most: int = 2
    similar_permille: int = 400
    learning: LearningSettings = field(default_factory=LearningSettings)

    @property
    def k(self) -> int:
        """What fewer supporters than this stand behind does not show through."""
        return self.learning.k
