"""Her own list of devices: hers to see and to change, and deleted when no purpose may read it any more.

Serves her (access, GDPR art. 15; rectification, art. 16), not a purpose; what serves a purpose goes
through `permitted_reader`.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from service.db.tables import Device


def read_own_devices(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """Her list as she gave it, ordered by product id."""
    statement = (
        select(col(Device.product_id), col(Device.owned_since), col(Device.ownership))
        .where(col(Device.customer_id) == customer_id)
        .order_by(col(Device.product_id))
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def replace_devices(connection: Connection, customer_id: str, devices: Collection[Mapping[str, Any]]) -> None:
    """Store `devices` in place of the list that was there."""
    connection.execute(delete(Device).where(col(Device.customer_id) == customer_id))
    if devices:
        connection.execute(insert(Device), [{"customer_id": customer_id, **device} for device in devices])


def keep_only_permitted_devices(connection: Connection, customer_id: str, fields: Collection[str]) -> None:
    """Delete what `fields`, those that some purpose may read, do not cover.

    Without `devices.status` nothing can tell that a device is gone, so such a row is of no use.
    """
    hers = col(Device.customer_id) == customer_id
    if "devices.product" not in fields:
        connection.execute(delete(Device).where(hers))
        return
    if "devices.since" not in fields:
        connection.execute(update(Device).where(hers).values(owned_since=None))
    if "devices.status" not in fields:
        connection.execute(delete(Device).where(hers, col(Device.ownership) == "gone"))
