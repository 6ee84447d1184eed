"""Use case: what has changed in all ledgers since a number, and how one change is told.

The feed and the webhooks tell a change in the same words; nobody decides anything here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from consent.ledger import LedgerEntry
from consent.scope import Items
from service.db.changes import Change, read_changes
from service.db.checkpoints import StoredCheckpoint, read_latest_checkpoint
from service.db.engine import snapshot

ERASED = "erased"


class ChangeKind(StrEnum):
    """What a change is about: an event of a consent, or a person who was erased."""

    CONSENT = "consent"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """Some changes, the number to ask with next, and the last checkpoint that was made."""

    changes: list[dict[str, Any]]
    next: int
    checkpoint: StoredCheckpoint | None


def changes_since(engine: Engine, number: int, *, limit: int) -> Feed:
    """The changes behind `number`, as documents; none behind the end, and then the same number again."""
    with snapshot(engine) as connection:
        found = read_changes(connection, after=number, limit=limit)
        checkpoint = read_latest_checkpoint(connection)
    return Feed(
        changes=[change_document(one) for one in found],
        next=found[-1].number if found else number,
        checkpoint=checkpoint,
    )


def change_document(change: Change) -> dict[str, Any]:
    """A change as JSON. Of one whose ledger rows were erased there is a number and a chain, and nothing else."""
    told = dict.fromkeys(_OF_ENTRIES) if change.entry is None else _entry(change.entry)
    if change.is_erasure:
        told |= {"event": ERASED}
    return {
        "number": change.number,
        "kind": (ChangeKind.CUSTOMER if change.is_erasure else ChangeKind.CONSENT).value,
        "chain_id": change.chain_id,
        "customer_id": change.customer_id,
        "position": change.position,
        **told,
    }


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    """The whole scope: a consumer that did not see how a grant is narrowed would read too much by it."""
    event, scope = entry.event, entry.event.scope
    return {
        "event_id": event.event_id,
        "consent_id": event.consent_id,
        "event": event.kind.value,
        "purpose": scope.purpose,
        "data": sorted(scope.fields),
        "channels": None if scope.channels is None else sorted(scope.channels),
        "items": None if scope.items is None else told_items(scope.items),
        "data_from": _moment(scope.data_from),
        "uses": scope.uses,
        "expires_at": _moment(scope.expires_at),
        "recorded_at": _moment(event.recorded_at),
        "occurred_at": _moment(event.occurred_at),
        "replaces": event.replaces,
        "notice_id": event.evidence.notice_id,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


_OF_ENTRIES = (
    "event_id",
    "consent_id",
    "event",
    "purpose",
    "data",
    "channels",
    "items",
    "data_from",
    "uses",
    "expires_at",
    "recorded_at",
    "occurred_at",
    "replaces",
    "notice_id",
    "previous_hash",
    "hash",
)


def told_items(items: Items) -> dict[str, list[str]]:
    """In the names of the API, which has the word `except`."""
    return {("except" if name == "exceptions" else name): names for name, names in items.listed.items()}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
