"""Are reasons true? Takes away the facts that a reason names, and sees whether its product leaves the served list.

And the other way round: leaves nothing but these facts, and sees whether it stays (necessity and sufficiency, after
DeYoung et al. 2020, "ERASER"). There are two controls, with as many facts drawn at random: of all that is known of her,
and of what contributed to the product. Named are the facts that are shown, never what the score was made of besides.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.learned_suggestions import FACTS_SHOWN
from recommender.results import Reason, Source
from service.evaluate.ours import Byleave
from service.evaluate.split import Task, Window

SIZES = (1, FACTS_SHOWN)
"""How many of the products that a reason names: the one of its text, and all that it shows."""
CUSTOMERS = 400
OF_A_LIST = 2
"""So many products of each list are tried, drawn at random: each takes a dozen lists."""
WAYS = ("named", "contributing", "random")

_POPULAR = None  # the fact that others bought the product; all other facts are products that she bought
_Facts = frozenset[str | None]


@dataclass(kw_only=True, slots=True)
class Held:
    """Of `products` in lists of ten: how many left without the facts, and how many stayed with only these."""

    new_only: bool
    facts: int
    products: int = 0
    left: Counter[str] = field(default_factory=Counter)
    stayed: Counter[str] = field(default_factory=Counter)

    def share(self, counted: Counter[str], which: str) -> float:
        return counted[which] / self.products if self.products else 0.0


def reasons_hold(window: Window, ours: Byleave, *, seed: int) -> tuple[Held, ...]:
    """For both lists and each number of facts, over at most CUSTOMERS customers. `ours` learns anew."""
    ours.fit(window.known, window.start)
    random = np.random.default_rng(seed)
    return tuple(held for task in window.tasks for held in _of_list(task, ours, random))


def named_by(reason: Reason) -> Sequence[str | None]:
    """What the shown facts with a share are about, the largest first, each once."""
    shares: dict[str | None, int] = {}
    for fact in reason.facts:
        if fact.share and fact.source in {Source.CUSTOMER, Source.OTHERS}:
            about = _POPULAR if fact.source is Source.OTHERS else fact.ref
            shares[about] = shares.get(about, 0) + fact.share
    return sorted(shares, key=lambda about: -shares[about])


def _of_list(task: Task, ours: Byleave, random: np.random.Generator) -> Iterator[Held]:
    customers = task.customers
    if len(customers) > CUSTOMERS:
        customers = np.sort(random.choice(customers, CUSTOMERS, replace=False))
    held = {size: Held(new_only=task.new_only, facts=size) for size in SIZES}
    for customer in customers.tolist():
        asked = _Asked(ours, customer, new_only=task.new_only)
        named = {
            one.product_id: named_by(one.reason) for one in ours.suggested(customer, new_only=task.new_only)
        }
        with_facts = [product_id for product_id in named if named[product_id]]
        for product_id in random.permutation(with_facts)[:OF_A_LIST].tolist():
            for size, of_size in held.items():
                _try(of_size, asked, product_id, named[product_id][:size], random)
    yield from held.values()


def _try(
    held: Held,
    asked: "_Asked",
    product_id: str,
    named: Sequence[str | None],
    random: np.random.Generator,
) -> None:
    chosen: dict[str, _Facts] = {
        "named": frozenset(named),
        "contributing": _drawn(asked.contributing(product_id), len(named), random),
        "random": _drawn(asked.facts, len(named), random),
    }
    held.products += 1
    for which, facts in chosen.items():
        held.left[which] += not asked.is_listed(product_id, asked.all_facts - facts)
        held.stayed[which] += asked.is_listed(product_id, facts)


def _drawn(facts: Sequence[str | None], count: int, random: np.random.Generator) -> _Facts:
    return frozenset(facts[place] for place in random.permutation(len(facts))[:count].tolist())


class _Asked:
    """One customer and one list, asked again and again with other facts."""

    def __init__(self, ours: Byleave, customer: int, *, new_only: bool) -> None:
        self._ours = ours
        self._customer = customer
        self._new_only = new_only
        self.facts: Sequence[str | None] = [*sorted(ours.bought_by(customer)), _POPULAR]
        self.all_facts: _Facts = frozenset(self.facts)
        self._known: dict[tuple[str, _Facts], bool] = {}

    def contributing(self, product_id: str) -> Sequence[str | None]:
        found = self._ours.contributing(self._customer, product_id, new_only=self._new_only)
        return sorted(found, key=self.facts.index)

    def is_listed(self, product_id: str, facts: _Facts) -> bool:
        """Whether the product is among the ten if nothing but `facts` is known. Others stay as popular as they are."""
        if (product_id, facts) not in self._known:
            listed = self._ours.suggested(
                self._customer,
                new_only=self._new_only,
                only=frozenset(fact for fact in facts if fact is not None),
                unpopular=None if _POPULAR in facts else product_id,
            )
            self._known[product_id, facts] = product_id in [one.product_id for one in listed]
        return self._known[product_id, facts]
