"""What others buy lately of the things that she bought. Below k of them nothing shows, and she is none of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.learning.model import Model
from recommender.learning.pair_counts import Ints
from recommender.replenishment.logarithms import LOG_UNIT, natural_log

_AT_MOST = 3 * LOG_UNIT
_EVEN = 2  # buyers in 30 days that a product is taken to have had, lately and before
_IN_THOUSAND = 1_000

NOT_REACHED = -int(natural_log(np.array([2]))[0])
"""What `reach` is where nobody bought it lately: half a customer in a thousand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """Columns in LOG_UNIT, a place for each thing; and whether others have a part in either.

    trend  ln of buyers in the last 30 days over those in the 90 days before, per 30 days
    reach  ln of how many in a thousand customers bought it in the last 30 days, and half a one more
    known  whether at least k others support one of them
    """

    trend: Ints
    reach: Ints
    known: NDArray[np.bool_]


def demand_for(products: Ints, model: Model, customer_id: str | None) -> Demand:
    """Of `products` (numbers of the model; -1 for what it does not know), as others buy them."""
    there = products >= 0
    lately, before = np.zeros((2, len(products)), dtype=np.int64)
    lately[there], before[there] = model.bought_by_others(products[there], customer_id)
    others = len(model.contributions) - (customer_id in model.contributions)
    return demand_of(lately, before, customers=others, k=model.settings.k)


def no_demand(things: int) -> Demand:
    """Of as many things, as if nothing were known of others."""
    nothing = np.zeros(things, dtype=np.int64)
    return demand_of(nothing, nothing, customers=0, k=1)


def demand_of(lately: Ints, before: Ints, *, customers: int, k: int) -> Demand:
    """How many others bought each thing lately, and last before that; of how many `customers`, in coarse steps:
    somebody who has nothing in common with anybody must not show in it.
    """
    trend = natural_log(3 * (lately + _EVEN)) - natural_log(before + 3 * _EVEN)
    shown = np.where(lately >= k, lately, 0)
    step = k << max((customers // k).bit_length() - 3, 0)
    asked = np.array([max(customers // step * step, 1)])
    reach = natural_log(2 * _IN_THOUSAND * shown + asked) - natural_log(asked) + NOT_REACHED
    known = lately + before >= k
    return Demand(trend=np.where(known, np.clip(trend, -_AT_MOST, _AT_MOST), 0), reach=reach, known=known)
