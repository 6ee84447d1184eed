"""Routes: the customer's own list of devices."""

from datetime import date

from fastapi import APIRouter, Request, Response
from pydantic import Field

from service.api.idempotency import OncePerKey
from service.api.own_documents import WITH_ETAG, IfMatch, tagged
from service.api.shapes import CustomerId, Day, Id, In, Out, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.devices import DeviceList, OwnDevice, Ownership
from service.own_documents import OwnDocuments

router = APIRouter(prefix="/v1/customers/{customer_id}/devices", tags=["customers"])

_DEVICES_MAXIMUM = 100


class DeviceIn(In):
    """Something that she owns and that other products fit; `gone` once she no longer has it."""

    product_id: Id
    since: Day | None = None
    status: Ownership = Ownership.OWNED


class DevicesIn(In):
    devices: list[DeviceIn] = Field(max_length=_DEVICES_MAXIMUM)


class DeviceOut(Out):
    product_id: str
    since: date | None
    status: Ownership


class DevicesOut(Out):
    devices: list[DeviceOut]


@router.get("", responses=WITH_ETAG | problems(401, 403, 422))
def get_devices(
    caller: ReadsCustomers, request: Request, response: Response, customer_id: CustomerId
) -> DevicesOut:
    """The list as she gave it, with its `ETag`; empty when nothing permits it to be kept."""
    return _answer(tagged(response, _documents(request).get(customer_id)))


@router.put("", responses=WITH_ETAG | problems(401, 403, 409, 412, 413, 422, 428))
def put_devices(
    caller: WritesCustomers,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    body: DevicesIn,
    once: OncePerKey,
    if_match: IfMatch = None,
) -> DevicesOut:
    """Replace the list. Kept only while some purpose may read it; otherwise 409 `not_permitted`."""
    devices = tuple(
        OwnDevice(product_id=one.product_id, since=one.since, status=one.status) for one in body.devices
    )
    documents = _documents(request)
    return _answer(tagged(response, documents.put(customer_id, devices, if_match=if_match, once=once)))


def _documents(request: Request) -> OwnDocuments[DeviceList]:
    documents: OwnDocuments[DeviceList] = request.app.state.devices
    return documents


def _answer(devices: DeviceList) -> DevicesOut:
    return DevicesOut(
        devices=[DeviceOut(product_id=one.product_id, since=one.since, status=one.status) for one in devices]
    )
