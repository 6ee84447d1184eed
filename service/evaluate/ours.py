"""Byleave as it is served: lists are made by the recommender itself, with the release's settings.

The catalogue knows nothing but ids, because a file of orders tells nothing else. So what a catalogue adds in the shop
is not in it: supplies that fit, stated intervals, products that are sold out, and variety among variants.
"""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import fields
from datetime import date
from itertools import chain

import numpy as np

from recommender.catalogue import Catalogue, build_catalogue
from recommender.inputs import ListKind, PermittedData, Product, Purchase, Request, Settings
from recommender.learning.model import Model, learn
from recommender.learning.scores import Part, Scores
from recommender.profiles import Known, her_profile
from recommender.ranking import recommend, situation_of
from recommender.results import Suggestion
from recommender.similarity import NOTHING_COMPARED
from recommender.strategy import Situation
from service.evaluate.comparison import OURS, SCORES_ALONE
from service.evaluate.metrics import LENGTH
from service.evaluate.purchases import Bools, Ints, Purchases

_FIELDS = frozenset({"purchases.product", "purchases.date"})


class Byleave:
    """Learns from the customers who allow it, and suggests to each by what she bought herself."""

    name = OURS

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        learned = known if allowing is None else known.of(allowing)
        self._known, self._today = known, today
        self._starts = np.searchsorted(known.customer, np.arange(len(known.customers) + 1))
        self._place = {product_id: place for place, product_id in enumerate(known.products)}
        self._model = learn(histories_of(learned), today=today, settings=self._settings.learning)
        sold = (known.products[place] for place in np.unique(known.product).tolist())
        self._catalogue = build_catalogue(
            (Product(id=product_id, title=product_id) for product_id in sold), {}
        )

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        ranks = np.full((len(customers), LENGTH), -1, dtype=np.int64)
        for row, customer in enumerate(customers.tolist()):
            listed = self._listed(customer, new_only=new_only)
            ranks[row, : len(listed)] = [self._place[product_id] for product_id in listed]
        return ranks

    def _listed(self, customer: int, *, new_only: bool) -> Sequence[str]:
        return [one.product_id for one in self.suggested(customer, new_only=new_only)]

    def suggested(
        self,
        customer: int,
        *,
        new_only: bool,
        only: frozenset[str] | None = None,
        unpopular: str | None = None,
    ) -> Sequence[Suggestion]:
        """Her list with its reasons.

        only       as if nothing but her purchases of these products were known; what she bought is not new all the same
        unpopular  as if no others had bought this product by itself
        """
        hers = self._purchases_of(customer)
        known = hers if only is None else tuple(one for one in hers if one.product_id in only)
        hidden = self.bought_by(customer) if new_only and only is not None else ()
        situation = self._situation(
            customer,
            known,
            new_only=new_only,
            catalogue=_without(self._catalogue, hidden),
            learned=self._model if unpopular is None else _where_nobody_bought(self._model, unpopular),
        )
        return recommend(situation).products

    def contributing(self, customer: int, product_id: str, *, new_only: bool) -> Collection[str | None]:
        """What its score is made of: products that she bought, `None` for what others buy; nothing if it has none."""
        scores, known = self._scores(customer, new_only=new_only)
        rank = next((rank for rank, one in enumerate(scores.products) if one == product_id), None)
        found = [] if rank is None else list(scores.summands(rank))
        named = {Part.OWN: product_id, Part.POPULAR: None}
        return {
            known.speaking[one.place].product_id if one.part is Part.SOURCE else named[one.part]
            for one in found
        }

    def _scores(self, customer: int, *, new_only: bool) -> tuple[Scores, Known]:
        situation = self._situation(
            customer,
            self._purchases_of(customer),
            new_only=new_only,
            catalogue=self._catalogue,
            learned=self._model,
        )
        learning, known = self._settings.learning, her_profile(situation)
        return Scores(
            self._model, known.profile, learning.new_only if new_only else learning.everything
        ), known

    def bought_by(self, customer: int) -> frozenset[str]:
        """Ids of what she bought before."""
        return frozenset(one.product_id for one in self._purchases_of(customer))

    def _situation(
        self,
        customer: int,
        bought: tuple[Purchase, ...],
        *,
        new_only: bool,
        catalogue: Catalogue,
        learned: Model,
    ) -> Situation:
        return situation_of(
            Request(limit=LENGTH, list_kind=ListKind.NEW if new_only else ListKind.ALL),
            data=PermittedData(purchases=bought, fields=_FIELDS),
            customer_id=self._known.customers[customer],
            catalogue=catalogue,
            learned=learned,
            similarity=NOTHING_COMPARED,
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


class ScoresAlone(Byleave):
    """The same scores, and nothing kept silent because she has it: what considerateness costs."""

    name = SCORES_ALONE

    def _listed(self, customer: int, *, new_only: bool) -> Sequence[str]:
        scores, _ = self._scores(customer, new_only=new_only)
        left_out = self.bought_by(customer) if new_only else frozenset()
        listed = _first_of_each(scores.products, but=left_out)
        if len(listed) == LENGTH:
            return listed
        # What others buy fills the list, as it does in the shop.
        popular = self._model.most_popular(self._known.customers[customer])
        return _first_of_each(chain(listed, popular), but=left_out)


def histories_of(learned: Purchases) -> dict[str, dict[str, date | None]]:
    """Of each customer, the last day on which she bought each product; days ascend within a product."""
    histories: dict[str, dict[str, date | None]] = {}
    rows = (learned.customer.tolist(), learned.product.tolist(), learned.day.tolist())
    for customer, product, day in zip(*rows, strict=True):
        hers = histories.setdefault(learned.customers[customer], {})
        hers[learned.products[product]] = date.fromordinal(day)
    return histories


def _without(catalogue: Catalogue, hidden: Collection[str]) -> Catalogue:
    """The same catalogue, with these products sold out."""
    if not hidden:
        return catalogue
    sold_out = {
        product_id: Product(id=product_id, title=product_id, available=False) for product_id in hidden
    }
    as_it_is = {one.name: getattr(catalogue, one.name) for one in fields(catalogue)}
    return Catalogue(**as_it_is | {"products": {**catalogue.products, **sold_out}})


def _where_nobody_bought(model: Model, product_id: str) -> Model:
    """The same pairs, and a product that is not popular."""
    other, number = copy(model), model.number.get(product_id)
    if number is not None:
        other.recent, other.supporters, other.buyers = (
            np.where(np.arange(len(model.products)) == number, 0, counted)
            for counted in (model.recent, model.supporters, model.buyers)
        )
    return other


def _first_of_each(product_ids: Iterable[str], *, but: frozenset[str]) -> Sequence[str]:
    """The first LENGTH, each once, without those in `but`."""
    found: dict[str, None] = {}
    for product_id in product_ids:
        if product_id not in but:
            found.setdefault(product_id)
        if len(found) == LENGTH:
            break
    return list(found)
