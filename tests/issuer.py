"""An OpenID issuer of the tests: what it serves is as the test says, and so is what it signs."""

import json
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

ISSUER = "https://login.shop.example/realm"
AUDIENCE = "byleave-of-the-shop"

SigningKey = RSAKey | ECKey | OKPKey | OctKey


class AnIssuer:
    """Answers as `documents` says: a path to a status, headers and a body. Counts what it is asked."""

    def __init__(self, **keys: SigningKey) -> None:
        self.asked: list[str] = []
        self.seconds = 0.0
        self.is_down = False
        self.documents: dict[str, Any] = {}
        self.serve(**keys)

    def serve(self, **keys: SigningKey) -> None:
        self.documents["/realm/.well-known/openid-configuration"] = {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.documents["/realm/keys"] = {
            "keys": [key.as_dict(private=False) | {"kid": kid} for kid, key in keys.items()]
        }

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def clock(self) -> float:
        return self.seconds

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        document = self.documents.get(request.url.path)
        if isinstance(document, httpx.Response):
            status, content, headers = document.status_code, document.content, document.headers
        else:
            status, content, headers = 404 if document is None else 200, json.dumps(document).encode(), None
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def a_login(customer: str = "anna", **changes: Any) -> dict[str, Any]:
    """The claims of a good token of the issuer, with changes; `None` leaves a claim out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": customer, "iat": now, "exp": now + 300} | changes
    return {name: value for name, value in claims.items() if value is not None}


def signed(key: SigningKey, claims: dict[str, Any], **header: Any) -> str:
    header = {name: value for name, value in ({"alg": "RS256", "kid": "one"} | header).items() if value}
    registry = jwt.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jwt.encode(header, claims, key, registry=registry)
