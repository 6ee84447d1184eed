"""Turns a decision as a caller states it into an event for the ledger, or says what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.coverage import is_late
from consent.events import GRANTS, NO_EVIDENCE, ConsentEvent, EventKind, Evidence
from consent.records import ENDED, ConsentRecord, ConsentState, consent_records
from consent.scope import Items, PriceLimit, Scope
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from service.db.consent_ledger import NewEvent, OpenLedger
from service.errors import HER_CONSENTS, Problem, ProblemCode, invalid
from service.ids import new_id
from service.stated_names import known_fields, known_purpose
from service.stated_standing_orders import check_limits

_NOT_RENEWABLE = ENDED | {ConsentState.EXPIRED, ConsentState.DEFERRED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the customer decided, as the caller states it; `data` are categories or fields.

    `event_id` is stated for what may be told twice, such as a row of a file.
    """

    kind: EventKind
    purpose: str
    data: tuple[str, ...]
    channels: frozenset[str] | None = None
    items: Items | None = None
    data_from: datetime | None = None
    uses: int | None = None
    expires_at: datetime | None = None
    price_limit: PriceLimit | None = None
    occurred_at: datetime | None = None
    renews: str | None = None
    replaces: str | None = None
    evidence: Evidence = NO_EVIDENCE
    event_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is asked of a decision: that a grant names its notice; the `latest` moment it can tell of; its purpose."""

    requires_notice: bool
    latest: datetime
    purposes: PurposeCatalogue = BUILT_IN


def new_event(
    number: int, decision: Decision, ledger: OpenLedger, rules: Rules, *, now: datetime
) -> NewEvent:
    """The event of decision `number` of a call, to be appended to `ledger` as it stands.

    Raises Problem, naming the part of the request, for what cannot be recorded.
    """
    path = f"decisions.{number}"
    scope = _scope(path, decision, rules.purposes)
    check_limits(path, decision.kind, scope)
    _check_evidence(path, decision, ledger, rules)
    if decision.renews:
        scope = _renewed_scope(path, decision.renews, scope, ledger, now)
    if decision.replaces:
        _check_same_purpose(f"{path}.replaces", decision.replaces, scope, ledger.events)
    return NewEvent(
        consent_id=decision.renews or new_id("con"),
        kind=decision.kind,
        scope=scope,
        occurred_at=decision.occurred_at,
        replaces=decision.replaces,
        evidence=decision.evidence,
        event_id=decision.event_id,
    )


def _scope(path: str, decision: Decision, purposes: PurposeCatalogue) -> Scope:
    known_purpose(decision.purpose, f"{path}.purpose", purposes)
    fields = known_fields(decision.data, f"{path}.data")
    return Scope(
        purpose=decision.purpose,
        fields=fields,
        channels=decision.channels,
        items=decision.items,
        data_from=decision.data_from,
        uses=decision.uses,
        expires_at=decision.expires_at,
        price_limit=decision.price_limit,
    )


def _check_evidence(path: str, decision: Decision, ledger: OpenLedger, rules: Rules) -> None:
    """When she decided, and of a grant what she was shown: nobody's "no" is turned away for want of a paper."""
    if decision.occurred_at and decision.occurred_at > rules.latest:
        raise invalid(
            ProblemCode.IN_THE_FUTURE,
            f"{path}.occurred_at",
            "lies in the future; state when the customer decided, or leave it out",
        )
    notice_id = decision.evidence.notice_id
    if decision.kind not in GRANTS:
        return
    if notice_id is not None:
        _check_notice(f"{path}.notice_id", notice_id, decision.purpose, ledger)
    elif rules.requires_notice:
        raise invalid(
            ProblemCode.NOTICE_REQUIRED,
            f"{path}.notice_id",
            "is required in production: name the notice that the customer was shown",
        )


def _check_notice(path: str, notice_id: str, purpose: str, ledger: OpenLedger) -> None:
    """A grant rests on what she was shown; a "no" is recorded with whatever it names."""
    notice = ledger.notice(notice_id)
    if notice is None:
        raise invalid(
            ProblemCode.UNKNOWN_NOTICE,
            path,
            "names no notice that was published here; POST /v1/notices, or name one of GET /v1/notices",
        )
    if purpose not in notice.purposes:
        raise invalid(
            ProblemCode.NOTICE_MISMATCH,
            path,
            f"names a notice for {', '.join(sorted(notice.purposes))}; name the one that she was shown for "
            f"{purpose}",
        )


def _check_same_purpose(path: str, consent_id: str, scope: Scope, events: Sequence[ConsentEvent]) -> None:
    # The events of an objection share its id as a consent's do, and it is none.
    purposes = {
        event.scope.purpose for event in events if event.consent_id == consent_id and event.is_decision
    }
    if not purposes:
        raise invalid(ProblemCode.UNKNOWN_CONSENT, path, f"names no consent of this customer; {HER_CONSENTS}")
    if purposes != {scope.purpose}:
        raise invalid(ProblemCode.RENEWAL_MISMATCH, path, "names a consent for another purpose")


def _renewed_scope(path: str, consent_id: str, scope: Scope, ledger: OpenLedger, now: datetime) -> Scope:
    """The scope of a renewal, which lets a consent go on that has not ended, and widens nothing."""
    _check_same_purpose(f"{path}.renews", consent_id, scope, ledger.events)
    renewed = _renewable(path, consent_id, ledger, now)
    goes_on = _narrowed_as_before(scope, renewed.scope)
    is_wider = not renewed.scope.contain_data(goes_on) or not renewed.scope.contain_channels(goes_on)
    if is_wider or not scope.fields <= renewed.in_force:
        raise invalid(
            ProblemCode.RENEWAL_MISMATCH,
            f"{path}.data",
            "is wider than what is in force of the consent that it renews; record a new `given` for the rest",
        )
    if _was_cut(renewed, goes_on, ledger.recorded):
        raise invalid(
            ProblemCode.RENEWAL_MISMATCH,
            f"{path}.renews",
            "names a consent of which a part was taken back; record a new `given` for what she allows now",
        )
    return goes_on


def _renewable(path: str, consent_id: str, ledger: OpenLedger, now: datetime) -> ConsentRecord:
    """The consent, if it can go on. A change of its notice ended nothing: what it asks for again is to be renewed."""
    records = consent_records(ledger.recorded, customer_id=ledger.customer_id, at=now)
    (renewed,) = (record for record in records if record.consent_id == consent_id)
    if renewed.state in _NOT_RENEWABLE:
        raise Problem(
            ProblemCode.CONSENT_ENDED,
            f"{consent_id} is {renewed.state} and cannot be renewed; record a new `given`",
            status=409,
        )
    if renewed.uses_left is not None:
        raise invalid(
            ProblemCode.RENEWAL_MISMATCH,
            f"{path}.renews",
            "names a consent that is good for a number of answers; record a new `given`",
        )
    return renewed


def _narrowed_as_before(scope: Scope, before: Scope) -> Scope:
    """The scope of a renewal: where it names no channels, items or date of its own, those of the consent go on."""
    return Scope(
        purpose=scope.purpose,
        fields=scope.fields,
        channels=before.channels if scope.channels is None else scope.channels,
        items=before.items if scope.items is None else scope.items,
        data_from=before.data_from if scope.data_from is None else scope.data_from,
        expires_at=scope.expires_at,
    )


def _was_cut(renewed: ConsentRecord, goes_on: Scope, events: Sequence[ConsentEvent]) -> bool:
    """Whether a denial that cuts its last grant may be about any of it: the renewal would stand behind it and
    reopen it. Also one that was there before: what came late, as an old paper, is cut by it.
    """
    granted = [event for event in renewed.events if event.is_grant][-1]
    return any(
        denial.is_denial
        and (denial.position > granted.position or is_late(granted, denial))
        and denial.scope.may_meet(goes_on)
        for denial in events
    )
