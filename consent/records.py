"""Consent records: the events of each consent told as one state, with what of it is still in force.

A view for people (customer, privacy officer). Nothing is decided here; reading asks `decide`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.decision import in_ledger_order, is_superseded, live_grants, replaced_consents
from consent.events import ConsentEvent
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
    """One consent: its events, its state at a moment, and the fields still `in_force` by it."""

    consent_id: str
    events: tuple[ConsentEvent, ...]
    state: ConsentState
    in_force: frozenset[str]

    @property
    def scope(self) -> Scope:
        """What it was asked for, as first recorded."""
        return self.events[0].scope

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
        events_of.setdefault(event.consent_id, []).append(event)
    in_force = _in_force(ledger, at)
    return [
        ConsentRecord(
            consent_id=consent_id,
            events=tuple(own),
            state=_state(own[-1], ledger, in_force[consent_id], at),
            in_force=in_force[consent_id],
        )
        for consent_id, own in events_of.items()
    ]


def _in_force(ledger: Sequence[ConsentEvent], at: datetime) -> dict[str, frozenset[str]]:
    """Consent id -> the fields that one of its grants permits now. Each point is worked out once."""
    in_force: dict[str, frozenset[str]] = dict.fromkeys((event.consent_id for event in ledger), frozenset())
    points = {(event.scope.purpose, field) for event in ledger for field in event.scope.fields}
    for purpose, field in points:
        for grant in live_grants(ledger, purpose, field, at):
            in_force[grant.consent_id] |= {field}
    return in_force


def _state(
    latest: ConsentEvent, ledger: Sequence[ConsentEvent], in_force: frozenset[str], at: datetime
) -> ConsentState:
    """The state of a consent, by its own latest event and what the rest of the ledger does to it."""
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
    if latest.is_expired(at):
        return ConsentState.EXPIRED
    # Counted, or narrowed in a way that cannot be enforced yet: it stands, and nothing is read by it.
    return ConsentState(latest.kind)


def _ended_by(
    grant: ConsentEvent, fields: Collection[str], ledger: Sequence[ConsentEvent]
) -> ConsentEvent | None:
    """The later denial that took the last of `fields` from `grant`; what came after it ended nothing."""
    left = set(fields)
    for event in ledger:
        if event.is_denial and event.position > grant.position:
            left -= {field for field in left if event.covers(grant.scope.purpose, field)}
            if not left:
                return event
    return None
