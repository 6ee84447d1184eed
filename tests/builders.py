"""Builders: each makes one ordinary thing, so that a test names only what it is about.

They know no database and no HTTP, and they check nothing: a test may build what the service would refuse.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from consent.events import ConsentEvent, EventKind, Evidence
from consent.scope import Items, Scope
from consent.vocabulary import expand

CUSTOMER = "c-1001"


def a_moment(days: float = 0) -> datetime:
    """The present of the tests (10 June 2026, 09:00 UTC), or so many days after (before, if negative)."""
    return datetime(2026, 6, 10, 9, tzinfo=UTC) + timedelta(days=days)


def an_event(
    kind: EventKind,
    *data: str,
    purpose: str = "recommendations",
    position: int = 1,
    consent_id: str = "con_1",
    customer_id: str = CUSTOMER,
    recorded_at: datetime | None = None,
    occurred_at: datetime | None = None,
    replaces: str | None = None,
    expires_at: datetime | None = None,
    uses: int | None = None,
    channels: Iterable[str] | None = None,
    items: Items | None = None,
    data_from: datetime | None = None,
    evidence: Evidence | None = None,
) -> ConsentEvent:
    """A consent event about `data`, categories or fields; without any it is about all purchases."""
    return ConsentEvent(
        event_id=f"evt_{position}",
        consent_id=consent_id,
        customer_id=customer_id,
        position=position,
        kind=kind,
        scope=Scope(
            purpose=purpose,
            fields=expand(data or ("purchases",)),
            channels=None if channels is None else frozenset(channels),
            items=items,
            data_from=data_from,
            uses=uses,
            expires_at=expires_at,
        ),
        recorded_at=recorded_at or a_moment(),
        occurred_at=occurred_at,
        replaces=replaces,
        evidence=evidence or Evidence(),
    )


given = partial(an_event, EventKind.GIVEN)
renewed = partial(an_event, EventKind.RENEWED)
refused = partial(an_event, EventKind.REFUSED)
deferred = partial(an_event, EventKind.DEFERRED)
withdrawn = partial(an_event, EventKind.WITHDRAWN)
revoked = partial(an_event, EventKind.REVOKED)


def ledger(*events: ConsentEvent) -> list[ConsentEvent]:
    """The events as one customer's ledger: positions 1 to n, and event ids that follow them."""
    return [
        replace(event, position=position, event_id=f"evt_{position}")
        for position, event in enumerate(events, start=1)
    ]
