"""Whether an event may be kept: what it is about, in the words of a scope, put to what may be collected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from consent.reasons import Because
from service.collecting import Collecting
from service.db.catalogue import NO_TRAITS, Traits
from service.shop_events import ShopEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class EventCollecting:
    """What may be kept of the events of one call.

    traits  product id -> its traits
    """

    collecting: Collecting
    traits: Mapping[str, Traits]

    @property
    def at(self) -> datetime:
        return self.collecting.at

    def why_not(self, event: ShopEvent, data_field: str) -> Because | None:
        """Why the event may not be kept, or `None` if it may."""
        # A product that the catalogue does not know: such an event is rejected anyway.
        traits = self.traits.get(event.product_id or "", NO_TRAITS)
        item = traits.item(event.product_id, order=event.order_id, at=event.occurred_at)
        return self.collecting.why_not(event.customer_id, data_field, item)
