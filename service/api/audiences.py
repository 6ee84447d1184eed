"""Route: how many customers match a history and may be contacted; for who may see them, which."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, StrictBool

from recommender.customer_types import CustomerType
from service.api.idempotency import OncePerKey
from service.api.shapes import Id, In, Out, Text, problems
from service.audiences import CUSTOMERS_AT_MOST, Audiences, Wanted
from service.auth import ReadsAudiences, scope_missing
from service.callers import Scope
from service.text_formats import MONTH

router = APIRouter(prefix="/v1/audiences", tags=["staff"])

_Month = Annotated[str, Field(pattern=MONTH, examples=["2026-05"])]


class BoughtIn(In):
    """One purchase that she kept: of this product, this category, in this month or later."""

    product_id: Id | None = None
    category: Text | None = None
    since: _Month | None = Field(
        default=None, description="A whole month: no finer, so that nobody is told apart."
    )


class AudienceIn(In):
    """Whom to look for. Only those are counted whose address may be used for `reminders`, by this channel."""

    bought: BoughtIn = BoughtIn()
    customer_type: CustomerType | None = None
    channel: Text | None = None
    customers: StrictBool = Field(
        default=False, description="Also which: needs the scope `customers:read` as well."
    )


class AudienceOut(Out):
    """`count` is rounded to 5, and `null` for fewer than `fewer_than`."""

    count: int | None
    fewer_than: int
    customers: list[str] | None = Field(description="By id, 1,000 at most; `null` if not asked for.")


@router.post("/preview", responses=problems(401, 403, 413, 422))
def preview_audience(
    caller: ReadsAudiences, request: Request, body: AudienceIn, once: OncePerKey
) -> AudienceOut:
    """How many match now. Changes nothing but use records: each customer can see that she was looked for.

    The same question has the same answer; where rounding begins depends on who was counted.
    """
    if body.customers and Scope.CUSTOMERS_READ not in caller.scopes:
        raise scope_missing(Scope.CUSTOMERS_READ)
    audiences: Audiences = request.app.state.audiences
    since = date.fromisoformat(f"{body.bought.since}-01") if body.bought.since else None
    wanted = Wanted(
        product_id=body.bought.product_id,
        category=body.bought.category,
        since=since,
        customer_type=body.customer_type,
        channel=body.channel,
    )
    found = audiences.preview(wanted)
    return AudienceOut(
        count=found.count,
        fewer_than=audiences.numbers.k,
        customers=list(found.customer_ids[:CUSTOMERS_AT_MOST]) if body.customers else None,
    )
