"""What becomes of views, searches and cart additions: they are kept only while some purpose may read them."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from service.collecting_events import EventCollecting
from service.db.browsing import add_browsing
from service.shop_events import EventResult, EventStatus, EventType, ShopEvent, seen_before

_FIELDS = {
    EventType.VIEW: "browsing.views",
    EventType.SEARCH: "browsing.searches",
    EventType.CART_ADD: "browsing.carts",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BrowsingIntake:
    """The browsing of one call.

    known  event id -> row of all events that are stored, or will be by this call
    new    data field -> rows to store
    """

    collecting: EventCollecting
    known: dict[str, dict[str, Any]]
    new: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def take_in(self, event: ShopEvent) -> EventResult:
        """Whether it may be kept comes first: nothing is told of what was kept by a consent that ran out."""
        data_field = _FIELDS[event.type]
        because = self.collecting.why_not(event, data_field)
        if because:
            return EventResult(id=event.id, status=EventStatus.DROPPED, because=because)
        row = self._row(event)
        known = self.known.get(event.id)
        if known is not None:
            return seen_before(known, row)
        self.known[event.id] = row
        self.new[data_field].append(row)
        return EventResult(id=event.id, status=EventStatus.RECORDED)

    def store(self, connection: Connection) -> None:
        """Store what is new."""
        for data_field, rows in self.new.items():
            add_browsing(connection, data_field, rows)

    def _row(self, event: ShopEvent) -> dict[str, Any]:
        row = {
            "id": event.id,
            "customer_id": event.customer_id,
            "recorded_at": self.collecting.at,
            "occurred_at": event.occurred_at,
        }
        if event.type is EventType.SEARCH:
            return row | {"query": event.query}
        if event.type is EventType.CART_ADD:
            return row | {"product_id": event.product_id, "quantity": event.quantity}
        return row | {"product_id": event.product_id}
