"""The simple ways: an interval, and log-normal noise about it that is fitted as the rest is."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

from service.evaluate.purchases import Floats
from service.evaluate.replenishment.foretold import Foretold
from service.evaluate.replenishment.landmarks import Landmark

INTERVALS: dict[str, Callable[[Landmark], Floats]] = {
    "product_mean": lambda landmark: landmark.product_mean,
    "own_mean": lambda landmark: landmark.own_mean,
    "own_median": lambda landmark: landmark.own_median,
}


def foretold_by_interval(name: str, before: Sequence[Landmark], landmark: Landmark) -> Foretold:
    """A gap is the interval times a factor; its logarithm is normal, with mean and spread as in `before`.

    Whoever has not bought yet is known to take longer than until now: what is told is conditional on that.
    """
    interval = INTERVALS[name]

    def loss(shape: Floats) -> float:
        told = [_foretold(name, interval(one), one, shape).likelihood.sum() for one in before]
        return -float(sum(told)) / sum(len(one.customer) for one in before)

    shape = minimize(
        loss, np.array([0.5, 0.0]), method="Nelder-Mead", options={"xatol": 0.01, "fatol": 1e-5}
    ).x
    return _foretold(name, interval(landmark), landmark, shape)


def _foretold(name: str, interval: Floats, landmark: Landmark, shape: Floats) -> Foretold:
    mean, spread = np.log(interval) + shape[0], np.exp(shape[1])
    elapsed = landmark.habits.elapsed.astype(np.float64)

    def stays(days: Floats) -> Floats:
        """ln of the chance that she has not bought it after so many more days."""
        whole: Floats = log_ndtr((mean - np.log(elapsed + days - 0.5)) / spread)
        whole -= log_ndtr((mean - np.log(elapsed - 0.5)) / spread)
        return whole

    after = landmark.after.astype(np.float64)
    until, next_day = stays(after), stays(after + 1)
    with np.errstate(divide="ignore"):
        that_day = until + np.log(-np.expm1(np.minimum(next_day - until, -1e-12)))
    return Foretold(
        name=name,
        likelihood=np.where(landmark.bought, that_day, until),
        chance=lambda days: -np.expm1(stays(np.full(len(elapsed), float(days)))),
    )
