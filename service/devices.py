"""Use cases: her list of devices, as one small document that she edits (GET with `ETag`, PUT with `If-Match`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from hashlib import sha256
from typing import Any

import rfc8785
from sqlalchemy import Connection, Engine

from consent.events import ConsentEvent
from consent.items import Item
from service.collecting import Collecting, what_may_be_kept
from service.db.catalogue import Traits, read_traits
from service.db.consent_ledger import lock_ledger, read_events
from service.db.devices import read_own_devices, replace_devices
from service.db.engine import snapshot, write_transaction
from service.errors import FieldError, Problem, ProblemCode, invalid
from service.once import Once, attempt
from service.settings import Clock


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


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceList:
    """Her whole list, and the entity tag of its content."""

    devices: tuple[OwnDevice, ...]

    @property
    def etag(self) -> str:
        content: list[Any] = [
            [one.product_id, one.since.isoformat() if one.since else None, one.status.value]
            for one in self.devices
        ]
        return f'"{sha256(rfc8785.dumps(content)).hexdigest()[:32]}"'


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceLists:
    """The device lists of one shop's customers."""

    engine: Engine
    clock: Clock

    def get(self, customer_id: str) -> DeviceList:
        """Her list; empty when no purpose may read it."""
        with snapshot(self.engine) as connection:
            return self._current(connection, customer_id, read_events(connection, customer_id))

    def put(
        self,
        customer_id: str,
        devices: Sequence[OwnDevice],
        *,
        if_match: str | None,
        once: Once | None = None,
    ) -> DeviceList:
        """Replace her list.

        Raises Problem: 428 without `if_match`, 412 when the list is another by now, 409 for data that no
        purpose may read, 422 for unknown or repeated products.
        """
        if if_match is None:
            raise Problem(
                ProblemCode.PRECONDITION_REQUIRED,
                "Send If-Match with the ETag of the list that you changed, or * for the first one.",
                status=428,
            )
        with write_transaction(self.engine) as connection:
            is_first = attempt(connection, once, now=self.clock.now()).is_first
            events = lock_ledger(connection, customer_id).events
            current = self._current(connection, customer_id, events)
            if not is_first:
                return current
            if if_match != "*" and current.etag not in _tags(if_match):
                raise Problem(
                    ProblemCode.PRECONDITION_FAILED,
                    "The list has changed since you read it. GET it again and repeat your change.",
                    status=412,
                )
            self._check(connection, customer_id, devices, events, current)
            replace_devices(connection, customer_id, [_row(device) for device in devices])
            return self._current(connection, customer_id, events)

    def _current(
        self, connection: Connection, customer_id: str, events: Sequence[ConsentEvent]
    ) -> DeviceList:
        kept = what_may_be_kept(events, customer_id=customer_id, at=self.clock.now())
        rows = read_own_devices(connection, customer_id, kept)
        return DeviceList(
            devices=tuple(
                OwnDevice(
                    product_id=row["product_id"], since=row["owned_since"], status=Ownership(row["ownership"])
                )
                for row in rows
            )
        )

    def _check(
        self,
        connection: Connection,
        customer_id: str,
        devices: Sequence[OwnDevice],
        events: Sequence[ConsentEvent],
        current: DeviceList,
    ) -> None:
        """What stands in her list already may go on standing there: it is not taken in anew."""
        traits = read_traits(connection, (device.product_id for device in devices))
        collecting = Collecting(ledgers={customer_id: events}, at=self.clock.now())
        refused = {
            data_field: because
            for device in devices
            if device not in current.devices
            for data_field in _fields_in(device)
            if (because := collecting.why_not(customer_id, data_field, _item(device, traits)))
        }
        if refused:
            raise Problem(
                ProblemCode.NOT_PERMITTED,
                "The customer has not allowed this to be kept. Ask her first, or leave it out.",
                status=409,
                errors=tuple(
                    FieldError(path=data_field, message=because.value)
                    for data_field, because in sorted(refused.items())
                ),
            )
        ids = [device.product_id for device in devices]
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


def _item(device: OwnDevice, traits: Mapping[str, Traits]) -> Item:
    """A product that the catalogue does not know is refused anyway."""
    product = traits.get(device.product_id, Traits(category=None, sensitive=False))
    since = datetime.combine(device.since, time.min, UTC) if device.since else None
    return Item(
        order=None,
        product=device.product_id,
        category=product.category,
        at=since,
        sensitive=product.sensitive,
    )


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


def _tags(if_match: str) -> list[str]:
    return [tag.strip() for tag in if_match.split(",")]
