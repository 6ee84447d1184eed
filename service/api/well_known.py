"""Routes: the public keys that verify what this service has signed, and that Global Privacy Control is heard."""

from datetime import date
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import Field

from service.api.shapes import Out, problems
from service.signing import Signing

router = APIRouter(prefix="/.well-known", tags=["proof"])

# When it was last said; a later meaning of the signal is not what was agreed to then.
_GPC_SINCE = date(2026, 11, 22)


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


class PrivacyControlSupport(Out):
    """The GPC support resource (https://w3c.github.io/gpc/)."""

    gpc: Literal[True] = True
    last_update: date = Field(default=_GPC_SINCE, alias="lastUpdate")


@router.get("/gpc.json", responses=problems())
def get_privacy_control() -> PrivacyControlSupport:
    """Whether `Sec-GPC: 1` is heard here. Open without a key."""
    return PrivacyControlSupport()
