"""Routes: the customer's own list of devices."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field

from service.api.idempotency import OncePerKey
from service.api.shapes import CustomerId, Day, Id, In, Out, Responses, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.devices import DeviceList, DeviceLists, OwnDevice, Ownership

router = APIRouter(prefix="/v1/customers/{customer_id}/devices", tags=["customers"])

_DEVICES_MAXIMUM = 100
_WITH_ETAG: Responses = {
    200: {
        "headers": {
            "ETag": {
                "required": True,
                "schema": {"type": "string"},
                "description": "To be sent as `If-Match`.",
            }
        }
    }
}


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


@router.get("", responses=_WITH_ETAG | problems(401, 403, 422))
def get_devices(
    caller: ReadsCustomers, request: Request, response: Response, customer_id: CustomerId
) -> DevicesOut:
    """The list as she gave it, with its `ETag`; empty when nothing permits it to be kept."""
    return _answer(response, _lists(request).get(customer_id))


@router.put("", responses=_WITH_ETAG | problems(401, 403, 409, 412, 413, 422, 428))
def put_devices(
    caller: WritesCustomers,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    body: DevicesIn,
    once: OncePerKey,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The `ETag` of the list that was changed, or `*`.")
    ] = None,
) -> DevicesOut:
    """Replace the list. Kept only while some purpose may read it; otherwise 409 `not_permitted`."""
    devices = [
        OwnDevice(product_id=one.product_id, since=one.since, status=one.status) for one in body.devices
    ]
    return _answer(response, _lists(request).put(customer_id, devices, if_match=if_match, once=once))


def _lists(request: Request) -> DeviceLists:
    lists: DeviceLists = request.app.state.devices
    return lists


def _answer(response: Response, devices: DeviceList) -> DevicesOut:
    response.headers["ETag"] = devices.etag
    return DevicesOut(
        devices=[
            DeviceOut(product_id=one.product_id, since=one.since, status=one.status)
            for one in devices.devices
        ]
    )
