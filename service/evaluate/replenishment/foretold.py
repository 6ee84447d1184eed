"""What a method foretells of each pair, and how well."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.replenishment.chances import daily
from recommender.replenishment.logarithms import CHANCE_UNIT
from recommender.replenishment.settings import ReplenishmentSettings
from service.evaluate.purchases import Bools, Floats, Ints
from service.evaluate.replenishment.landmarks import Landmark

_SMALLEST = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Foretold:
    """Of each pair of a landmark.

    likelihood  logarithm of how likely the method found what happened: the day, or that it was none
    chance      of a purchase within so many days
    """

    name: str
    likelihood: Floats
    chance: Callable[[int], Floats]


def foretold_by_us(name: str, landmark: Landmark, settings: ReplenishmentSettings) -> Foretold:
    """By the very functions that serve customers, with these settings."""
    days = daily(landmark.habits, landmark.terms(settings), settings, days=landmark.days) / CHANCE_UNIT
    until = np.concatenate([np.zeros((len(days), 1)), np.cumsum(days, axis=1)], axis=1)
    pairs, bought = np.arange(len(days)), landmark.bought
    likelihood = -until[pairs, landmark.after]
    likelihood[bought] += np.log(-np.expm1(-days[pairs[bought], landmark.after[bought]]))
    return Foretold(name=name, likelihood=likelihood, chance=lambda days: -np.expm1(-until[:, days]))


def levels_of(chance: Floats) -> Ints:
    """The place of each chance among all there are, from the smallest on; equals share theirs."""
    return np.unique(chance, return_inverse=True)[1].astype(np.int64)


def area_under_curve(levels: Ints, bought: Bools, weights: Floats) -> float:
    """Of one that was bought and one that was not: how likely the first was given the higher chance.

    NaN where all or none were bought.
    """
    yes = np.bincount(levels, weights=weights * bought)
    no = np.bincount(levels, weights=weights * ~bought)
    below, pairs = np.cumsum(no) - no / 2, yes.sum() * no.sum()
    return float(yes @ below / pairs) if pairs else np.nan


def brier(chance: Floats, bought: Bools) -> float:
    """The mean square of what was missed."""
    return float(np.mean((chance - bought) ** 2))


def calibration_slope(chance: Floats, bought: Bools) -> float:
    """1: chances spread as outcomes do. Below: they are too bold; above: too timid (Cox 1958). NaN likewise."""
    if bought.all() or not bought.any():
        return np.nan
    inside = np.clip(chance, _SMALLEST, 1 - _SMALLEST)
    log_odds = np.log(inside) - np.log1p(-inside)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(log_odds[:, None], bought)
    return float(model.coef_[0, 0])


def ndcg_of_repeats(landmark: Landmark, score: Ints, ties: Ints) -> tuple[Ints, Floats]:
    """Of each customer who bought something again: she, and the NDCG@10 of her things in the order of `score`.

    Ties go to the product that is first in `ties`, which has the place of each.
    """
    order = np.lexsort((ties[landmark.product], -score, landmark.customer))
    customer, bought = landmark.customer[order], landmark.bought[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(customer)) + 1])
    place = np.arange(len(customer)) - np.repeat(starts, np.diff([*starts, len(customer)]))
    gains = np.where(place < _LENGTH, 1 / np.log2(place + 2), 0.0)
    found = np.add.reduceat(gains * bought, starts)
    many = np.add.reduceat(bought.astype(np.int64), starts)
    ideal = np.concatenate([[1.0], np.cumsum(1 / np.log2(np.arange(_LENGTH) + 2))])[np.minimum(many, _LENGTH)]
    repeats = many > 0
    return customer[starts][repeats], (found / ideal)[repeats]


_LENGTH = 10
