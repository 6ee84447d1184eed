"""Signs what has to be provable later, and tells whether it was signed here.

A signature is a JWS (RFC 7515) with Ed25519 over bytes of one kind; what is signed as one kind is no other.
The public keys stay published for good. The private one is in the database, so that replicas share it,
sealed with a key that is derived from the admin key, which is not.
"""

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from sqlalchemy import Connection, Engine

from service.db.engine import snapshot, write_transaction
from service.db.epochs import SIGNING_KEYS, lock_epoch
from service.db.signing_keys import add_signing_key, read_signing_keys, retire_signing_keys
from service.settings import Clock

if TYPE_CHECKING:
    from joserfc._rfc7515.model import JWSAlgModel

# RFC 9864 has a newer name for it, which the libraries that customers have today do not all know.
_ALGORITHM = "EdDSA"
_CURVE = "Ed25519"
_NONCE_BYTES = 12
_PAYLOAD_MAXIMUM_BYTES = 2 * 1024 * 1024


class SignedKind(StrEnum):
    """What a signature is under, in the header as `typ`."""

    RECEIPT = "byleave-receipt+jws"
    CHECKPOINT = "byleave-checkpoint+jws"


class SignatureFlaw(StrEnum):
    """Why something was not signed here, as far as we can tell."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"


class NotSigned(Exception):
    """What was handed in has no signature of ours."""

    def __init__(self, flaw: SignatureFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A published key; `key_id` is its thumbprint (RFC 7638), so a key cannot take another one's name."""

    key_id: str
    x: str


class Signing:
    """The signing keys of one shop. The newest one that this admin key opens signs; all verify."""

    def __init__(self, engine: Engine, clock: Clock, admin_key: str) -> None:
        self._engine = engine
        self._clock = clock
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"byleave signing keys, version 1")
        self._seal = AESGCM(derived.derive(admin_key.encode()))

    def sign(self, kind: SignedKind, payload: bytes) -> str:
        """A compact JWS over `payload`. Makes a key if there is none that this admin key opens."""
        key_id, key = self._current()
        header = {"alg": _ALGORITHM, "kid": key_id, "typ": kind.value}
        return jws.serialize_compact(header, payload, key, registry=_OnlyOurs())

    def open(self, kind: SignedKind, signed: str) -> bytes:
        """The bytes that were signed here as this kind.

        Raises NotSigned.
        """
        try:
            token = jws.extract_compact(signed.encode("ascii"), registry=_OnlyOurs())
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise NotSigned(SignatureFlaw.MALFORMED) from error
        header = token.headers()
        if header.get("typ") != kind or header.get("alg") != _ALGORITHM:
            raise NotSigned(SignatureFlaw.MALFORMED)
        known = {one.key_id: one for one in self.published()}
        key_id = header.get("kid")
        if not isinstance(key_id, str) or key_id not in known:
            raise NotSigned(SignatureFlaw.UNKNOWN_KEY)
        try:
            read = jws.deserialize_compact(signed, _public(known[key_id].x), registry=_OnlyOurs())
        except BadSignatureError as error:
            raise NotSigned(SignatureFlaw.WRONG_SIGNATURE) from error
        except (JoseError, ValueError) as error:
            raise NotSigned(SignatureFlaw.MALFORMED) from error
        return read.payload or b""

    def published(self) -> list[PublicKey]:
        """Every key that ever signed here, newest first."""
        with snapshot(self._engine) as connection:
            rows = read_signing_keys(connection)
        keys = [PublicKey(key_id=row["key_id"], x=row["public_key"]) for row in rows]
        return [key for key in keys if _public(key.x).thumbprint() == key.key_id]

    def rotate(self) -> str:
        """Make a new key and destroy the private half of all others; gives the new key's id."""
        with write_transaction(self._engine) as connection:
            lock_epoch(connection, SIGNING_KEYS)
            retire_signing_keys(connection, at=self._clock.now())
            return self._make(connection)[0]

    def _current(self) -> tuple[str, OKPKey]:
        with snapshot(self._engine) as connection:
            found = self._newest_that_opens(connection)
        if found is not None:
            return found
        with write_transaction(self._engine) as connection:
            # Of several replicas that need the first key at once, one makes it and the others find it.
            lock_epoch(connection, SIGNING_KEYS)
            return self._newest_that_opens(connection) or self._make(connection)

    def _newest_that_opens(self, connection: Connection) -> tuple[str, OKPKey] | None:
        for row in read_signing_keys(connection):
            private = self._unsealed(row)
            if private is not None:
                return row["key_id"], _private(row["public_key"], private)
        return None

    def _make(self, connection: Connection) -> tuple[str, OKPKey]:
        key = OKPKey.generate_key("Ed25519", auto_kid=False)
        key_id, parts = key.thumbprint(), key.as_dict(private=True)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._seal.encrypt(nonce, str(parts["d"]).encode(), key_id.encode())
        add_signing_key(
            connection,
            key_id=key_id,
            public_key=str(parts["x"]),
            sealed_private_key=b64encode(sealed).decode(),
            created_at=self._clock.now(),
        )
        return key_id, key

    def _unsealed(self, row: dict[str, Any]) -> str | None:
        """The private key; `None` if it is retired, or sealed with another admin key."""
        if row["sealed_private_key"] is None:
            return None
        sealed = b64decode(row["sealed_private_key"])
        try:
            opened = self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], row["key_id"].encode())
        except InvalidTag:
            return None
        return opened.decode()


class _OnlyOurs(JWSRegistry):
    """One algorithm, and no header that leads to a key from elsewhere (`jwk`, `jku`, `x5u`) is followed."""

    max_payload_length = _PAYLOAD_MAXIMUM_BYTES

    def get_alg(self, name: str) -> "JWSAlgModel":
        if name != _ALGORITHM:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def _public(x: str) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": _CURVE, "x": x})


def _private(x: str, d: str) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": _CURVE, "x": x, "d": d})
