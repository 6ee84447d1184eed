"""How a moment is written for others to read: the same in answers, receipts, exports and webhooks."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC, with `Z`. What is hashed has a spelling of its own (`consent/ledger.py`)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
