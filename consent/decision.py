"""The rule: which data fields may be read for a purpose, now, by which consent; if not, why not.

    A field may be read if and only if some live grant covers it and no refusal, withdrawal or
    revocation that stands later in her ledger covers it.

Nothing else in the service decides this, and nothing else makes a `Permission`. Unknown means no.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from consent.events import ConsentEvent, EventKind
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES


class Because(StrEnum):
    """Why a field may not be read: a closed list, the same on the wire."""

    NOT_ASKED = "not_asked"
    DEFERRED = "deferred"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    SINGLE_USE = "single_use"
    NEEDS_RENEWAL = "needs_renewal"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    OUT_OF_SCOPE = "out_of_scope"
    SENSITIVE = "sensitive"
    PAST_RETENTION = "past_retention"
    NOT_REQUESTED = "not_requested"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_PURPOSE = "unknown_purpose"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The answer for one field: either a consent that permits it, or the reason why none does.

    A verdict that names neither permits nothing.
    """

    consent_id: str | None = None
    expires_at: datetime | None = None
    because: Because | None = None

    @property
    def permitted(self) -> bool:
        return self.consent_id is not None and self.because is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """What may be read of one customer for one purpose at one moment. Made by `decide` alone."""

    customer_id: str
    purpose: str
    decided_at: datetime
    verdicts: Mapping[str, Verdict]

    @property
    def fields(self) -> frozenset[str]:
        """The data fields that may be read."""
        return frozenset(field for field, verdict in self.verdicts.items() if verdict.permitted)

    def verdict(self, field: str) -> Verdict:
        """The verdict on `field`; a field outside the catalogue is never permitted."""
        return self.verdicts.get(field, Verdict(because=Because.UNKNOWN_FIELD))


def decide(events: Collection[ConsentEvent], *, customer_id: str, purpose: str, at: datetime) -> Permission:
    """Decide every data field of the catalogue for `purpose` at the moment `at` (UTC).

    The order in which `events` are handed in changes nothing: order is the ledger position.

    Raises ValueError for events of another customer, or two events at one position: both mean that
    the ledger was not read properly, and deciding on it could only be wrong.
    """
    ledger = in_ledger_order(events, customer_id)
    if purpose not in PURPOSE_CODES:
        verdicts = {field: Verdict(because=Because.UNKNOWN_PURPOSE) for field in FIELD_CODES}
    else:
        verdicts = {field: _verdict(ledger, purpose, field, at) for field in FIELD_CODES}
    return Permission(
        customer_id=customer_id, purpose=purpose, decided_at=at, verdicts=MappingProxyType(verdicts)
    )


def verdict_on(
    events: Collection[ConsentEvent], field: str, *, customer_id: str, purpose: str, at: datetime
) -> Verdict:
    """What `decide` says of one field, without deciding all the others. Opens nothing: it is no key.

    Raises ValueError as `decide` does.
    """
    ledger = in_ledger_order(events, customer_id)
    if field not in FIELD_CODES:
        return Verdict(because=Because.UNKNOWN_FIELD)
    if purpose not in PURPOSE_CODES:
        return Verdict(because=Because.UNKNOWN_PURPOSE)
    return _verdict(ledger, purpose, field, at)


def live_grants(ledger: Sequence[ConsentEvent], purpose: str, field: str, at: datetime) -> list[ConsentEvent]:
    """The grants that permit this field at `at`. `ledger` is all her events, in ledger order."""
    covering = [event for event in ledger if event.covers(purpose, field)]
    last_denial = max((event.position for event in covering if event.is_denial), default=0)
    replaced = replaced_consents(ledger, purpose)
    return [
        grant
        for grant in covering
        if grant.is_grant
        and grant.position > last_denial
        and grant.consent_id not in replaced
        and not grant.is_expired(at)
        and not is_superseded(grant, ledger, field)
        and grant.scope.uses is None
        and grant.scope.is_enforceable()
    ]


def is_superseded(event: ConsentEvent, ledger: Sequence[ConsentEvent], field: str) -> bool:
    """Whether a denial of `field`, in the ledger before `event`, is younger than what `event` tells of.

    Such an event is an old paper that arrived late: evidence of the past, it reopens nothing. An event
    whose time was not stated happened when it was recorded, whatever the clock said then. A denial is
    never late: it cuts from where it stands.
    """
    if event.is_denial or event.occurred_at is None:
        return False
    return any(
        earlier.is_denial
        and earlier.covers(event.scope.purpose, field)
        and earlier.position < event.position
        and event.occurred_at < earlier.happened_at
        for earlier in ledger
    )


def replaced_consents(ledger: Sequence[ConsentEvent], purpose: str) -> frozenset[str]:
    """Consents for `purpose` that she exchanged for another one; they never come back."""
    return frozenset(
        event.replaces
        for event in ledger
        if event.is_grant and event.replaces and event.scope.purpose == purpose
    )


def in_ledger_order(events: Collection[ConsentEvent], customer_id: str) -> list[ConsentEvent]:
    """The events of one customer by position. Raises ValueError if they are not one ledger."""
    if any(event.customer_id != customer_id for event in events):
        raise ValueError(f"events of another customer were handed in for {customer_id}")
    if len({event.position for event in events}) != len(events):
        raise ValueError(f"two events at one ledger position for {customer_id}")
    return sorted(events, key=lambda event: event.position)


def _verdict(ledger: Sequence[ConsentEvent], purpose: str, field: str, at: datetime) -> Verdict:
    grants = live_grants(ledger, purpose, field, at)
    if not grants:
        return Verdict(because=_why_not(ledger, purpose, field, at))
    used = max(grants, key=_longest_lived_first_given)
    return Verdict(consent_id=used.consent_id, expires_at=used.scope.expires_at)


def _longest_lived_first_given(grant: ConsentEvent) -> tuple[bool, float, int]:
    expires_at = grant.scope.expires_at
    return (expires_at is None, expires_at.timestamp() if expires_at else 0.0, -grant.position)


def _why_not(ledger: Sequence[ConsentEvent], purpose: str, field: str, at: datetime) -> Because:
    """What her latest event on this point says; papers that arrived late say nothing."""
    telling = [
        event for event in ledger if event.covers(purpose, field) and not is_superseded(event, ledger, field)
    ]
    if not telling:
        return Because.NOT_ASKED
    latest = telling[-1]
    if not latest.is_grant:
        return _REASON_OF_KIND[latest.kind]
    if latest.is_expired(at):
        return Because.EXPIRED
    is_replaced = latest.consent_id in replaced_consents(ledger, purpose)
    if latest.scope.uses is not None and latest.scope.is_enforceable() and not is_replaced:
        return Because.SINGLE_USE
    # Replaced by a consent that leaves this field out, or narrowed in a way that cannot be enforced yet.
    return Because.OUT_OF_SCOPE


_REASON_OF_KIND: Mapping[EventKind, Because] = {
    EventKind.REFUSED: Because.REFUSED,
    EventKind.DEFERRED: Because.DEFERRED,
    EventKind.WITHDRAWN: Because.WITHDRAWN,
    EventKind.REVOKED: Because.REVOKED,
}
