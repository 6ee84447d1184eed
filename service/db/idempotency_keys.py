"""Which calls were made already, by caller and key. Of what they were answered nothing is kept here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.db.service_tables import IdempotencyKey

# So that no call waits long for a day's worth of keys of others.
_REMOVED_AT_ONCE = 100


def claim_key(connection: Connection, row: dict[str, Any], *, expired: datetime) -> bool:
    """Whether this is the first call with the key of `row`, or the first since `expired`.

    Of two calls at once the second waits here until the first has committed, or was rolled back.
    """
    dialect_insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = dialect_insert(IdempotencyKey).values(row)
    claim = new.on_conflict_do_update(
        index_elements=["caller", "key"],
        set_={name: new.excluded[name] for name in row if name not in ("caller", "key")},
        where=col(IdempotencyKey.created_at) < expired,
    ).returning(col(IdempotencyKey.key))
    return connection.execute(claim).first() is not None


def read_key_of_call(connection: Connection, caller: str, key: str) -> tuple[str, dict[str, Any]]:
    """The fingerprint of the call that came with this key, and what it made."""
    columns = select(col(IdempotencyKey.fingerprint), col(IdempotencyKey.made))
    row = connection.execute(columns.where(*_is(caller, key))).one()
    return row.fingerprint, row.made


def note_made(connection: Connection, caller: str, key: str, made: dict[str, Any]) -> None:
    """Add to a claimed key what its call made and nobody could find again."""
    connection.execute(update(IdempotencyKey).where(*_is(caller, key)).values(made=made))


def count_expired_keys(connection: Connection, *, expired: datetime) -> int:
    """The number of keys from before `expired`."""
    statement = select(func.count()).where(col(IdempotencyKey.created_at) < expired)
    return int(connection.execute(statement).scalar_one())


def remove_expired_keys(connection: Connection, *, expired: datetime) -> int:
    """Remove some of the keys from before `expired`, and give how many; what another call removes is left to it."""
    names = (col(IdempotencyKey.caller), col(IdempotencyKey.key))
    some = (
        select(*names)
        .where(col(IdempotencyKey.created_at) < expired)
        .order_by(col(IdempotencyKey.created_at))
        .limit(_REMOVED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(IdempotencyKey).where(tuple_(*names).in_(some))).rowcount


def _is(caller: str, key: str) -> tuple[Any, Any]:
    return col(IdempotencyKey.caller) == caller, col(IdempotencyKey.key) == key
