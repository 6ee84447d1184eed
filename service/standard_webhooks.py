"""Signs webhooks as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com); sends nothing itself."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256

_PREFIX = "whsec_"
_BYTES = range(24, 65)


def secret_bytes(secret: str) -> bytes:
    """The key that a secret of the form `whsec_…` stands for.

    Raises ValueError, which does not repeat the secret.
    """
    try:
        decoded = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (Error, ValueError):
        decoded = b""
    if not secret.startswith(_PREFIX) or len(decoded) not in _BYTES:
        raise ValueError(
            "must be whsec_ and the base64 of 24 to 64 random bytes; make one: "
            'echo "whsec_$(openssl rand -base64 32)"'
        )
    return decoded


def signed_headers(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that make `body` a webhook. `message_id` must have no full stop in it."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = b64encode(hmac.new(key, content, sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
