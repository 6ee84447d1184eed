"""Use case: at login, what a visitor denied holds for the customer from the next request on. No grant moves.

Both ledgers are locked, and one is appended to; the visitor's stays as it is.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine

from consent.events import Evidence
from consent.merging import TakenOver, denials_to_take_over
from consent.records import ConsentRecord, consent_records
from service.appending import Appending
from service.db.consent_ledger import NewEvent, OpenLedger, lock_ledgers, read_events
from service.db.engine import write_transaction
from service.errors import ProblemCode, invalid
from service.ids import new_id
from service.once import Once, attempt

_EVIDENCE = Evidence(method="merge")


@dataclass(frozen=True, kw_only=True, slots=True)
class Merging:
    """The merges of one shop."""

    engine: Engine
    appending: Appending

    def merge(self, customer_id: str, visitor_id: str, once: Once | None = None) -> list[ConsentRecord]:
        """Take over the visitor's denials; gives all consents of the customer. Twice is the same.

        Raises Problem (422) for a visitor who is the customer.
        """
        if customer_id == visitor_id:
            raise invalid(
                ProblemCode.INVALID_REQUEST,
                "visitor_id",
                "is the customer's own id; name the one that she had before she logged in",
            )
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.appending.clock.now())
            lock_ledgers(connection, (customer_id, visitor_id))
            with self.appending.to(connection, customer_id) as (ledger, now):
                if tried.is_first:
                    visitor = read_events(connection, visitor_id)
                    for new in _new_events(denials_to_take_over(visitor, ledger.events), ledger):
                        ledger.append(new, now=now)
        return consent_records(ledger.events, customer_id=customer_id, at=now)


def _new_events(taken: list[TakenOver], ledger: OpenLedger) -> list[NewEvent]:
    """Each denial once and for good: what she allowed after an earlier merge, another login does not undo."""
    known = {event.event_id for event in ledger.events}
    consent_ids = {
        one.source.consent_id: new_id("obj" if one.source.is_objection else "con") for one in taken
    }
    events = [
        NewEvent(
            consent_id=consent_ids[one.source.consent_id],
            kind=one.kind,
            scope=one.scope,
            evidence=_EVIDENCE,
            event_id=_event_id(ledger.customer_id, one.source.event_id),
        )
        for one in taken
    ]
    return [event for event in events if event.event_id not in known]


def _event_id(customer_id: str, source: str) -> str:
    """The same for the same denial, and nothing that leads back to the visitor."""
    return "evt_merge_" + sha256(f"{customer_id}\n{source}".encode()).hexdigest()[:40]
