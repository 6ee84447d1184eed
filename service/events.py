"""Use case: take in events, each answered. What may be kept of it is stored, in one transaction a call."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from service.browsing import BrowsingIntake
from service.collecting import Collecting
from service.collecting_events import EventCollecting
from service.db.browsing import stored_browsing
from service.db.catalogue import Traits, read_traits
from service.db.consent_ledger import hold_ledgers, read_events_of
from service.db.engine import Transaction, write_transaction
from service.db.epochs import LEARNING, lock_epoch
from service.db.sales_intake import stored_purchases
from service.db.tasks import read_task_rules
from service.once import Once, attempt
from service.retention import NO_LIMIT, Retention
from service.sales import SalesIntake
from service.settings import Clock, Purchases
from service.shop_events import SALES, EventResult, EventStatus, ShopEvent
from service.task_rules import After
from service.tombstones import Tombstones


@dataclass(frozen=True, kw_only=True, slots=True)
class EventIntake:
    """Takes in the events of one shop."""

    engine: Engine
    clock: Clock
    unpermitted_purchases: Purchases
    retention: Retention = NO_LIMIT
    tombstones: Tombstones = field(default_factory=Tombstones)
    transaction: Transaction = write_transaction

    def take_in(self, events: Sequence[ShopEvent], once: Once | None = None) -> list[EventResult]:
        """Store what may be stored; one result an event, in order. However many, few statements are sent.

        A repeated call stores nothing, also not what could be stored by now.
        """
        with self.transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            follows_up = bool(read_task_rules(connection, after=After.PURCHASE))
            asked = {event.customer_id for event in events if follows_up or self._asks_her(event)}
            # Who was not there to be held may have come since, and may be gone before this is stored.
            too_late = asked - hold_ledgers(connection, asked)
            # Of two calls with the same event the second must see what the first stored.
            lock_epoch(connection, LEARNING)
            customer_ids = {event.customer_id for event in events} - too_late
            traits = read_traits(connection, {one.product_id for one in events if one.product_id})
            sales, browsing = self._intakes(connection, events, customer_ids, traits)
            # After the lock, which an erasure takes as well: none can slip in between this and the storing.
            refused = self._rejected(events, traits) | self._of_erased(connection, events)
            results = [
                refused.get(number)
                or (sales.take_in(event) if event.type in SALES else browsing.take_in(event))
                for number, event in enumerate(events)
            ]
            if not tried.is_first:
                return [_not_again(result) for result in results]
            sales.store(connection)
            if follows_up:
                sales.call_for_tasks(connection, traits)
            browsing.store(connection)
        return results

    def _asks_her(self, event: ShopEvent) -> bool:
        """Whether it is for her to say if this is stored."""
        return event.type not in SALES or self.unpermitted_purchases is Purchases.DROP

    def _intakes(
        self,
        connection: Connection,
        events: Sequence[ShopEvent],
        customer_ids: Collection[str],
        traits: Mapping[str, Traits],
    ) -> tuple[SalesIntake, BrowsingIntake]:
        ids = [event.id for event in events]
        known = stored_purchases(connection, ids) | stored_browsing(connection, ids)
        ledgers = read_events_of(connection, customer_ids)
        collecting = EventCollecting(
            collecting=Collecting(ledgers=ledgers, at=self.clock.now(), retention=self.retention),
            traits=traits,
        )
        return (
            SalesIntake(collecting=collecting, unpermitted=self.unpermitted_purchases, known=known),
            BrowsingIntake(collecting=collecting, known=known),
        )

    def _of_erased(self, connection: Connection, events: Sequence[ShopEvent]) -> dict[int, EventResult]:
        """Number of the event -> answer, of what happened before its customer was erased."""
        erased = self.tombstones.moments(connection, {event.customer_id for event in events})
        return {
            number: EventResult(id=event.id, status=EventStatus.DROPPED, because="erased")
            for number, event in enumerate(events)
            if event.customer_id in erased and event.occurred_at <= erased[event.customer_id]
        }

    def _rejected(self, events: Sequence[ShopEvent], traits: Mapping[str, Traits]) -> dict[int, EventResult]:
        """Number of the event -> answer, of those that cannot be true."""
        latest = self.clock.latest_present()
        refused: dict[int, EventResult] = {}
        for number, event in enumerate(events):
            because = None
            if event.product_id is not None and event.product_id not in traits:
                because = "unknown_product"
            elif event.occurred_at > latest:
                because = "in_the_future"
            if because:
                refused[number] = EventResult(id=event.id, status=EventStatus.REJECTED, because=because)
        return refused


def _not_again(result: EventResult) -> EventResult:
    """The first call did not store it, or it has been deleted since: no repetition brings it in."""
    if result.status not in (EventStatus.RECORDED, EventStatus.HELD):
        return result
    return EventResult(id=result.id, status=EventStatus.REJECTED, because="repeated_call")
