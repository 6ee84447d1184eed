"""What one consent event is about: purpose × fields × channels × items × data dates × uses; of a standing order the
most that one may cost, too.

Whether a scope reaches a datum is answered `True`, `False`, or `None` where it cannot be told (Kleene's three
values). A grant opens what it surely reaches, a denial cuts what it may reach: unknown means no.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from consent.items import Item, Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """Selected items only: these orders, products or categories; without any of them, all.

    `exceptions`, each an order, a product or a category, are left out again. Nothing at all selects nothing.
    """

    orders: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()

    @property
    def listed(self) -> dict[str, list[str]]:
        """Each kind of choice with its names in order: the one way in which items are written down."""
        return {
            name: sorted(getattr(self, name)) for name in ("orders", "products", "categories", "exceptions")
        }

    @property
    def names_some(self) -> bool:
        """Whether orders, products or categories are named, and not only exceptions."""
        return bool(self.orders or self.products or self.categories)

    @property
    def is_nothing(self) -> bool:
        return not self.names_some and not self.exceptions

    def select(self, item: Item) -> bool | None:
        """Whether `item` is among them."""
        chosen = not self.is_nothing if not self.names_some else self._names(item)
        excepted = _any(_among(value, self.exceptions) for value in (item.order, item.product, item.category))
        return _both(chosen, _not(excepted))

    def select_explicitly(self, item: Item) -> bool:
        """Whether the product itself or its category is named, as sensitive ones have to be."""
        return item.product in self.products or item.category in self.categories

    def contain(self, other: "Items | None") -> bool:
        """Whether whatever `other` selects is surely selected here, too."""
        if other is None or self.is_nothing:
            return False
        wide_enough = (
            other.orders <= self.orders
            and other.products <= self.products
            and other.categories <= self.categories
            and other.names_some
        )
        return (wide_enough or not self.names_some) and self.exceptions <= other.exceptions

    def leave_out(self, other: "Items | None") -> bool:
        """Whether surely nothing that `other` selects is selected here."""
        return (
            other is not None
            and other.names_some
            and other.orders | other.products | other.categories <= self.exceptions
        )

    def _names(self, item: Item) -> bool | None:
        return _any(
            (
                _among(item.order, self.orders),
                _among(item.product, self.products),
                _among(item.category, self.categories),
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceLimit:
    """The most that one may cost: a decimal number as text, and an ISO 4217 currency."""

    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """`None` in a dimension means that the dimension does not narrow the scope.

    purpose     code of the purpose
    fields      codes of the data fields, expanded when recorded
    channels    only for these channels
    items       only these items
    data_from   only data from this moment on (UTC)
    uses        good for this many answers
    expires_at  good until this moment (UTC), exclusive
    price_limit of a standing order: the most that one may cost; it narrows no reading
    """

    purpose: str
    fields: frozenset[str]
    channels: frozenset[str] | None = None
    items: Items | None = None
    data_from: datetime | None = None
    uses: int | None = None
    expires_at: datetime | None = None
    price_limit: PriceLimit | None = None

    def covers(self, purpose: str, field: str) -> bool:
        return purpose == self.purpose and field in self.fields

    def reach(self, item: Item) -> bool | None:
        """Whether it reaches this datum, by its items and data dates."""
        selected = True if self.items is None else self.items.select(item)
        if self.data_from is None:
            return selected
        return _both(selected, None if item.at is None else item.at >= self.data_from)

    def reach_channel(self, channel: str | None) -> bool | None:
        """Whether it reaches this channel; `None` is a channel that nobody has told."""
        if self.channels is None:
            return True
        if channel is None:
            return None if self.channels else False
        return channel in self.channels

    def contain_data(self, other: "Scope") -> bool:
        """Whether every datum that `other` reaches is surely reached here, too."""
        items = self.items is None or self.items.contain(other.items)
        dates = self.data_from is None or (other.data_from is not None and other.data_from >= self.data_from)
        return items and dates

    def may_meet(self, other: "Scope") -> bool:
        """Whether there may be a datum, by some channel, that both reach."""
        alike = self.purpose == other.purpose and bool(self.fields & other.fields)
        apart = (
            self.channels is not None and other.channels is not None and not self.channels & other.channels
        )
        left_out = other.items is not None and other.items.leave_out(self.items)
        return alike and not apart and not left_out

    def contain_channels(self, other: "Scope") -> bool:
        """Whether every channel of `other` is one of these, too."""
        return self.channels is None or (other.channels is not None and other.channels <= self.channels)

    def to_deny(self, fields: frozenset[str]) -> "Scope":
        """What a "no" to these `fields` is about: the same data, not for how many answers nor until when."""
        return Scope(
            purpose=self.purpose,
            fields=fields,
            channels=self.channels,
            items=self.items,
            data_from=self.data_from,
        )


def _among(value: str | Unknown | None, chosen: Collection[str]) -> bool | None:
    if isinstance(value, Unknown):
        return None if chosen else False
    return value in chosen


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else (None if None in found else False)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
