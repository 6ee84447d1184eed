"""Columns are kept while they hold, and never handed out when they do not."""

import numpy as np
import pytest
from scipy import sparse

from recommender.learning import columns
from recommender.learning.columns import Column, Columns
from recommender.learning.pair_counts import Ints, PairCounts, count_pairs

ALL = np.arange(10)
PENALTY = 3_000


@pytest.fixture
def matrix() -> Ints:
    draw = np.random.default_rng(3)
    return np.where(draw.random((40, 10)) < 0.35, draw.integers(1, 65, (40, 10)), 0).astype(np.int64)


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many columns were solved, each time."""
    counts: list[int] = []
    solve = columns.solve

    def counting(pairs: PairCounts, neighbours: columns.Neighbours, *, penalty: int) -> Ints:
        counts.append(len(neighbours.products))
        return solve(pairs, neighbours, penalty=penalty)

    monkeypatch.setattr(columns, "solve", counting)
    return counts


def counted(matrix: Ints) -> PairCounts:
    return count_pairs(sparse.csr_array(matrix), floor=2)


def forget(pairs: PairCounts, matrix: Ints, customer: int) -> Ints:
    """Takes her out of both; the products that were hers."""
    hers = np.flatnonzero(matrix[customer])
    pairs.narrow(hers, matrix[customer, hers], np.zeros(len(hers), dtype=np.int64))
    matrix[customer] = 0
    return hers


def equal(one: Column, other: Column) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Column.__slots__)


def test_what_holds_is_not_solved_again(matrix: Ints, solved: list[int]) -> None:
    kept = Columns(counted(matrix), width=4, penalty=PENALTY)
    assert equal(kept.of(ALL[:6]), kept.of(ALL[:6]))
    kept.of(ALL)
    assert solved == [6, 4]


def test_after_each_change_they_are_those_of_the_counts_as_they_are(matrix: Ints, solved: list[int]) -> None:
    """Asked or not in between; and not all are solved again each time."""
    pairs = counted(matrix)
    kept = Columns(pairs, width=4, penalty=PENALTY)
    kept.of(ALL)
    for customer in range(30):
        kept.changed(forget(pairs, matrix, customer), penalty=PENALTY)
        if customer % 3:
            solved.clear()
            found = kept.of(ALL)
            assert sum(solved) > 0
            assert equal(found, Columns(counted(matrix), width=4, penalty=PENALTY).of(ALL))


def test_a_column_that_no_change_reaches_is_kept(solved: list[int]) -> None:
    """Two shops in one: nobody buys from both halves."""
    matrix = np.zeros((20, 10), dtype=np.int64)
    matrix[:10, :5] = matrix[10:, 5:] = 30
    pairs = counted(matrix)
    kept = Columns(pairs, width=4, penalty=PENALTY)
    kept.of(ALL)
    solved.clear()
    kept.changed(forget(pairs, matrix, 0), penalty=PENALTY)
    kept.of(ALL)
    assert solved == [5]


def test_another_penalty_changes_all(matrix: Ints) -> None:
    kept = Columns(counted(matrix), width=4, penalty=PENALTY)
    kept.of(ALL)
    kept.changed(ALL[:0], penalty=PENALTY * 4)
    assert equal(kept.of(ALL), Columns(counted(matrix), width=4, penalty=PENALTY * 4).of(ALL))
