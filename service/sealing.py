"""Seals secrets that are kept in the database, so that the database alone does not give them away.

The key is derived from the admin key (HKDF-SHA256), one for each use: what was sealed for one does not open
for another. AES-256-GCM, bound to the name of what is sealed.
"""

import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Seal:
    """Seals and opens under one admin key, for one use."""

    def __init__(self, admin_key: str, use: str) -> None:
        self._cipher = AESGCM(derived_key(admin_key, use))

    def close(self, secret: bytes, name: str) -> str:
        """`secret` sealed, as text; it opens under the same `name` only."""
        nonce = os.urandom(_NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, secret, name.encode())).decode()

    def open(self, sealed: str, name: str) -> bytes | None:
        """The secret; `None` if it was sealed with another admin key, or for something else."""
        content = b64decode(sealed)
        try:
            return self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], name.encode())
        except InvalidTag:
            return None


def derived_key(admin_key: str, use: str) -> bytes:
    """256 bits for one use (RFC 5869): from one of them nothing follows for another, nor for the admin key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(admin_key.encode())
