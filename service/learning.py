"""What is learned from those who allow learning, as of a snapshot. The same decision guards this door.

A worker keeps what it has counted until somebody's permission or purchases change (the epoch), or until
a permission runs out by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from consent import vocabulary
from consent.decision import decide
from recommender.learning.popularity import Popularity, count_popularity
from service.db.consent_ledger import read_events_of_everyone_asked
from service.db.epochs import LEARNING, read_epoch
from service.db.permitted_reader import read_learning_baskets
from service.retention import NO_LIMIT, Retention

# What passes its retention meanwhile is out of the counts at the latest then.
_RETENTION_IS_LOOKED_AT_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Learned:
    """What was learned at `epoch`; it holds as long as no permission runs out (`since` inclusive)."""

    epoch: int
    since: datetime | None
    until: datetime | None
    popularity: Popularity

    def holds(self, epoch: int, now: datetime) -> bool:
        begun = self.since is None or self.since <= now
        return self.epoch == epoch and begun and (self.until is None or now < self.until)


class CurrentLearning:
    """Popularity as of a snapshot. Shared by all threads of a worker."""

    def __init__(self, retention: Retention = NO_LIMIT) -> None:
        self._retention = retention
        self._held: _Learned | None = None
        self._lock = Lock()

    def as_of(self, connection: Connection, *, now: datetime) -> Popularity:
        """What this snapshot's permissions allow to be learned at `now`."""
        epoch = read_epoch(connection, LEARNING)
        held = self._held
        if held is not None and held.holds(epoch, now):
            return held.popularity
        with self._lock:
            if self._held is not None and self._held.holds(epoch, now):
                return self._held.popularity
            learned = _learn(connection, epoch, now, self._retention)
            if self._held is None or self._held.epoch <= epoch:
                self._held = learned
        return learned.popularity


def _learn(connection: Connection, epoch: int, now: datetime, retention: Retention) -> _Learned:
    asked = read_events_of_everyone_asked(connection, vocabulary.LEARNING)
    permissions = [
        decide(
            events,
            customer_id=customer_id,
            purpose=vocabulary.LEARNING,
            at=now,
            kept_since=retention.kept_since(now),
        )
        for customer_id, events in asked.items()
    ]
    # Between two of these moments no permission changes by itself.
    ends = {
        end
        for events in asked.values()
        for event in events
        for end in (event.scope.expires_at, event.outdated_from)
        if end is not None
    }
    if retention.days:
        ends.add(now + _RETENTION_IS_LOOKED_AT_EVERY)
    return _Learned(
        epoch=epoch,
        since=max((end for end in ends if end <= now), default=None),
        until=min((end for end in ends if end > now), default=None),
        popularity=count_popularity(read_learning_baskets(connection, permissions)),
    )
