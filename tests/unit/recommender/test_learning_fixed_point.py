"""Weights and logarithms as whole numbers: known values, and what lies outside of the tables."""

import numpy as np
import pytest

from recommender.learning.fixed_point import halving, logarithms, weight_at
from recommender.learning.settings import WEIGHT_UNIT
from recommender.learning.tables import LOGARITHMS, decay


def test_a_weight_halves_with_each_half_life_and_ends_at_nothing() -> None:
    table = halving(64, 30)
    assert table[[0, 30, 60, 90, 120, 150, 180]].tolist() == [64, 32, 16, 8, 4, 2, 1]
    # 64 * 2^(-209/30) is 0.512, one day later 0.500 or a little less: rounded, 1 and 1, then 0.
    assert table[[1, 2, 209, 210, 211]].tolist() == [63, 61, 1, 1, 0]
    assert len(table) == 212
    assert (np.diff(table) <= 0).all()


@pytest.mark.parametrize(("unit", "half_life"), [(64, 30), (64, 7), (256, 60), (1 << 20, 365)])
def test_tables_agree_with_the_mathematics_library_to_half_a_unit(unit: int, half_life: int) -> None:
    table = halving(unit, half_life)
    exact = unit * 2.0 ** (-np.arange(len(table)) / half_life)
    assert np.abs(table - exact).max() <= 0.5 + 1e-6


def test_logarithms_are_known_ones() -> None:
    table = logarithms(1_000_000, steps=2, up_to=3)
    # ln 1, ln 1.5, ln 2, ln 2.5, ln 3, ln 3.5, ln 4
    assert table.tolist() == [0, 405_465, 693_147, 916_291, 1_098_612, 1_252_763, 1_386_294]


def test_what_lies_in_the_future_counts_as_of_today_and_what_is_older_than_the_table_as_nothing() -> None:
    table = halving(64, 7)
    assert weight_at(table, np.array([-5, 0, 7, 10_000])).tolist() == [64, 64, 32, 0]


def test_tables_cannot_be_written_to() -> None:
    for table in (halving(64, 7), LOGARITHMS):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1


def test_half_lives_of_the_release_and_those_that_a_shop_sets_are_made_alike() -> None:
    assert decay(WEIGHT_UNIT, 30) is decay(WEIGHT_UNIT, 30)
    assert decay(WEIGHT_UNIT, 11).tolist() == halving(WEIGHT_UNIT, 11).tolist()
