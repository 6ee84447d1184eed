"""Consent events: immutable facts in the order of one customer's ledger.

States and event kinds are those of DPV 2.3 (ConsentStatus) and ISO/IEC TS 27560:2023 (event_state).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.scope import Scope


class EventKind(StrEnum):
    """What she, or somebody for her, did; and `consumed`: an answer has used a counted grant.

    An objection (GDPR art. 21) and a restriction of processing (art. 18) cut whatever was or will be given, until
    they are lifted; the events of one share its id as their `consent_id`.
    """

    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    CONSUMED = "consumed"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    LIFTED = "lifted"


GRANTS = frozenset({EventKind.GIVEN, EventKind.RENEWED})
DENIALS = frozenset({EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.REVOKED})
DECISIONS = GRANTS | DENIALS | {EventKind.DEFERRED}
OBJECTIONS = frozenset({EventKind.OBJECTED, EventKind.RESTRICTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """How the act came about: what proves it (GDPR art. 7(1)). No decision rests on it.

    notice_id     the notice version that she was shown; `None`: assumed, and said so
    shown         the screen or form that she was shown; of `consumed`: the answer that used it
    captured_via  where: web, app, store, telephone
    method        how: checkbox, button, spoken, import
    locale        the language that she was asked in
    actor         who acted: she herself, a guardian, staff
    """

    notice_id: str | None = None
    shown: str | None = None
    captured_via: str | None = None
    method: str | None = None
    locale: str | None = None
    actor: str | None = None


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentEvent:
    """One act at one time.

    position     place in this customer's ledger, from 1; *this* is the order, no clock is
    recorded_at  when the service stored it (UTC)
    occurred_at  when it happened, as stated by the caller (UTC); evidence only, `None` if not stated
    replaces     the consent that this one, narrower or wider, stands in for
    evidence     what proves the act
    outdated_from  when a material change of its notice asked her again (UTC), `None` if none did; it is no part of
                   what was recorded, but found when the ledger is read
    """

    event_id: str
    consent_id: str
    customer_id: str
    position: int
    kind: EventKind
    scope: Scope
    recorded_at: datetime
    occurred_at: datetime | None = None
    replaces: str | None = None
    evidence: Evidence = NO_EVIDENCE
    outdated_from: datetime | None = None

    @property
    def is_grant(self) -> bool:
        return self.kind in GRANTS

    @property
    def is_denial(self) -> bool:
        return self.kind in DENIALS

    @property
    def is_decision(self) -> bool:
        """Whether somebody decided on a consent: not what only tells of a use, nor a layer above consents."""
        return self.kind in DECISIONS

    @property
    def is_objection(self) -> bool:
        return self.kind in OBJECTIONS

    @property
    def happened_at(self) -> datetime:
        """When the act took place, as stated; else when it was recorded."""
        return self.occurred_at or self.recorded_at

    def covers(self, purpose: str, field: str) -> bool:
        return self.scope.covers(purpose, field)

    def is_expired(self, at: datetime) -> bool:
        """Whether the grant has run out at `at`; the moment of expiry itself is already out."""
        return self.scope.expires_at is not None and self.scope.expires_at <= at

    def is_outdated(self, at: datetime) -> bool:
        """Whether a material change of the notice has asked her again by `at`."""
        return self.outdated_from is not None and self.outdated_from <= at
