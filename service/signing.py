"""Signs what has to be provable later, and tells whether it was signed here.

A signature is a JWS (RFC 7515) with Ed25519 over bytes of one kind; what is signed as one kind is no other.
The public keys stay published for good. The private one is in the database, so that replicas share it,
sealed with a key that is derived from the admin key, which is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from sqlalchemy import Connection, Engine

from service.db.engine import snapshot, write_transaction
from service.db.epochs import SIGNING_KEYS, lock_epoch
from service.db.signing_keys import add_signing_key, read_signing_keys, retire_signing_keys
from service.sealing import Seal
from service.settings import Clock

if TYPE_CHECKING:
    from joserfc._rfc7515.model import JWSAlgModel

# RFC 9864 has a newer name for it, which the libraries that customers have today do not all know.
_ALGORITHM = "EdDSA"
_CURVE = "Ed25519"
_PAYLOAD_MAXIMUM_BYTES = 2 * 1024 * 1024


class SignedKind(StrEnum):
    """What a signature is under, in the header as `typ`."""

    RECEIPT = "byleave-receipt+jws"
    CHECKPOINT = "byleave-checkpoint+jws"
    ERASURE = "byleave-erasure+jws"
    LEARNING = "byleave-learning+jws"


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
        self._seal = Seal(admin_key, "byleave signing keys, version 1")

    def sign(self, kind: SignedKind, payload: bytes) -> str:
        """A compact JWS over `payload`. Makes a key if there is none that this admin key opens."""
        return self.signer().sign(kind, payload)

    def signer(self) -> "Signer":
        """Signs without the database, as inside a transaction. Makes a key if there is none, like `sign`."""
        key_id, key = self._current()
        return Signer(key_id, key)

    def open(self, kind: SignedKind, signed: str) -> bytes:
        """The bytes that were signed here as this kind.

        Raises NotSigned.
        """
        with snapshot(self._engine) as connection:
            return self.verifier(connection).open(kind, signed)

    def verifier(self, connection: Connection) -> "Verifier":
        """Opens what was signed with any key that ever signed here, as of this snapshot."""
        return Verifier({one.key_id: one for one in _published(connection)})

    def published(self) -> list[PublicKey]:
        """Every key that ever signed here, newest first."""
        with snapshot(self._engine) as connection:
            return _published(connection)

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
        sealed = self._seal.close(str(parts["d"]).encode(), key_id)
        add_signing_key(
            connection,
            key_id=key_id,
            public_key=str(parts["x"]),
            sealed_private_key=sealed,
            created_at=self._clock.now(),
        )
        return key_id, key

    def _unsealed(self, row: dict[str, Any]) -> str | None:
        """The private key; `None` if it is retired, or sealed with another admin key."""
        if row["sealed_private_key"] is None:
            return None
        opened = self._seal.open(row["sealed_private_key"], row["key_id"])
        return None if opened is None else opened.decode()


class Signer:
    """The key that signs, in memory."""

    def __init__(self, key_id: str, key: OKPKey) -> None:
        self._key_id = key_id
        self._key = key

    def sign(self, kind: SignedKind, payload: bytes) -> str:
        """A compact JWS over `payload`."""
        header = {"alg": _ALGORITHM, "kid": self._key_id, "typ": kind.value}
        return jws.serialize_compact(header, payload, self._key, registry=_OnlyOurs())


class Verifier:
    """The published keys, in memory."""

    def __init__(self, known: Mapping[str, PublicKey]) -> None:
        self._known = known

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
        key_id = header.get("kid")
        if not isinstance(key_id, str) or key_id not in self._known:
            raise NotSigned(SignatureFlaw.UNKNOWN_KEY)
        try:
            read = jws.deserialize_compact(signed, _public(self._known[key_id].x), registry=_OnlyOurs())
        except BadSignatureError as error:
            raise NotSigned(SignatureFlaw.WRONG_SIGNATURE) from error
        except (JoseError, ValueError) as error:
            raise NotSigned(SignatureFlaw.MALFORMED) from error
        return read.payload or b""


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


def _published(connection: Connection) -> list[PublicKey]:
    """All but those that took the name of another one."""
    keys = [PublicKey(key_id=row["key_id"], x=row["public_key"]) for row in read_signing_keys(connection)]
    return [key for key in keys if _public(key.x).thumbprint() == key.key_id]
