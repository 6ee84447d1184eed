"""What happens between customer and shop, as the shop tells it, and the answer to each event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What happened between customer and shop."""

    PURCHASE = "purchase"
    RETURN = "return"
    VIEW = "view"
    SEARCH = "search"
    CART_ADD = "cart_add"


SALES = frozenset({EventType.PURCHASE, EventType.RETURN})


class EventStatus(StrEnum):
    """What became of an event."""

    RECORDED = "recorded"
    HELD = "held"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopEvent:
    """One event. `product_id` is missing for a search only, and `query` is there for a search only."""

    id: str
    type: EventType
    customer_id: str
    product_id: str | None
    occurred_at: datetime
    query: str | None = None
    quantity: int = 1
    price_amount: str | None = None
    price_currency: str | None = None
    order_id: str | None = None
    sales_channel: str | None = None
    served_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventResult:
    """The answer to one event; `because` is a code, `None` where there is nothing to explain."""

    id: str
    status: EventStatus
    because: str | None = None


def seen_before(known: Mapping[str, Any], row: Mapping[str, Any]) -> EventResult:
    """The answer to an event whose id is known: told twice, or an id that stood for something else.

    Rows of different tables have different columns; when each of them arrived does not matter.
    """
    is_same = known.keys() == row.keys() and all(
        known[name] == row[name] for name in row if name != "recorded_at"
    )
    if is_same:
        return EventResult(id=row["id"], status=EventStatus.DUPLICATE)
    return EventResult(id=row["id"], status=EventStatus.REJECTED, because="id_reused")
