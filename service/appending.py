"""Appends to customers' ledgers, together with all that has to happen in the same transaction.

Whoever appends does it here: nothing that lost its last permission outlives the event that took it, and
nothing is appended that the feed of changes does not have.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine

from consent import vocabulary
from consent.events import ConsentEvent, EventKind
from consent.objections import extensions
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from service.assisting import delete_tasks_without_permission
from service.collecting import delete_what_ended_while_restricted, delete_what_nothing_permits
from service.db.changes import add_changes
from service.db.consent_ledger import NewEvent, OpenLedger, lock_ledger
from service.db.engine import write_transaction
from service.db.epochs import LEARNING_DENIALS, advance_epoch
from service.db.learning_changes import learning_changed
from service.db.stored_answers import remove_answers_for
from service.forgetting_contacts import forget_what_contacts_rest_on
from service.once import Attempt, Once, attempt
from service.retention import NO_LIMIT, Retention
from service.settings import Clock, Environment, Purchases
from service.stated_decisions import Rules
from service.tombstones import Tombstones

Opened = tuple[OpenLedger, datetime]
Opens = Callable[[str], AbstractContextManager[Opened]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Appending:
    """How this shop appends to its customers' ledgers."""

    clock: Clock
    environment: Environment
    unpermitted_purchases: Purchases
    retention: Retention = NO_LIMIT
    purposes: PurposeCatalogue = BUILT_IN
    tombstones: Tombstones = field(default_factory=Tombstones)

    @property
    def rules(self) -> Rules:
        """What is asked of a decision here, now."""
        return Rules(
            requires_notice=self.environment is Environment.PRODUCTION,
            latest=self.clock.latest_present(),
            purposes=self.purposes,
        )

    @contextmanager
    def in_one_call(
        self, engine: Engine, customer_id: str, once: Once | None
    ) -> Iterator[tuple[OpenLedger, datetime, Attempt]]:
        """A transaction of one call with one ledger: the ledger under lock, the moment, and whether it is to be done.

        Raises Problem (422) if the call's key came with another call before.
        """
        with write_transaction(engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            with self.to(connection, customer_id) as (ledger, now):
                yield ledger, now, tried

    @contextmanager
    def to(self, connection: Connection, customer_id: str) -> Iterator[Opened]:
        """The ledger under lock, and the moment of writing. What is appended takes effect at once."""
        with self.to_several(connection) as opens, opens(customer_id) as opened:
            yield opened

    @contextmanager
    def to_several(self, connection: Connection) -> Iterator[Opens]:
        """What opens the ledger of one customer after the other, in one transaction.

        The counters, which all writers share, come once and last: nobody waits for them longer than for
        a commit, and nobody waits in a circle.
        """
        appended: list[tuple[str, ConsentEvent]] = []
        yield lambda customer_id: self._opened(connection, customer_id, appended)
        about_learning = [one for one in appended if one[1].scope.purpose == vocabulary.LEARNING]
        if any(_takes_back(event) for _, event in about_learning):
            advance_epoch(connection, LEARNING_DENIALS)
        if about_learning:
            learning_changed(connection, {chain_id for chain_id, _ in about_learning})
        add_changes(connection, [(chain_id, event.position) for chain_id, event in appended])

    @contextmanager
    def _opened(
        self, connection: Connection, customer_id: str, appended: list[tuple[str, ConsentEvent]]
    ) -> Iterator[Opened]:
        ledger = lock_ledger(connection, customer_id)
        now, before = self.clock.now(), len(ledger.events)
        # First what ran out: a new grant must not bring back what was kept by an old one.
        self._delete_what_nothing_permits(connection, ledger, now)
        yield ledger, now
        if len(ledger.events) > before:
            self._extend_objections(ledger, now)
        new = ledger.events[before:]
        if any(event.kind is EventKind.LIFTED for event in new):
            delete_what_ended_while_restricted(
                connection, customer_id, ledger.events[:before], self.retention
            )
        if new:
            self._delete_what_nothing_permits(connection, ledger, now)
        if any(_takes_back(event) for event in new):
            remove_answers_for(connection, customer_id)
        appended += [(ledger.chain_id, event) for event in new]

    def _extend_objections(self, ledger: OpenLedger, now: datetime) -> None:
        """For a purpose that the shop has added nothing is open that she has ruled out, before or now."""
        granted = {event.scope.purpose for event in ledger.events if event.is_grant}
        for one in extensions(ledger.events, granted, self.purposes):
            ledger.append(NewEvent(consent_id=one.objection_id, kind=one.kind, scope=one.scope), now=now)

    def _delete_what_nothing_permits(self, connection: Connection, ledger: OpenLedger, now: datetime) -> None:
        delete_what_nothing_permits(
            connection,
            ledger.customer_id,
            ledger.events,
            now,
            unpermitted_purchases=self.unpermitted_purchases,
            retention=self.retention,
        )
        delete_tasks_without_permission(connection, ledger.customer_id, ledger.events, now, self.retention)
        forget_what_contacts_rest_on(connection, ledger.customer_id, ledger.events, now, self.retention)


def _takes_back(event: ConsentEvent) -> bool:
    """Whether nothing that was stored or counted before the event may be used after it."""
    return event.is_denial or event.is_objection or event.replaces is not None
