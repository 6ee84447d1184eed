"""The shop's keys: made once, known by their hash, and gone from the next request on once revoked."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine

from service.callers import ADMIN, Caller, Scope
from service.db.api_keys import add_key, read_key, read_keys, revoke_key
from service.db.engine import snapshot, write_transaction
from service.ids import new_id
from service.settings import Clock

_KIND = "blk"
_PREFIX = f"{_KIND}_"


class Keys:
    """The keys of one shop. A key is `blk_<id>.<secret>`; only the secret's hash is stored.

    The secret has 256 random bits, so a plain SHA-256 of it cannot be guessed back.
    """

    def __init__(self, engine: Engine, clock: Clock, admin_key: str) -> None:
        self._engine = engine
        self._clock = clock
        self._admin_hash = _hash(admin_key)

    def create(self, name: str, scopes: list[Scope]) -> tuple[str, str]:
        """A new key: its id, and the key itself, which is shown this once."""
        key_id, secret = new_id(_KIND), secrets.token_urlsafe(32)
        with write_transaction(self._engine) as connection:
            add_key(
                connection,
                key_id=key_id,
                name=name,
                scopes=[scope.value for scope in scopes],
                secret_hash=_hash(secret),
                created_at=self._clock.now(),
            )
        return key_id, f"{key_id}.{secret}"

    def all(self) -> list[dict[str, object]]:
        """All keys, without their secrets."""
        with snapshot(self._engine) as connection:
            rows = read_keys(connection)
        return [{name: row[name] for name in row if name != "secret_hash"} for row in rows]

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key that was not revoked yet."""
        with write_transaction(self._engine) as connection:
            return revoke_key(connection, key_id, at=self._clock.now())

    def caller(self, key: str) -> Caller | None:
        """Who holds `key`; `None` if nobody does, or not any more."""
        if hmac.compare_digest(_hash(key), self._admin_hash):
            return ADMIN
        key_id, _, secret = key.partition(".")
        row = self._row(key_id) if key_id.startswith(_PREFIX) else None
        stored = row["secret_hash"] if row else _hash("no such key")
        matches = hmac.compare_digest(_hash(secret), stored)
        return _caller(row) if row is not None and matches else None

    def holder(self, key_id: str) -> Caller | None:
        """Who the key of this id is; `None` if there is none, or not any more."""
        if key_id == ADMIN.key_id:
            return ADMIN
        row = self._row(key_id)
        return _caller(row) if row is not None else None

    def _row(self, key_id: str) -> Mapping[str, Any] | None:
        with snapshot(self._engine) as connection:
            return read_key(connection, key_id)


def _caller(row: Mapping[str, Any]) -> Caller | None:
    if row["revoked_at"] is not None:
        return None
    # A scope that only a newer release knows gives nothing here, and takes nothing away.
    return Caller(key_id=row["id"], scopes=frozenset(one for one in Scope if one.value in row["scopes"]))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
