"""P9 with workers that lag: each learned at a time of its own, and takes out what is no longer permitted when asked to.

One truth changes at random: purchases, returns, permissions, days that may no longer be known. A worker that has
caught up has the very state that is learned from what it had learned and is still permitted, and answers alike.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import ClassVar

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from recommender.catalogue import build_catalogue
from recommender.inputs import Product, Purchase
from recommender.learning.contributions import History
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from tests.learned_answers import Asking

TODAY = date(2026, 6, 10)
PRODUCTS = [f"p{number:02}" for number in range(14)]
CUSTOMERS = [f"c{number}" for number in range(8)]
WORKERS = [0, 1]
AGES = [0, 3, 9, 20, 40, 80, 400]  # each with a weight of its own; the last with none
_CATALOGUE = build_catalogue([Product(id=id_, title=id_) for id_ in PRODUCTS], {})

customers, products, ages = st.sampled_from(CUSTOMERS), st.sampled_from(PRODUCTS), st.sampled_from(AGES)
workers = st.sampled_from(WORKERS)


class Truth:
    """What each bought on which day, who allows learning from it, and whose days may be known."""

    def __init__(self) -> None:
        self.bought: dict[str, dict[str, set[date]]] = {id_: {} for id_ in CUSTOMERS}
        self.willing: set[str] = set()
        self.dated: set[str] = set()

    def buys(self, customer_id: str, product_id: str, age: int) -> None:
        self.bought[customer_id].setdefault(product_id, set()).add(TODAY - timedelta(days=age))

    def returns(self, customer_id: str, product_id: str) -> None:
        days = self.bought[customer_id].get(product_id)
        if days:
            days.remove(max(days))

    def allows(self, customer_id: str) -> None:
        self.willing.add(customer_id)

    def withdraws(self, customer_id: str) -> None:
        self.willing.discard(customer_id)

    def lets_days_be_known_or_not(self, customer_id: str) -> None:
        self.dated ^= {customer_id}

    def permitted(self) -> dict[str, History]:
        return {customer_id: self.history(customer_id) for customer_id in sorted(self.willing)}

    def history(self, customer_id: str) -> History:
        if customer_id not in self.willing:
            return {}
        is_dated = customer_id in self.dated
        return {
            id_: max(days) if is_dated else None for id_, days in self.bought[customer_id].items() if days
        }

    def purchases(self, customer_id: str) -> list[Purchase]:
        return [
            Purchase(product_id=id_, day=day, quantity=1)
            for id_, days in self.bought[customer_id].items()
            for day in sorted(days)
        ]


Change = Callable[[Truth], None]
changes = st.lists(
    st.one_of(
        st.builds(lambda *args: lambda truth: truth.buys(*args), customers, products, ages),
        st.builds(lambda *args: lambda truth: truth.returns(*args), customers, products),
        st.builds(lambda *args: lambda truth: truth.allows(*args), customers),
        st.builds(lambda *args: lambda truth: truth.withdraws(*args), customers),
        st.builds(lambda *args: lambda truth: truth.lets_days_be_known_or_not(*args), customers),
    ),
    min_size=1,
    max_size=5,
)


class Worker:
    """Its model, and in plain words what that has learned: customer -> product -> last day."""

    def __init__(self, learning: LearningSettings) -> None:
        self.settings = learning
        self.known: dict[str, dict[str, date | None]] = {}
        self.model = self.afresh()

    def learns_anew(self, truth: Truth) -> None:
        self.known = {customer_id: dict(history) for customer_id, history in truth.permitted().items()}
        self.model = self.afresh()

    def catches_up(self, truth: Truth) -> bool:
        """Takes out what is no longer permitted, the last first; says whether that was anything."""
        changed = False
        for customer_id in reversed(CUSTOMERS):
            now = truth.history(customer_id)
            changed |= self.model.forget(customer_id, but=now)
            before = self.known.get(customer_id, {})
            self.known[customer_id] = {id_: now[id_] for id_ in before if _was_learned(id_, before, now)}
        return changed

    def afresh(self) -> Model:
        """A model that has never known anything else than what this one should know now."""
        histories = {
            customer_id: self.known[customer_id] for customer_id in self.known if self.known[customer_id]
        }
        return learn(histories, today=TODAY, settings=self.settings)


def _was_learned(product_id: str, before: History, now: History) -> bool:
    """Whether of what may be learned now this was: no later day, and no day where there was none or the reverse."""
    if product_id not in now:
        return False
    was, is_ = before[product_id], now[product_id]
    return was is None if is_ is None else was is not None and is_ <= was


class LaggingWorkers(RuleBasedStateMachine):
    """The rules; `seen` counts over the whole run what happened, to show that something did."""

    seen: ClassVar[Counter[str]] = Counter()
    running: Sequence[Worker] = ()

    @initialize(k=st.integers(1, 3), neighbours=st.sampled_from([2, 4, 50]), seed=st.integers(0, 9))
    def opens(self, k: int, neighbours: int, seed: int) -> None:
        learning, draw = LearningSettings(k=k, neighbours=neighbours), Random(seed)
        self.asking = Asking(catalogue=_CATALOGUE, settings=learning, today=TODAY)
        self.truth = Truth()
        for customer_id in CUSTOMERS:
            for product_id in draw.sample(PRODUCTS[:9], 5):
                self.truth.buys(customer_id, product_id, draw.choice(AGES))
        self.truth.willing, self.truth.dated = set(CUSTOMERS), set(CUSTOMERS[1:])
        self.running = [Worker(learning) for _ in WORKERS]
        for worker in WORKERS:
            self.learns_anew(worker)

    @rule(changes=changes)
    def changes_so(self, changes: Sequence[Change]) -> None:
        for change in changes:
            change(self.truth)

    @rule(worker=workers)
    def learns_anew(self, worker: int) -> None:
        self.running[worker].learns_anew(self.truth)

    @rule(worker=workers, customer_id=customers, product_id=products)
    def is_asked_before_it_catches_up(self, worker: int, customer_id: str, product_id: str) -> None:
        """A worker never answers so; but whatever it has worked out until then must do no harm."""
        self._told(self.running[worker].model, customer_id, product_id)

    @rule(changes=changes, worker=workers, customer_id=customers, product_id=products)
    def catches_up_and_is_asked(
        self, changes: Sequence[Change], worker: int, customer_id: str, product_id: str
    ) -> None:
        self.changes_so(changes)
        self._catches_up(self.running[worker], customer_id, product_id)

    def teardown(self) -> None:
        """In the end both catch up, so that each history is of use."""
        for place, lagging in enumerate(self.running):
            self._catches_up(lagging, CUSTOMERS[place], PRODUCTS[place])

    def _catches_up(self, lagging: Worker, customer_id: str, product_id: str) -> None:
        before, told = lagging.model.state(), self._told(lagging.model, customer_id, product_id)
        held = int((lagging.model.pairs.customers > 0).sum())
        has_changed = lagging.catches_up(self.truth)
        without = lagging.afresh()
        assert lagging.model.state() == without.state()
        assert has_changed == (before != without.state())
        answers = self._told(lagging.model, customer_id, product_id)
        assert answers == self._told(without, customer_id, product_id)
        self._count("answers differ from before", answers != told)
        self._count("a page has suggestions", bool(self.asking.on_page(product_id, without).first))
        self._count("took something out", has_changed)
        self._count("pairs fell", held > int((lagging.model.pairs.customers > 0).sum()))
        self._count("pairs are left", bool(lagging.model.pairs.customers.any()))

    def _told(self, model: Model, customer_id: str, product_id: str) -> dict[str, object]:
        hers = self.truth.purchases(customer_id)
        return self.asking.all_of(model, {customer_id: hers}, customers=[customer_id], pages=[product_id])

    def _count(self, what: str, has_happened: bool) -> None:
        if has_happened:
            event(what)
            self.seen[what] += 1


def test_a_worker_that_has_caught_up_has_the_state_that_is_learned_from_what_is_left() -> None:
    LaggingWorkers.seen.clear()
    run_state_machine_as_test(LaggingWorkers, settings=settings(stateful_step_count=12))
    seen = LaggingWorkers.seen
    assert len(seen) == 5 and min(seen.values()) >= 10, seen
