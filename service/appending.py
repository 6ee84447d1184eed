"""Appends to one customer's ledger, together with all that has to happen in the same transaction.

Whoever appends does it here: nothing that lost its last permission outlives the event that took it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from service.collecting import delete_what_nothing_permits
from service.db.consent_ledger import OpenLedger, lock_ledger
from service.db.epochs import LEARNING, advance_epoch
from service.settings import Clock, Environment, Purchases
from service.stated_decisions import Rules
from service.tombstones import Tombstones


@dataclass(frozen=True, kw_only=True, slots=True)
class Appending:
    """How this shop appends to its customers' ledgers."""

    clock: Clock
    environment: Environment
    unpermitted_purchases: Purchases
    tombstones: Tombstones = field(default_factory=Tombstones)

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
        # First what ran out: a new grant must not bring back what was kept by an old one.
        self._delete_what_nothing_permits(connection, ledger, now)
        yield ledger, now
        appended = ledger.events[before:]
        if appended:
            self._delete_what_nothing_permits(connection, ledger, now)
        if any(event.scope.purpose == LEARNING for event in appended):
            advance_epoch(connection, LEARNING)

    def _delete_what_nothing_permits(self, connection: Connection, ledger: OpenLedger, now: datetime) -> None:
        delete_what_nothing_permits(
            connection,
            ledger.customer_id,
            ledger.events,
            now,
            unpermitted_purchases=self.unpermitted_purchases,
        )
