"""Routes: what happened between customer and shop."""

from fastapi import APIRouter, Request
from pydantic import Field

from service.api.idempotency import OncePerKey
from service.api.shapes import BATCH_MAXIMUM, Id, In, Moment, Money, Out, Text, problems
from service.auth import WritesEvents
from service.errors import ProblemCode, invalid
from service.events import EventIntake
from service.shop_events import EventStatus, EventType, ShopEvent

router = APIRouter(prefix="/v1/events", tags=["events"])


class EventIn(In):
    """One event. `product_id` is required but for a search; `id` makes sending it twice harmless."""

    id: Id
    type: EventType
    customer_id: Id
    product_id: Id | None = None
    occurred_at: Moment
    query: Text | None = Field(default=None, description="What was searched for.")
    quantity: int = Field(default=1, ge=1, le=1_000_000)
    price: Money | None = None
    order_id: Id | None = None
    sales_channel: Text | None = None
    served_by: Text | None = None


class EventsIn(In):
    events: list[EventIn] = Field(min_length=1, max_length=BATCH_MAXIMUM)


class EventResultOut(Out):
    """What became of an event.

    `recorded`; `held` (kept unreadable until permitted); `duplicate`; `dropped` (not kept: `because` says
    what stands in the way); `rejected` (`unknown_product`, `in_the_future`, `id_reused`: correct it and send
    it again; `repeated_call`: its `Idempotency-Key` came before, and then it was not stored: send it under a
    new one).
    """

    id: str
    status: EventStatus
    because: str | None


class EventResults(Out):
    results: list[EventResultOut]


@router.post("", responses=problems(401, 403, 413, 422))
def take_in_events(caller: WritesEvents, request: Request, body: EventsIn, once: OncePerKey) -> EventResults:
    """Take in up to 1,000 events; one result an event, in order. Durable before it is answered."""
    intake: EventIntake = request.app.state.events
    results = intake.take_in([_event(number, one) for number, one in enumerate(body.events)], once)
    return EventResults(
        results=[EventResultOut(id=one.id, status=one.status, because=one.because) for one in results]
    )


def _event(number: int, body: EventIn) -> ShopEvent:
    if body.product_id is None and body.type is not EventType.SEARCH:
        raise invalid(
            ProblemCode.INVALID_REQUEST, f"events.{number}.product_id", f"is required for a {body.type}"
        )
    return ShopEvent(
        id=body.id,
        type=body.type,
        customer_id=body.customer_id,
        product_id=body.product_id,
        occurred_at=body.occurred_at,
        query=body.query,
        quantity=body.quantity,
        price_amount=body.price.amount if body.price else None,
        price_currency=body.price.currency if body.price else None,
        order_id=body.order_id,
        sales_channel=body.sales_channel,
        served_by=body.served_by,
    )
