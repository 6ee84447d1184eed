"""What is learned from those who allow learning, as of a snapshot. The same decision guards this door.

A worker keeps what it has counted until somebody's permission or purchases change (the epoch), or until
a permission runs out by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from consent.decision import Permission, decide
from recommender.learning.popularity import Popularity, count_popularity
from service.db.consent_ledger import read_events_of_everyone_asked
from service.db.epochs import CATALOGUE, LEARNING, read_epoch
from service.db.permitted_reader import read_learning_baskets


@dataclass(frozen=True, kw_only=True, slots=True)
class _Learned:
    """`epochs` and the stretch of time for which `popularity` holds."""

    epochs: tuple[int, int]
    since: datetime
    until: datetime | None
    popularity: Popularity

    def holds(self, epochs: tuple[int, int], now: datetime) -> bool:
        return self.epochs == epochs and self.since <= now and (self.until is None or now < self.until)


class CurrentLearning:
    """Popularity as of a snapshot. Shared by all threads of a worker."""

    def __init__(self) -> None:
        self._held: _Learned | None = None
        self._lock = Lock()

    def as_of(self, connection: Connection, *, now: datetime) -> Popularity:
        """What this snapshot's permissions allow to be learned at `now`."""
        # The catalogue's epoch too: a product that is flagged sensitive is no longer learned from.
        epochs = (read_epoch(connection, LEARNING), read_epoch(connection, CATALOGUE))
        held = self._held
        if held is not None and held.holds(epochs, now):
            return held.popularity
        with self._lock:
            if self._held is not None and self._held.holds(epochs, now):
                return self._held.popularity
            learned = _learn(connection, epochs, now)
            if self._held is None or self._held.epochs <= epochs:
                self._held = learned
        return learned.popularity


def _learn(connection: Connection, epochs: tuple[int, int], now: datetime) -> _Learned:
    permissions = [
        decide(events, customer_id=customer_id, purpose="learning", at=now)
        for customer_id, events in read_events_of_everyone_asked(connection, "learning").items()
    ]
    return _Learned(
        epochs=epochs,
        since=now,
        until=_first_expiry(permissions),
        popularity=count_popularity(read_learning_baskets(connection, permissions)),
    )


def _first_expiry(permissions: Iterable[Permission]) -> datetime | None:
    """When the first of the permissions that were used runs out, `None` if none does."""
    verdicts = [permission.verdict("purchases.product") for permission in permissions]
    return min((one.expires_at for one in verdicts if one.permitted and one.expires_at), default=None)
