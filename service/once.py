"""Does a call once, however often it is sent: `Idempotency-Key`, inside the transaction of the effect.

No answer is ever kept. A repeated call does nothing and is answered with the state as it is now, so that
nothing can be replayed after a withdrawal (docs/decisions/0008-a-repeated-call-tells-the-present.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.db.idempotency_keys import claim_key, note_made, read_key_of_call, remove_expired_keys
from service.errors import FieldError, Problem, ProblemCode

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """A call that is to be done once: who makes it, under which key, and a hash of what is asked for."""

    caller: str
    key: str
    fingerprint: str


class Attempt:
    """One try at a call. `made` is what the first try noted, such as the ids of what it recorded."""

    def __init__(self, connection: Connection, once: Once | None, made: dict[str, Any] | None) -> None:
        self._connection = connection
        self._once = once
        self.is_first = made is None
        self.made: dict[str, Any] = made or {}

    def note(self, **made: Any) -> None:
        """Note what could not be found again, for the answer to a repeated call."""
        self.made = made
        if self._once is not None:
            note_made(self._connection, self._once.caller, self._once.key, made)


def attempt(connection: Connection, once: Once | None, *, now: datetime) -> Attempt:
    """Open a try at a call, as the first thing in its transaction; without a key each try is the first.

    Raises Problem (422) if the key came with another call before.
    """
    if once is None:
        return Attempt(connection, None, None)
    expired = now - KEPT
    remove_expired_keys(connection, expired=expired)
    row = {
        "caller": once.caller,
        "key": once.key,
        "fingerprint": once.fingerprint,
        "created_at": now,
        "made": {},
    }
    if claim_key(connection, row, expired=expired):
        return Attempt(connection, once, None)
    fingerprint, made = read_key_of_call(connection, once.caller, once.key)
    if fingerprint != once.fingerprint:
        raise Problem(
            ProblemCode.IDEMPOTENCY_KEY_REUSED,
            f"This {HEADER} came with another call before. Take a new key for each new call.",
            status=422,
            errors=(FieldError(path=HEADER, message="came with another call before; take a new one"),),
        )
    return Attempt(connection, once, made)
