"""What may be kept at all: data that exists only by consent goes when no purpose may read it any more.

It is deleted when a consent event says so. What a consent that ran out had covered is hidden from that
moment on, and deleted before the next event is recorded.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from consent.decision import Because, decide, verdict_on
from consent.events import ConsentEvent
from service.db.browsing import (
    keep_only_permitted_cart_additions,
    keep_only_permitted_searches,
    keep_only_permitted_views,
)
from service.db.devices import keep_only_permitted_devices
from service.db.sales_intake import keep_only_permitted_purchases
from service.settings import Purchases

KEPT_ONLY_BY_CONSENT: Mapping[str, Callable[[Connection, str, Collection[str]], None]] = {
    "devices": keep_only_permitted_devices,
    "views": keep_only_permitted_views,
    "searches": keep_only_permitted_searches,
    "cart_additions": keep_only_permitted_cart_additions,
}
"""Table -> what deletes from it, for one customer, all that the fields which may be kept do not cover.

Sales happened anyway: whether they are kept without a permission is the shop's setting.
"""


def fields_that_may_be_kept(
    events: Collection[ConsentEvent], *, customer_id: str, at: datetime
) -> frozenset[str]:
    """The data fields that at least one purpose may read."""
    return frozenset().union(
        *(decide(events, customer_id=customer_id, purpose=one, at=at).fields for one in _asked(events))
    )


def why_not_kept(
    events: Collection[ConsentEvent], field: str, *, customer_id: str, at: datetime
) -> Because | None:
    """Why `field` may not be kept: what stands for suggestions, the purpose that she meets first."""
    for purpose in _asked(events):
        if verdict_on(events, field, customer_id=customer_id, purpose=purpose, at=at).permitted:
            return None
    return verdict_on(events, field, customer_id=customer_id, purpose="recommendations", at=at).because


@dataclass(frozen=True, kw_only=True, slots=True)
class Collecting:
    """What may be kept of several customers at one moment. Each field is decided once: others wait.

    ledgers  customer id -> all her consent events, for those who have any
    """

    ledgers: Mapping[str, Collection[ConsentEvent]]
    at: datetime
    _decided: dict[tuple[str, str], Because | None] = field(default_factory=dict)

    def why_not(self, customer_id: str, data_field: str) -> Because | None:
        """Why `data_field` of this customer may not be kept, or `None` if it may."""
        point = (customer_id, data_field)
        if point not in self._decided:
            events = self.ledgers.get(customer_id, ())
            self._decided[point] = why_not_kept(events, data_field, customer_id=customer_id, at=self.at)
        return self._decided[point]


def delete_what_nothing_permits(
    connection: Connection,
    customer_id: str,
    events: Collection[ConsentEvent],
    now: datetime,
    *,
    unpermitted_purchases: Purchases,
) -> None:
    """Delete consent-only data of hers that no purpose may read any more, and sales if the shop drops them."""
    kept = fields_that_may_be_kept(events, customer_id=customer_id, at=now)
    for keep_only_permitted in KEPT_ONLY_BY_CONSENT.values():
        keep_only_permitted(connection, customer_id, kept)
    if unpermitted_purchases is Purchases.DROP:
        keep_only_permitted_purchases(connection, customer_id, kept)


def _asked(events: Collection[ConsentEvent]) -> frozenset[str]:
    """The purposes that she has said anything about: no other one may read anything."""
    return frozenset(event.scope.purpose for event in events)
