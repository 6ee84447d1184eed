"""Who is calling: keys, their scopes, and the dependency types that make a route's signature its access rule."""

import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from service.db.api_keys import add_key, read_key, read_keys, revoke_key
from service.db.engine import snapshot, write_transaction
from service.errors import Problem, ProblemCode
from service.ids import new_id
from service.settings import Clock


class Scope(StrEnum):
    """What a key may do."""

    RECOMMENDATIONS_READ = "recommendations:read"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    EVENTS_WRITE = "events:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The authenticated key and its scopes."""

    key_id: str
    scopes: frozenset[Scope]


ADMIN = Caller(key_id="admin", scopes=frozenset(Scope))


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
        key_id, secret = new_id("blk"), secrets.token_urlsafe(32)
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
        with snapshot(self._engine) as connection:
            row = read_key(connection, key_id)
        stored = row["secret_hash"] if row else _hash("no such key")
        matches = hmac.compare_digest(_hash(secret), stored)
        if row is None or not matches or row["revoked_at"] is not None:
            return None
        # A scope that only a newer release knows gives nothing here, and takes nothing away.
        return Caller(key_id=key_id, scopes=frozenset(one for one in Scope if one.value in row["scopes"]))


_bearer = HTTPBearer(auto_error=False, description="A key made by `byleave keys create`, or the admin key.")


def _authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    keys: Keys = request.app.state.keys
    caller = keys.caller(credentials.credentials) if credentials else None
    if caller is None:
        raise Problem(
            ProblemCode.NOT_AUTHENTICATED,
            "Send a valid key as `Authorization: Bearer <key>`; `byleave keys create` makes one.",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
    return caller


@dataclass(frozen=True, slots=True)
class NeedsScope:
    """Lets callers with a scope through. The OpenAPI document names it for each operation."""

    scope: Scope

    def __call__(self, caller: Annotated[Caller, Depends(_authenticated)]) -> Caller:
        if self.scope not in caller.scopes:
            raise Problem(
                ProblemCode.SCOPE_MISSING,
                f"This key lacks the scope {self.scope.value}. A key keeps the scopes that it was made with: "
                f"make another one with `byleave keys create --scope {self.scope.value}` and use that.",
                status=403,
            )
        return caller


AnyCaller = Annotated[Caller, Depends(_authenticated)]
ReadsRecommendations = Annotated[Caller, Depends(NeedsScope(Scope.RECOMMENDATIONS_READ))]
ReadsConsents = Annotated[Caller, Depends(NeedsScope(Scope.CONSENTS_READ))]
WritesConsents = Annotated[Caller, Depends(NeedsScope(Scope.CONSENTS_WRITE))]
ReadsCatalogue = Annotated[Caller, Depends(NeedsScope(Scope.CATALOGUE_READ))]
WritesCatalogue = Annotated[Caller, Depends(NeedsScope(Scope.CATALOGUE_WRITE))]
WritesEvents = Annotated[Caller, Depends(NeedsScope(Scope.EVENTS_WRITE))]
ReadsCustomers = Annotated[Caller, Depends(NeedsScope(Scope.CUSTOMERS_READ))]
WritesCustomers = Annotated[Caller, Depends(NeedsScope(Scope.CUSTOMERS_WRITE))]


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
