"""What a ledger said at a past moment."""

from collections.abc import Sequence
from datetime import datetime

from consent.events import ConsentEvent


def as_of(events: Sequence[ConsentEvent], moment: datetime) -> list[ConsentEvent]:
    """The events up to the last one that had been recorded by `moment` (UTC).

    Order is the position, never a clock: should one have stepped back, no event is left out of the middle.
    """
    last = max((event.position for event in events if event.recorded_at <= moment), default=0)
    return [event for event in events if event.position <= last]
