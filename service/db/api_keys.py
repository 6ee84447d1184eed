"""The shop's keys. What is stored of a secret is its hash."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from service.db.service_tables import ApiKey
from service.db.tables import table_of


def add_key(
    connection: Connection,
    *,
    key_id: str,
    name: str,
    scopes: Sequence[str],
    secret_hash: str,
    created_at: datetime,
) -> None:
    connection.execute(
        insert(ApiKey).values(
            id=key_id, name=name, scopes=list(scopes), secret_hash=secret_hash, created_at=created_at
        )
    )


def read_key(connection: Connection, key_id: str) -> dict[str, Any] | None:
    """The key as stored, revoked or not."""
    statement = select(table_of(ApiKey)).where(col(ApiKey.id) == key_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def read_keys(connection: Connection) -> list[dict[str, Any]]:
    """All keys, oldest first."""
    statement = select(table_of(ApiKey)).order_by(col(ApiKey.created_at), col(ApiKey.id))
    return [dict(row) for row in connection.execute(statement).mappings()]


def revoke_key(connection: Connection, key_id: str, *, at: datetime) -> bool:
    """Revoke a key that is not revoked yet; gives whether there was one."""
    statement = update(ApiKey).where(col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None))
    return connection.execute(statement.values(revoked_at=at)).rowcount == 1
