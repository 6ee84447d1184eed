"""What may be kept at all: data that exists only by consent goes when no purpose may read it any more.

It is deleted when a consent event says so. What a consent that ran out had covered is hidden from that
moment on, and deleted before the next event is recorded.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from consent.decision import Because, decide
from consent.events import ConsentEvent
from consent.vocabulary import PURPOSES
from service.db.devices import keep_only_permitted_devices


def fields_that_may_be_kept(
    events: Collection[ConsentEvent], *, customer_id: str, at: datetime
) -> frozenset[str]:
    """The data fields that at least one purpose may read."""
    return frozenset().union(
        *(decide(events, customer_id=customer_id, purpose=one.code, at=at).fields for one in PURPOSES)
    )


def why_not_kept(
    events: Collection[ConsentEvent], field: str, *, customer_id: str, at: datetime
) -> Because | None:
    """Why `field` may not be kept: what stands for suggestions, the purpose that she meets first."""
    if field in fields_that_may_be_kept(events, customer_id=customer_id, at=at):
        return None
    permission = decide(events, customer_id=customer_id, purpose="recommendations", at=at)
    return permission.verdict(field).because


def delete_what_nothing_permits(
    connection: Connection, customer_id: str, events: Collection[ConsentEvent], now: datetime
) -> None:
    """Delete consent-only data of hers that no purpose may read any more."""
    kept = fields_that_may_be_kept(events, customer_id=customer_id, at=now)
    keep_only_permitted_devices(connection, customer_id, kept)
