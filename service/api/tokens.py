"""Route: a short-lived token for one customer's browser."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field

from service.api.idempotency import OncePerKey
from service.api.shapes import Id, In, Out, UtcMoment, problems
from service.auth import CreatesTokens, scope_missing
from service.callers import CUSTOMER_SCOPES, Scope
from service.tokens import Tokens

router = APIRouter(prefix="/v1/tokens", tags=["tokens"])

CustomerScope = Literal[
    "recommendations:read", "consents:read", "consents:write", "customers:read", "customers:write"
]


def _each_once(scopes: list[CustomerScope]) -> list[CustomerScope]:
    return sorted(set(scopes))


class TokenIn(In):
    """Whom the token is for, what she may do with it, and for how long."""

    customer_id: Id
    scopes: Annotated[list[CustomerScope], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=len(CUSTOMER_SCOPES), description="Of those that the key has itself."
    )
    expires_in: int = Field(default=900, ge=60, le=3600, description="In seconds.")


class TokenOut(Out):
    token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6750
    customer_id: str
    scopes: list[CustomerScope]
    expires_at: UtcMoment


@router.post("", status_code=201, responses=problems(401, 403, 413, 422))
def create_token(caller: CreatesTokens, request: Request, body: TokenIn, once: OncePerKey) -> TokenOut:
    """Make a token that opens this one customer's calls, in her browser, for a few minutes.

    It ends with its time, with the key that made it, or when the admin key is changed. Nothing is stored, so
    a call that is sent again makes another token, whatever its `Idempotency-Key`.
    """
    scopes = [Scope(scope) for scope in body.scopes]
    for scope in scopes:
        if scope not in caller.scopes:
            raise scope_missing(scope)
    tokens: Tokens = request.app.state.tokens
    made = tokens.create(caller.key_id, body.customer_id, scopes, timedelta(seconds=body.expires_in))
    return TokenOut(
        token=made.token, customer_id=body.customer_id, scopes=body.scopes, expires_at=made.expires_at
    )
