"""The hash chain over one customer's consent events, so that a change to a stored event shows.

Each entry's hash is SHA-256 over the canonical JSON (RFC 8785) of the event and the hash before it.
The customer is not in the entry: the chain's id commits to her (`consent/chain_links.py`), and what links
it to her can be erased.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

from consent.events import ConsentEvent

GENESIS_HASH = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """An event as it stands in the ledger."""

    event: ConsentEvent
    chain_id: str
    previous_hash: str
    hash: str


def seal(event: ConsentEvent, *, chain_id: str, previous_hash: str) -> LedgerEntry:
    """Chain `event` to the entry before it (`GENESIS_HASH` for the first)."""
    return LedgerEntry(
        event=event,
        chain_id=chain_id,
        previous_hash=previous_hash,
        hash=_hash(event, chain_id, previous_hash),
    )


def follows(entry: LedgerEntry, previous: LedgerEntry | None) -> bool:
    """Whether `entry` is what its hash says and stands right after `previous` (`None`: first of its chain)."""
    if previous is None:
        is_in_place = entry.event.position == 1 and entry.previous_hash == GENESIS_HASH
    else:
        is_in_place = (
            entry.event.position == previous.event.position + 1
            and entry.chain_id == previous.chain_id
            and entry.previous_hash == previous.hash
        )
    return is_in_place and entry.hash == _hash_if_any(entry)


def _hash_if_any(entry: LedgerEntry) -> str | None:
    """`None` for an entry with something in it that has no canonical form, and so no hash."""
    try:
        return _hash(entry.event, entry.chain_id, entry.previous_hash)
    except ValueError:
        return None


def content_of(entry: LedgerEntry) -> dict[str, Any]:
    """What the entry's hash is taken over: whoever has this can recompute it."""
    return _content(entry.event, entry.chain_id, entry.previous_hash)


def _hash(event: ConsentEvent, chain_id: str, previous_hash: str) -> str:
    return sha256(rfc8785.dumps(_content(event, chain_id, previous_hash))).hexdigest()


def _content(event: ConsentEvent, chain_id: str, previous_hash: str) -> dict[str, Any]:
    scope = event.scope
    # Named only where it was agreed on: what was recorded before there were standing orders keeps its hash.
    limit = {} if scope.price_limit is None else {"price_limit": asdict(scope.price_limit)}
    return {
        "chain_id": chain_id,
        "previous_hash": previous_hash,
        "position": event.position,
        "event_id": event.event_id,
        "consent_id": event.consent_id,
        "kind": event.kind.value,
        "purpose": scope.purpose,
        "fields": sorted(scope.fields),
        "channels": None if scope.channels is None else sorted(scope.channels),
        "items": None if scope.items is None else scope.items.listed,
        "data_from": _instant(scope.data_from),
        "uses": scope.uses,
        "expires_at": _instant(scope.expires_at),
        "recorded_at": _instant(event.recorded_at),
        "occurred_at": _instant(event.occurred_at),
        "replaces": event.replaces,
        "evidence": asdict(event.evidence),
        **limit,
    }


def _instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with microseconds, so that one instant has one spelling."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no one spelling")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
