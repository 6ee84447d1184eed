"""Appends to one customer's ledger, together with all that has to happen in the same transaction.

Whoever appends does it here: nothing that lost its last permission outlives the event that took it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from consent.events import ConsentEvent
from service.collecting import delete_what_nothing_permits
from service.db.consent_ledger import OpenLedger, lock_ledger
from service.db.epochs import LEARNING, LEARNING_DENIALS, advance_epoch
from service.db.stored_answers import remove_answers_for
from service.settings import Clock, Environment, Purchases
from service.stated_decisions import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Appending:
    """How this shop appends to its customers' ledgers."""

    clock: Clock
    environment: Environment
    unpermitted_purchases: Purchases

    @property
    def rules(self) -> Rules:
        """What is asked of a decision here, now."""
        return Rules(
            requires_notice=self.environment is Environment.PRODUCTION,
            latest=self.clock.latest_present(),
        )

    @contextmanager
    def to(self, connection: Connection, customer_id: str) -> Iterator[tuple[OpenLedger, datetime]]:
        """The ledger under lock, and the moment of writing. What is appended takes effect at once."""
        ledger = lock_ledger(connection, customer_id)
        now, before = self.clock.now(), len(ledger.events)
        # First what ran out: a new grant must not bring back what was kept by an old one. What only waits for
        # her answer to a changed notice has not run out: with her yes it goes on.
        self._delete_what_nothing_permits(connection, ledger, ledger.recorded, now)
        yield ledger, now
        appended = ledger.events[before:]
        if appended:
            self._delete_what_nothing_permits(connection, ledger, ledger.events, now)
        _let_everybody_know(connection, customer_id, appended)

    def _delete_what_nothing_permits(
        self, connection: Connection, ledger: OpenLedger, events: Sequence[ConsentEvent], now: datetime
    ) -> None:
        delete_what_nothing_permits(
            connection,
            ledger.customer_id,
            events,
            now,
            unpermitted_purchases=self.unpermitted_purchases,
        )


def _let_everybody_know(connection: Connection, customer_id: str, appended: Sequence[ConsentEvent]) -> None:
    """Nothing that was stored or counted before a denial is used after it."""
    taken_back = [event for event in appended if event.is_denial or event.is_objection or event.replaces]
    if taken_back:
        remove_answers_for(connection, customer_id)
    if any(event.scope.purpose == LEARNING for event in taken_back):
        advance_epoch(connection, LEARNING_DENIALS)
    if any(event.scope.purpose == LEARNING for event in appended):
        advance_epoch(connection, LEARNING)
