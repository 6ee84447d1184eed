"""Byleave as it is served: the model, the profile and the scores of the recommender, with the release's settings.

What a catalogue adds in the shop is not in it, because a file of orders tells nothing of that: supplies that fit,
what is due again, products that are sold out, and variety among variants.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain

import numpy as np

from recommender.catalogue import build_catalogue
from recommender.inputs import ListKind, PermittedData, Purchase, Request, Settings
from recommender.learning.model import learn
from recommender.learning.scores import Scores
from recommender.possessions import possessions_of
from recommender.profiles import her_profile
from recommender.similarity import build_similarity
from recommender.strategy import Situation
from service.evaluate.comparison import OURS
from service.evaluate.metrics import LENGTH
from service.evaluate.purchases import Bools, Ints, Purchases

_NO_CATALOGUE = build_catalogue([], {})
_NO_SIMILARITY = build_similarity(_NO_CATALOGUE)
_FIELDS = frozenset({"purchases.product", "purchases.date"})


class Byleave:
    """Learns from the customers who allow it, and scores for each by what she bought herself."""

    name = OURS

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        learned = known if allowing is None else known.of(allowing)
        self._known, self._today = known, today
        self._starts = np.searchsorted(known.customer, np.arange(len(known.customers) + 1))
        self._place = {product_id: place for place, product_id in enumerate(known.products)}
        self._model = learn(histories_of(learned), today=today, settings=self._settings.learning)

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        ranks = np.full((len(customers), LENGTH), -1, dtype=np.int64)
        for row, customer in enumerate(customers.tolist()):
            listed = self._listed(customer, new_only=new_only)
            ranks[row, : len(listed)] = [self._place[product_id] for product_id in listed]
        return ranks

    def _listed(self, customer: int, *, new_only: bool) -> Sequence[str]:
        scores, _ = self.scored(customer, new_only=new_only)
        left_out = self.bought_by(customer) if new_only else frozenset()
        listed = _first_of_each(scores.products, but=left_out)
        if len(listed) == LENGTH:
            return listed
        # What others buy fills the list, as it does in the shop.
        popular = self._model.most_popular(self._known.customers[customer])
        return _first_of_each(chain(listed, popular), but=left_out)

    def scored(
        self, customer: int, *, new_only: bool, only: frozenset[str] | None = None
    ) -> tuple[Scores, Sequence[str]]:
        """Her scores, as if nothing but purchases of `only` were known; and the product of each source of them."""
        situation = self._situation(customer, new_only=new_only, only=only)
        learning = self._settings.learning
        known = her_profile(situation)
        scores = Scores(self._model, known.profile, learning.new_only if new_only else learning.everything)
        return scores, [one.product_id for one in known.speaking]

    def bought_by(self, customer: int) -> frozenset[str]:
        """Ids of what she bought before."""
        return frozenset(one.product_id for one in self._purchases_of(customer))

    def _situation(self, customer: int, *, new_only: bool, only: frozenset[str] | None) -> Situation:
        bought = self._purchases_of(customer)
        if only is not None:
            bought = tuple(one for one in bought if one.product_id in only)
        data = PermittedData(purchases=bought, fields=_FIELDS)
        return Situation(
            request=Request(limit=LENGTH, list_kind=ListKind.NEW if new_only else ListKind.ALL),
            data=data,
            possessions=possessions_of(data, _NO_CATALOGUE, today=self._today, settings=self._settings),
            catalogue=_NO_CATALOGUE,
            similarity=_NO_SIMILARITY,
            learned=self._model,
            customer_id=self._known.customers[customer],
            today=self._today,
            settings=self._settings,
        )

    def _purchases_of(self, customer: int) -> tuple[Purchase, ...]:
        hers = slice(self._starts[customer], self._starts[customer + 1])
        return tuple(
            Purchase(product_id=self._known.products[product], day=date.fromordinal(day))
            for product, day in zip(
                self._known.product[hers].tolist(), self._known.day[hers].tolist(), strict=True
            )
        )


def histories_of(learned: Purchases) -> dict[str, dict[str, date | None]]:
    """Of each customer, the last day on which she bought each product; days ascend within a product."""
    histories: dict[str, dict[str, date | None]] = {}
    rows = (learned.customer.tolist(), learned.product.tolist(), learned.day.tolist())
    for customer, product, day in zip(*rows, strict=True):
        hers = histories.setdefault(learned.customers[customer], {})
        hers[learned.products[product]] = date.fromordinal(day)
    return histories


def _first_of_each(product_ids: Iterable[str], *, but: frozenset[str]) -> Sequence[str]:
    """The first LENGTH, each once, without those in `but`."""
    found: dict[str, None] = {}
    for product_id in product_ids:
        if product_id not in but:
            found.setdefault(product_id)
        if len(found) == LENGTH:
            break
    return list(found)
