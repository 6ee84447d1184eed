"""Who is calling: from the header of a request to its caller, and from a route's signature to who may call it.

`Authenticator` runs before anything of a request's body is read; the dependency types below make a route's
signature its access rule. A customer's token is held to her own paths in one place, `_authenticated`.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.callers import Caller, Scope
from service.errors import Problem, ProblemCode
from service.issuer import Issuer
from service.keys import Keys
from service.tokens import Tokens

# The routes without a {customer_id} that customers may read, too: nothing on them is anybody's.
OPEN_TO_CUSTOMERS = frozenset(
    {
        "/v1/recommendations",
        "/v1/purposes",
        "/v1/data-fields",
        "/v1/notices",
        "/v1/notices/{notice_id}",
    }
)

_CREDENTIAL = re.compile(rb"bearer ([!-~]{1,8192})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Authenticator:
    """Finds the caller behind a credential. A kind of credential is tried for what it says it is, only."""

    keys: Keys
    tokens: Tokens
    issuer: Issuer | None

    def caller(self, authorization: list[bytes]) -> Caller:
        """Who sent these `Authorization` headers.

        Raises Problem: 401 unless there is exactly one, and a key or token that holds is in it.
        """
        caller = None
        if len(authorization) == 1 and (sent := _CREDENTIAL.fullmatch(authorization[0])):
            caller = self._holder(sent[1].decode("ascii"))
        if caller is None:
            raise not_authenticated()
        return caller

    def _holder(self, credential: str) -> Caller | None:
        caller = self.keys.caller(credential)
        if caller is not None or credential.count(".") != 2:
            return caller
        return self._holder_of_ours(credential) or (self.issuer.caller(credential) if self.issuer else None)

    def _holder_of_ours(self, credential: str) -> Caller | None:
        token = self.tokens.caller(credential)
        if token is None:
            return None
        made_with = self.keys.holder(token.key_id)
        if made_with is None:
            return None
        return Caller(
            key_id=token.key_id,
            customer_id=token.customer_id,
            scopes=token.scopes & made_with.scopes,
            since=token.since,
        )


def not_authenticated() -> Problem:
    """401, in the same words whatever is wrong: no hint how near a key is."""
    return Problem(
        ProblemCode.NOT_AUTHENTICATED,
        "Send a key or token that holds as `Authorization: Bearer …`: `byleave keys create` makes a key, "
        "POST /v1/tokens a token for a customer's browser.",
        status=401,
        headers={"WWW-Authenticate": "Bearer"},
    )


# For the OpenAPI document; the header itself has been read before.
_bearer = HTTPBearer(
    auto_error=False,
    description="A key made by `byleave keys create`, the admin key, or a customer's token.",
)


def _authenticated(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise not_authenticated()
    if caller.customer_id is not None:
        _assert_hers(caller.customer_id, request)
    return caller


def _assert_hers(customer_id: str, request: Request) -> None:
    """What a token may name is one customer. Nothing is looked up: who exists makes no difference."""
    named = request.path_params.get("customer_id")
    reads = request.method in ("GET", "HEAD")
    if named is None and reads and request.scope["route"].path in OPEN_TO_CUSTOMERS:
        return
    if named is None:
        raise _not_for_customers()
    if named != customer_id:
        raise Problem(
            ProblemCode.OTHER_CUSTOMER,
            "This token is for one customer, and the path names another: make a token for this one.",
            status=403,
        )


@dataclass(frozen=True, slots=True)
class NeedsScope:
    """Lets callers with a scope, or with all of several, through. The OpenAPI document names what is needed."""

    scopes: tuple[Scope, ...]

    def __call__(self, caller: Annotated[Caller, Depends(_authenticated)]) -> Caller:
        missing = [scope for scope in self.scopes if scope not in caller.scopes]
        if missing:
            raise scope_missing(*missing)
        return caller


def _not_for_customers() -> Problem:
    return Problem(
        ProblemCode.NOT_FOR_CUSTOMERS,
        "This call is for the shop's own systems: a customer's token does not open it, a key does.",
        status=403,
    )


def _needs(*scopes: Scope) -> NeedsScope:
    return NeedsScope(scopes)


def scope_missing(*scopes: Scope) -> Problem:
    """403 that names what is missing."""
    named = " ".join(f"--scope {scope.value}" for scope in scopes)
    return Problem(
        ProblemCode.SCOPE_MISSING,
        f"This needs the scope {' and '.join(scopes)}, which the key or token does not have. Scopes do not "
        f"change: make another key with `byleave keys create {named}`, or another token.",
        status=403,
    )


AnyCaller = Annotated[Caller, Depends(_authenticated)]
ReadsRecommendations = Annotated[Caller, Depends(_needs(Scope.RECOMMENDATIONS_READ))]
ReadsConsents = Annotated[Caller, Depends(_needs(Scope.CONSENTS_READ))]
WritesConsents = Annotated[Caller, Depends(_needs(Scope.CONSENTS_WRITE))]
WritesNotices = Annotated[Caller, Depends(_needs(Scope.NOTICES_WRITE))]
ReadsCatalogue = Annotated[Caller, Depends(_needs(Scope.CATALOGUE_READ))]
WritesCatalogue = Annotated[Caller, Depends(_needs(Scope.CATALOGUE_WRITE))]
ReadsMessages = Annotated[Caller, Depends(_needs(Scope.CATALOGUE_READ, Scope.CUSTOMERS_READ))]
WritesMessages = Annotated[Caller, Depends(_needs(Scope.CATALOGUE_WRITE, Scope.CUSTOMERS_WRITE))]
WritesEvents = Annotated[Caller, Depends(_needs(Scope.EVENTS_WRITE))]
ReadsCustomers = Annotated[Caller, Depends(_needs(Scope.CUSTOMERS_READ))]
WritesCustomers = Annotated[Caller, Depends(_needs(Scope.CUSTOMERS_WRITE))]
ReadsAudit = Annotated[Caller, Depends(_needs(Scope.AUDIT_READ))]
ReadsChanges = Annotated[Caller, Depends(_needs(Scope.CHANGES_READ))]
ReadsStaff = Annotated[Caller, Depends(_needs(Scope.STAFF_READ))]
WritesStaff = Annotated[Caller, Depends(_needs(Scope.STAFF_WRITE))]
ReadsAudiences = Annotated[Caller, Depends(_needs(Scope.AUDIENCES_READ))]
ReadsInsights = Annotated[Caller, Depends(_needs(Scope.INSIGHTS_READ))]
ReadsStaffFeed = Annotated[Caller, Depends(_needs(Scope.STAFF_READ))]
ReadsAllOfCustomers = Annotated[Caller, Depends(_needs(Scope.CONSENTS_READ, Scope.CUSTOMERS_READ))]
PlansOutreach = Annotated[Caller, Depends(_needs(Scope.OUTREACH_WRITE))]
CreatesTokens = Annotated[Caller, Depends(_needs(Scope.TOKENS_CREATE))]


def _of_the_shop(caller: WritesConsents) -> Caller:
    """A call under one customer's path that names somebody else, too: who both are only the shop can know."""
    if caller.customer_id is not None:
        raise _not_for_customers()
    return caller


MergesVisitors = Annotated[Caller, Depends(_of_the_shop)]
