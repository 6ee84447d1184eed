"""What is learned from those who allow learning, as of a snapshot. The same decision guards this door.

A worker holds a model. Who takes her permission back, is erased, or returns something is taken out of it
before the next answer: `service/db/learning_changes.py` tells whom to look at again, in the read that each request does
anyway. What is new waits until the worker learns anew: at once in a small shop, in the background
in a large one. Where so much has changed that it cannot be taken out one by one, a large shop answers without
anything learned until the background has learned anew: nobody waits, and nothing forbidden is used.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from time import monotonic

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent import vocabulary
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from service.db.consent_ledger import are_more_asked
from service.db.engine import long_snapshot, snapshot
from service.db.epochs import LEARNING, read_epoch
from service.db.learning_changes import SOMETHING_NEW
from service.held_learning import RETENTION_IS_LOOKED_AT_EVERY, Held, Histories, Learner
from service.retention import NO_LIMIT, Retention

_NARROWED_IN_A_REQUEST = 1_000  # customers, about a millisecond each
_PURCHASES_A_CUSTOMER = 20  # supposed of customers of whom nothing has been read yet
_SECONDS_AFTER_A_FAILURE = 30

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relearned:
    """What learning anew came to. All digests are SHA-256 of the learned state, in hexadecimal.

    customers  how many it is learned from; `None` if fewer than k
    products   how many products at least k of them bought
    before     of what this worker held when it last learned anew like this; `None` the first time
    after      of what it held, everybody taken out who has taken her permission back since
    rebuilt    of the same, counted from the beginning: equal to `after`, or something was left over
    permitted  whether each customer's part in it is within what was now read of her, or nobody's was looked at
    now        of what it holds, with what is new
    """

    customers: int | None
    products: int
    before: str | None
    after: str
    rebuilt: str
    permitted: bool
    now: str

    @property
    def is_exact(self) -> bool:
        return self.after == self.rebuilt and self.permitted


class CurrentLearning:
    """The model as of a snapshot. Shared by all threads of a worker.

    at_once_below     a model of fewer purchases than this is learned anew at every change
    in_request_below  one of fewer than this is learned by the request that needs it, not in the background
    every             how long new purchases wait at most in a larger one
    """

    def __init__(
        self,
        settings: LearningSettings,
        retention: Retention = NO_LIMIT,
        *,
        at_once_below: int = 20_000,
        in_request_below: int = 20_000,
        every: timedelta = timedelta(minutes=10),
    ) -> None:
        self._learner = Learner(settings, retention)
        self._at_once_below = at_once_below
        self._in_request_below = max(in_request_below, at_once_below)
        self._every = every
        self._held: Held | None = None
        self._last: str | None = None
        self._is_due = False
        self._rests_until = 0.0
        self._learns_anew = Lock()
        self.background: Thread | None = None
        # While a model is scored with nobody may be taken out of it, and the other way round.
        self.lock = self._learner.lock

    def as_of(self, connection: Connection, *, now: datetime) -> Model:
        """The model, without anybody whom this snapshot does not permit to learn from at `now`."""
        epoch = read_epoch(connection, LEARNING)
        held = self._held
        if held is not None and held.holds(epoch, now):
            return held.model
        with self.lock:
            held = self._held
            if held is None:
                return self._first(connection, epoch, now)
            if held.holds(epoch, now):
                return held.model
            if self._is_small(held) or (now < held.since and self._is_quick(held)):
                return self._hold(self._learner.learn(connection, epoch, now)[0])
            return self._caught_up(connection, held, epoch, now)

    def learn_anew(self, engine: Engine, now: datetime) -> Relearned:
        """Take in what is new as well, and see that what was held is permitted, and counted as from the beginning.

        Requests go on meanwhile. What changes after the snapshot that is read here is taken out by the next
        request, as ever.
        """
        with self._learns_anew, long_snapshot(engine) as connection:
            learned, histories = self._learner.learn(connection, read_epoch(connection, LEARNING), now)
            digest = learned.model.digest()
            # The first one has nobody to be compared with but itself.
            of_itself = (digest, learned.model.recounted().digest(), True) if self._held is None else None
            held = self._take_in(learned)
            after, rebuilt, permitted = of_itself or self._looked_at(connection, held, histories, now)
            before, self._last = self._last, digest
        k = self._learner.settings.k
        relearned = Relearned(
            customers=len(histories) if len(histories) >= k else None,
            products=int((learned.model.buyers >= k).sum()),
            before=before,
            after=after,
            rebuilt=rebuilt,
            permitted=permitted,
            now=digest,
        )
        if not relearned.is_exact:
            _log.error("learning_inexact", after=after, rebuilt=rebuilt, permitted=permitted)
        return relearned

    def begin(self, engine: Engine, now: datetime) -> None:
        """Before the first request: a large shop begins to learn in the background."""
        with snapshot(engine) as connection:
            self._is_due = self._is_due or self._is_asked_of_many(connection)
        self.learn_soon(engine, now)

    def learn_soon(self, engine: Engine, now: datetime) -> None:
        """Learn anew in the background, if it is needed, or if something new has waited long enough."""
        if not self._is_time(now) or monotonic() < self._rests_until:
            return
        with self.lock:
            if self.background is None or not self.background.is_alive():
                self.background = Thread(target=self._in_background, args=(engine, now), daemon=True)
                self.background.start()

    def _in_background(self, engine: Engine, now: datetime) -> None:
        self._rests_until = monotonic() + _SECONDS_AFTER_A_FAILURE
        try:
            self.learn_anew(engine, now)
        except SQLAlchemyError as error:
            _log.error("learning_failed", error=type(error).__name__)
        else:
            self._rests_until = 0.0

    def _is_time(self, now: datetime) -> bool:
        held = self._held
        if held is None or self._is_due:
            return self._is_due
        waited = now - held.learned
        if held.is_old and (held.is_awaited or waited >= self._every):
            return True
        # Well before it is too old to be answered from.
        is_aging = self._learner.has_retention and not self._is_small(held)
        return is_aging and waited >= RETENTION_IS_LOOKED_AT_EVERY / 2

    def _is_small(self, held: Held) -> bool:
        return held.model.contributions.purchases < self._at_once_below

    def _is_quick(self, held: Held) -> bool:
        return held.model.contributions.purchases < self._in_request_below

    def _is_asked_of_many(self, connection: Connection) -> bool:
        """Whether to learn for the first time takes long; told by consents alone: who bought what is not read."""
        customers = self._in_request_below // _PURCHASES_A_CUSTOMER
        return are_more_asked(connection, vocabulary.LEARNING, than=customers)

    def _hold(self, learned: Held) -> Model:
        """An older snapshot is told what it sees; what is held never goes back."""
        held = self._held
        if held is None or (held.read, held.learned) <= (learned.read, learned.learned):
            self._held, self._is_due = learned, False
        return learned.model

    def _take_in(self, learned: Held) -> Held:
        """Hold it; gives what was held before, from which no request is answered any more."""
        with self.lock:
            held = self._held
            self._hold(learned)
            return learned if held is None or self._held is held else held

    def _first(self, connection: Connection, epoch: int, now: datetime) -> Model:
        if self._is_due or self._is_asked_of_many(connection):
            return self._nothing(now)
        return self._hold(self._learner.learn(connection, epoch, now)[0])

    def _nothing(self, now: datetime) -> Model:
        """What a shop knows on its first day, until the background has learned."""
        self._is_due = True
        return learn({}, today=now.date(), settings=self._learner.settings)

    def _caught_up(self, connection: Connection, held: Held, epoch: int, now: datetime) -> Model:
        """Take out of the model who may no longer be learned from. An older snapshot gets what is held."""
        changed = self._learner.changed(connection, held, now)
        if held.is_unfit or changed.everybody or len(changed.customers) > _NARROWED_IN_A_REQUEST:
            if self._is_quick(held):
                return self._hold(self._learner.learn(connection, epoch, now)[0])
            held.is_unfit = True
            return self._nothing(now)
        held.since = max(held.since, now) if changed.by_itself else held.since
        self._learner.narrow(connection, held, changed.customers, now)
        held.ends = [one for one in held.ends if one[0] > now]
        held.is_old = True
        held.is_awaited |= SOMETHING_NEW in changed.told
        held.epoch = max(held.epoch, epoch)
        return held.model

    def _looked_at(
        self, connection: Connection, held: Held, histories: Histories, now: datetime
    ) -> tuple[str, str, bool]:
        """What is left of `held`, as of this snapshot, counted twice; and whether it may be there."""
        changed = self._learner.changed(connection, held, now)
        permitted = self._learner.permitted_for(connection, held, histories, now)
        if changed.everybody or held.is_unfit:
            self._learner.take_out(held, held.model.contributions.customers(), permitted)
        else:
            self._learner.narrow(connection, held, changed.customers, now)
        is_permitted = self._learner.is_permitted(held, permitted)
        return held.model.digest(), held.model.recounted().digest(), is_permitted
