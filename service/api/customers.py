"""Route: a customer's right to be erased."""

from fastapi import APIRouter, Request

from service.api.idempotency import OncePerKey
from service.api.receipts import ReceiptOut
from service.api.shapes import CustomerId, problems
from service.auth import WritesCustomers
from service.erasure import Erasures

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["customers"])


@router.delete("", responses=problems(401, 403, 422))
def erase_customer(
    caller: WritesCustomers, request: Request, customer_id: CustomerId, once: OncePerKey
) -> ReceiptOut:
    """Erase all that is stored of her, her consents included, and refuse from now on what was before.

    The record is hers to keep: nobody else can connect her with what stays. Again is 200 again, and the record
    says that nothing was there. What she does afterwards is a new beginning.
    """
    erasures: Erasures = request.app.state.erasures
    issued = erasures.erase(customer_id, once)
    return ReceiptOut(receipt=issued.signed, record=issued.record)
