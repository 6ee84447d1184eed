"""Proposes coefficients from days of the past: a weighted logistic regression of "bought on this day".

Every day until the purchase, or until the window ends, is a day on which it was bought or not. Days on which
it was not are put together where next to nothing changes between them, and weigh as many as they are.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.replenishment.chances import Terms
from recommender.replenishment.logarithms import LOG_UNIT, natural_log
from recommender.replenishment.settings import Coefficients, ReplenishmentSettings
from service.evaluate.purchases import Bools, Floats, Ints
from service.evaluate.replenishment.landmarks import Landmark

_BORDERS = (0, 1, 2, 4, 7, 11, 16, 23, 30)
_DUE = 1
_REPEATS_AT_LEAST = 50
_TOO_FEW = (
    "In the months before the window only {found} things were bought a third time or more; to fit anything it "
    "takes {least}. The file is too short or too small to measure when somebody buys again."
)


def fitted(landmarks: Sequence[Landmark], shipped: ReplenishmentSettings) -> ReplenishmentSettings:
    """What fits these days best, of what was bought at least twice before.

    A due term that would work the wrong way round is left out. Raises ValueError where there is too little.
    """
    usual = _usual(landmarks, shipped)
    repeated = [one.where(one.habits.times > 1) for one in landmarks]
    rows, bought, weights = (
        np.concatenate(parts) for parts in zip(*(_days(one, usual) for one in repeated), strict=True)
    )
    if bought.sum() < _REPEATS_AT_LEAST:
        raise ValueError(_TOO_FEW.format(found=bought.sum(), least=_REPEATS_AT_LEAST))
    constant, found = _regressed(rows, bought, weights)
    if found[_DUE] > 0:
        constant, found = _regressed(np.delete(rows, _DUE, axis=1), bought, weights)
        found = np.insert(found, _DUE, 0.0)
    times, due, rate, share, trend, reach = np.round(found * 1000).astype(int).tolist()
    return ReplenishmentSettings(
        usual_days=usual.usual_days,
        repeat_permille=usual.repeat_permille,
        coefficients=Coefficients(
            constant=round(constant * 1000),
            times=times,
            due=-due,
            rate=rate,
            share=share,
            trend=trend,
            reach=reach,
        ),
    )


def _usual(landmarks: Sequence[Landmark], shipped: ReplenishmentSettings) -> ReplenishmentSettings:
    """What is usual in this shop, of the latest of these days."""
    habits = max(landmarks, key=lambda one: one.day).habits
    gaps = int((habits.times - 1).sum())
    if not gaps:
        return shipped
    days = float(np.exp(habits.gap_logs.sum() / LOG_UNIT / gaps))
    baskets = habits.taken.sum() / max(int(habits.passed.sum()), 1)
    return ReplenishmentSettings(
        usual_days=max(round(days), 1), repeat_permille=int(np.clip(round(baskets * 1000), 1, 999))
    )


def _days(landmark: Landmark, settings: ReplenishmentSettings) -> tuple[Floats, Ints, Floats]:
    """The terms of each day, whether it was bought then, and how many days it stands for."""
    terms = landmark.terms(settings)
    parts = [_row(landmark, terms, landmark.bought, landmark.after)]
    weights = [np.ones(len(parts[0]))]
    for first, end in zip(_BORDERS, (*_BORDERS[1:], landmark.days), strict=True):
        without = np.minimum(landmark.after, end) - first
        there = (without > 0) & (first < end)
        parts.append(_row(landmark, terms, there, first + np.maximum(without - 1, 0) // 2))
        weights.append(without[there].astype(np.float64))
    bought = np.concatenate([np.ones(len(parts[0])), *(np.zeros(len(part)) for part in parts[1:])])
    return np.concatenate(parts), bought.astype(np.int64), np.concatenate(weights)


def _row(landmark: Landmark, terms: Terms, which: Bools, after: Ints) -> Floats:
    due = (natural_log(landmark.habits.elapsed + after) - terms.interval) / LOG_UNIT
    columns = (terms.times, due * due * LOG_UNIT, terms.rate, terms.share, terms.trend, terms.reach)
    return np.stack([column[which] / LOG_UNIT for column in columns], axis=1)


def _regressed(rows: Floats, bought: Ints, weights: Floats) -> tuple[float, Floats]:
    model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(rows, bought, sample_weight=weights)
    return float(model.intercept_[0]), model.coef_[0]
