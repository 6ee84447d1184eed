"""What is learned from those who allow learning, as of a snapshot. The same decision guards this door.

A worker holds a model. Who takes her permission back, is erased, or returns something is taken out of it
before the next answer: `service/db/learning_changes.py` tells whom to look at again, in the read that each request does
anyway. What is new waits until the worker learns anew: at once in a small shop, in the background
in a large one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock, Thread

from sqlalchemy import Connection, Engine

from consent import vocabulary
from consent.decision import Permission, decide
from consent.events import ConsentEvent
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from service.db.consent_ledger import read_events_of, read_events_of_everyone_asked
from service.db.engine import snapshot
from service.db.epochs import LEARNING, read_epoch
from service.db.learning_changes import (
    EVERYBODY,
    SOMETHING_NEW,
    read_chains_asked,
    read_chains_of,
    read_learning_changes,
)
from service.db.permitted_reader import read_learning_histories
from service.retention import NO_LIMIT, Retention

# What passes its retention meanwhile is out of the counts at the latest then.
_RETENTION_IS_LOOKED_AT_EVERY = timedelta(hours=1)


_NOBODY = ""
_BEFORE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relearned:
    """What learning anew came to. All digests are SHA-256 of the learned state, in hexadecimal.

    before   of what this worker held when it was last told to learn; `None` the first time
    after    of what it held, everybody taken out who has taken her permission back since
    rebuilt  of the same, counted from the beginning: equal to `after`, or something was left over
    now      of what it holds, with what is new
    """

    customers: int
    products: int
    before: str | None
    after: str
    rebuilt: str
    now: str

    @property
    def is_exact(self) -> bool:
        return self.after == self.rebuilt


@dataclass(kw_only=True, slots=True)
class _Held:
    """A model, and what it was learned from.

    epoch    of learning, that nobody is in it any more whom it permits no longer
    learned  when it was learned
    since    from when on its permissions are what they are
    ends     when a permission changes by itself, and whose; the next one first
    chains   chain id -> customer id, of those in the model
    is_old   whether there is something new that waits to be learned, or `is_awaited`: asked for
    """

    model: Model
    epoch: int
    learned: datetime
    since: datetime
    ends: list[tuple[datetime, str]]
    chains: dict[str, str]
    is_old: bool = False
    is_awaited: bool = False

    def holds(self, epoch: int, now: datetime) -> bool:
        in_time = self.since <= now and not (self.ends and self.ends[0][0] <= now)
        return self.epoch == epoch and in_time and (self.is_old or self.model.today == now.date())


class CurrentLearning:
    """The model as of a snapshot. Shared by all threads of a worker.

    at_once_below  a model of fewer purchases than this is learned anew at every change
    every          how long new purchases wait at most in a larger one
    """

    def __init__(
        self,
        settings: LearningSettings,
        retention: Retention = NO_LIMIT,
        *,
        at_once_below: int = 20_000,
        every: timedelta = timedelta(minutes=10),
    ) -> None:
        self._settings = settings
        self._retention = retention
        self._at_once_below = at_once_below
        self._every = every
        self._held: _Held | None = None
        self._last_told: str | None = None
        self.background: Thread | None = None
        # While a model is scored with nobody may be taken out of it, and the other way round.
        self.lock = RLock()

    def as_of(self, connection: Connection, *, now: datetime) -> Model:
        """The model, without anybody whom this snapshot does not permit to learn from at `now`."""
        epoch = read_epoch(connection, LEARNING)
        held = self._held
        if held is not None and held.holds(epoch, now):
            return held.model
        with self.lock:
            held = self._held
            if held is not None and held.holds(epoch, now):
                return held.model
            if held is None or self._is_small(held) or now < held.since:
                return self._hold(self._learn(connection, epoch, now))
            return self._caught_up(connection, held, epoch, now)

    def learn_anew(self, engine: Engine, now: datetime) -> Relearned:
        """Take in what is new as well, and see that what was held is what a count from the beginning gives."""
        with snapshot(engine) as connection:
            self.as_of(connection, now=now)
            learned = self._learn(connection, read_epoch(connection, LEARNING), now)
        with self.lock:
            held = self._held
            assert held is not None, "as_of has made one"
            relearned = Relearned(
                customers=len(learned.model.contributions),
                products=len(learned.model.products),
                before=self._last_told,
                after=held.model.digest(),
                rebuilt=held.model.recounted().digest(),
                now=learned.model.digest(),
            )
            self._last_told = relearned.now
            self._hold(learned)
        return relearned

    def learn_soon(self, engine: Engine, now: datetime) -> None:
        """Learn anew in the background, if something new has waited long enough."""
        held = self._held
        if held is None or not held.is_old:
            return
        if now - held.learned < self._every and not held.is_awaited:
            return
        with self.lock:
            if self.background is None or not self.background.is_alive():
                self.background = Thread(target=self.learn_anew, args=(engine, now), daemon=True)
                self.background.start()

    def _is_small(self, held: _Held) -> bool:
        return held.model.contributions.purchases < self._at_once_below

    def _hold(self, learned: _Held) -> Model:
        """An older snapshot is told what it sees; what is held never goes back, but to take in what is new."""
        if self._held is None or self._held.epoch <= learned.epoch or self._held.is_old:
            self._held = learned
        return learned.model

    def _caught_up(self, connection: Connection, held: _Held, epoch: int, now: datetime) -> Model:
        """Take out of the model who may no longer be learned from. An older snapshot gets what is held."""
        changed = read_learning_changes(connection, after=held.epoch)
        ended = {customer_id for end, customer_id in held.ends if end <= now}
        if EVERYBODY in changed or _NOBODY in ended:
            return self._hold(self._learn(connection, epoch, now))
        self._narrow(
            connection, held, ended | {held.chains[one] for one in changed & held.chains.keys()}, now
        )
        held.ends = [one for one in held.ends if one[0] > now]
        held.since = max(held.since, now) if ended else held.since
        held.is_old = True
        held.is_awaited |= SOMETHING_NEW in changed
        held.epoch = max(held.epoch, epoch)
        return held.model

    def _narrow(self, connection: Connection, held: _Held, customer_ids: set[str], now: datetime) -> None:
        events = read_events_of(connection, customer_ids)
        permissions = [self._permission(events.get(one, ()), one, now) for one in sorted(customer_ids)]
        permitted = read_learning_histories(connection, permissions)
        for customer_id in customer_ids:
            held.model.forget(customer_id, but=permitted.get(customer_id))
        # Who was erased and came back has another chain; who agreed anew, another end.
        held.ends = sorted({*held.ends, *_ends_of(events)})
        here = held.model.contributions
        chains = held.chains | read_chains_of(connection, customer_ids)
        held.chains = {chain: one for chain, one in chains.items() if one in here}

    def _learn(self, connection: Connection, epoch: int, now: datetime) -> _Held:
        # Before and after: outside of a snapshot somebody may be erased, or come, while this reads.
        chains = read_chains_asked(connection, vocabulary.LEARNING)
        asked = read_events_of_everyone_asked(connection, vocabulary.LEARNING)
        permissions = [self._permission(events, one, now) for one, events in asked.items()]
        model = learn(
            read_learning_histories(connection, permissions), today=now.date(), settings=self._settings
        )
        # Between two of these moments no permission changes by itself.
        ends = _ends_of(asked)
        if self._retention.days:
            ends.append((now + _RETENTION_IS_LOOKED_AT_EVERY, _NOBODY))
        return _Held(
            model=model,
            epoch=epoch,
            learned=now,
            since=max((end for end, _ in ends if end <= now), default=_BEFORE),
            ends=sorted(one for one in ends if one[0] > now),
            chains=chains | read_chains_of(connection, model.contributions.customers()),
        )

    def _permission(self, events: Collection[ConsentEvent], customer_id: str, now: datetime) -> Permission:
        kept_since = self._retention.kept_since(now)
        return decide(
            events, customer_id=customer_id, purpose=vocabulary.LEARNING, at=now, kept_since=kept_since
        )


def _ends_of(ledgers: Mapping[str, Collection[ConsentEvent]]) -> list[tuple[datetime, str]]:
    """When a permission of these customers changes by itself, and whose."""
    return [
        (end, customer_id)
        for customer_id, events in ledgers.items()
        for event in events
        for end in (event.scope.expires_at, event.outdated_from)
        if end is not None
    ]
