"""The last checkpoint that was made, so that it can be handed out without reading the ledger again."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service.db.feed_tables import CheckpointRow
from service.db.tables import table_of


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCheckpoint:
    """What was stated of the whole ledger, and the JWS over it."""

    issued_at: datetime
    chains: int
    events: int
    root: str
    signed: str


def keep_checkpoint(connection: Connection, checkpoint: StoredCheckpoint) -> None:
    """Keep this one in place of the one before."""
    connection.execute(delete(CheckpointRow))
    connection.execute(insert(CheckpointRow).values(number=1, **asdict(checkpoint)))


def read_latest_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    """The last one; `None` if none was made."""
    row = connection.execute(select(table_of(CheckpointRow))).mappings().one_or_none()
    if row is None:
        return None
    return StoredCheckpoint(**{name: row[name] for name in StoredCheckpoint.__slots__})
