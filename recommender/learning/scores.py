"""How well products suit somebody, as whole numbers, and what each number is made of.

A score is a sum of parts, and each part is one fact: a product that she bought or looks at, her own purchases
of the product itself, what is popular. So reasons need no second model: they are the summands.

Of pairs that she herself is counted in, only those show through that enough others support.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from recommender.learning.columns import Column
from recommender.learning.largest import places_of_largest
from recommender.learning.model import Model
from recommender.learning.pair_counts import Ints
from recommender.learning.settings import (
    COEFFICIENT_UNIT,
    SCORE_UNIT,
    STRENGTH_UNIT,
    LearningSettings,
    PartWeights,
)
from recommender.learning.tables import LOGARITHM_STEPS, LOGARITHMS, decay


class Part(IntEnum):
    """What a summand rests on."""

    SOURCE = 0  # something that speaks for the product: see `Profile.sources`
    OWN = 1  # that she bought the product itself
    POPULAR = 2  # what others bought lately


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What is used of one customer, and of what she looks at, in the numbers of a model.

    customer_id  to leave her own part out of what others did; `None` for a visitor
    sources      product numbers that speak for others; repeats allowed: each is a fact of its own
    strengths    how strongly each does, in units of 1 / STRENGTH_UNIT
    own          product numbers that she bought and kept, ascending
    frequency    how often and lately, in visits of units of 1 / STRENGTH_UNIT
    """

    customer_id: str | None
    sources: Ints
    strengths: Ints
    own: Ints
    frequency: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Summand:
    """One part of a score. `place` is an index into `Profile.sources`, if the part is `SOURCE`."""

    part: Part
    amount: int
    place: int = -1


class Scores:
    """Scores of candidates, best first, ties to the smaller number; `totals` are above 0."""

    def __init__(self, model: Model, profile: Profile, weights: PartWeights) -> None:
        self._profile = profile
        self._weights = weights
        targets = _candidates(model, profile)
        self._columns = _without_own_pairs(model.columns.of(targets), targets, model, profile)
        strength = np.zeros(len(model.products) + 1, dtype=np.int64)  # the last place is NOBODY's
        np.add.at(strength, profile.sources, profile.strengths)
        learned = (strength[self._columns.sources] * self._columns.coefficients).sum(axis=1)
        self._personal = _personal(targets, profile)
        self._popular = _popular(targets, model, profile)
        totals = (
            weights.learned * learned + weights.personal * self._personal + weights.popular * self._popular
        )
        order = np.lexsort((targets, -totals))
        self._order = order[totals[order] > 0]
        self.products: Ints = targets[self._order]
        self.totals: Ints = totals[self._order]

    def summands(self, rank: int) -> Iterator[Summand]:
        """What the score at place `rank` of `totals` is the sum of, largest first; each above 0."""
        row = self._order[rank]
        of_source = dict(
            zip(self._columns.sources[row].tolist(), self._columns.coefficients[row].tolist(), strict=True)
        )
        found = [
            Summand(part=Part.OWN, amount=int(self._weights.personal * self._personal[row])),
            Summand(part=Part.POPULAR, amount=int(self._weights.popular * self._popular[row])),
        ]
        for place, source in enumerate(self._profile.sources.tolist()):
            speaks = int(self._profile.strengths[place]) * of_source.get(source, 0)
            found.append(Summand(part=Part.SOURCE, amount=self._weights.learned * speaks, place=place))
        return iter(sorted((one for one in found if one.amount > 0), key=_largest_first))


def frequency_of(visits_ago: Sequence[Sequence[int]], settings: LearningSettings) -> Ints:
    """For each product, given how many visits ago each purchase of it was: how often and lately it was bought."""
    table = decay(STRENGTH_UNIT, settings.visits_half_life)
    whole = [int(table[np.minimum(ago, len(table) - 1)].sum()) for ago in map(list, visits_ago)]
    return np.array(whole, dtype=np.int64)


def _largest_first(summand: Summand) -> tuple[int, Part, int]:
    return (-summand.amount, summand.part, summand.place)


def _candidates(model: Model, profile: Profile) -> Ints:
    """What she bought, what is most popular, and what is most similar to what speaks for anything."""
    similar, count = _similarity(model, profile), model.settings.candidates
    best = places_of_largest(similar, count)
    # What too few support takes the place of nothing, though it would not be shown.
    recent = np.where(model.supporters >= model.settings.k, model.recent, 0)
    popular = places_of_largest(recent, count // 8)
    return np.unique(np.concatenate([best[similar[best] > 0], popular[recent[popular] > 0], profile.own]))


def _similarity(model: Model, profile: Profile) -> Ints:
    """Cosine with all that speaks for anything, weighted; whole numbers, so that the order of sums is free."""
    total = np.zeros(len(model.products), dtype=np.int64)
    pairs, contributed = model.pairs, _contributed(model, profile)
    for source, strength in zip(profile.sources.tolist(), profile.strengths.tolist(), strict=True):
        row = pairs.row(source)
        partners = pairs.partners[row]
        norm = np.sqrt(pairs.squares[partners].astype(np.float64) * float(pairs.squares[source]))
        rests_on_her = (pairs.customers[row] == pairs.floor) & contributed[source] & contributed[partners]
        live = (norm > 0) & ~rests_on_her
        cosine = np.floor(pairs.weights[row][live] / norm[live] * COEFFICIENT_UNIT)
        total[partners[live]] += strength * cosine.astype(np.int64)
    return total


def _without_own_pairs(column: Column, targets: Ints, model: Model, profile: Profile) -> Column:
    """A pair of which both products are hers, and that only just enough support, rests on her as one of them."""
    contributed = _contributed(model, profile)
    hidden = column.alone & contributed[column.sources] & contributed[targets][:, None]
    return Column(
        sources=column.sources,
        coefficients=np.where(hidden, 0, column.coefficients),
        alone=column.alone,
    )


def _contributed(model: Model, profile: Profile) -> NDArray[np.bool_]:
    """Of each product, and then of NOBODY: whether she is counted in its pairs."""
    hers = model.contributions.of(profile.customer_id)
    contributed = np.zeros(len(model.products) + 1, dtype=np.bool_)
    contributed[hers.products[hers.weights > 0]] = True
    return contributed


def _personal(targets: Ints, profile: Profile) -> Ints:
    """ln(1 + visits), in SCORE_UNIT."""
    steps = profile.frequency * LOGARITHM_STEPS // STRENGTH_UNIT
    personal = np.zeros(len(targets), dtype=np.int64)
    hers = np.isin(targets, profile.own, assume_unique=True)
    personal[hers] = LOGARITHMS[np.minimum(steps, len(LOGARITHMS) - 1)]
    return personal


def _popular(targets: Ints, model: Model, profile: Profile) -> Ints:
    """What is recent of each target among others, as a part of the most popular product; in SCORE_UNIT."""
    enough = model.supporters >= model.settings.k
    most = int(model.recent[enough].max(initial=0))
    hers = np.zeros(len(model.products), dtype=np.int64)
    own = model.contributions.of(profile.customer_id)
    hers[own.products] = own.recent
    others = model.recent[targets] - hers[targets]
    supporters = model.supporters[targets] - (hers[targets] > 0)
    return np.where(supporters >= model.settings.k, others * SCORE_UNIT // max(most, 1), 0)
