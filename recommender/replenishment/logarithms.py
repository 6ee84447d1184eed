"""Logarithms of whole numbers, and ln(1 + e^x), from tables: the same on every machine, to the last bit."""

from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np

from recommender.learning.fixed_point import logarithms
from recommender.learning.pair_counts import Ints

LOG_UNIT = 1 << 16
"""Logarithms and log-odds are in units of 1 / LOG_UNIT."""

CHANCE_UNIT = 1 << 30
"""What `softplus` gives is in units of 1 / CHANCE_UNIT."""

_STEPS = 1 << 10
_PLACES = 20  # a number is brought to so many binary places before the table is asked
_MANTISSAS = logarithms(LOG_UNIT, steps=_STEPS, up_to=1)
_LN_2 = int(_MANTISSAS[-1])
_LOWEST, _HIGHEST = -16, 16
_STEPS_OF_ODDS = 32
_EXACT = Context(prec=30, rounding=ROUND_HALF_UP)


def natural_log(numbers: Ints) -> Ints:
    """ln of whole numbers from 1 to 2^40, in LOG_UNIT."""
    exponents = np.frexp(numbers.astype(np.float64))[1].astype(np.int64) - 1
    brought = np.left_shift(numbers, np.maximum(_PLACES - exponents, 0))
    brought = np.right_shift(brought, np.maximum(exponents - _PLACES, 0))
    places, rest = np.divmod(brought - (1 << _PLACES), _STEPS)
    low, high = _MANTISSAS[places], _MANTISSAS[places + 1]
    logs: Ints = exponents * _LN_2 + low + (high - low) * rest // _STEPS
    return logs


def softplus(log_odds: Ints) -> Ints:
    """ln(1 + e^x) in CHANCE_UNIT: minus the logarithm of the chance that nothing happens, for log-odds x."""
    width = LOG_UNIT // _STEPS_OF_ODDS
    inside = np.clip(log_odds, _LOWEST * LOG_UNIT, _HIGHEST * LOG_UNIT - 1)
    places, rest = np.divmod(inside - _LOWEST * LOG_UNIT, width)
    low, high = _SOFTPLUS[places], _SOFTPLUS[places + 1]
    whole: Ints = low + (high - low) * rest // width
    return whole


def _softplus_table() -> Ints:
    steps = range(_LOWEST * _STEPS_OF_ODDS, _HIGHEST * _STEPS_OF_ODDS + 1)
    odds = (_EXACT.exp(_EXACT.divide(Decimal(step), Decimal(_STEPS_OF_ODDS))) for step in steps)
    values = (_EXACT.multiply(Decimal(CHANCE_UNIT), _EXACT.ln(_EXACT.add(1, one))) for one in odds)
    return np.array([int(value.to_integral_value(rounding=ROUND_HALF_UP)) for value in values])


_SOFTPLUS = _softplus_table()
