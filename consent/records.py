"""Consent records: the events of each consent told as one state, with what of it is still in force.

A view for people (customer, privacy officer). Nothing is decided here; reading asks `decide`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.decision import is_superseded, live_grants, replaced_consents
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
    """One consent: the scope as recorded, its state at a moment, and the fields still `in_force`."""

    consent_id: str
    first: ConsentEvent
    latest: ConsentEvent
    state: ConsentState
    in_force: frozenset[str]

    @property
    def scope(self) -> Scope:
        return self.first.scope

    @property
    def expires_at(self) -> datetime | None:
        """When it runs out, as last renewed."""
        grants = [event for event in (self.first, self.latest) if event.is_grant]
        return grants[-1].scope.expires_at if grants else None


def consent_records(events: Collection[ConsentEvent], *, at: datetime) -> list[ConsentRecord]:
    """All consents of one customer with their state at `at`, in the order they were recorded."""
    ledger = sorted(events, key=lambda event: event.position)
    ids = dict.fromkeys(event.consent_id for event in ledger)
    return [_record(consent_id, ledger, at) for consent_id in ids]


def _record(consent_id: str, ledger: Sequence[ConsentEvent], at: datetime) -> ConsentRecord:
    own = [event for event in ledger if event.consent_id == consent_id]
    in_force = frozenset(
        field
        for field in own[0].scope.fields
        if any(
            grant.consent_id == consent_id for grant in live_grants(ledger, own[0].scope.purpose, field, at)
        )
    )
    return ConsentRecord(
        consent_id=consent_id,
        first=own[0],
        latest=own[-1],
        state=_state(own, ledger, in_force, at),
        in_force=in_force,
    )


def _state(
    own: Sequence[ConsentEvent], ledger: Sequence[ConsentEvent], in_force: frozenset[str], at: datetime
) -> ConsentState:
    latest = own[-1]
    if not latest.is_grant or in_force:
        return ConsentState(latest.kind)
    opened = _opened_fields(latest, ledger)
    if latest.consent_id in replaced_consents(ledger) or not opened:
        return ConsentState.SUPERSEDED
    cuts = _later_denials(latest, ledger)
    if opened <= frozenset[str]().union(*(cut.scope.fields for cut in cuts)):
        return ConsentState(cuts[-1].kind)
    if latest.is_expired(at):
        return ConsentState.EXPIRED
    # Counted, or narrowed in a way that cannot be enforced yet: it stands, and nothing is read by it.
    return ConsentState(latest.kind)


def _opened_fields(grant: ConsentEvent, ledger: Sequence[ConsentEvent]) -> frozenset[str]:
    """The fields of `grant` that nothing younger had denied already when it arrived."""
    return frozenset(field for field in grant.scope.fields if not is_superseded(grant, ledger, field))


def _later_denials(grant: ConsentEvent, ledger: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """The denials that took something from `grant`, in ledger order."""
    return [
        event
        for event in ledger
        if event.is_denial
        and event.position > grant.position
        and event.scope.purpose == grant.scope.purpose
        and event.scope.fields & grant.scope.fields
    ]
