"""Consent records: the events of each consent told as one state, with what of it is still in force.

A view for people (customer, privacy officer). Nothing is decided here; reading asks `decide`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.coverage import ANY_CHANNEL, Question, coverings, is_superseded, replaced_consents, uses_left
from consent.decision import in_ledger_order
from consent.events import ConsentEvent, EventKind
from consent.scope import Scope


class ConsentState(StrEnum):
    """DPV 2.3 ConsentStatus, with `consumed` and `superseded` besides."""

    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    SUPERSEDED = "superseded"


# Terminal states never reopen: a new choice is a new record. An expired or deferred consent may still
# be withdrawn, because a customer who says no is heard whatever the clock says.
ENDED = frozenset(
    {
        ConsentState.REFUSED,
        ConsentState.WITHDRAWN,
        ConsentState.REVOKED,
        ConsentState.CONSUMED,
        ConsentState.SUPERSEDED,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecord:
    """One consent: its events, its state at a moment, and the fields of which something may be read by it.

    uses_left  for how many answers it is still good; `None` if it is not counted
    """

    consent_id: str
    events: tuple[ConsentEvent, ...]
    state: ConsentState
    in_force: frozenset[str]
    uses_left: int | None = None

    @property
    def decisions(self) -> tuple[ConsentEvent, ...]:
        """Its events without those that only tell of a use."""
        return tuple(event for event in self.events if event.is_decision) or self.events

    @property
    def scope(self) -> Scope:
        """What it was asked for, as first recorded."""
        return self.events[0].scope

    @property
    def notice_id(self) -> str | None:
        """The notice that her last yes rests on; where there is none, that of its first event. `None` is assumed."""
        granted = [event for event in self.events if event.is_grant]
        return (granted or self.events[:1])[-1].evidence.notice_id

    @property
    def expires_at(self) -> datetime | None:
        """When the last of its grants runs out; `None` if one of them does not."""
        ends = [event.scope.expires_at for event in self.events if event.is_grant]
        known = [end for end in ends if end is not None]
        return max(known) if ends and len(known) == len(ends) else None


def consent_records(
    events: Collection[ConsentEvent], *, customer_id: str, at: datetime
) -> list[ConsentRecord]:
    """All consents of one customer with their state at `at`, in the order they were recorded.

    Raises ValueError for events that are not one ledger of hers.
    """
    ledger = in_ledger_order(events, customer_id)
    events_of: dict[str, list[ConsentEvent]] = {}
    for event in ledger:
        if not event.is_objection and event.kind is not EventKind.LIFTED:
            events_of.setdefault(event.consent_id, []).append(event)
    in_force = _in_force(ledger, at)
    return [
        _record(own, ledger, in_force.get(consent_id, frozenset()), at)
        for consent_id, own in events_of.items()
    ]


def _in_force(ledger: Sequence[ConsentEvent], at: datetime) -> dict[str, frozenset[str]]:
    """Consent id -> the fields that one of its grants permits now, by some channel. Each is worked out once."""
    in_force: dict[str, frozenset[str]] = {}
    points = {(event.scope.purpose, field) for event in ledger for field in event.scope.fields}
    for purpose, field in points:
        question = Question(purpose=purpose, field=field, at=at, channel=ANY_CHANNEL, counted=True)
        for covering in coverings(ledger, question):
            in_force[covering.consent_id] = in_force.get(covering.consent_id, frozenset()) | {field}
    return in_force


def _record(
    own: Sequence[ConsentEvent], ledger: Sequence[ConsentEvent], in_force: frozenset[str], at: datetime
) -> ConsentRecord:
    decided = [event for event in own if event.is_decision] or list(own)
    return ConsentRecord(
        consent_id=own[0].consent_id,
        events=tuple(own),
        state=_state(decided[-1], ledger, in_force, at),
        in_force=in_force,
        uses_left=uses_left(decided[-1], ledger) if decided[-1].is_grant else None,
    )


def _state(
    latest: ConsentEvent, ledger: Sequence[ConsentEvent], in_force: frozenset[str], at: datetime
) -> ConsentState:
    """The state of a consent, by its own latest decision and what the rest of the ledger does to it."""
    if latest.is_denial or in_force:
        return ConsentState(latest.kind)
    not_late = {field for field in latest.scope.fields if not is_superseded(latest, ledger, field)}
    if not not_late or latest.consent_id in replaced_consents(ledger, latest.scope.purpose):
        return ConsentState.SUPERSEDED
    if not latest.is_grant:
        return ConsentState(latest.kind)
    ended_by = _ended_by(latest, not_late, ledger)
    if ended_by is not None:
        return ConsentState(ended_by.kind)
    if uses_left(latest, ledger) == 0:
        return ConsentState.CONSUMED
    if latest.is_expired(at):
        return ConsentState.EXPIRED
    # Objected to, or its notice has changed since: it stands, and nothing is read by it.
    return ConsentState(latest.kind)


def _ended_by(
    grant: ConsentEvent, fields: Collection[str], ledger: Sequence[ConsentEvent]
) -> ConsentEvent | None:
    """The later denial that took the last of `fields` from `grant`; what came after it ended nothing."""
    left = set(fields)
    for event in ledger:
        if event.is_denial and event.position > grant.position and _denies_all_of(event, grant):
            left -= {field for field in left if event.covers(grant.scope.purpose, field)}
            if not left:
                return event
    return None


def _denies_all_of(denial: ConsentEvent, grant: ConsentEvent) -> bool:
    return denial.scope.contain_data(grant.scope) and denial.scope.contain_channels(grant.scope)
