"""Routes: the consent registry."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter

from consent.events import EventKind
from consent.ledger import LedgerEntry
from consent.records import ConsentRecord, ConsentState
from consent.scope import Items, PriceLimit
from consent.vocabulary import PurposeCatalogue
from service.api.idempotency import OncePerKey
from service.api.pages import Page, one_page, place_after
from service.api.privacy_control import PrivacyControl
from service.api.shapes import CustomerId, Id, Moment, Out, PriceLimitOut, UtcMoment, problems
from service.api.stated_decisions import DecisionsIn, stated_decisions
from service.auth import ReadsConsents, WritesConsents
from service.consents import ConsentRegistry
from service.privacy_control import assert_none_is_denied
from service.told_entries import told_entry, told_items

router = APIRouter(prefix="/v1/customers/{customer_id}/consents", tags=["consents"])

# A place in her ledger: a consent stays where its first event stands, whatever becomes of it.
_POSITION: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)])


class ItemsOut(Out):
    """Selected items only."""

    orders: list[str]
    products: list[str]
    categories: list[str]
    exceptions: list[str] = Field(serialization_alias="except", validation_alias="except")


class ConsentOut(Out):
    """One consent. `data` is what it was given for, `in_force` the fields of which something may be read by it now,
    by some channel; `uses_left` is `null` for one that is not counted.

    `given` or `renewed` with nothing in force permits nothing: she objects, or is to be asked with a new notice.
    """

    consent_id: str
    purpose: str
    data: list[str]
    in_force: list[str]
    channels: list[str] | None
    items: ItemsOut | None
    data_from: UtcMoment | None
    state: ConsentState
    given_at: UtcMoment = Field(description="When it was first said, also of a no: as the shop states it.")
    recorded_at: UtcMoment = Field(description="When that was recorded, by the clock of the service.")
    expires_at: UtcMoment | None
    uses_left: int | None
    price_limit: PriceLimitOut | None = Field(description="Of a standing order: the most that one may cost.")
    notice_id: str | None
    notice_binding: Literal["shown", "assumed"] = Field(
        description="`assumed`: no published notice was named, so nothing proves the text that she read."
    )


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
    channels: list[str] | None
    items: ItemsOut | None
    data_from: UtcMoment | None
    uses: int | None
    expires_at: UtcMoment | None
    price_limit: PriceLimitOut | None
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
    as_of: Moment | None = Field(default=None, description="The state at this past moment; else now.")


@router.post(
    "",
    status_code=201,
    responses=problems(401, 403, 409, 413, 422),
)
def record_decisions(
    caller: WritesConsents,
    request: Request,
    customer_id: CustomerId,
    body: DecisionsIn,
    once: OncePerKey,
    privacy_control: PrivacyControl,
) -> ConsentsRecorded:
    """Record what the customer decided: all decisions or none. Durable before it is answered.

    With `Sec-GPC: 1` a grant for a purpose that shares is 409 `global_privacy_control`.
    """
    decisions = stated_decisions(body)
    purposes: PurposeCatalogue = request.app.state.purposes
    assert_none_is_denied(decisions, sent=privacy_control, purposes=purposes)
    records = _registry(request).record(customer_id, decisions, once, token_of=caller.since)
    return ConsentsRecorded(consents=[consent_out(record) for record in records])


@router.get("", responses=problems(401, 403, 422))
def list_consents(
    caller: ReadsConsents,
    request: Request,
    customer_id: CustomerId,
    query: Annotated[ConsentQuery, Query()],
) -> ConsentList:
    """All consents of the customer with their state now, or as it was at a past moment, oldest first."""
    after = place_after(query, "consents", _POSITION) or 0
    records = [
        record
        for record in _registry(request).all_of(customer_id, at=query.as_of)
        if record.events[0].position > after and (query.state is None or record.state is query.state)
    ]
    shown, next_cursor = one_page(records, query, "consents", lambda record: record.events[0].position)
    return ConsentList(consents=[consent_out(record) for record in shown], next_cursor=next_cursor)


@router.get("/history", responses=problems(401, 403, 422))
def list_history(
    caller: ReadsConsents, request: Request, customer_id: CustomerId, query: Annotated[Page, Query()]
) -> History:
    """Every event of the customer's ledger in its order, with position and hash."""
    after = place_after(query, "history", _POSITION) or 0
    entries = _registry(request).history(customer_id, after=after, limit=query.limit + 1)
    shown, next_cursor = one_page(entries, query, "history", lambda entry: entry.event.position)
    return History(events=[_history_event(entry) for entry in shown], next_cursor=next_cursor)


@router.post("/withdraw-all", summary="Withdraw Everything", responses=problems(401, 403, 422))
def withdraw_all(
    caller: WritesConsents, request: Request, customer_id: CustomerId, once: OncePerKey
) -> ConsentsRecorded:
    """Withdraw everything for every purpose, from the next request on. No body; twice is the same."""
    records = _registry(request).withdraw_all(customer_id, once)
    return ConsentsRecorded(consents=[consent_out(record) for record in records])


@router.post("/{consent_id}/withdraw", summary="Withdraw One Consent", responses=problems(401, 403, 404, 422))
def withdraw(
    caller: WritesConsents, request: Request, customer_id: CustomerId, consent_id: Id, once: OncePerKey
) -> ConsentOut:
    """Withdraw one consent, from the next request on. No body; twice is 200 with the same state."""
    return consent_out(_registry(request).withdraw(customer_id, consent_id, once))


def _registry(request: Request) -> ConsentRegistry:
    registry: ConsentRegistry = request.app.state.consents
    return registry


def consent_out(record: ConsentRecord) -> ConsentOut:
    first = record.events[0]
    return ConsentOut(
        consent_id=record.consent_id,
        purpose=record.scope.purpose,
        data=sorted(record.scope.fields),
        in_force=sorted(record.in_force),
        channels=_sorted(record.scope.channels),
        items=_items(record.scope.items),
        data_from=record.scope.data_from,
        state=record.state,
        given_at=first.happened_at,
        recorded_at=first.recorded_at,
        expires_at=record.expires_at,
        uses_left=record.uses_left,
        price_limit=_limit(record.scope.price_limit),
        notice_id=record.notice_id,
        notice_binding="shown" if record.notice_id else "assumed",
    )


def _history_event(entry: LedgerEntry) -> HistoryEventOut:
    place = {"position": entry.event.position, "chain_id": entry.chain_id}
    return HistoryEventOut.model_validate(place | asdict(entry.event.evidence) | told_entry(entry))


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _items(items: Items | None) -> ItemsOut | None:
    return None if items is None else ItemsOut.model_validate(told_items(items))


def _limit(limit: PriceLimit | None) -> PriceLimitOut | None:
    return None if limit is None else PriceLimitOut(amount=limit.amount, currency=limit.currency)
