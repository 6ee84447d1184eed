"""A model as a worker holds it, and how it is learned and narrowed: whatever is read, a decision stands before it.

Who may no longer be learned from is taken out. Nothing here puts anybody into a model that is there.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock

from sqlalchemy import Connection

from consent import vocabulary
from consent.decision import Permission, decide
from consent.events import ConsentEvent
from recommender.learning.contributions import History, contribution_of, is_within
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from service.db.consent_ledger import read_events_of, read_ledgers_asked
from service.db.learning_changes import CATEGORIES, EVERYBODY, read_chains_of, read_learning_changes
from service.db.permitted_reader import read_learning_histories
from service.retention import NO_LIMIT, Retention

RETENTION_IS_LOOKED_AT_EVERY = timedelta(hours=1)
"""What passes its retention meanwhile is out of the counts at the latest then."""

_BEFORE = datetime.min.replace(tzinfo=UTC)

Histories = Mapping[str, History]
"""Customer id -> what may be learned of her."""


@dataclass(kw_only=True, slots=True)
class Held:
    """A model, and what it was learned from.

    read         epoch of learning of the snapshot that it was learned from
    epoch        the one as of which nobody is in it any more whom it permits no longer
    learned      when it was learned
    since        from when on its permissions are what they are
    ends         when a permission changes by itself, and whose, maybe EVERYBODY's; the next one first
    chains       chain id -> customer id, of those in the model
    by_category  customers of whose permission the category of a product may decide
    is_old       whether there is something new that waits to be learned, or `is_awaited`: asked for
    is_unfit     whether more has changed than can be taken out of it one by one: nobody is answered from it
    """

    model: Model
    read: int
    epoch: int
    learned: datetime
    since: datetime
    ends: list[tuple[datetime, str]]
    chains: dict[str, str]
    by_category: set[str]
    is_old: bool = False
    is_awaited: bool = False
    is_unfit: bool = False

    def holds(self, epoch: int, now: datetime) -> bool:
        in_time = self.since <= now and not (self.ends and self.ends[0][0] <= now)
        is_current = self.epoch == epoch and in_time and not self.is_unfit
        return is_current and (self.is_old or self.model.today == now.date())


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What has happened to a model: whose part may be smaller, and whether that cannot be told one by one.

    by_itself  whether the time of a permission has come
    told       what the changes say, as they are stored
    """

    customers: frozenset[str]
    by_itself: bool
    everybody: bool
    told: frozenset[str]


class Learner:
    """Learns for one shop. While a model is scored with (`lock`) nobody is taken out of it."""

    def __init__(self, settings: LearningSettings, retention: Retention = NO_LIMIT) -> None:
        self.settings = settings
        self.retention = retention
        self.lock = RLock()

    @property
    def has_retention(self) -> bool:
        """Whether what is learned from passes with time."""
        return "purchases" in self.retention.days

    def learn(self, connection: Connection, epoch: int, now: datetime) -> tuple[Held, Histories]:
        """A model of all who permit it in this snapshot, and what was read for it."""
        asked = read_ledgers_asked(connection, vocabulary.LEARNING)
        histories = self._histories(connection, asked.events, now, kept_at=now)
        model = learn(histories, today=now.date(), settings=self.settings)
        # Between two of these moments no permission changes by itself.
        ends = _ends_of(asked.events)
        if self.has_retention:
            ends.append((now + RETENTION_IS_LOOKED_AT_EVERY, EVERYBODY))
        held = Held(
            model=model,
            read=epoch,
            epoch=epoch,
            learned=now,
            since=max((end for end, _ in ends if end <= now), default=_BEFORE),
            ends=sorted(one for one in ends if one[0] > now),
            chains=asked.chains,
            by_category=_naming_categories(asked.events),
        )
        return held, histories

    def changed(self, connection: Connection, held: Held, now: datetime) -> Changed:
        """What has happened to `held` since its epoch, as this snapshot tells it."""
        told = read_learning_changes(connection, after=held.epoch)
        ended = {customer_id for end, customer_id in held.ends if end <= now}
        whose = ended | {held.chains[one] for one in told & held.chains.keys()}
        if CATEGORIES in told:
            whose |= held.by_category
        return Changed(
            customers=frozenset(whose - {EVERYBODY}),
            by_itself=bool(ended),
            everybody=EVERYBODY in told | ended,
            told=frozenset(told),
        )

    def narrow(
        self, connection: Connection, held: Held, customer_ids: Collection[str], now: datetime
    ) -> None:
        """Take out of `held` what these customers permit no longer: all of it in three statements."""
        events = read_events_of(connection, customer_ids)
        hers = {one: events.get(one, []) for one in sorted(customer_ids)}
        self.take_out(held, customer_ids, self._histories(connection, hers, now, kept_at=now))
        # Who was erased and came back has another chain; who agreed anew, another end.
        held.ends = sorted({*held.ends, *_ends_of(events)})
        here = held.model.contributions
        chains = held.chains | read_chains_of(connection, customer_ids)
        held.chains = {chain: one for chain, one in chains.items() if one in here}
        held.by_category = (held.by_category - set(customer_ids)) | _naming_categories(events)

    def take_out(self, held: Held, customer_ids: Collection[str], permitted: Histories) -> None:
        """Leave of these customers what is `permitted`; whoever scores waits for one of them at a time."""
        for customer_id in customer_ids:
            with self.lock:
                held.model.forget(customer_id, but=permitted.get(customer_id))

    def permitted_for(
        self, connection: Connection, held: Held, histories: Histories, now: datetime
    ) -> Histories:
        """What may be in `held` at `now`: `histories`, and what passed its retention since it was learned."""
        if not self.has_retention:
            return histories
        asked = read_ledgers_asked(connection, vocabulary.LEARNING)
        return self._histories(connection, asked.events, now, kept_at=held.learned)

    def is_permitted(self, held: Held, permitted: Histories) -> bool:
        """Whether whatever each customer is in `held` with is still in what is `permitted`."""
        model = held.model
        for customer_id in model.contributions.customers():
            history = permitted.get(customer_id, {})
            whole = contribution_of(history, model.number, model.today, model.settings)
            if not is_within(model.contributions.of(customer_id), whole):
                return False
        return True

    def _histories(
        self,
        connection: Connection,
        ledgers: Mapping[str, Collection[ConsentEvent]],
        now: datetime,
        *,
        kept_at: datetime,
    ) -> Histories:
        kept_since = self.retention.kept_since(kept_at)
        permissions = [_permission(events, one, now, kept_since) for one, events in ledgers.items()]
        return read_learning_histories(connection, permissions)


def _permission(
    events: Collection[ConsentEvent], customer_id: str, now: datetime, kept_since: Mapping[str, datetime]
) -> Permission:
    return decide(events, customer_id=customer_id, purpose=vocabulary.LEARNING, at=now, kept_since=kept_since)


def _ends_of(ledgers: Mapping[str, Collection[ConsentEvent]]) -> list[tuple[datetime, str]]:
    """When a permission of these customers to learn changes by itself, and whose."""
    return [
        (end, customer_id)
        for customer_id, event in _about_learning(ledgers)
        for end in (event.scope.expires_at, event.outdated_from)
        if end is not None
    ]


def _naming_categories(ledgers: Mapping[str, Collection[ConsentEvent]]) -> set[str]:
    """Who selects by category, or leaves something out, which may be one."""
    return {
        customer_id
        for customer_id, event in _about_learning(ledgers)
        if event.scope.items is not None and (event.scope.items.categories or event.scope.items.exceptions)
    }


def _about_learning(ledgers: Mapping[str, Collection[ConsentEvent]]) -> Iterator[tuple[str, ConsentEvent]]:
    for customer_id, events in ledgers.items():
        yield from ((customer_id, one) for one in events if one.scope.purpose == vocabulary.LEARNING)
