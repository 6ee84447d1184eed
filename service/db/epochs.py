"""Counters of change: read first in a snapshot, they tell a worker whether what it holds is current."""

from sqlalchemy import Connection, select, update
from sqlmodel import col

from service.db.service_tables import Epoch

CATALOGUE = "catalogue"
CHANGES = "changes"
LEARNING = "learning"
LEARNING_DENIALS = "learning_denials"
NOTICES = "notices"
SIGNING_KEYS = "signing_keys"
ERASURES = "erasures"
FEEDBACK = "feedback"


def read_epoch(connection: Connection, name: str) -> int:
    """The number of changes so far, as of this snapshot."""
    return int(connection.execute(select(col(Epoch.epoch)).where(col(Epoch.name) == name)).scalar_one())


def lock_epoch(connection: Connection, name: str) -> None:
    """Let no other transaction past this point until this one has ended (SQLite has one writer anyway)."""
    connection.execute(select(col(Epoch.epoch)).where(col(Epoch.name) == name).with_for_update())


def share_epoch(connection: Connection, name: str) -> None:
    """Let nobody who locks it past this point until this transaction has ended; others may share it."""
    epoch = select(col(Epoch.epoch)).where(col(Epoch.name) == name)
    connection.execute(epoch.with_for_update(read=True))


def advance_epoch(connection: Connection, name: str, *, by: int = 1) -> int:
    """Count a change (or several), in the transaction that makes it; gives the new number."""
    counted = update(Epoch).where(col(Epoch.name) == name).values(epoch=col(Epoch.epoch) + by)
    return int(connection.execute(counted.returning(col(Epoch.epoch))).scalar_one())
