"""A ledger entry as a row, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from consent.events import ConsentEvent, EventKind, Evidence
from consent.ledger import LedgerEntry
from consent.scope import Items, PriceLimit, Scope


def row_of(entry: LedgerEntry) -> dict[str, Any]:
    """The row that holds `entry`: every column, with its one value."""
    event, scope = entry.event, entry.event.scope
    return {
        "chain_id": entry.chain_id,
        "position": event.position,
        "event_id": event.event_id,
        "consent_id": event.consent_id,
        "kind": event.kind.value,
        "purpose": scope.purpose,
        "fields": sorted(scope.fields),
        "channels": None if scope.channels is None else sorted(scope.channels),
        "items": None if scope.items is None else scope.items.listed,
        "data_from": scope.data_from,
        "uses": scope.uses,
        "expires_at": scope.expires_at,
        "price_limit": None if scope.price_limit is None else asdict(scope.price_limit),
        "recorded_at": event.recorded_at,
        "occurred_at": event.occurred_at,
        "replaces": event.replaces,
        **asdict(event.evidence),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _kind(stored: str) -> EventKind:
    """A kind that this release does not know ends what it covers: unknown means no. Its hash shows it."""
    return EventKind(stored) if stored in set(EventKind) else EventKind.REVOKED


def entry_of(row: Mapping[str, Any] | RowMapping, customer_id: str) -> LedgerEntry:
    """The entry that a row holds; the row does not say whose it is."""
    scope = Scope(
        purpose=row["purpose"],
        fields=frozenset(row["fields"]),
        channels=None if row["channels"] is None else frozenset(row["channels"]),
        items=None if row["items"] is None else Items(**{k: frozenset(v) for k, v in row["items"].items()}),
        data_from=row["data_from"],
        uses=row["uses"],
        expires_at=row["expires_at"],
        price_limit=None if row["price_limit"] is None else PriceLimit(**row["price_limit"]),
    )
    event = ConsentEvent(
        event_id=row["event_id"],
        consent_id=row["consent_id"],
        customer_id=customer_id,
        position=row["position"],
        kind=_kind(row["kind"]),
        scope=scope,
        recorded_at=row["recorded_at"],
        occurred_at=row["occurred_at"],
        replaces=row["replaces"],
        evidence=Evidence(**{name: row[name] for name in Evidence.__slots__}),
    )
    return LedgerEntry(
        event=event, chain_id=row["chain_id"], previous_hash=row["previous_hash"], hash=row["hash"]
    )
