"""Route: the public keys that verify what this service has signed."""

from typing import Literal

from fastapi import APIRouter, Request

from service.api.shapes import Out, problems
from service.signing import Signing

router = APIRouter(prefix="/.well-known", tags=["proof"])


class SigningKeyOut(Out):
    """An Ed25519 public key as JWK (RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str
    kid: str
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"


class SigningKeys(Out):
    """A JWK Set (RFC 7517)."""

    keys: list[SigningKeyOut]


@router.get("/jwks.json", responses=problems())
def list_signing_keys(request: Request) -> SigningKeys:
    """The keys that verify receipts and checkpoints, newest first, those no longer in use included.

    Open without a key. Empty until something was signed.
    """
    signing: Signing = request.app.state.signing
    return SigningKeys(keys=[SigningKeyOut(x=key.x, kid=key.key_id) for key in signing.published()])
