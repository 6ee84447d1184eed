"""Routes: objections to profiling and marketing, and restriction of processing."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter

from consent.objections import ObjectionKind
from service.api.idempotency import OncePerKey
from service.api.pages import Page, one_page, place_after
from service.api.shapes import CustomerId, DataName, Id, In, Out, UtcMoment, problems
from service.auth import ReadsConsents, WritesConsents
from service.objections import Objection, Objections, ObjectionState

router = APIRouter(prefix="/v1/customers/{customer_id}/objections", tags=["consents"])

_PLACE: TypeAdapter[str] = TypeAdapter(Id)


class ObjectionIn(In):
    """What she objects to; without `data`, for all of it."""

    kind: ObjectionKind
    data: list[DataName] = Field(
        default=[], max_length=100, description="Categories (`purchases`) or fields (`devices.product`)."
    )


class ObjectionOut(Out):
    """While it stands, nothing of `data` is read for `purposes`, whatever was or will be given."""

    objection_id: str
    kind: ObjectionKind
    purposes: list[str]
    data: list[str]
    state: ObjectionState
    objected_at: UtcMoment


class ObjectionList(Out):
    objections: list[ObjectionOut]
    next_cursor: str | None


@router.post(
    "", summary="Object, Or Restrict Processing", status_code=201, responses=problems(401, 403, 413, 422)
)
def object_to(
    caller: WritesConsents, request: Request, customer_id: CustomerId, body: ObjectionIn, once: OncePerKey
) -> ObjectionOut:
    """Object to profiling or marketing, or restrict processing, from the next request on (GDPR art. 18, 21).

    `profiling` covers recommendations, reminders and learning, `marketing` reminders, both also what the shop has
    added of their kind; `restriction` covers every purpose: her data are then kept and not read.
    """
    return _objection(_objections(request).object(customer_id, body.kind, body.data, once))


@router.get("", responses=problems(401, 403, 422))
def list_objections(
    caller: ReadsConsents, request: Request, customer_id: CustomerId, query: Annotated[Page, Query()]
) -> ObjectionList:
    """All objections and restrictions of the customer, lifted ones too, oldest first."""
    after = place_after(query, "objections", _PLACE)
    objections = _objections(request).all_of(customer_id)
    ids = [one.objection_id for one in objections]
    rest = objections[ids.index(after) + 1 :] if after in ids else objections
    shown, next_cursor = one_page(rest, query, "objections", lambda one: one.objection_id)
    return ObjectionList(objections=[_objection(one) for one in shown], next_cursor=next_cursor)


@router.delete("/{objection_id}", responses=problems(401, 403, 404, 422))
def lift_objection(
    caller: WritesConsents, request: Request, customer_id: CustomerId, objection_id: Id, once: OncePerKey
) -> ObjectionOut:
    """Lift an objection or restriction; twice is 200 with the same state."""
    return _objection(_objections(request).lift(customer_id, objection_id, once))


def _objections(request: Request) -> Objections:
    objections: Objections = request.app.state.objections
    return objections


def _objection(objection: Objection) -> ObjectionOut:
    return ObjectionOut(
        objection_id=objection.objection_id,
        kind=objection.kind,
        purposes=list(objection.purposes),
        data=sorted(objection.fields),
        state=objection.state,
        objected_at=objection.objected_at,
    )
