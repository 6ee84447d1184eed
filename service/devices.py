"""Her list of devices, a document that she edits: what is in it, and what of it makes no sense."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from consent.items import Item
from service.db.catalogue import NO_TRAITS, Traits, read_traits
from service.db.covered_rows import Kept
from service.db.devices import read_own_devices, replace_devices
from service.errors import ProblemCode, invalid


class Ownership(StrEnum):
    """Whether she still has it."""

    OWNED = "owned"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDevice:
    """One line of her list."""

    product_id: str
    since: date | None = None
    status: Ownership = Ownership.OWNED


DeviceList = tuple[OwnDevice, ...]


class DevicesDocument:
    """The kind of document that is a list of devices."""

    def read(self, connection: Connection, customer_id: str, kept: Kept) -> DeviceList:
        return tuple(
            OwnDevice(
                product_id=row["product_id"], since=row["owned_since"], status=Ownership(row["ownership"])
            )
            for row in read_own_devices(connection, customer_id, kept)
        )

    def replace(self, connection: Connection, customer_id: str, content: DeviceList) -> None:
        replace_devices(connection, customer_id, [_row(device) for device in content])

    def added(
        self, connection: Connection, content: DeviceList, current: DeviceList
    ) -> Iterator[tuple[str, Item]]:
        traits = read_traits(connection, (device.product_id for device in content))
        for device in content:
            if device not in current:
                for data_field in _fields_in(device):
                    yield data_field, _item(device, traits)

    def check(self, connection: Connection, content: DeviceList) -> None:
        ids = [device.product_id for device in content]
        traits = read_traits(connection, ids)
        for number, product_id in enumerate(ids):
            if product_id not in traits:
                raise invalid(
                    ProblemCode.UNKNOWN_PRODUCT,
                    f"devices.{number}.product_id",
                    "is no product of the catalogue; PUT /v1/products/{id} first",
                )
            if product_id in ids[:number]:
                raise invalid(
                    ProblemCode.INVALID_REQUEST,
                    f"devices.{number}.product_id",
                    "is in the list twice",
                )

    def as_json(self, content: DeviceList) -> list[Any]:
        return [
            [one.product_id, one.since.isoformat() if one.since else None, one.status.value]
            for one in content
        ]


def _item(device: OwnDevice, traits: Mapping[str, Traits]) -> Item:
    """A product that the catalogue does not know is refused anyway."""
    since = datetime.combine(device.since, time.min, UTC) if device.since else None
    return traits.get(device.product_id, NO_TRAITS).item(device.product_id, order=None, at=since)


def _fields_in(device: OwnDevice) -> set[str]:
    """The data fields that the line carries."""
    fields = {"devices.product"}
    if device.since:
        fields.add("devices.since")
    if device.status is Ownership.GONE:
        fields.add("devices.status")
    return fields


def _row(device: OwnDevice) -> dict[str, Any]:
    return {
        "product_id": device.product_id,
        "owned_since": device.since,
        "ownership": device.status.value,
    }
