"""How long data of a category may be kept and read, by the shop's setting: only what has a date of its own.

Use cases decide what may be read here, so that none of them forgets it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from consent.coverage import Channel
from consent.decision import Permission, decide
from consent.events import ConsentEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """Category -> days; without it, no limit but that of the consents."""

    days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def kept_since(self, now: datetime) -> dict[str, datetime]:
        """Category -> the oldest moment whose data may be kept and read at `now` (UTC)."""
        return {category: now - timedelta(days=days) for category, days in self.days.items()}

    def permission(
        self,
        events: Collection[ConsentEvent],
        *,
        customer_id: str,
        purpose: str,
        at: datetime,
        channel: Channel = None,
        counted: bool = False,
    ) -> Permission:
        """What may be read of her for a purpose, as `consent.decision.decide` says, and no older than this allows."""
        return decide(
            events,
            customer_id=customer_id,
            purpose=purpose,
            at=at,
            channel=channel,
            counted=counted,
            kept_since=self.kept_since(at),
        )


NO_LIMIT = Retention()
