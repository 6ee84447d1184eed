"""A ledger entry in the words of the API: the same in her history, in the feed of changes and in webhooks."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from consent.ledger import LedgerEntry
from consent.moments import rfc3339
from consent.scope import Items, PriceLimit


def told_entry(entry: LedgerEntry | None) -> dict[str, Any]:
    """The entry as JSON, but for whose it is and where it stands; of one that was erased, `None` throughout.

    The whole scope: a consumer that did not see how a grant is narrowed would read too much by it.
    """
    return {name: None if entry is None else tell(entry) for name, tell in _PARTS.items()}


def told_items(items: Items) -> dict[str, list[str]]:
    """In the names of the API, which has the word `except`."""
    return {("except" if name == "exceptions" else name): names for name, names in items.listed.items()}


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _items(items: Items | None) -> dict[str, list[str]] | None:
    return None if items is None else told_items(items)


def _limit(limit: PriceLimit | None) -> dict[str, str] | None:
    return None if limit is None else asdict(limit)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


_PARTS: Mapping[str, Callable[[LedgerEntry], Any]] = {
    "event_id": lambda entry: entry.event.event_id,
    "consent_id": lambda entry: entry.event.consent_id,
    "event": lambda entry: entry.event.kind.value,
    "purpose": lambda entry: entry.event.scope.purpose,
    "data": lambda entry: sorted(entry.event.scope.fields),
    "channels": lambda entry: _sorted(entry.event.scope.channels),
    "items": lambda entry: _items(entry.event.scope.items),
    "data_from": lambda entry: _moment(entry.event.scope.data_from),
    "uses": lambda entry: entry.event.scope.uses,
    "expires_at": lambda entry: _moment(entry.event.scope.expires_at),
    "price_limit": lambda entry: _limit(entry.event.scope.price_limit),
    "recorded_at": lambda entry: _moment(entry.event.recorded_at),
    "occurred_at": lambda entry: _moment(entry.event.occurred_at),
    "replaces": lambda entry: entry.event.replaces,
    "notice_id": lambda entry: entry.event.evidence.notice_id,
    "method": lambda entry: entry.event.evidence.method,
    "previous_hash": lambda entry: entry.previous_hash,
    "hash": lambda entry: entry.hash,
}
