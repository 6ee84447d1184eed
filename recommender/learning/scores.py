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

from recommender.learning.largest import places_of_largest
from recommender.learning.model import Model
from recommender.learning.neighbourhood import NO_PRODUCT, solve_alone
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
    """What is used of one customer, and of what she looks at.

    customer_id  to leave her own part out of what others did; `None` for a visitor
    sources      product numbers of a model that speak for others, NO_PRODUCT for what it does not know; repeats
                 allowed: each is a fact of its own
    strengths    how strongly each does, in units of 1 / STRENGTH_UNIT
    own          ids of the products that she bought and kept, ascending, known to the model or not
    frequency    how often and lately, in visits of units of 1 / STRENGTH_UNIT
    """

    customer_id: str | None
    sources: Ints
    strengths: Ints
    own: tuple[str, ...]
    frequency: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Summand:
    """One part of a score. `place` is an index into `Profile.sources`, if the part is `SOURCE`."""

    part: Part
    amount: int
    place: int = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Alone:
    """What pairs of exactly k customers say to her: the source of each, and in which row its target is."""

    rows: Ints
    sources: NDArray[np.int32]
    coefficients: Ints


class Scores:
    """Scores of candidates, best first, ties to the smaller id: `products` are ids, `totals` are above 0.

    Each rests on at least one source, or on her own purchases of it. What is only popular is for everybody, and
    no part of what is for her.

    What she bought has a score whether or not somebody who allows learning bought it, too: whether one other
    customer did changes nothing.
    """

    def __init__(self, model: Model, profile: Profile, weights: PartWeights) -> None:
        self._profile = profile
        self._weights = weights
        recent = model.recent_without(profile.customer_id)
        targets = _candidates(model, profile, recent)
        unknown = [id_ for id_ in profile.own if id_ not in model.number]
        ids = [*(model.products[number] for number in targets.tolist()), *unknown]
        self._columns = model.columns.of(targets)
        strength = np.zeros(len(model.products) + 1, dtype=np.int64)  # the last place is NO_PRODUCT's
        np.add.at(strength, profile.sources, profile.strengths)
        self._alone = _alone(model, profile, targets, np.flatnonzero(~self._columns.is_full()))
        learned = (strength[self._columns.sources] * self._columns.coefficients).sum(axis=1)
        np.add.at(learned, self._alone.rows, strength[self._alone.sources] * self._alone.coefficients)
        self._personal = _personal(ids, profile)
        self._popular = _popular(targets, recent)
        hers = weights.personal * self._personal
        hers[: len(targets)] += weights.learned * learned
        totals = hers.copy()
        totals[: len(targets)] += weights.popular * self._popular
        self._known = len(targets)
        self._order = [row for row in _best_first(ids, totals) if hers[row] > 0]
        self.products = [ids[row] for row in self._order]
        self.totals: Ints = totals[self._order]

    def summands(self, rank: int) -> Iterator[Summand]:
        """What the score at place `rank` of `totals` is the sum of, largest first; each above 0."""
        row = self._order[rank]
        found = [Summand(part=Part.OWN, amount=int(self._weights.personal * self._personal[row]))]
        if row < self._known:
            found += self._of_others(row)
        return iter(sorted((one for one in found if one.amount > 0), key=_largest_first))

    def _of_others(self, row: int) -> Iterator[Summand]:
        """What others have to do with the candidate in this row."""
        yield Summand(part=Part.POPULAR, amount=int(self._weights.popular * self._popular[row]))
        of_source = self._coefficients(row)
        for place, source in enumerate(self._profile.sources.tolist()):
            speaks = int(self._profile.strengths[place]) * of_source.get(source, 0)
            yield Summand(part=Part.SOURCE, amount=self._weights.learned * speaks, place=place)

    def _coefficients(self, row: int) -> dict[int, int]:
        """By source, what tells something about the candidate in this row."""
        columns, alone, here = self._columns, self._alone, self._alone.rows == row
        firm = zip(columns.sources[row].tolist(), columns.coefficients[row].tolist(), strict=True)
        besides = zip(alone.sources[here].tolist(), alone.coefficients[here].tolist(), strict=True)
        return dict(firm) | dict(besides)


def frequency_of(visits_ago: Sequence[Sequence[int]], settings: LearningSettings) -> Ints:
    """For each product, given how many visits ago each purchase of it was: how often and lately it was bought."""
    table = decay(STRENGTH_UNIT, settings.visits_half_life)
    whole = [int(table[np.minimum(ago, len(table) - 1)].sum()) for ago in map(list, visits_ago)]
    return np.array(whole, dtype=np.int64)


def _largest_first(summand: Summand) -> tuple[int, Part, int]:
    return (-summand.amount, summand.part, summand.place)


def _best_first(ids: Sequence[str], totals: Ints) -> list[int]:
    amounts = totals.tolist()
    return sorted(range(len(ids)), key=lambda row: (-amounts[row], ids[row]))


def _candidates(model: Model, profile: Profile, recent: Ints) -> Ints:
    """What she bought, what is most popular, and what is most similar to what speaks for anything."""
    similar, count = _similarity(model, profile), model.settings.candidates
    best, popular = places_of_largest(similar, count), places_of_largest(recent, count // 8)
    own = np.array([model.number[id_] for id_ in profile.own if id_ in model.number], dtype=np.int64)
    return np.unique(np.concatenate([best[similar[best] > 0], popular[recent[popular] > 0], own]))


def _similarity(model: Model, profile: Profile) -> Ints:
    """Cosine with all that speaks for anything, weighted; whole numbers, so that the order of sums is free."""
    total = np.zeros(len(model.products), dtype=np.int64)
    pairs, contributed, known = model.pairs, _contributed(model, profile), profile.sources != NO_PRODUCT
    sources, strengths = profile.sources[known].tolist(), profile.strengths[known].tolist()
    for source, strength in zip(sources, strengths, strict=True):
        row = pairs.row(source)
        partners = pairs.partners[row]
        norm = np.sqrt(pairs.squares[partners].astype(np.float64) * float(pairs.squares[source]))
        rests_on_her = (pairs.customers[row] == pairs.floor) & contributed[source] & contributed[partners]
        live = (norm > 0) & ~rests_on_her
        cosine = np.floor(pairs.weights[row][live] / norm[live] * COEFFICIENT_UNIT)
        total[partners[live]] += strength * cosine.astype(np.int64)
    return total


def _alone(model: Model, profile: Profile, targets: Ints, rows: Ints) -> _Alone:
    """The pairs of exactly k of these rows of `targets` with her sources, but for those that she is counted in."""
    pairs, contributed = model.pairs, _contributed(model, profile)
    place, cells = pairs.alone(targets[rows])
    speaks = np.zeros(len(model.products) + 1, dtype=np.bool_)
    speaks[profile.sources] = True
    sources = pairs.partners[cells]
    shown = speaks[sources] & ~(contributed[sources] & contributed[targets[rows[place]]])
    return _Alone(
        rows=rows[place[shown]],
        sources=sources[shown],
        coefficients=solve_alone(pairs, cells[shown], penalty=model.penalty),
    )


def _contributed(model: Model, profile: Profile) -> NDArray[np.bool_]:
    """Of each product, and then of NO_PRODUCT: whether she is counted in its pairs."""
    hers = model.contributions.of(profile.customer_id)
    contributed = np.zeros(len(model.products) + 1, dtype=np.bool_)
    contributed[hers.products[hers.weights > 0]] = True
    return contributed


def _personal(ids: Sequence[str], profile: Profile) -> Ints:
    """ln(1 + visits) of what is hers among `ids`, which all of it is; in SCORE_UNIT."""
    steps = profile.frequency * LOGARITHM_STEPS // STRENGTH_UNIT
    row = {id_: place for place, id_ in enumerate(ids)}
    personal = np.zeros(len(ids), dtype=np.int64)
    personal[[row[id_] for id_ in profile.own]] = LOGARITHMS[np.minimum(steps, len(LOGARITHMS) - 1)]
    return personal


def _popular(targets: Ints, recent: Ints) -> Ints:
    """What is recent of each target among others, as a part of the most popular product; in SCORE_UNIT."""
    return recent[targets] * SCORE_UNIT // max(int(recent.max(initial=0)), 1)
