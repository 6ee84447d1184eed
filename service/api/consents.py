"""Routes: the consent registry."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, TypeAdapter

from consent.events import EventKind, Evidence
from consent.ledger import LedgerEntry
from consent.records import ConsentRecord, ConsentState
from service.api.idempotency import OncePerKey
from service.api.pages import Page, one_page, place_after
from service.api.shapes import (
    BATCH_MAXIMUM,
    Id,
    In,
    LongText,
    Moment,
    Out,
    Text,
    UtcMoment,
    problems,
)
from service.auth import ReadsConsents, WritesConsents
from service.consents import ConsentRegistry
from service.errors import ProblemCode, invalid
from service.stated_decisions import Decision

router = APIRouter(prefix="/v1/customers/{customer_id}/consents", tags=["consents"])

_Customer = Annotated[Id, Path(description="The shop's own id of the customer.")]
# A place in her ledger: a consent stays where its first event stands, whatever becomes of it.
_POSITION: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)])
_RENEWALS_MAXIMUM = 100
_NOT_YET = ("channels", "items", "data_from", "uses")


class ItemsIn(In):
    """Selected items only."""

    orders: list[Id] = Field(default=[])
    products: list[Id] = Field(default=[])
    categories: list[Text] = Field(default=[])
    exceptions: list[Id] = Field(default=[], alias="except")


class DecisionIn(In):
    """One decision of the customer about a purpose and data.

    `channels`, `items`, `data_from` and `uses` narrow a scope. This release cannot enforce them and
    refuses them (`scope_not_supported`) rather than record a consent that it would read too widely.
    """

    decision: EventKind
    purpose: Text
    data: list[Text] = Field(
        min_length=1, max_length=100, description="Categories (`purchases`) or fields (`devices.product`)."
    )
    channels: list[Text] | None = None
    items: ItemsIn | None = None
    data_from: Moment | None = None
    uses: int | None = Field(default=None, ge=1, le=1_000_000)
    expires_at: Moment | None = None
    notice_id: Id | None = None
    shown: LongText | None = None
    captured_via: Text | None = None
    method: Text | None = None
    locale: Text | None = None
    occurred_at: Moment | None = Field(
        default=None, description="When she decided, if not now: evidence; the order is the ledger's."
    )
    actor: Text | None = None
    renews: Id | None = Field(default=None, description="With `renewed`: the consent that goes on.")
    replaces: Id | None = Field(default=None, description="With `given`: the consent that this one ends.")


class DecisionsIn(In):
    decisions: list[DecisionIn] = Field(min_length=1, max_length=BATCH_MAXIMUM)


class ConsentOut(Out):
    """One consent. `data` is what it was given for, `in_force` what of it may be read by it now."""

    consent_id: str
    purpose: str
    data: list[str]
    in_force: list[str]
    state: ConsentState
    given_at: UtcMoment
    recorded_at: UtcMoment
    expires_at: UtcMoment | None
    uses_left: int | None
    notice_id: str | None
    notice_binding: Literal["shown", "assumed"]


class ConsentsRecorded(Out):
    consents: list[ConsentOut]


class ConsentList(Out):
    consents: list[ConsentOut]
    next_cursor: str | None


class HistoryEventOut(Out):
    """One event as it stands in the ledger; `hash` covers it and `previous_hash`."""

    position: int
    event_id: str
    consent_id: str
    event: EventKind
    purpose: str
    data: list[str]
    expires_at: UtcMoment | None
    recorded_at: UtcMoment
    occurred_at: UtcMoment | None
    replaces: str | None
    notice_id: str | None
    shown: str | None
    captured_via: str | None
    method: str | None
    locale: str | None
    actor: str | None
    chain_id: str
    previous_hash: str
    hash: str


class History(Out):
    events: list[HistoryEventOut]
    next_cursor: str | None


class ConsentQuery(Page):
    state: ConsentState | None = None


@router.post(
    "",
    status_code=201,
    responses=problems(401, 403, 409, 413, 422),
)
def record_decisions(
    caller: WritesConsents, request: Request, customer_id: _Customer, body: DecisionsIn, once: OncePerKey
) -> ConsentsRecorded:
    """Record what the customer decided: all decisions or none. Durable before it is answered."""
    if sum(one.decision is EventKind.RENEWED for one in body.decisions) > _RENEWALS_MAXIMUM:
        # Each is held against her whole ledger while it is locked: a thousand took a minute.
        raise invalid(
            ProblemCode.INVALID_REQUEST, "decisions", f"may renew {_RENEWALS_MAXIMUM} consents in one call"
        )
    decisions = [_decision(number, one) for number, one in enumerate(body.decisions)]
    records = _registry(request).record(customer_id, decisions, once)
    return ConsentsRecorded(consents=[_consent(record) for record in records])


@router.get("", responses=problems(401, 403, 422))
def list_consents(
    caller: ReadsConsents,
    request: Request,
    customer_id: _Customer,
    query: Annotated[ConsentQuery, Query()],
) -> ConsentList:
    """All consents of the customer with their state now, oldest first."""
    after = place_after(query, "consents", _POSITION) or 0
    records = [
        record
        for record in _registry(request).all_of(customer_id)
        if record.events[0].position > after and (query.state is None or record.state is query.state)
    ]
    shown, next_cursor = one_page(records, query, "consents", lambda record: record.events[0].position)
    return ConsentList(consents=[_consent(record) for record in shown], next_cursor=next_cursor)


@router.get("/history", responses=problems(401, 403, 422))
def list_history(
    caller: ReadsConsents, request: Request, customer_id: _Customer, query: Annotated[Page, Query()]
) -> History:
    """Every event of the customer's ledger in its order, with position and hash."""
    after = place_after(query, "history", _POSITION) or 0
    entries = _registry(request).history(customer_id, after=after, limit=query.limit + 1)
    shown, next_cursor = one_page(entries, query, "history", lambda entry: entry.event.position)
    return History(events=[_history_event(entry) for entry in shown], next_cursor=next_cursor)


@router.post("/withdraw-all", responses=problems(401, 403, 422))
def withdraw_all(
    caller: WritesConsents, request: Request, customer_id: _Customer, once: OncePerKey
) -> ConsentsRecorded:
    """Withdraw everything for every purpose, from the next request on. No body; twice is the same."""
    records = _registry(request).withdraw_all(customer_id, once)
    return ConsentsRecorded(consents=[_consent(record) for record in records])


@router.post("/{consent_id}/withdraw", responses=problems(401, 403, 404, 422))
def withdraw(
    caller: WritesConsents, request: Request, customer_id: _Customer, consent_id: Id, once: OncePerKey
) -> ConsentOut:
    """Withdraw one consent, from the next request on. No body; twice is 200 with the same state."""
    return _consent(_registry(request).withdraw(customer_id, consent_id, once))


def _registry(request: Request) -> ConsentRegistry:
    registry: ConsentRegistry = request.app.state.consents
    return registry


def _decision(number: int, body: DecisionIn) -> Decision:
    path = f"decisions.{number}"
    for name in _NOT_YET:
        if getattr(body, name) is not None:
            raise invalid(
                ProblemCode.SCOPE_NOT_SUPPORTED,
                f"{path}.{name}",
                "cannot be enforced by this release, so it is not recorded; leave it out or ask for less data",
            )
    if (body.renews is not None) != (body.decision is EventKind.RENEWED):
        raise invalid(
            ProblemCode.INVALID_REQUEST,
            f"{path}.renews",
            "is required for `renewed`, the consent_id that goes on, and belongs to no other",
        )
    if body.replaces is not None and body.decision is not EventKind.GIVEN:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.replaces", "belongs to `given` only")
    if body.expires_at is not None and body.decision not in (EventKind.GIVEN, EventKind.RENEWED):
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.expires_at", "belongs to `given` and `renewed`")
    return Decision(
        kind=body.decision,
        purpose=body.purpose,
        data=tuple(body.data),
        expires_at=body.expires_at,
        occurred_at=body.occurred_at,
        renews=body.renews,
        replaces=body.replaces,
        evidence=Evidence(**{name: getattr(body, name) for name in Evidence.__slots__}),
    )


def _consent(record: ConsentRecord) -> ConsentOut:
    first, latest = record.events[0], record.events[-1]
    notice_id = latest.evidence.notice_id or first.evidence.notice_id
    return ConsentOut(
        consent_id=record.consent_id,
        purpose=record.scope.purpose,
        data=sorted(record.scope.fields),
        in_force=sorted(record.in_force),
        state=record.state,
        given_at=first.happened_at,
        recorded_at=first.recorded_at,
        expires_at=record.expires_at,
        uses_left=None,
        notice_id=notice_id,
        notice_binding="shown" if notice_id else "assumed",
    )


def _history_event(entry: LedgerEntry) -> HistoryEventOut:
    event = entry.event
    return HistoryEventOut(
        position=event.position,
        event_id=event.event_id,
        consent_id=event.consent_id,
        event=event.kind,
        purpose=event.scope.purpose,
        data=sorted(event.scope.fields),
        expires_at=event.scope.expires_at,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        replaces=event.replaces,
        **{name: getattr(event.evidence, name) for name in Evidence.__slots__},
        chain_id=entry.chain_id,
        previous_hash=entry.previous_hash,
        hash=entry.hash,
    )
