"""The whole measurement: how well it is foretold when customers of a shop buy something again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from recommender.inputs import Settings
from recommender.replenishment.chances import within_days
from recommender.replenishment.settings import ReplenishmentSettings
from service.evaluate.evaluation import Plan
from service.evaluate.metrics import Estimate, estimate
from service.evaluate.orders import Orders
from service.evaluate.purchases import Floats, Ints
from service.evaluate.replenishment.fitting import fitted
from service.evaluate.replenishment.foretold import (
    Foretold,
    area_under_curve,
    brier,
    calibration_slope,
    foretold_by_us,
    levels_of,
    ndcg_of_repeats,
)
from service.evaluate.replenishment.intervals import INTERVALS, foretold_by_interval
from service.evaluate.replenishment.landmarks import Landmark, landmark_at
from service.evaluate.split import starts_of

OURS = ("shipped", "fitted")
FREQUENCIES = ("frequency_ties_by_popularity", "frequency_ties_by_recent_popularity")
HORIZONS = (7, 14, 30)
DRAWS = 500
_DRAWS_OF_AREAS = 200
_LANDMARKS = 4
_CALIBRATED_AT = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodScores:
    """How well one method foretold.

    likelihood  mean logarithm of how likely it found what happened
    ahead       of each of ours: how much higher its likelihood is, by its name
    area        days -> area under the curve
    brier, slope  of the chance within `days_calibrated`
    """

    method: str
    likelihood: Estimate
    ahead: dict[str, Estimate]
    area: dict[int, Estimate]
    brier: float
    slope: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Replenishment:
    """What was measured on the `days` from `start` on.

    pairs      of a customer and a product that she had bought on at least two days; `repeated` of them again
    again      NDCG@10 of what she buys again: by how often she did, and by ours
    ahead      in that: of each of ours, by its name and that of the frequency
    proposed   what would fit this shop best
    """

    start: date
    days: int
    days_calibrated: int
    pairs: int
    repeated: int
    customers: int
    methods: tuple[MethodScores, ...]
    lists: int
    again: dict[str, Estimate]
    ahead: dict[str, dict[str, Estimate]]
    shipped: ReplenishmentSettings
    proposed: ReplenishmentSettings


def measure_replenishment(orders: Orders, plan: Plan, progress: Callable[[str], None]) -> Replenishment:
    """Foretell the newest window from the days before. Raises ValueError where there is too little to tell."""
    if not orders.dated:
        raise ValueError("When somebody buys again cannot be measured without dates, and the file has none.")
    start = max(plan.starts, default=starts_of(orders.purchases, days=plan.days, windows=1)[0])
    settings = Settings()
    progress(f"{start}: what was bought before")
    before = _before(orders, start, plan, settings)
    proposed = fitted(before, settings.replenishment)
    landmark = _landmark(orders, start, plan, settings)
    if not landmark.where(landmark.habits.times > 1).bought.any():
        raise ValueError(f"Of what was bought twice before {start}, nothing was bought again from then on.")
    return _measured(landmark, before, settings.replenishment, proposed, plan, progress)


def _before(orders: Orders, start: date, plan: Plan, settings: Settings) -> list[Landmark]:
    """Days before, a window apart, as far as the file goes back."""
    days = [start - timedelta(days=plan.days * number) for number in range(1, _LANDMARKS + 1)]
    found = [_landmark(orders, day, plan, settings) for day in days if day > orders.purchases.first_day]
    if not found:
        raise ValueError(f"The file has nothing {plan.days} days before {start} to learn from.")
    return found


def _landmark(orders: Orders, day: date, plan: Plan, settings: Settings) -> Landmark:
    return landmark_at(orders.purchases, day, days=plan.days, settings=settings)


def _measured(
    landmark: Landmark,
    before: Sequence[Landmark],
    shipped: ReplenishmentSettings,
    proposed: ReplenishmentSettings,
    plan: Plan,
    progress: Callable[[str], None],
) -> Replenishment:
    repeated = landmark.where(landmark.habits.times > 1)
    repeated_before = [one.where(one.habits.times > 1) for one in before]
    ours = dict(zip(OURS, (shipped, proposed), strict=True))
    progress(f"{landmark.day}: intervals, and chances")
    foretold = [
        *(foretold_by_interval(name, repeated_before, repeated) for name in INTERVALS),
        *(foretold_by_us(name, repeated, settings) for name, settings in ours.items()),
    ]
    progress(f"{landmark.day}: how sure that is")
    methods = _scored(foretold, repeated, plan)
    customers, scores = _listed(landmark, ours)
    again, ahead = _again(scores, plan)
    return Replenishment(
        start=landmark.day,
        days=plan.days,
        days_calibrated=min(_CALIBRATED_AT, plan.days),
        pairs=len(repeated.customer),
        repeated=int(repeated.bought.sum()),
        customers=len(np.unique(repeated.customer)),
        methods=methods,
        lists=len(customers),
        again=again,
        ahead=ahead,
        shipped=shipped,
        proposed=proposed,
    )


def _scored(foretold: Sequence[Foretold], landmark: Landmark, plan: Plan) -> tuple[MethodScores, ...]:
    customers, place = np.unique(landmark.customer, return_inverse=True)
    draws = _draws(len(customers), plan.seed)
    pairs = np.bincount(place).astype(np.float64)

    def mean(values: Floats) -> Estimate:
        drawn = draws @ np.bincount(place, weights=values) / (draws @ pairs)
        return estimate(float(values.mean()), drawn)

    ours = [one for one in foretold if one.name in OURS]
    days = min(_CALIBRATED_AT, plan.days)
    within = landmark.after < days
    return tuple(
        MethodScores(
            method=one.name,
            likelihood=mean(one.likelihood),
            ahead={us.name: mean(us.likelihood - one.likelihood) for us in ours if us is not one},
            area=_areas(one, landmark, draws[:_DRAWS_OF_AREAS, place]),
            brier=brier(one.chance(days), within),
            slope=calibration_slope(one.chance(days), within),
        )
        for one in foretold
    )


def _areas(one: Foretold, landmark: Landmark, weights: Floats) -> dict[int, Estimate]:
    areas = {}
    for days in (days for days in HORIZONS if days <= landmark.days):
        levels, bought = levels_of(one.chance(days)), landmark.after < days
        drawn = np.array([area_under_curve(levels, bought, row) for row in weights])
        areas[days] = estimate(area_under_curve(levels, bought, np.ones(len(levels))), drawn)
    return areas


def _listed(landmark: Landmark, ours: dict[str, ReplenishmentSettings]) -> tuple[Ints, dict[str, Floats]]:
    """The NDCG of each customer who bought something again, by each way to order what she had bought."""
    times, lately = landmark.habits.times, landmark.popular_lately
    orders = {name: (times, ties) for name, ties in zip(FREQUENCIES, (landmark.popular, lately), strict=True)}
    for name, settings in ours.items():
        orders[name] = (within_days(landmark.habits, landmark.terms(settings), settings), lately)
    scored = {name: ndcg_of_repeats(landmark, score, ties) for name, (score, ties) in orders.items()}
    return scored[OURS[0]][0], {name: scores for name, (_, scores) in scored.items()}


def _again(
    scores: dict[str, Floats], plan: Plan
) -> tuple[dict[str, Estimate], dict[str, dict[str, Estimate]]]:
    draws = _draws(len(scores[OURS[0]]), plan.seed)

    def mean(values: Floats) -> Estimate:
        return estimate(float(values.mean()), draws @ values / draws.sum(axis=1))

    again = {name: mean(values) for name, values in scores.items()}
    ahead = {name: {other: mean(scores[name] - scores[other]) for other in FREQUENCIES} for name in OURS}
    return again, ahead


def _draws(customers: int, seed: int) -> Floats:
    """DRAWS x customers: how often each is drawn, with replacement. A customer comes with all that she bought."""
    random = np.random.default_rng(seed)
    return random.multinomial(customers, np.full(customers, 1 / customers), size=DRAWS).astype(np.float64)
