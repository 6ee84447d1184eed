"""Who can call, and what they may do: the scopes, and the caller that a request is answered to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a key or a token may do."""

    RECOMMENDATIONS_READ = "recommendations:read"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    EVENTS_WRITE = "events:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    NOTICES_WRITE = "notices:write"
    TOKENS_CREATE = "tokens:create"
    AUDIT_READ = "audit:read"
    CHANGES_READ = "changes:read"
    STAFF_READ = "staff:read"
    OUTREACH_WRITE = "outreach:write"
    STAFF_WRITE = "staff:write"
    AUDIENCES_READ = "audiences:read"
    INSIGHTS_READ = "insights:read"


# What a customer may do herself, in her browser. Nothing else can be given to a token.
CUSTOMER_SCOPES = frozenset(
    {
        Scope.RECOMMENDATIONS_READ,
        Scope.CONSENTS_READ,
        Scope.CONSENTS_WRITE,
        Scope.CUSTOMERS_READ,
        Scope.CUSTOMERS_WRITE,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who is calling: a key of the shop, or one customer with a token.

    key_id       the key; for a token the key that made it, or `issuer`
    customer_id  the one customer whom a token is for; `None` for a key
    since        when the token was made (UTC, to the second); `None` for a key
    """

    key_id: str
    scopes: frozenset[Scope]
    customer_id: str | None = None
    since: datetime | None = None

    @property
    def identity(self) -> str:
        """One name for each key and for each customer, however many tokens she holds."""
        return f"key:{self.key_id}" if self.customer_id is None else customer_identity(self.customer_id)


def customer_identity(customer_id: str) -> str:
    """The name under which a customer calls."""
    return f"customer:{customer_id}"


ADMIN = Caller(key_id="admin", scopes=frozenset(Scope))
