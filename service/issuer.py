"""Customers by the shop's own OpenID issuer: its tokens, instead of those that are made here.

They carry the real time, whatever `BYLEAVE_NOW` says, so they are held against the machine's clock.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import GuestProtocol
from joserfc.jws import JWSRegistry

from service import text_formats
from service.callers import Caller, Scope
from service.errors import Problem, ProblemCode
from service.issuer_keys import AsymmetricKey, IssuerKeys, IssuerUnavailable
from service.settings import Settings

if TYPE_CHECKING:
    from joserfc._rfc7515.model import JWSAlgModel

_LEEWAY_SECONDS = 60
_CUSTOMER_ID = re.compile(text_formats.ID)
# Key pairs only: what is signed with a shared secret, or not at all, is no issuer's token. (RFC 9864 calls
# the last one Ed25519; issuers go on calling it EdDSA.)
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
# Types of tokens that say who is there, or none; a notice of a logout, say, is signed with the same keys for the
# same audience (RFC 8725, section 3.11).
_TYPES = {"", "jwt", "at+jwt"}
_SAYS_WHAT_HAPPENED = "events"  # a claim of such notices (RFC 8417), also of those that state no type


class _KeyPairsOnly(JWSRegistry):
    """Other members of a header, such as `jku` or `x5u`, may be there and are not followed."""

    max_header_length = 4096

    def get_alg(self, name: str) -> "JWSAlgModel":
        if name not in _ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


class Issuer:
    """The shop's own issuer: whom one of its tokens is for."""

    def __init__(
        self, issuer: str, audience: str, *, customer_claim: str, scopes: Iterable[Scope], keys: IssuerKeys
    ) -> None:
        self.keys = keys
        self._customer_claim = customer_claim
        self._scopes = frozenset(scopes)
        self._registry = _KeyPairsOnly(strict_check_header=False)
        self._expected: dict[str, jwt.ClaimsOption] = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": audience},
            "exp": {"essential": True},
            "iat": {"essential": True},
        }

    def caller(self, token: str) -> Caller | None:
        """Whom `token` is for; `None` unless the issuer signed it for us and it holds now.

        Raises Problem (503) if the issuer's keys cannot be had.
        """
        try:
            read = jwt.decode(token, self._key, registry=self._registry)
            now = int(datetime.now(UTC).timestamp())
            registry = jwt.JWTClaimsRegistry(now=now, leeway=_LEEWAY_SECONDS, **self._expected)
            registry.validate(read.claims)
            return self._customer(read.claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        except IssuerUnavailable as error:
            raise _unavailable() from error

    def _customer(self, claims: dict[str, Any]) -> Caller | None:
        customer_id = None if _SAYS_WHAT_HAPPENED in claims else claims.get(self._customer_claim)
        if not isinstance(customer_id, str) or not _CUSTOMER_ID.fullmatch(customer_id):
            return None
        since = datetime.fromtimestamp(max(claims["iat"], 0), UTC)
        return Caller(key_id="issuer", customer_id=customer_id, scopes=self._scopes, since=since)

    def _key(self, token: GuestProtocol) -> AsymmetricKey:
        header = token.headers()
        self._registry.get_alg(header["alg"])
        typ = str(header.get("typ", "")).lower().removeprefix("application/")
        key = self.keys.find(header.get("kid")) if typ in _TYPES else None
        if key is None:
            raise InvalidKeyIdError
        return key


def issuer_of(settings: Settings) -> Issuer | None:
    """The issuer that the settings name, if they name one."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    return Issuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        customer_claim=settings.oidc_customer_claim,
        scopes=settings.oidc_scopes,
        keys=IssuerKeys(settings.oidc_issuer, plain_http_here=not settings.is_production),
    )


def _unavailable() -> Problem:
    return Problem(
        ProblemCode.ISSUER_UNAVAILABLE,
        "The keys of the token's issuer cannot be fetched, so it cannot be checked. Try again.",
        status=503,
        headers={"Retry-After": "5"},
    )
