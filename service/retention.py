"""How long data of a category may be kept and read, by the shop's setting: only what has a date of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """Category -> days; without it, no limit but that of the consents."""

    days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def kept_since(self, now: datetime) -> dict[str, datetime]:
        """Category -> the oldest moment whose data may be kept and read at `now` (UTC)."""
        return {category: now - timedelta(days=days) for category, days in self.days.items()}


NO_LIMIT = Retention()
