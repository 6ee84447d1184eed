"""What is learned from those who allow it: whole numbers only, from which any one of them can be taken out.

The model after taking somebody out is, byte for byte, the model that is learned without her (`state`): every
score is a function of these numbers and of settings, worked out in one fixed order. New purchases are taken
in by learning anew; only what must not wait, taking out, changes a model that is there.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from recommender.learning.columns import Columns
from recommender.learning.contributions import Contribution, Contributions, History, contribution_of
from recommender.learning.pair_counts import Ints, count_pairs
from recommender.learning.settings import LearningSettings

LATELY_DAYS, BEFORE_DAYS = 30, 90
"""What is bought more or less than before is told from these days."""

_SPANS = ((0, LATELY_DAYS), (LATELY_DAYS + 1, LATELY_DAYS + BEFORE_DAYS))


class Model:
    """Made by `learn`. `products` are the ids of what was bought, in order; their places are their numbers.

    number      of each product: its place, also once nobody who bought it is left
    recent      of each product: sum of its customers' weights in what is popular now
    supporters  of each product: how many customers that is
    buyers      of each product: how many customers bought it at any time
    lately      of each product: how many of them last bought it within LATELY_DAYS
    before      of each product: how many last bought it in the BEFORE_DAYS before that
    """

    def __init__(
        self,
        *,
        products: tuple[str, ...],
        number: Mapping[str, int],
        contributions: Contributions,
        today: date,
        settings: LearningSettings,
    ) -> None:
        self.products = products
        self.number = number
        self.contributions = contributions
        self.today = today
        self.settings = settings
        self.pairs = count_pairs(contributions.matrix(len(products)), floor=settings.k)
        self.recent, self.supporters, self.buyers = contributions.totals(len(products))
        self.lately, self.before = (
            contributions.bought_between(len(products), newest, oldest) for newest, oldest in _SPANS
        )
        self.columns = Columns(self.pairs, width=settings.neighbours, penalty=self.penalty)

    @property
    def penalty(self) -> int:
        """Of the regressions, in the unit of pair weights."""
        return self.settings.ridge(len(self.contributions))

    def forget(self, customer_id: str, *, but: History | None = None) -> bool:
        """Take her out, but for what of her contribution is still in `but`; says whether anything changed.

        Only takes out: what `but` has beyond her contribution waits until it is learned anew. The model is
        then the one that is learned with what is left of `but` (`_common`).
        """
        before = self.contributions.of(customer_id)
        left = _common(before, contribution_of(but or {}, self.number, self.today, self.settings))
        if left == before:
            return False
        lost = np.setdiff1d(before.products, left.products)
        weights, recent = _spread(before, left)
        counted = before.weights > 0
        self.pairs.narrow(before.products[counted], before.weights[counted], weights[counted])
        self.recent[before.products] -= before.recent - recent
        self.supporters[before.products] -= (before.recent > 0) & (recent == 0)
        self.buyers[lost] -= 1
        self.contributions.put(customer_id, left)
        self.columns.changed(before.products, penalty=self.penalty)
        for total, span in zip((self.lately, self.before), _SPANS, strict=True):
            total[before.products[before.is_between(*span)]] -= 1
            total[left.products[left.is_between(*span)]] += 1
        return True

    def most_popular(self, customer_id: str | None) -> Iterator[str]:
        """Ids of what at least k others than her bought, what is bought most lately first; ids settle ties."""
        hers = self.contributions.of(customer_id)
        buyers = self.buyers.copy()
        buyers[hers.products] -= 1
        order = np.lexsort((-buyers, -self.recent_without(customer_id)))
        return (self.products[number] for number in order.tolist() if buyers[number] >= self.settings.k)

    def recent_without(self, customer_id: str | None) -> Ints:
        """`recent` without her part, of each product; 0 where fewer than k others bought it lately."""
        hers = self.contributions.of(customer_id)
        recent, supporters = self.recent.copy(), self.supporters.copy()
        recent[hers.products] -= hers.recent
        supporters[hers.products] -= hers.recent > 0
        return np.where(supporters >= self.settings.k, recent, 0)

    def bought_by_others(self, products: Ints, customer_id: str | None) -> tuple[Ints, Ints]:
        """Of `products` (numbers, ascending): `lately` and `before`, without her."""
        hers = self.contributions.of(customer_id)
        lately, before = (
            total[products] - np.isin(products, hers.products[hers.is_between(*span)])
            for total, span in zip((self.lately, self.before), _SPANS, strict=True)
        )
        return lately, before

    def recounted(self) -> "Model":
        """The same contributions, counted from the beginning: what this model must be equal to."""
        return Model(
            products=self.products,
            number=self.number,
            contributions=self.contributions,
            today=self.today,
            settings=self.settings,
        )

    def state(self) -> bytes:
        """All that was learned, in a form that does not tell how it came about.

        Products nobody bought are not in it, nor pairs below the floor, whether dropped or never held.
        """
        live = np.flatnonzero(self.buyers)
        place = np.full(len(self.products), -1, dtype=np.int64)
        place[live] = np.arange(len(live))
        cells = np.flatnonzero(self.pairs.customers)
        head = {
            "settings": asdict(self.settings),
            "today": self.today.isoformat(),
            "customers": len(self.contributions),
            "products": [self.products[number] for number in live.tolist()],
        }
        of_products = (
            self.recent,
            self.supporters,
            self.buyers,
            self.lately,
            self.before,
            self.pairs.buyers,
            self.pairs.squares,
        )
        arrays: list[NDArray[np.signedinteger]] = [array[live] for array in of_products]
        arrays.append(place[self.pairs.keys[cells] // len(place)] if len(cells) else cells)
        arrays.append(place[self.pairs.partners[cells]])
        arrays += [self.pairs.customers[cells], self.pairs.weights[cells]]
        text = json.dumps(head, sort_keys=True).encode()
        return text + b"\n" + b"".join(array.astype("<i8", casting="safe").tobytes() for array in arrays)

    def digest(self) -> str:
        """SHA-256 of `state`, in hexadecimal."""
        return sha256(self.state()).hexdigest()


def learn(histories: Mapping[str, History], *, today: date, settings: LearningSettings) -> Model:
    """Learn from `histories` (customer id -> what she bought), those of customers who allow it.

    `today` is the day that all ages are counted from. The order of customers and products does not matter.
    """
    ids = tuple(sorted({product_id for history in histories.values() for product_id in history}))
    number = {product_id: place for place, product_id in enumerate(ids)}
    return Model(
        products=ids,
        number=number,
        contributions=_contributions(histories, number, today, settings),
        today=today,
        settings=settings,
    )


def _contributions(
    histories: Mapping[str, History], number: Mapping[str, int], today: date, settings: LearningSettings
) -> Contributions:
    """What they are made of takes more memory than they, and is let go before pairs are counted."""
    parts = {
        customer_id: contribution_of(history, number, today, settings)
        for customer_id, history in histories.items()
        if history
    }
    return Contributions(tuple(parts), tuple(parts.values()))


def _common(before: Contribution, now: Contribution) -> Contribution:
    """What of `now` was in `before`, with a day or without alike, and is of no later day than there.

    The rest goes altogether, until it is learned anew: a weight in between would be that of no history, and
    one from before may rest on a day, or on an order, that may no longer be known.
    """
    both, was, is_ = np.intersect1d(before.products, now.products, return_indices=True)
    stays = before.dated[was] == now.dated[is_]
    stays &= before.ages[was] <= now.ages[is_]
    left = is_[stays]
    return Contribution(
        products=both[stays], weights=now.weights[left], recent=now.recent[left], ages=now.ages[left]
    )


def _spread(before: Contribution, left: Contribution) -> tuple[Ints, Ints]:
    """The weights and the recent weights that are left of each product of `before`; 0 where it is gone."""
    weights, recent = np.zeros_like(before.weights), np.zeros_like(before.recent)
    places = np.searchsorted(before.products, left.products)
    weights[places], recent[places] = left.weights, left.recent
    return weights, recent
