"""Routes: the signed receipt of a consent, and the question whether one is genuine."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from service.api.idempotency import OncePerKey
from service.api.shapes import CustomerId, Id, In, Out, problems
from service.auth import ReadsConsents
from service.receipts import ReceiptFlaw, Receipts

router = APIRouter(prefix="/v1", tags=["proof"])

_RECEIPT_MAXIMUM = 2_000_000


class ReceiptOut(Out):
    """`receipt` is a JWS over the canonical JSON (RFC 8785) of `record`; docs/receipts.md verifies it offline."""

    receipt: str
    record: dict[str, Any] = Field(
        description="Of a consent: a receipt after ISO/IEC TS 27560:2023. As JSON-LD, in the words of DPV 2.3."
    )


class ReceiptIn(In):
    receipt: str = Field(max_length=_RECEIPT_MAXIMUM)
    record: dict[str, Any]


class ReceiptVerdict(Out):
    """`because` is `null` for a genuine receipt."""

    valid: bool
    because: ReceiptFlaw | None


@router.get(
    "/customers/{customer_id}/consents/{consent_id}/receipt",
    responses=problems(401, 403, 404, 422),
)
def get_receipt(
    caller: ReadsConsents, request: Request, customer_id: CustomerId, consent_id: Id
) -> ReceiptOut:
    """The receipt of one consent as it stands now, for the customer to keep. Each call issues another one."""
    issued = _receipts(request).issue(customer_id, consent_id)
    return ReceiptOut(receipt=issued.signed, record=issued.record)


@router.post("/receipts/verify", responses=problems(401, 403, 413, 422))
def verify_receipt(
    caller: ReadsConsents, request: Request, body: ReceiptIn, once: OncePerKey
) -> ReceiptVerdict:
    """Whether this service signed this receipt for this record. Says nothing about the consent's state now.

    `malformed`: no receipt; `unknown_key`: signed with a key that was never ours; `wrong_signature`: changed
    after it was signed; `record_differs`: a genuine receipt, for another record. Nothing is recorded.
    """
    flaw = _receipts(request).flaw(body.receipt, body.record)
    return ReceiptVerdict(valid=flaw is None, because=flaw)


def _receipts(request: Request) -> Receipts:
    receipts: Receipts = request.app.state.receipts
    return receipts
