"""Routes: a customer's rights to have all that is stored of her, to have it corrected, and to be erased."""

from collections.abc import Iterator
from typing import IO

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from service.api.idempotency import OncePerKey
from service.api.receipts import ReceiptOut
from service.api.shapes import CustomerId, Id, Responses, problems
from service.auth import ReadsAllOfCustomers, WritesCustomers
from service.corrections import Corrections
from service.erasure import Erasures
from service.export import Exports

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["customers"])

_ZIP = "application/zip"
_AN_ARCHIVE: Responses = {
    200: {
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
        "description": "A ZIP archive: README.txt, customer.json, and a CSV file for each kind of data.",
    }
}
_CHUNK_BYTES = 64 * 1024


@router.get("/export", response_class=StreamingResponse, responses=_AN_ARCHIVE | problems(401, 403, 422))
def export_customer(
    caller: ReadsAllOfCustomers, request: Request, customer_id: CustomerId
) -> StreamingResponse:
    """All that is stored of her, for her to have: as a ZIP archive with JSON, CSV and a page that explains them."""
    exports: Exports = request.app.state.exports
    return StreamingResponse(
        _parts(exports.of(customer_id)),
        media_type=_ZIP,
        headers={"Content-Disposition": f'attachment; filename="{customer_id}.zip"'},
    )


def _parts(archive: IO[bytes]) -> Iterator[bytes]:
    with archive:
        while part := archive.read(_CHUNK_BYTES):
            yield part


@router.delete("/events/{event_id}", status_code=204, responses=problems(401, 403, 404, 422))
def remove_event(
    caller: WritesCustomers, request: Request, customer_id: CustomerId, event_id: Id, once: OncePerKey
) -> None:
    """Take out a purchase, return or browsing record that is wrong. Recorded anew it is a new event.

    What was learned from it is forgotten at once. One that is not hers is 404, as one that there is not.
    """
    corrections: Corrections = request.app.state.corrections
    corrections.remove_event(customer_id, event_id, once)


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
