"""The chance of a purchase on each of the next days, by six terms that add up in log-odds.

Due: a thing is likeliest when about an interval has passed since it was last bought, and the less so the
further from that. The interval blends her own gaps with what is usual for the thing, which counts as one gap.
"""

from dataclasses import dataclass

import numpy as np

from recommender.learning.pair_counts import Ints
from recommender.learning.settings import STRENGTH_UNIT
from recommender.replenishment.demand import NOT_REACHED, Demand
from recommender.replenishment.habits import Habits
from recommender.replenishment.logarithms import CHANCE_UNIT, LOG_UNIT, natural_log, softplus
from recommender.replenishment.settings import (
    HORIZON_DAYS,
    RATE_PRIOR_DAYS,
    SHARE_PRIOR_VISITS,
    Coefficients,
    ReplenishmentSettings,
)

_IN_THOUSAND = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What each term reads, in LOG_UNIT; `interval` is the logarithm of the interval in days."""

    times: Ints
    interval: Ints
    rate: Ints
    share: Ints
    trend: Ints
    reach: Ints


def terms_of(habits: Habits, *, usual_days: Ints, demand: Demand, settings: ReplenishmentSettings) -> Terms:
    """`usual_days`: what the catalogue says of each thing, 0 if nothing."""
    usual = np.where(usual_days > 0, usual_days, settings.usual_days)
    visits = SHARE_PRIOR_VISITS * STRENGTH_UNIT
    taken = habits.taken * _IN_THOUSAND + visits * settings.repeat_permille
    left = (habits.passed - habits.taken) * _IN_THOUSAND + visits * (_IN_THOUSAND - settings.repeat_permille)
    return Terms(
        times=natural_log(habits.times),
        interval=(habits.gap_logs + natural_log(usual)) // habits.times,
        rate=natural_log(habits.visits) - natural_log(habits.known + RATE_PRIOR_DAYS),
        share=natural_log(taken) - natural_log(left),
        trend=demand.trend,
        reach=demand.reach,
    )


def daily(habits: Habits, terms: Terms, settings: ReplenishmentSettings, *, days: int = HORIZON_DAYS) -> Ints:
    """Things x days: minus the logarithm of the chance that it is not bought that day, in CHANCE_UNIT.

    The sum of a row orders as the chance of a purchase within these days does.
    """
    by = settings.coefficients
    still = by.constant * LOG_UNIT + sum(_of_hers(terms, by)) + _of_others(terms, by)
    elapsed = habits.elapsed[:, None] + np.arange(days)
    due = _due(elapsed, terms.interval[:, None], by)
    return softplus((still[:, None] + due) // _IN_THOUSAND)


def within_days(habits: Habits, terms: Terms, settings: ReplenishmentSettings) -> Ints:
    """What things are ordered by: the chance within HORIZON_DAYS, as the sum that it grows with."""
    likely: Ints = daily(habits, terms, settings).sum(axis=1)
    return likely


def likelihood_of(permille: int) -> int:
    """What `within_days` tells of a chance of so many thousandths (fewer than all of them)."""
    left = natural_log(np.array([_IN_THOUSAND, _IN_THOUSAND - permille]))
    return int(left[0] - left[1]) * (CHANCE_UNIT // LOG_UNIT)


def lift_of(habits: Habits, terms: Terms, settings: ReplenishmentSettings) -> tuple[Ints, Ints]:
    """How much others change the log-odds of today, and how much her own days do, whichever way; to compare."""
    by = settings.coefficients
    of_hers = [*_of_hers(terms, by), _due(habits.elapsed, terms.interval, by)]
    return _of_others(terms, by) - by.reach * NOT_REACHED, sum(np.abs(one) for one in of_hers)


def _of_hers(terms: Terms, by: Coefficients) -> tuple[Ints, Ints, Ints]:
    return by.times * terms.times, by.rate * terms.rate, by.share * terms.share


def _due(elapsed: Ints, interval: Ints, by: Coefficients) -> Ints:
    due = natural_log(elapsed) - interval
    return -by.due * (due * due // LOG_UNIT)


def _of_others(terms: Terms, by: Coefficients) -> Ints:
    return by.trend * terms.trend + by.reach * terms.reach
