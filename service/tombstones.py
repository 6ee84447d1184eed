"""Who was erased, and when: so that nothing from before can bring her back. Never her id.

A tombstone is an HMAC of her id. Its key is random and sealed with the admin key, so the database alone does
not tell who was erased. Where the key does not open nothing from before can be told: nothing is taken in.
"""

import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine

from service.db.engine import snapshot, write_transaction
from service.db.epochs import ERASURES, lock_epoch
from service.db.erasures import add_tombstone, read_tombstones
from service.db.sealed_keys import add_sealed_key, read_sealed_key, seal_anew
from service.errors import Problem, ProblemCode
from service.sealing import Seal

_NAME = "tombstones"
_USE = "byleave tombstones, version 1"
_KEY_BYTES = 32
_ADVICE = (
    "The marks of erased customers are sealed with another admin key, and without them nobody who was erased "
    "could be kept from coming back. Start the service once with that key as BYLEAVE_FORMER_ADMIN_KEY."
)


class Tombstones:
    """The tombstones of one shop. Without an admin key it works only as long as nobody was erased."""

    def __init__(self, admin_key: str | None = None) -> None:
        self._seal = Seal(admin_key, _USE) if admin_key is not None else None
        self._key: bytes | None = None

    def moments(self, connection: Connection, customer_ids: Iterable[str]) -> dict[str, datetime]:
        """Customer id -> when she was erased, of those who were: one statement, however many.

        Raises Problem (503) if the marks cannot be told.
        """
        key = self._opened(connection)
        if key is None:
            return {}
        marks = {_mark(key, customer_id): customer_id for customer_id in set(customer_ids)}
        return {marks[mark]: at for mark, at in read_tombstones(connection, marks).items()}

    def add(self, connection: Connection, customer_id: str, at: datetime) -> None:
        """Note that she is erased, in the transaction that does it, which has locked ERASURES."""
        key = self._opened(connection) or self._make(connection, at)
        add_tombstone(connection, _mark(key, customer_id), at)

    def assert_opens(self, engine: Engine, former_admin_key: str | None = None) -> None:
        """Open the key, or seal it anew if the former admin key opens it. Raises ValueError, with what to do."""
        with snapshot(engine) as connection:
            sealed = read_sealed_key(connection, _NAME)
        if sealed is None or self._open(sealed) is not None:
            return
        key = Seal(former_admin_key, _USE).open(sealed, _NAME) if former_admin_key else None
        if key is None or self._seal is None:
            raise ValueError(_ADVICE)
        with write_transaction(engine) as connection:
            lock_epoch(connection, ERASURES)
            seal_anew(connection, _NAME, self._seal.close(key, _NAME))

    def _opened(self, connection: Connection) -> bytes | None:
        if self._key is None and (sealed := read_sealed_key(connection, _NAME)) is not None:
            self._key = self._open(sealed)
            if self._key is None:
                raise Problem(ProblemCode.ADMIN_KEY_CHANGED, _ADVICE, status=503)
        return self._key

    def _open(self, sealed: str) -> bytes | None:
        return self._seal.open(sealed, _NAME) if self._seal is not None else None

    def _make(self, connection: Connection, at: datetime) -> bytes:
        if self._seal is None:
            raise Problem(ProblemCode.ADMIN_KEY_CHANGED, _ADVICE, status=503)
        # Not held before it is committed: if it is rolled back there is none.
        key = secrets.token_bytes(_KEY_BYTES)
        add_sealed_key(connection, _NAME, self._seal.close(key, _NAME), at)
        return key


def _mark(key: bytes, customer_id: str) -> str:
    return hmac.digest(key, customer_id.encode(), "sha256").hex()
