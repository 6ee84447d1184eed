"""Random keys of the service, as they are stored: sealed."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from service.db.service_tables import SealedKey


def read_sealed_key(connection: Connection, name: str) -> str | None:
    """The key of this name, sealed; `None` if none was made yet."""
    statement = select(col(SealedKey.sealed)).where(col(SealedKey.name) == name)
    return connection.execute(statement).scalar_one_or_none()


def add_sealed_key(connection: Connection, name: str, sealed: str, at: datetime) -> None:
    """Store a new key. Two at once need a lock around them."""
    connection.execute(insert(SealedKey).values(name=name, sealed=sealed, created_at=at))


def seal_anew(connection: Connection, name: str, sealed: str) -> None:
    """Store a key as it is sealed now."""
    connection.execute(update(SealedKey).where(col(SealedKey.name) == name).values(sealed=sealed))
