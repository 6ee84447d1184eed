"""The tables that learning and scoring look things up in, those of half-lives that a shop may set made once."""

from recommender.learning.fixed_point import halving, logarithms
from recommender.learning.pair_counts import Ints
from recommender.learning.settings import (
    CART_STRENGTH,
    HALF_LIVES,
    SCORE_UNIT,
    STRENGTH_UNIT,
    VIEW_STRENGTH,
    WEIGHT_UNIT,
)

LOGARITHM_STEPS = 16
VISITS_AT_MOST = 16

LOGARITHMS = logarithms(SCORE_UNIT, steps=LOGARITHM_STEPS, up_to=VISITS_AT_MOST)
"""ln(1 + visits) in SCORE_UNIT, for visits in steps of 1 / LOGARITHM_STEPS."""

_MADE = {
    (unit, half_life): halving(unit, half_life)
    for unit in {WEIGHT_UNIT, STRENGTH_UNIT, CART_STRENGTH, VIEW_STRENGTH}
    for half_life in HALF_LIVES
}


def decay(unit: int, half_life: int) -> Ints:
    """`unit` * 2^(-age / half-life), rounded, for ages of 0, 1, 2, …; the last entry is 0."""
    made = _MADE.get((unit, half_life))
    return halving(unit, half_life) if made is None else made
