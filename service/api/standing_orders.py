"""Route: propose the orders that customers allow to be proposed. The feed of changes tells each to the checkout."""

from fastapi import APIRouter, Request
from pydantic import Field, TypeAdapter

from recommender.standing_orders import NotProposed
from service.api.idempotency import OncePerKey
from service.api.pages import PAGE_MAXIMUM, Page, cursor_behind, place_after
from service.api.shapes import Id, In, Out, PriceLimitOut, problems
from service.auth import PlansOutreach
from service.due_orders import Looked
from service.standing_orders import LookedPage, StandingOrders

router = APIRouter(prefix="/v1/standing-orders", tags=["outreach"])

_LIST = "standing_orders"
PAGES: tuple[str, TypeAdapter[str]] = (_LIST, TypeAdapter(Id))
"""The name of the list, and what its cursors hold: where the page before ended."""


class ProposeIn(In):
    """For whom: one customer, or the next of all."""

    customer_id: Id | None = Field(default=None, description="Only this customer.")
    limit: int = Field(
        default=PAGE_MAXIMUM, ge=1, le=PAGE_MAXIMUM, description="How many customers to look at in a page."
    )
    cursor: str | None = Field(default=None, max_length=600, description="`next_cursor` of the page before.")


class ProposalOut(Out):
    """An order of one of this product, for no more than `price_limit`. `event_id` is its event in the feed."""

    customer_id: str
    product_id: str
    consent_id: str
    event_id: str
    price_limit: PriceLimitOut
    uses_left: int = Field(description="How many more may be proposed by this consent.")


class NotProposedOut(Out):
    customer_id: str
    product_id: str
    because: NotProposed


class Proposals(Out):
    proposed: list[ProposalOut]
    held_back: list[NotProposedOut]
    next_cursor: str | None


@router.post("/propose", responses=problems(401, 403, 413, 422))
def propose_orders(caller: PlansOutreach, request: Request, body: ProposeIn, once: OncePerKey) -> Proposals:
    """Propose what is due to those who allow it (purpose `standing_orders`), and say of all else why not.

    Nothing is ordered: each proposal is a change with the method `standing_order`, for the shop's own checkout. Asked
    again nothing is proposed twice.
    """
    standing_orders: StandingOrders = request.app.state.standing_orders
    standing_orders.check(once)
    after = place_after(Page(cursor=body.cursor), *PAGES)
    if body.customer_id is not None:
        return proposals(standing_orders.for_one(body.customer_id))
    return proposals(standing_orders.page(after=after, limit=body.limit))


def proposals(page: LookedPage) -> Proposals:
    return Proposals(
        proposed=[_proposal(one, one.event_id) for one in page.looked if one.event_id is not None],
        held_back=[
            NotProposedOut(customer_id=one.customer_id, product_id=one.order.product_id, because=one.because)
            for one in page.looked
            if one.because is not None
        ],
        next_cursor=None if page.last is None else cursor_behind(_LIST, page.last),
    )


def _proposal(one: Looked, event_id: str) -> ProposalOut:
    limit = one.order.price_limit
    return ProposalOut(
        customer_id=one.customer_id,
        product_id=one.order.product_id,
        consent_id=one.consent_id,
        event_id=event_id,
        price_limit=PriceLimitOut(amount=limit.amount, currency=limit.currency),
        uses_left=one.uses_left,
    )
