"""Are reasons true? Takes away the facts that a reason names, and sees whether its product leaves the list.

And the other way round: leaves nothing but these facts, and sees whether it stays. The control does the same with as
many facts of hers drawn at random (necessity and sufficiency, after DeYoung et al. 2020, "ERASER").
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.learning.scores import Part, Scores
from service.evaluate.metrics import LENGTH
from service.evaluate.ours import Byleave
from service.evaluate.split import Task, Window

SIZES = (1, 3, 5)
CUSTOMERS = 400

_POPULAR = (
    None  # the fact that others bought the product lately; all other facts are products that she bought
)
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


def _of_list(task: Task, ours: Byleave, random: np.random.Generator) -> Iterator[Held]:
    customers = task.customers
    if len(customers) > CUSTOMERS:
        customers = np.sort(random.choice(customers, CUSTOMERS, replace=False))
    held = {size: Held(new_only=task.new_only, facts=size) for size in SIZES}
    for customer in customers.tolist():
        asked = _Asked(ours, customer, new_only=task.new_only)
        for product_id, named in asked.listed():
            for size, of_size in held.items():
                _try(of_size, asked, product_id, named[:size], random)
    yield from held.values()


def _try(
    held: Held,
    asked: "_Asked",
    product_id: str,
    named: Sequence[str | None],
    random: np.random.Generator,
) -> None:
    drawn = random.permutation(len(asked.facts))[: len(named)]
    chosen: dict[str, _Facts] = {
        "named": frozenset(named),
        "random": frozenset(asked.facts[place] for place in drawn.tolist()),
    }
    held.products += 1
    for which, facts in chosen.items():
        held.left[which] += not asked.is_listed(product_id, asked.all_facts - facts)
        held.stayed[which] += asked.is_listed(product_id, facts)


class _Asked:
    """One customer and one list, asked again and again with other facts."""

    def __init__(self, ours: Byleave, customer: int, *, new_only: bool) -> None:
        self._ours = ours
        self._customer = customer
        self._new_only = new_only
        self._bought = ours.bought_by(customer)
        self.facts: Sequence[str | None] = [*sorted(self._bought), _POPULAR]
        self.all_facts: _Facts = frozenset(self.facts)

    def listed(self) -> Iterator[tuple[str, Sequence[str | None]]]:
        """Each product of the list that has facts of hers, and the facts of its reason, the largest first."""
        scores, profile_products = self._scores(self.all_facts)
        for rank in self._ranks(scores)[:LENGTH]:
            product_id = scores.products[rank]
            facts: list[str | None] = []
            for summand in scores.summands(rank):
                fact = {Part.OWN: product_id, Part.POPULAR: _POPULAR}.get(summand.part)
                facts.append(profile_products[summand.place] if summand.part is Part.SOURCE else fact)
            yield product_id, list(dict.fromkeys(facts))

    def is_listed(self, product_id: str, facts: _Facts) -> bool:
        """Whether the product is among the ten if nothing but `facts` is known. Others stay as popular as they are."""
        scores, _ = self._scores(facts)
        ranks = self._ranks(scores)
        own = next((rank for rank in ranks if scores.products[rank] == product_id), None)
        if own is None:
            return False
        total = int(scores.totals[own])
        if _POPULAR not in facts:
            total -= sum(one.amount for one in scores.summands(own) if one.part is Part.POPULAR)
        before = sum(
            (-int(scores.totals[rank]), scores.products[rank]) < (-total, product_id)
            for rank in ranks
            if rank != own
        )
        return total > 0 and before < LENGTH

    def _scores(self, facts: _Facts) -> tuple[Scores, Sequence[str]]:
        bought = frozenset(fact for fact in facts if fact is not None)
        return self._ours.scored(self._customer, new_only=self._new_only, only=bought)

    def _ranks(self, scores: Scores) -> list[int]:
        """Places of the list; what she had bought before never counts as new, whatever is known of it."""
        left_out = self._bought if self._new_only else frozenset()
        return [rank for rank, product_id in enumerate(scores.products) if product_id not in left_out]
