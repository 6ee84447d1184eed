"""What becomes of sales and returns: they happened anyway, so they are held where nobody may read them yet,
or dropped, as the shop has set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from service.assisting import make_tasks_after_sales
from service.collecting_events import EventCollecting
from service.db.catalogue import Traits
from service.db.learning_changes import learning_changed, read_chains_of
from service.db.sales_intake import add_purchases
from service.settings import Purchases
from service.shop_events import EventResult, EventStatus, EventType, ShopEvent, seen_before


@dataclass(frozen=True, kw_only=True, slots=True)
class SalesIntake:
    """The sales and returns of one call.

    known  event id -> row of all events that are stored, or will be by this call
    """

    collecting: EventCollecting
    unpermitted: Purchases
    known: dict[str, dict[str, Any]]
    new: list[dict[str, Any]] = field(default_factory=list)

    def take_in(self, event: ShopEvent) -> EventResult:
        row = self._row(event)
        known = self.known.get(event.id)
        if known is not None:
            return seen_before(known, row)
        because = self.collecting.why_not(event, "purchases.product")
        if because and self.unpermitted is Purchases.DROP:
            return EventResult(id=event.id, status=EventStatus.DROPPED, because=because)
        self.known[event.id] = row
        self.new.append(row)
        status = EventStatus.HELD if because else EventStatus.RECORDED
        return EventResult(id=event.id, status=status, because=because)

    def store(self, connection: Connection) -> None:
        """Store what is new, and let every worker learn of it."""
        add_purchases(connection, self.new)
        if self.new:
            returning = {row["customer_id"] for row in self.new if row["returned"]}
            learning_changed(connection, read_chains_of(connection, returning) if returning else ())

    def call_for_tasks(self, connection: Connection, traits: Mapping[str, Traits]) -> None:
        """A person follows up what is new, where a rule says so and she allows it."""
        collecting = self.collecting.collecting
        make_tasks_after_sales(
            connection,
            self.new,
            traits,
            collecting.ledgers,
            at=collecting.at,
            retention=collecting.retention,
        )

    def _row(self, event: ShopEvent) -> dict[str, Any]:
        return {
            "id": event.id,
            "customer_id": event.customer_id,
            "order_id": event.order_id,
            "recorded_at": self.collecting.at,
            "product_id": event.product_id,
            "returned": event.type is EventType.RETURN,
            "purchased_at": event.occurred_at,
            "quantity": event.quantity,
            "paid_amount": event.price_amount,
            "paid_currency": event.price_currency,
            "sales_channel": event.sales_channel,
            "served_by": event.served_by,
        }
