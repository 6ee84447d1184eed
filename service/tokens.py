"""Short-lived signed tokens, each for one customer's browser. Nothing of them is stored.

A token is a JWT of a type of its own (RFC 8725, section 3.11), signed with a key that is derived from the
admin key: all replicas share it, and another admin key ends all tokens. It names the key that it was made
with and holds no longer than that one does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.callers import CUSTOMER_SCOPES, Caller, Scope
from service.ids import new_id
from service.sealing import derived_key
from service.settings import Clock

TOKEN_TYPE = "byleave+jwt"  # noqa: S105 - the type of a token, not a secret

_ALGORITHMS = ["HS256"]
_NAME = "byleave"
_SKEW_SECONDS = 60  # between the clocks of two replicas
_REQUIRED = ("iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A new token, and until when it holds."""

    token: str
    expires_at: datetime


class Tokens:
    """Makes and reads the tokens of one shop."""

    def __init__(self, clock: Clock, admin_key: str) -> None:
        self._clock = clock
        self._key = OctKey.import_key(derived_key(admin_key, "byleave tokens, version 1"))

    def create(
        self, made_with: str, customer_id: str, scopes: Collection[Scope], lifetime: timedelta
    ) -> Token:
        """A token for `customer_id`, made with the key of the id `made_with`."""
        now = int(self._clock.now().timestamp())
        expires = now + int(lifetime.total_seconds())
        claims = {
            "iss": _NAME,
            "aud": _NAME,
            "sub": customer_id,
            "client_id": made_with,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": expires,
            "jti": new_id("tok"),
        }
        header = {"alg": _ALGORITHMS[0], "typ": TOKEN_TYPE}
        token = jwt.encode(header, claims, self._key, algorithms=_ALGORITHMS)
        return Token(token=token, expires_at=datetime.fromtimestamp(expires, UTC))

    def caller(self, token: str) -> Caller | None:
        """Whom `token` is for; `None` unless it was made here and holds now.

        Whether the key that made it still holds is for the caller of this to ask.
        """
        now = self._clock.now().timestamp()
        try:
            read = jwt.decode(token, self._key, algorithms=_ALGORITHMS)
            _claims_at(now).validate(read.claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None  # the last two from a header of shapes that no library expects
        # The leeway is for a token that is a moment old elsewhere; none lives longer than it says.
        if read.header.get("typ") != TOKEN_TYPE or read.claims["exp"] <= now:
            return None
        made_with, customer_id, given = (read.claims[name] for name in ("client_id", "sub", "scope"))
        since = datetime.fromtimestamp(read.claims["iat"], UTC)
        if not (isinstance(made_with, str) and isinstance(given, str)):
            return None
        scopes = frozenset(scope for scope in CUSTOMER_SCOPES if scope.value in given.split(" "))
        return Caller(key_id=made_with, customer_id=customer_id, scopes=scopes, since=since)


def _claims_at(now: float) -> jwt.JWTClaimsRegistry:
    expected: dict[str, jwt.ClaimsOption] = {name: {"essential": True} for name in _REQUIRED}
    expected["iss"] = expected["aud"] = {"essential": True, "value": _NAME}
    return jwt.JWTClaimsRegistry(now=int(now), leeway=_SKEW_SECONDS, **expected)
