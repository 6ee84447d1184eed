"""Route: a visitor logs in, and what she has denied as a visitor is heard."""

from fastapi import APIRouter, Request

from service.api.consents import ConsentsRecorded, consent_out
from service.api.idempotency import OncePerKey
from service.api.shapes import CustomerId, Id, In, problems
from service.auth import MergesVisitors
from service.merging import Merging

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["consents"])


class MergeIn(In):
    """`visitor_id`: the id under which the visitor's choices were recorded before she logged in."""

    visitor_id: Id


@router.post("/merge", responses=problems(401, 403, 413, 422))
def merge_visitor(
    caller: MergesVisitors, request: Request, customer_id: CustomerId, body: MergeIn, once: OncePerKey
) -> ConsentsRecorded:
    """Take over what the visitor has denied and still denies; gives all consents of the customer.

    No grant is taken over, and no data. With a key only: a token is for one customer, and this call names two.
    """
    merging: Merging = request.app.state.merging
    records = merging.merge(customer_id, body.visitor_id, once)
    return ConsentsRecorded(consents=[consent_out(record) for record in records])
