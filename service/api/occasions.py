"""Routes: the occasions that the customer tells the shop of."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from recommender import inputs
from recommender.occasions import Feast, Recipient
from service import text_formats
from service.api.idempotency import OncePerKey
from service.api.own_documents import WITH_ETAG, IfMatch, money_in, money_out, tagged
from service.api.shapes import CustomerId, In, Money, Out, Text, a_number, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.occasions import OccasionList
from service.own_documents import OwnDocuments

router = APIRouter(prefix="/v1/customers/{customer_id}/occasions", tags=["customers"])

_OCCASIONS_MAXIMUM = 100
_LEAD_DAYS_MAXIMUM = 90
_LEAP_YEAR = "2000-"
_FEASTS = ", ".join(Feast)


def _day_or_feast(told: str) -> str:
    """A day of each year, one day, or a feast; which day that is each year is found out when it matters."""
    if told not in set(Feast) and not _is_a_day(told):
        raise ValueError(f"must be a day such as 02-14 or 2026-02-14, or one of: {_FEASTS}")
    return told


def _is_a_day(told: str) -> bool:
    """29 February is one of each year: in the others the occasion is kept on another day."""
    if not re.match(text_formats.DAY_OF_OCCASION, told):
        return False
    try:
        date.fromisoformat(told if len(told) > len("02-14") else _LEAP_YEAR + told)
    except ValueError:
        return False
    return True


OccasionDay = Annotated[
    str,
    Field(
        description=f"`02-14` each year, `2026-02-14` once, or a feast: {_FEASTS}.",
        examples=["02-14"],
        # Told, not checked by it: what is wrong is told with the list of feasts.
        json_schema_extra={"pattern": f"{text_formats.DAY_OF_OCCASION}|^({'|'.join(Feast)})$"},
    ),
    AfterValidator(_day_or_feast),
]
# In this order, or the document does not tell the bounds in words that clients know.
LeadDays = Annotated[int, Field(ge=0, le=_LEAD_DAYS_MAXIMUM), BeforeValidator(a_number)]


class OccasionIn(In):
    """An occasion of hers; of others it says no more than what kind of person they are to her."""

    name: Text | None = None
    date: OccasionDay
    recipient: Recipient | None = None
    lead_days: LeadDays | None = Field(default=None, description="How many days before she wants to know.")
    budget: Money | None = None


class OccasionsIn(In):
    occasions: list[OccasionIn] = Field(max_length=_OCCASIONS_MAXIMUM)


class OccasionOut(Out):
    name: str | None
    date: str
    recipient: str | None
    lead_days: int | None
    budget: Money | None


class OccasionsOut(Out):
    occasions: list[OccasionOut]


@router.get("", responses=WITH_ETAG | problems(401, 403, 422))
def get_occasions(
    caller: ReadsCustomers, request: Request, response: Response, customer_id: CustomerId
) -> OccasionsOut:
    """Her occasions as she gave them, with their `ETag`; empty when nothing permits them to be kept."""
    return _answer(tagged(response, _documents(request).get(customer_id)))


@router.put("", responses=WITH_ETAG | problems(401, 403, 409, 412, 413, 422, 428))
def put_occasions(
    caller: WritesCustomers,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    body: OccasionsIn,
    once: OncePerKey,
    if_match: IfMatch = None,
) -> OccasionsOut:
    """Replace the list. Each field is kept only while some purpose may read it; otherwise 409."""
    content = tuple(
        inputs.Occasion(
            day=one.date,
            name=one.name,
            recipient=one.recipient and one.recipient.value,
            lead_days=one.lead_days,
            budget=money_in(one.budget),
        )
        for one in body.occasions
    )
    documents = _documents(request)
    return _answer(tagged(response, documents.put(customer_id, content, if_match=if_match, once=once)))


def _documents(request: Request) -> OwnDocuments[OccasionList]:
    documents: OwnDocuments[OccasionList] = request.app.state.occasions
    return documents


def _answer(occasions: OccasionList) -> OccasionsOut:
    return OccasionsOut(
        occasions=[
            OccasionOut(
                name=one.name,
                date=one.day,
                recipient=one.recipient,
                lead_days=one.lead_days,
                budget=money_out(one.budget),
            )
            for one in occasions
        ]
    )
