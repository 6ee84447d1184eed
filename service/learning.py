"""What is learned from those who allow learning, as of a snapshot. The same decision guards this door.

A worker keeps what it has counted until somebody's permission or purchases change (the epoch), or until
a permission runs out by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from consent.decision import decide
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from service.db.consent_ledger import read_events_of_everyone_asked
from service.db.epochs import LEARNING, read_epoch
from service.db.permitted_reader import read_learning_histories
from service.retention import NO_LIMIT, Retention

# What passes its retention meanwhile is out of the counts at the latest then.
_RETENTION_IS_LOOKED_AT_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Learned:
    """What was learned at `epoch`; it holds for a day, and as long as no permission runs out (`since` inclusive)."""

    epoch: int
    since: datetime | None
    until: datetime | None
    model: Model

    def holds(self, epoch: int, now: datetime) -> bool:
        begun = self.since is None or self.since <= now
        is_today = self.model.today == now.date()
        return self.epoch == epoch and is_today and begun and (self.until is None or now < self.until)


class CurrentLearning:
    """The model as of a snapshot. Shared by all threads of a worker."""

    def __init__(self, settings: LearningSettings, retention: Retention = NO_LIMIT) -> None:
        self._settings = settings
        self._retention = retention
        self._held: _Learned | None = None
        self._lock = Lock()

    def as_of(self, connection: Connection, *, now: datetime) -> Model:
        """What this snapshot's permissions allow to be learned at `now`."""
        epoch = read_epoch(connection, LEARNING)
        held = self._held
        if held is not None and held.holds(epoch, now):
            return held.model
        with self._lock:
            if self._held is not None and self._held.holds(epoch, now):
                return self._held.model
            learned = self._learn(connection, epoch, now)
            if self._held is None or self._held.epoch <= epoch:
                self._held = learned
        return learned.model

    def _learn(self, connection: Connection, epoch: int, now: datetime) -> _Learned:
        asked = read_events_of_everyone_asked(connection, "learning")
        permissions = [
            decide(
                events,
                customer_id=customer_id,
                purpose="learning",
                at=now,
                kept_since=self._retention.kept_since(now),
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
        if self._retention.days:
            ends.add(now + _RETENTION_IS_LOOKED_AT_EVERY)
        return _Learned(
            epoch=epoch,
            since=max((end for end in ends if end <= now), default=None),
            until=min((end for end in ends if end > now), default=None),
            model=learn(
                read_learning_histories(connection, permissions), today=now.date(), settings=self._settings
            ),
        )
