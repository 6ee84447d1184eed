"""The public keys of the shop's own OpenID issuer: fetched from where its discovery document says, and kept.

Only keys that can sign and are not shared secrets are taken (RFC 8725, section 3.1). What is fetched has a
limit in size and time, and no redirect is followed.
"""

import json
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from service.addresses import is_safe_address

AsymmetricKey = RSAKey | ECKey | OKPKey

_BYTES_MAXIMUM = 256 * 1024
_TIMEOUT_SECONDS = 3
_FETCH_SECONDS = 6  # all of one answer, however it trickles
_FRESH_SECONDS = 10 * 60  # after that they are asked for again: an issuer takes keys back, too
_USABLE_SECONDS = 60 * 60  # without an answer they are used that long
_PAUSE_SECONDS = 60  # between two fetches: a token can name any key
_PAUSE_WITHOUT_KEYS_SECONDS = 5
_RSA_BITS_MINIMUM = 2048

_log = structlog.get_logger("service.issuer")


class IssuerUnavailable(Exception):
    """The issuer's keys are not known, so nobody can be let in by them."""


class IssuerKeys:
    """The keys by their `kid`. One thread fetches; the others go on with what there is."""

    def __init__(
        self,
        issuer: str,
        *,
        plain_http_here: bool = False,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._plain_http_here = plain_http_here
        self._client = client or httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        self._clock = clock
        self._fetching = Lock()
        self._keys: Mapping[str | None, AsymmetricKey] = {}
        self._fetched_at = self._asked_at = -float("inf")

    def find(self, kid: str | None) -> AsymmetricKey | None:
        """The key of this id, or the only one if no id is given; `None` if the issuer has no such key.

        Raises IssuerUnavailable if that cannot be said.
        """
        if self._is_old() or kid not in self._keys:
            self._fetch()
        if self._clock() - self._fetched_at > _USABLE_SECONDS:
            raise IssuerUnavailable
        key = self._keys.get(kid)
        if key is None and self._fetched_at < self._asked_at:
            raise IssuerUnavailable
        return key

    def warm_up(self) -> None:
        """Fetch them before the first customer asks. What goes wrong is in the log."""
        self._fetch()

    def close(self) -> None:
        self._client.close()

    def _is_old(self) -> bool:
        return self._clock() - self._fetched_at > _FRESH_SECONDS

    def _fetch(self) -> None:
        pause = _PAUSE_SECONDS if self._keys else _PAUSE_WITHOUT_KEYS_SECONDS
        if self._clock() - self._asked_at < pause or not self._fetching.acquire(blocking=False):
            return
        try:
            self._asked_at = self._clock()
            self._keys = _signing_keys(self._document(self._address()))
            self._fetched_at = self._asked_at
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            _log.error("issuer_unavailable", issuer=self._issuer, error=type(error).__name__, why=str(error))
        finally:
            self._fetching.release()

    def _address(self) -> str:
        """Where the keys are, by OpenID Connect Discovery 1.0."""
        described = self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if described.get("issuer") != self._issuer:
            raise ValueError("the discovery document names another issuer")
        return str(described.get("jwks_uri"))

    def _document(self, url: str) -> dict[str, Any]:
        """The JSON object at `url`. Raises ValueError or httpx.HTTPError."""
        if not is_safe_address(url, here=self._plain_http_here):
            raise ValueError(f"{url[:200]} is no https address")
        started, content = time.monotonic(), b""
        plain = {"Accept": "application/json", "Accept-Encoding": "identity"}  # its size is what it says
        with self._client.stream("GET", url, headers=plain) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"{url} answers {answer.status_code}")
            for part in answer.iter_raw():
                content += part
                if len(content) > _BYTES_MAXIMUM or time.monotonic() - started > _FETCH_SECONDS:
                    raise ValueError(f"{url} is too large or too slow")
        document = json.loads(content)
        if not isinstance(document, dict):
            raise ValueError(f"{url} is no JSON object")  # noqa: TRY004 - of what was fetched, not of a program
        return document


def _signing_keys(document: Mapping[str, Any]) -> dict[str | None, AsymmetricKey]:
    """By `kid`; a single key also under `None`. One that cannot be used here does not hide the others."""
    found: dict[str | None, AsymmetricKey] = {}
    listed = document.get("keys")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        if one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str | None):
            continue
        public = {name: value for name, value in one.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}
        try:
            key = import_key(public)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey) and key.public_key.key_size < _RSA_BITS_MINIMUM:
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found[one.get("kid")] = key
    if not found:
        raise ValueError("the issuer has no key that can be used here")
    if len(found) == 1:
        found[None] = next(iter(found.values()))
    elif None in found:
        del found[None]
    return found
