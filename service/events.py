"""Use case: take in events, each answered. A sale is kept; what exists only by consent is not collected.

No strategy of this release reads browsing data, so none is kept, permitted or not (data minimisation,
GDPR art. 5(1)(c)); the answer says which of the two it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine

from consent.decision import Because
from consent.events import ConsentEvent
from service.collecting import why_not_kept
from service.db.catalogue import known_product_ids
from service.db.consent_ledger import read_events
from service.db.engine import write_transaction
from service.db.epochs import LEARNING, advance_epoch, lock_epoch
from service.db.sales_intake import add_purchases, stored_purchases
from service.once import Once, attempt
from service.settings import Clock, Purchases

_CLOCK_SKEW = timedelta(minutes=5)


class EventType(StrEnum):
    """What happened between customer and shop."""

    PURCHASE = "purchase"
    RETURN = "return"
    VIEW = "view"
    SEARCH = "search"
    CART_ADD = "cart_add"


SALES = frozenset({EventType.PURCHASE, EventType.RETURN})
_BROWSING = {
    EventType.VIEW: "browsing.views",
    EventType.SEARCH: "browsing.searches",
    EventType.CART_ADD: "browsing.carts",
}


class EventStatus(StrEnum):
    """What became of an event."""

    RECORDED = "recorded"
    HELD = "held"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopEvent:
    """One event as the shop tells it. `product_id` is missing for a search only."""

    id: str
    type: EventType
    customer_id: str
    product_id: str | None
    occurred_at: datetime
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


@dataclass(frozen=True, kw_only=True, slots=True)
class EventIntake:
    """Takes in the events of one shop."""

    engine: Engine
    clock: Clock
    unpermitted_purchases: Purchases

    def take_in(self, events: Sequence[ShopEvent], once: Once | None = None) -> list[EventResult]:
        """Store what may be stored, in one transaction; one result an event, in order.

        A repeated call stores nothing, also not what could be stored by now.
        """
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if any(event.type in SALES for event in events):
                # Of two calls with the same event the second must see what the first stored.
                lock_epoch(connection, LEARNING)
            batch = _Batch(connection, events, self.clock, self.unpermitted_purchases)
            results = [batch.take_in(event) for event in events]
            if not tried.is_first:
                return [_not_again(result) if result.id in batch.new else result for result in results]
            add_purchases(connection, list(batch.new.values()))
            if batch.new:
                advance_epoch(connection, LEARNING)
        return results


class _Batch:
    """What the events of one call are held against: the catalogue, the ledger, and one another."""

    def __init__(
        self, connection: Connection, events: Sequence[ShopEvent], clock: Clock, unpermitted: Purchases
    ) -> None:
        self._now = clock.now()
        self._latest = clock.latest_present() + _CLOCK_SKEW
        self._unpermitted = unpermitted
        self._stored = stored_purchases(connection, (event.id for event in events))
        self._products = known_product_ids(connection, (event.product_id or "" for event in events))
        self._consents: dict[str, list[ConsentEvent]] = {
            customer_id: read_events(connection, customer_id)
            for customer_id in {event.customer_id for event in events}
        }
        self._because: dict[tuple[str, str], Because | None] = {}
        self.new: dict[str, dict[str, Any]] = {}

    def take_in(self, event: ShopEvent) -> EventResult:
        refused = self._why_rejected(event)
        if refused:
            return EventResult(id=event.id, status=EventStatus.REJECTED, because=refused)
        if event.type not in SALES:
            dropped = self._why_not_kept(event, _BROWSING[event.type]) or Because.NOT_REQUESTED
            return EventResult(id=event.id, status=EventStatus.DROPPED, because=dropped)
        row = _row(event, self._now)
        known = self._stored.get(event.id) or self.new.get(event.id)
        if known is not None:
            if _same_sale(known, row):
                return EventResult(id=event.id, status=EventStatus.DUPLICATE)
            return EventResult(id=event.id, status=EventStatus.REJECTED, because="id_reused")
        because = self._why_not_kept(event, "purchases.product")
        if because and self._unpermitted is Purchases.DROP:
            return EventResult(id=event.id, status=EventStatus.DROPPED, because=because)
        self.new[event.id] = row
        status = EventStatus.HELD if because else EventStatus.RECORDED
        return EventResult(id=event.id, status=status, because=because)

    def _why_rejected(self, event: ShopEvent) -> str | None:
        if event.product_id is not None and event.product_id not in self._products:
            return "unknown_product"
        if event.occurred_at > self._latest:
            return "in_the_future"
        return None

    def _why_not_kept(self, event: ShopEvent, field: str) -> Because | None:
        """Decided once a customer and field, not once an event: other writers wait for this transaction."""
        customer_id = event.customer_id
        if (customer_id, field) not in self._because:
            consents = self._consents[customer_id]
            because = why_not_kept(consents, field, customer_id=customer_id, at=self._now)
            self._because[customer_id, field] = because
        return self._because[customer_id, field]


def _not_again(result: EventResult) -> EventResult:
    """The first call did not store it, or it has been deleted since: no repetition brings it in."""
    return EventResult(id=result.id, status=EventStatus.REJECTED, because="repeated_call")


def _row(event: ShopEvent, now: datetime) -> dict[str, Any]:
    return {
        "id": event.id,
        "customer_id": event.customer_id,
        "order_id": event.order_id,
        "recorded_at": now,
        "product_id": event.product_id,
        "returned": event.type is EventType.RETURN,
        "purchased_at": event.occurred_at,
        "quantity": event.quantity,
        "paid_amount": event.price_amount,
        "paid_currency": event.price_currency,
        "sales_channel": event.sales_channel,
        "served_by": event.served_by,
    }


def _same_sale(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows tell of the same sale; when each of them arrived does not matter."""
    return all(one[name] == other[name] for name in other if name != "recorded_at")
