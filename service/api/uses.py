"""Route: what was read of a customer, when, for which answer, by which consent."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from service.api.shapes import Id, Out, Page, UtcMoment, one_page, problems
from service.auth import ReadsConsents
from service.db.engine import snapshot
from service.db.use_records import read_use_records

router = APIRouter(prefix="/v1/customers/{customer_id}/uses", tags=["consents"])

_Customer = Annotated[Id, Path(description="The shop's own id of the customer.")]


class UseOut(Out):
    """One field that was read for one answer."""

    answer_id: str
    field: str
    purpose: str
    consent: str
    used_at: UtcMoment


class Uses(Out):
    uses: list[UseOut]
    next_cursor: str | None


@router.get("", responses=problems(401, 403, 422))
def list_uses(
    caller: ReadsConsents, request: Request, customer_id: _Customer, query: Annotated[Page, Query()]
) -> Uses:
    """Use records, newest first. A reading shows here within a second of its answer."""
    with snapshot(request.app.state.engine) as connection:
        rows = read_use_records(connection, customer_id)
    shown, next_cursor = one_page(rows, query, lambda row: f"{row['answer_id']} {row['data_field']}")
    return Uses(
        uses=[
            UseOut(
                answer_id=row["answer_id"],
                field=row["data_field"],
                purpose=row["purpose"],
                consent=row["consent_id"],
                used_at=row["used_at"],
            )
            for row in shown
        ],
        next_cursor=next_cursor,
    )
