"""How far webhooks have been delivered, and which process delivers them: one at a time, for as long as it says.

A lease, not a lock that is held: no transaction stays open while a receiver takes its time.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.db.feed_tables import WebhookDelivery
from service.db.tables import table_of

_THE_ONE = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """`acknowledged`: the number of the last change that the receiver has; `failures`: tries since that failed."""

    acknowledged: int = 0
    holder: str | None = None
    held_until: float = 0.0
    failures: int = 0
    failure: str | None = None


def read_delivery(connection: Connection) -> Delivery:
    """How far it is; nothing is acknowledged before the first delivery."""
    row = connection.execute(select(table_of(WebhookDelivery))).mappings().one_or_none()
    if row is None:
        return Delivery()
    return Delivery(**{name: row[name] for name in Delivery.__slots__})


def hold_delivery(connection: Connection, holder: str, *, now: float, until: float) -> Delivery | None:
    """Deliver until then (seconds since 1970), unless another one does; gives how far it is, or `None`."""
    dialect_insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = dialect_insert(WebhookDelivery).values(
        number=_THE_ONE, acknowledged=0, held_until=0.0, failures=0
    )
    connection.execute(first.on_conflict_do_nothing(index_elements=["number"]))
    free = or_(col(WebhookDelivery.holder) == holder, col(WebhookDelivery.held_until) < now)
    held = update(WebhookDelivery).where(free).values(holder=holder, held_until=until)
    return read_delivery(connection) if connection.execute(held).rowcount else None


def note_delivery(connection: Connection, by: str, **noted: Any) -> bool:
    """Note how far it is; `False`, and nothing is noted, if another one has taken over."""
    mine = update(WebhookDelivery).where(col(WebhookDelivery.holder) == by)
    return bool(connection.execute(mine.values(**noted)).rowcount)
