"""Her own list of devices: hers to see and to change, and deleted when no purpose may read it any more.

Serves her (access, GDPR art. 15; rectification, art. 16), not a purpose; what serves a purpose goes
through `permitted_reader`.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, insert, not_, or_, select, update
from sqlmodel import col

from service.db.covered_rows import Kept, covered
from service.db.tables import Device


def read_own_devices(connection: Connection, customer_id: str, kept: Kept) -> list[dict[str, Any]]:
    """Her list as she gave it, as far as it may be kept, ordered by product id."""
    product, since, status = _may_be_kept(connection, kept)
    statement = (
        select(
            col(Device.product_id),
            case((since, col(Device.owned_since))).label("owned_since"),
            col(Device.ownership),
        )
        .where(col(Device.customer_id) == customer_id, product, or_(status, col(Device.ownership) != "gone"))
        .order_by(col(Device.product_id))
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def replace_devices(connection: Connection, customer_id: str, devices: Collection[Mapping[str, Any]]) -> None:
    """Store `devices` in place of the list that was there."""
    connection.execute(delete(Device).where(col(Device.customer_id) == customer_id))
    if devices:
        connection.execute(insert(Device), [{"customer_id": customer_id, **device} for device in devices])


def keep_only_permitted_devices(connection: Connection, customer_id: str, kept: Kept) -> None:
    """Delete what `kept`, that which some purpose may read, does not cover.

    Without `devices.status` nothing can tell that a device is gone, so such a row is of no use.
    """
    hers = col(Device.customer_id) == customer_id
    product, since, status = _may_be_kept(connection, kept)
    connection.execute(delete(Device).where(hers, not_(product)))
    connection.execute(delete(Device).where(hers, not_(status), col(Device.ownership) == "gone"))
    connection.execute(update(Device).where(hers, not_(since)).values(owned_since=None))


def _may_be_kept(connection: Connection, kept: Kept) -> Iterator[ColumnElement[bool]]:
    """Of a row: the product at all; since when she has it; that it is gone."""
    for field in ("devices.product", "devices.since", "devices.status"):
        yield covered(connection, kept.get(field, ()), "devices")
