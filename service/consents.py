"""Use cases of the consent registry: record, list, withdraw, withdraw everything, show the history.

Each write reads the customer's ledger under a lock, appends to it, and deletes what no purpose may read
any more, all in one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from consent.events import NO_EVIDENCE, ConsentEvent, EventKind, Evidence
from consent.ledger import LedgerEntry
from consent.records import ENDED, ConsentRecord, ConsentState, consent_records
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES, PURPOSES, UnknownData, expand
from service.collecting import delete_what_nothing_permits
from service.db.consent_ledger import (
    NewEvent,
    append_events,
    lock_ledger,
    read_entries,
    read_events,
)
from service.db.engine import snapshot, write_transaction
from service.db.epochs import LEARNING, advance_epoch
from service.errors import Problem, ProblemCode, invalid
from service.ids import new_id
from service.settings import Clock, Environment

_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the customer decided, as the caller states it; `data` are categories or fields."""

    kind: EventKind
    purpose: str
    data: tuple[str, ...]
    expires_at: datetime | None = None
    occurred_at: datetime | None = None
    renews: str | None = None
    replaces: str | None = None
    evidence: Evidence = NO_EVIDENCE


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRegistry:
    """The registry of one shop."""

    engine: Engine
    clock: Clock
    environment: Environment

    def record(self, customer_id: str, decisions: Sequence[Decision]) -> list[ConsentRecord]:
        """Record decisions, all or none; gives the consent that each one concerns, in order.

        Raises Problem for what cannot be recorded, naming the decision.
        """
        recorded: list[str] = []

        def events(ledger: Sequence[LedgerEntry], now: datetime) -> list[NewEvent]:
            known = {one.consent_id: one for one in consent_records(_events(ledger), at=now)}
            new = [self._new_event(number, one, known) for number, one in enumerate(decisions)]
            recorded.extend(event.consent_id for event in new)
            return new

        records = {one.consent_id: one for one in self._append(customer_id, events)}
        return [records[consent_id] for consent_id in recorded]

    def all_of(self, customer_id: str) -> list[ConsentRecord]:
        """All her consents with their state now, in the order they were recorded."""
        with snapshot(self.engine) as connection:
            events = read_events(connection, customer_id)
        return consent_records(events, at=self.clock.now())

    def history(self, customer_id: str) -> list[LedgerEntry]:
        """Every event in ledger order, with its hash."""
        with snapshot(self.engine) as connection:
            return read_entries(connection, customer_id)

    def withdraw(self, customer_id: str, consent_id: str) -> ConsentRecord:
        """Deny the whole scope of a consent from now on. A consent that has ended stays as it is.

        Raises Problem (404) for a consent that is not hers.
        """

        def events(ledger: Sequence[LedgerEntry], now: datetime) -> list[NewEvent]:
            records = {one.consent_id: one for one in consent_records(_events(ledger), at=now)}
            record = _known(records, consent_id)
            if record.state in ENDED:
                return []
            scope = Scope(purpose=record.scope.purpose, fields=record.scope.fields)
            return [NewEvent(consent_id=consent_id, kind=EventKind.WITHDRAWN, scope=scope)]

        self.one_of(customer_id, consent_id)
        records = {one.consent_id: one for one in self._append(customer_id, events)}
        return records[consent_id]

    def one_of(self, customer_id: str, consent_id: str) -> ConsentRecord:
        """One of her consents. Raises Problem (404) for a consent that is not hers."""
        return _known({one.consent_id: one for one in self.all_of(customer_id)}, consent_id)

    def withdraw_all(self, customer_id: str) -> list[ConsentRecord]:
        """Deny every data field for every purpose; gives all her consents with their state.

        The denial covers what she was never asked, too: an old paper that arrives later opens nothing.
        """

        def events(ledger: Sequence[LedgerEntry], now: datetime) -> list[NewEvent]:
            return [
                NewEvent(
                    consent_id=new_id("con"),
                    kind=EventKind.WITHDRAWN,
                    scope=Scope(purpose=purpose.code, fields=frozenset(FIELD_CODES)),
                )
                for purpose in PURPOSES
                if not _everything_is_denied(_events(ledger), purpose.code)
            ]

        return self._append(customer_id, events)

    def _append(
        self, customer_id: str, make: Callable[[Sequence[LedgerEntry], datetime], Sequence[NewEvent]]
    ) -> list[ConsentRecord]:
        with write_transaction(self.engine) as connection:
            ledger = lock_ledger(connection, customer_id)
            now = self.clock.now()
            new = make(ledger, now)
            appended = append_events(connection, customer_id, new, after=ledger, now=now)
            events = _events([*ledger, *appended])
            if appended:
                _take_effect(connection, customer_id, events, appended, now)
        return consent_records(events, at=now)

    def _new_event(self, number: int, decision: Decision, known: dict[str, ConsentRecord]) -> NewEvent:
        path = f"decisions.{number}"
        scope = _scope(path, decision)
        if decision.occurred_at and decision.occurred_at > self.clock.latest_present() + _CLOCK_SKEW:
            raise invalid(
                ProblemCode.IN_THE_FUTURE,
                f"{path}.occurred_at",
                "lies in the future; state when the customer decided, or leave it out",
            )
        if self.environment is Environment.PRODUCTION and decision.evidence.notice_id is None:
            raise invalid(
                ProblemCode.NOTICE_REQUIRED,
                f"{path}.notice_id",
                "is required in production: name the notice that the customer was shown",
            )
        _check_references(path, decision, scope, known)
        return NewEvent(
            consent_id=decision.renews or new_id("con"),
            kind=decision.kind,
            scope=scope,
            occurred_at=decision.occurred_at,
            replaces=decision.replaces,
            evidence=decision.evidence,
        )


def _take_effect(
    connection: Connection,
    customer_id: str,
    events: Sequence[ConsentEvent],
    appended: Sequence[LedgerEntry],
    now: datetime,
) -> None:
    """What a change of consent changes besides, in the same transaction."""
    delete_what_nothing_permits(connection, customer_id, events, now)
    if any(entry.event.scope.purpose == LEARNING for entry in appended):
        advance_epoch(connection, LEARNING)


def _scope(path: str, decision: Decision) -> Scope:
    if decision.purpose not in PURPOSE_CODES:
        raise invalid(
            ProblemCode.UNKNOWN_PURPOSE,
            f"{path}.purpose",
            f"is no known purpose; use one of: {', '.join(one.code for one in PURPOSES)}",
        )
    try:
        fields = expand(decision.data)
    except UnknownData as error:
        raise invalid(
            ProblemCode.UNKNOWN_DATA,
            f"{path}.data",
            f"names {error.name}, which is no data category or field; GET /v1/data-fields lists them",
        ) from error
    return Scope(purpose=decision.purpose, fields=fields, expires_at=decision.expires_at)


def _check_references(path: str, decision: Decision, scope: Scope, known: dict[str, ConsentRecord]) -> None:
    """A renewal names a consent of hers that has not ended and widens nothing; so does a replacement."""
    for name in ("renews", "replaces"):
        consent_id = getattr(decision, name)
        if consent_id is None:
            continue
        if consent_id not in known:
            raise invalid(ProblemCode.UNKNOWN_CONSENT, f"{path}.{name}", "names no consent of this customer")
        if known[consent_id].scope.purpose != scope.purpose:
            raise invalid(
                ProblemCode.RENEWAL_MISMATCH, f"{path}.{name}", "names a consent for another purpose"
            )
    if decision.renews is None:
        return
    renewed = known[decision.renews]
    if renewed.state in ENDED or renewed.state in (ConsentState.EXPIRED, ConsentState.DEFERRED):
        raise Problem(
            ProblemCode.CONSENT_ENDED,
            f"{renewed.consent_id} is {renewed.state} and cannot be renewed; record a new `given`",
            status=409,
        )
    if not scope.fields <= renewed.scope.fields:
        raise invalid(
            ProblemCode.RENEWAL_MISMATCH,
            f"{path}.data",
            "is wider than the consent that it renews; record a new `given` for what is added",
        )


def _known(records: dict[str, ConsentRecord], consent_id: str) -> ConsentRecord:
    if consent_id not in records:
        raise Problem(ProblemCode.UNKNOWN_CONSENT, "This customer has no such consent.", status=404)
    return records[consent_id]


def _everything_is_denied(events: Sequence[ConsentEvent], purpose: str) -> bool:
    """Whether a denial of every field stands last for `purpose`."""
    of_purpose = [event for event in events if event.scope.purpose == purpose]
    return bool(of_purpose) and of_purpose[-1].is_denial and of_purpose[-1].scope.fields >= set(FIELD_CODES)


def _events(ledger: Sequence[LedgerEntry]) -> list[ConsentEvent]:
    return [entry.event for entry in ledger]
