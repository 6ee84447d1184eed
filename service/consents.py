"""Use cases of the consent registry: record, list, withdraw, withdraw everything, show the history.

Each write reads the customer's ledger under a lock, appends to it, and deletes what no purpose may read
any more, all in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from consent.events import GRANTS, ConsentEvent, EventKind
from consent.ledger import LedgerEntry
from consent.point_in_time import as_of
from consent.records import ConsentRecord, consent_records
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES
from service.appending import Appending
from service.db.consent_ledger import NewEvent, OpenLedger, read_entries, read_events
from service.db.engine import snapshot
from service.errors import ProblemCode, invalid, no_such_consent
from service.ids import new_id
from service.once import Once
from service.stated_decisions import Decision, new_event


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRegistry:
    """The registry of one shop."""

    engine: Engine
    appending: Appending

    def record(
        self,
        customer_id: str,
        decisions: Sequence[Decision],
        once: Once | None = None,
        *,
        token_of: datetime | None = None,
    ) -> list[ConsentRecord]:
        """Record decisions, all or none; gives the consent that each one concerns, in order.

        `token_of` is when the token was made by which she decides herself.

        Raises Problem for what cannot be recorded, naming the decision.
        """
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            if tried.is_first:
                self._refuse_what_was_before_her_erasure(ledger, decisions, token_of)
                recorded = [
                    ledger.append(new_event(number, one, ledger, self.appending.rules, now=now), now=now)
                    for number, one in enumerate(decisions)
                ]
                tried.note(consents=[event.consent_id for event in recorded])
        records = _by_id(ledger.events, customer_id, now)
        return [records[consent_id] for consent_id in tried.made["consents"] if consent_id in records]

    def _refuse_what_was_before_her_erasure(
        self, ledger: OpenLedger, decisions: Sequence[Decision], token_of: datetime | None
    ) -> None:
        """A decision without a date is one of now; but a yes by a token of before may be a late repetition."""
        moments = self.appending.tombstones.moments(ledger.connection, [ledger.customer_id])
        erased_at = moments.get(ledger.customer_id)
        for number, decision in enumerate(decisions):
            if erased_at and decision.occurred_at and decision.occurred_at <= erased_at:
                raise invalid(
                    ProblemCode.ERASED,
                    f"decisions.{number}.occurred_at",
                    "lies before this customer was erased; record what she decides now, or nothing",
                )
            if erased_at and token_of and token_of <= erased_at and decision.kind in GRANTS:
                raise invalid(
                    ProblemCode.ERASED,
                    f"decisions.{number}.decision",
                    "comes with a token from before this customer was erased; make her a new one, and ask her",
                )

    def all_of(self, customer_id: str, *, at: datetime | None = None) -> list[ConsentRecord]:
        """All her consents with their state now, or as it was at a past moment, in the order they were recorded.

        Raises Problem (422) for a moment in the future.
        """
        if at is not None and at > self.appending.clock.latest_present():
            raise invalid(ProblemCode.IN_THE_FUTURE, "as_of", "lies in the future; leave it out for now")
        with snapshot(self.engine) as connection:
            events = read_events(connection, customer_id)
        if at is not None:
            return consent_records(as_of(events, at), customer_id=customer_id, at=at)
        return consent_records(events, customer_id=customer_id, at=self.appending.clock.now())

    def history(self, customer_id: str, *, after: int = 0, limit: int | None = None) -> list[LedgerEntry]:
        """Her events in ledger order, with their hashes; all, or so many of them from behind a position on."""
        with snapshot(self.engine) as connection:
            return read_entries(connection, customer_id, after=after, limit=limit)

    def withdraw(self, customer_id: str, consent_id: str, once: Once | None = None) -> ConsentRecord:
        """Deny the whole scope of a consent from now on; also where another one, such as that which
        replaced it, covers the same. A consent that ended by her own word already stays as it is.

        Raises Problem (404) for a consent that is not hers.
        """
        self.one_of(customer_id, consent_id)
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            record = _by_id(ledger.events, customer_id, now)[consent_id]
            if tried.is_first and not record.decisions[-1].is_denial:
                scope = record.scope.to_deny(record.scope.fields)
                withdrawal = NewEvent(consent_id=consent_id, kind=EventKind.WITHDRAWN, scope=scope)
                ledger.append(withdrawal, now=now)
        return _by_id(ledger.events, customer_id, now)[consent_id]

    def one_of(self, customer_id: str, consent_id: str) -> ConsentRecord:
        """One of her consents. Raises Problem (404) for a consent that is not hers."""
        for record in self.all_of(customer_id):
            if record.consent_id == consent_id:
                return record
        raise no_such_consent()

    def withdraw_all(self, customer_id: str, once: Once | None = None) -> list[ConsentRecord]:
        """Deny every data field for every purpose; gives all her consents with their state.

        The denial covers what she was never asked, too: an old paper that arrives later opens nothing.
        """
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            # Also what this shop has dropped since from its own purposes, and may bring back.
            told = {event.scope.purpose for event in ledger.events}
            for purpose in sorted(told | self.appending.purposes.codes):
                if tried.is_first and not _everything_is_denied(ledger.events, purpose):
                    scope = Scope(purpose=purpose, fields=frozenset(FIELD_CODES))
                    denial = NewEvent(consent_id=new_id("con"), kind=EventKind.WITHDRAWN, scope=scope)
                    ledger.append(denial, now=now)
        return consent_records(ledger.events, customer_id=customer_id, at=now)


def _by_id(events: Sequence[ConsentEvent], customer_id: str, at: datetime) -> dict[str, ConsentRecord]:
    records = consent_records(events, customer_id=customer_id, at=at)
    return {record.consent_id: record for record in records}


def _everything_is_denied(events: Sequence[ConsentEvent], purpose: str) -> bool:
    """Whether a denial of every datum stands last for `purpose`."""
    of_purpose = [event for event in events if event.scope.purpose == purpose and event.is_decision]
    everything = Scope(purpose=purpose, fields=frozenset(FIELD_CODES))
    return bool(of_purpose) and of_purpose[-1].is_denial and of_purpose[-1].scope == everything
