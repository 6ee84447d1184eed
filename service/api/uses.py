"""Route: what was read of a customer, when, for which answer, by which consent."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter

from service.api.pages import Page, one_page, place_after
from service.api.shapes import CustomerId, Id, Moment, Out, UtcMoment, problems
from service.auth import ReadsConsents
from service.use_records import UseKind, uses_of

router = APIRouter(prefix="/v1/customers/{customer_id}/uses", tags=["consents"])

_LIST = "uses"
_PLACE: TypeAdapter[tuple[Moment, Id, Id, Id]] = TypeAdapter(tuple[Moment, Id, Id, Id])


class UseOut(Out):
    """One field that was read by one consent for one answer; `kind` says what kind of answer it was."""

    answer_id: str
    kind: UseKind
    field: str
    purpose: str
    consent: str
    used_at: UtcMoment


class Uses(Out):
    uses: list[UseOut]
    next_cursor: str | None


@router.get("", responses=problems(401, 403, 422))
def list_uses(
    caller: ReadsConsents, request: Request, customer_id: CustomerId, query: Annotated[Page, Query()]
) -> Uses:
    """Use records, newest first. A reading shows here within a second of its answer."""
    after = place_after(query, _LIST, _PLACE)
    rows = uses_of(request.app.state.engine, customer_id, after=after, limit=query.limit + 1)
    shown, next_cursor = one_page(rows, query, _LIST, _place)
    return Uses(uses=[_use(row) for row in shown], next_cursor=next_cursor)


def _use(row: dict[str, Any]) -> UseOut:
    return UseOut(
        answer_id=row["answer_id"],
        kind=row["kind"],
        field=row["data_field"],
        purpose=row["purpose"],
        consent=row["consent_id"],
        used_at=row["used_at"],
    )


def _place(row: dict[str, Any]) -> list[str]:
    return [row["used_at"].isoformat(), row["answer_id"], row["data_field"], row["consent_id"]]
