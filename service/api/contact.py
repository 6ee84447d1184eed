"""Routes: how the customer wants to be reached."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field, JsonValue

from recommender import inputs
from service import text_formats
from service.api.idempotency import OncePerKey
from service.api.own_documents import WITH_ETAG, IfMatch, tagged
from service.api.shapes import CustomerId, In, Out, Text, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.channels import WELL_KNOWN
from service.own_documents import OwnDocuments
from service.time_zones import known_time_zone

router = APIRouter(prefix="/v1/customers/{customer_id}/contact", tags=["customers"])

_CHANNELS: list[JsonValue] = [*sorted(WELL_KNOWN)]


def _known_channel(told: str) -> str:
    if told not in WELL_KNOWN:
        raise ValueError(f"must be one of: {', '.join(sorted(WELL_KNOWN))}")
    return told


def _from_until(told: list[str]) -> list[str]:
    if told[0] == told[1]:
        raise ValueError('must be two different times; for never, leave it out: ["21:00", "08:00"]')
    return told


Channel = Annotated[Text, AfterValidator(_known_channel), Field(json_schema_extra={"enum": _CHANNELS})]
TimeOfDay = Annotated[str, Field(pattern=text_formats.TIME_OF_DAY, examples=["21:00"])]

QuietHours = Annotated[list[TimeOfDay], Field(min_length=2, max_length=2), AfterValidator(_from_until)]


class ContactIn(In):
    """What is left out is taken back. Without a channel nobody may be reached."""

    channels: list[Channel] = Field(default=[], max_length=len(WELL_KNOWN))
    time_zone: Annotated[Text, AfterValidator(known_time_zone)] | None = Field(
        default=None, description="IANA name.", examples=["Europe/Berlin"]
    )
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="From and until, in her time zone; from `21:00` until `08:00` is the night.",
    )
    rhythm: str | None = Field(
        default=None,
        pattern=text_formats.RHYTHM,
        description="No more often than once in this time: an ISO 8601 duration, `P1W`, `P14D`, `P1M`.",
        examples=["P1M"],
    )


class ContactOut(Out):
    channels: list[str]
    time_zone: str | None
    quiet_hours: list[str] | None
    rhythm: str | None


@router.get("", responses=WITH_ETAG | problems(401, 403, 422))
def get_contact(
    caller: ReadsCustomers, request: Request, response: Response, customer_id: CustomerId
) -> ContactOut:
    """How she wants to be reached, as she gave it, with its `ETag`; empty when nothing permits it to be kept."""
    return _answer(tagged(response, _documents(request).get(customer_id)))


@router.put("", responses=WITH_ETAG | problems(401, 403, 409, 412, 413, 422, 428))
def put_contact(
    caller: WritesCustomers,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    body: ContactIn,
    once: OncePerKey,
    if_match: IfMatch = None,
) -> ContactOut:
    """Replace it. Each field is kept only while some purpose may read it; otherwise 409 `not_permitted`.

    It is no permission to be contacted: that is her consent for `reminders` or `service`.
    """
    quiet_hours = body.quiet_hours
    content = inputs.Contact(
        channels=tuple(dict.fromkeys(body.channels)),
        time_zone=body.time_zone,
        quiet_hours=(quiet_hours[0], quiet_hours[1]) if quiet_hours else None,
        rhythm=body.rhythm,
    )
    documents = _documents(request)
    return _answer(tagged(response, documents.put(customer_id, content, if_match=if_match, once=once)))


def _documents(request: Request) -> OwnDocuments[inputs.Contact]:
    documents: OwnDocuments[inputs.Contact] = request.app.state.contact
    return documents


def _answer(contact: inputs.Contact) -> ContactOut:
    return ContactOut(
        channels=list(contact.channels),
        time_zone=contact.time_zone,
        quiet_hours=list(contact.quiet_hours) if contact.quiet_hours else None,
        rhythm=contact.rhythm,
    )
