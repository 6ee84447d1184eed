"""Tables of whole numbers in place of powers and logarithms, the same on every machine.

Powers and logarithms of a machine's mathematics library differ in their last bits from one to the next, so
what is learned and scored uses tables, made with `decimal`, whose arithmetic is defined digit by digit.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from numpy.typing import NDArray

_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
_WHOLE, _HALF = Decimal(1), Decimal("0.5")


def halving(unit: int, half_life_days: int) -> NDArray[np.int64]:
    """`unit` * 2^(-age / half-life), rounded, for ages of 0, 1, 2, … days; the last entry is 0.

    Forward decay with a fixed landmark (Cormode et al. 2009): a weight is a function of one date and the
    landmark alone, and is whole before anything is summed, so that sums forget exactly.
    """
    a_day = _EXACT.power(Decimal(2), _EXACT.divide(Decimal(-1), Decimal(half_life_days)))
    exact, weights = [Decimal(unit)], [unit]
    while weights[-1]:
        # From one half-life to the next it is halved, so that a half is a half, and rounded up.
        is_halved = len(exact) >= half_life_days
        before = exact[-half_life_days] if is_halved else exact[-1]
        exact.append(_EXACT.multiply(before, _HALF if is_halved else a_day))
        weights.append(int(exact[-1].quantize(_WHOLE, rounding=ROUND_HALF_UP, context=_EXACT)))
    return _frozen(weights)


def logarithms(unit: int, *, steps: int, up_to: int) -> NDArray[np.int64]:
    """`unit` * ln(1 + n), rounded, for n of 0, 1 / `steps`, 2 / `steps`, … `up_to`."""
    values = (
        _EXACT.ln(1 + _EXACT.divide(Decimal(step), Decimal(steps))) for step in range(up_to * steps + 1)
    )
    return _frozen([int(_EXACT.multiply(Decimal(unit), value).to_integral_value()) for value in values])


def weight_at(table: NDArray[np.int64], ages: NDArray[np.int64]) -> NDArray[np.int64]:
    """The table's entries at `ages` (days); what lies in the future counts as of today."""
    return table[np.clip(ages, 0, len(table) - 1)]


def _frozen(values: list[int]) -> NDArray[np.int64]:
    table = np.array(values, dtype=np.int64)
    table.setflags(write=False)
    return table
