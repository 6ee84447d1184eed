"""What the shop sells, as the recommender sees it. Public; nobody's data is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """An amount as decimal string, with its ISO 4217 currency."""

    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """One product of the shop.

    `attributes` are the shop's own; these names have a meaning here:

    item_group_id        variants of one thing share it (Google Merchant `item_group_id`)
    color                colour, tells the cartridges of one printer apart (Google Merchant `color`)
    usual_interval_days  after how many days customers usually need it again
    size                 the size of this variant, as text or number (Google Merchant `size`)
    suits                for whom it is a gift: one or several of `recommender.occasions.Recipient`
    for_newcomers        the shop's own word: good to begin with
    available_since      the day on which it came into the range, such as 2026-06-01

    `sample_of` is the id of the product that this one is a sample of.
    """

    id: str
    title: str
    short_title: str | None = None
    brand: str | None = None
    category: str | None = None
    attributes: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    available: bool = True
    sensitive: bool = False
    sample_of: str | None = None
    featured_rank: int | None = None
    price: Money | None = None

    @property
    def usual_interval_days(self) -> int | None:
        days = self.attributes.get("usual_interval_days")
        return days if type(days) is int and days > 0 else None

    @property
    def suits(self) -> frozenset[str]:
        """For whom it is a gift."""
        told = self.attributes.get("suits")
        named = [told] if isinstance(told, str) else told if isinstance(told, list | tuple) else []
        return frozenset(one for one in named if isinstance(one, str))

    @property
    def size(self) -> str | None:
        """A spreadsheet makes 38.0 of 38: that is the same size."""
        size = self.attributes.get("size")
        if isinstance(size, float) and size.is_integer():
            return str(int(size))
        return str(size) if type(size) in (str, int, float) else None

    @property
    def for_newcomers(self) -> bool:
        return self.attributes.get("for_newcomers") is True

    @property
    def available_since(self) -> date | None:
        try:
            return date.fromisoformat(str(self.attributes.get("available_since")))
        except ValueError:
            return None
