"""The service's signing keys. A public key is never taken away: what was signed stays verifiable."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlmodel import col

from service.db.service_tables import SigningKey
from service.db.tables import table_of


def read_signing_keys(connection: Connection) -> Sequence[dict[str, Any]]:
    """All keys, newest first."""
    statement = select(table_of(SigningKey)).order_by(col(SigningKey.number).desc())
    return [dict(row) for row in connection.execute(statement).mappings()]


def add_signing_key(
    connection: Connection, *, key_id: str, public_key: str, sealed_private_key: str, created_at: datetime
) -> None:
    """Add a key after all others. Two at once need a lock around them."""
    last = connection.execute(select(func.max(col(SigningKey.number)))).scalar_one()
    connection.execute(
        insert(SigningKey).values(
            number=(last or 0) + 1,
            key_id=key_id,
            public_key=public_key,
            sealed_private_key=sealed_private_key,
            created_at=created_at,
        )
    )


def retire_signing_keys(connection: Connection, *, at: datetime) -> None:
    """Destroy every private key; nothing new can be signed with them, and the public ones stay."""
    in_use = update(SigningKey).where(col(SigningKey.sealed_private_key).is_not(None))
    connection.execute(in_use.values(sealed_private_key=None, retired_at=at))
