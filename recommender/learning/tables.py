"""The tables that learning and scoring look things up in; those of the shipped settings are made once."""

from recommender.learning.fixed_point import halving, logarithms
from recommender.learning.pair_counts import Ints
from recommender.learning.settings import (
    CART_STRENGTH,
    SCORE_UNIT,
    STRENGTH_UNIT,
    VIEW_STRENGTH,
    WEIGHT_UNIT,
    LearningSettings,
)

LOGARITHM_STEPS = 16
VISITS_AT_MOST = 16

LOGARITHMS = logarithms(SCORE_UNIT, steps=LOGARITHM_STEPS, up_to=VISITS_AT_MOST)
"""ln(1 + visits) in SCORE_UNIT, for visits in steps of 1 / LOGARITHM_STEPS."""

_SHIPPED = LearningSettings()
_MADE = {
    (unit, half_life): halving(unit, half_life)
    for unit, half_life in (
        (WEIGHT_UNIT, _SHIPPED.pair_half_life),
        (WEIGHT_UNIT, _SHIPPED.popularity_half_life),
        (STRENGTH_UNIT, _SHIPPED.profile_half_life),
        (STRENGTH_UNIT, _SHIPPED.visits_half_life),
        (CART_STRENGTH, _SHIPPED.browsing_half_life),
        (VIEW_STRENGTH, _SHIPPED.browsing_half_life),
    )
}


def decay(unit: int, half_life: int) -> Ints:
    """`unit` * 2^(-age / half-life), rounded, for ages of 0, 1, 2, …; the last entry is 0."""
    made = _MADE.get((unit, half_life))
    return halving(unit, half_life) if made is None else made
