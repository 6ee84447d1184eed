"""Use case: what has changed in all ledgers since a number, and how one change is told.

The feed and the webhooks tell a change in the same words; nobody decides anything here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from service.db.changes import Change, read_changes
from service.db.checkpoints import StoredCheckpoint, read_latest_checkpoint
from service.db.engine import snapshot
from service.told_entries import told_entry

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
    told = told_entry(change.entry)
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
