"""The `Idempotency-Key` header of every route that changes something, as a dependency type."""

import hmac
import json
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import Field

from service.auth import AnyCaller
from service.errors import ProblemCode, invalid
from service.once import HEADER, Once
from service.text_formats import IDEMPOTENCY_KEY

_Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="Any text of your own that names this call, such as a UUID. Sent again within 24 hours, the call "
        "does nothing and answers with the state as it is now.",
    ),
    Field(min_length=1, max_length=257, pattern=IDEMPOTENCY_KEY),
]


async def _once(request: Request, caller: AnyCaller, idempotency_key: _Key = None) -> Once | None:
    if idempotency_key is None:
        return None
    if len(request.headers.getlist(HEADER)) > 1:
        raise invalid(ProblemCode.INVALID_REQUEST, HEADER, "came twice; send one")
    called = f"{request.method} {request.scope['path']}\n".encode()
    return Once(
        # A customer's token would name her: the table holds no one's id.
        caller=sha256(caller.identity.encode()).hexdigest(),
        key=idempotency_key.strip('"'),
        # Keyed: whom a call named, and what of her it said, could be guessed from a plain hash.
        fingerprint=hmac.digest(
            request.app.state.calls_key, called + _canonical(await request.body()), "sha256"
        ).hex(),
    )


def _canonical(body: bytes) -> bytes:
    """The same for the same JSON: clients that build a body anew may order and space it anew."""
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return body


OncePerKey = Annotated[Once | None, Depends(_once)]
