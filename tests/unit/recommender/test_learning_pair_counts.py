"""Pairs counted by hand, and taken out again."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pytest
from scipy import sparse

from recommender.learning import pair_counts
from recommender.learning.pair_counts import PairCounts, count_pairs
from tests.architecture.sources import ROOT

# Three customers, four products: weights by hand.
WEIGHTS = [
    [4, 2, 0, 0],
    [3, 1, 5, 0],
    [0, 6, 2, 7],
]


def counted(rows: Sequence[Sequence[int]], floor: int = 1) -> PairCounts:
    return count_pairs(sparse.csr_array(np.array(rows, dtype=np.int64)), floor=floor)


def cells(pairs: PairCounts) -> dict[tuple[int, int], tuple[int, int]]:
    """(product, product) -> (customers, weight), of the cells that are held and not empty."""
    return {
        (product, int(pairs.partners[cell])): (int(pairs.customers[cell]), int(pairs.weights[cell]))
        for product in range(len(pairs.buyers))
        for cell in range(*pairs.row(product).indices(len(pairs.keys)))
        if pairs.customers[cell]
    }


def test_customers_and_weights_of_each_pair_are_those_counted_by_hand() -> None:
    pairs = counted(WEIGHTS)
    by_hand = {
        (0, 1): (2, 4 * 2 + 3 * 1),
        (0, 2): (1, 3 * 5),
        (1, 2): (2, 1 * 5 + 6 * 2),
        (1, 3): (1, 6 * 7),
        (2, 3): (1, 2 * 7),
    }
    assert cells(pairs) == by_hand | {(two, one): cell for (one, two), cell in by_hand.items()}
    assert pairs.buyers.tolist() == [2, 3, 2, 1]
    assert pairs.squares.tolist() == [16 + 9, 4 + 1 + 36, 25 + 4, 49]


def test_below_the_floor_nothing_is_held() -> None:
    pairs = counted(WEIGHTS, floor=2)
    assert cells(pairs) == {(0, 1): (2, 11), (1, 0): (2, 11), (1, 2): (2, 17), (2, 1): (2, 17)}
    assert len(pairs.keys) == 4
    assert pairs.buyers.tolist() == [2, 3, 2, 1]


def test_how_many_rows_are_counted_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    rows = draw.integers(0, 4, size=(30, 11)).tolist()
    whole = counted(rows, floor=3)
    monkeypatch.setattr(pair_counts, "_PRODUCTS_AT_A_TIME", 2)
    parts = counted(rows, floor=3)
    for name in PairCounts.__slots__:
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def test_who_is_taken_out_was_never_counted() -> None:
    pairs = counted(WEIGHTS, floor=1)
    pairs.narrow(np.array([0, 1, 2]), np.array([3, 1, 5]), np.array([0, 0, 0]))
    without = counted([WEIGHTS[0], WEIGHTS[2]])
    assert cells(pairs) == cells(without)
    assert pairs.buyers.tolist() == without.buyers.tolist()
    assert pairs.squares.tolist() == without.squares.tolist()


def test_what_falls_below_the_floor_is_gone_and_stays_so() -> None:
    pairs = counted(WEIGHTS, floor=2)
    pairs.narrow(np.array([0, 1]), np.array([4, 2]), np.array([0, 0]))
    assert cells(pairs) == {(1, 2): (2, 17), (2, 1): (2, 17)}
    pairs.narrow(np.array([0, 1, 2]), np.array([3, 1, 5]), np.array([0, 0, 0]))
    assert cells(pairs) == {}
    assert not pairs.customers.any() and not pairs.weights.any()


def test_a_purchase_that_weighs_less_now_still_counts_as_one() -> None:
    pairs = counted(WEIGHTS)
    pairs.narrow(np.array([0, 1, 2]), np.array([3, 1, 5]), np.array([2, 1, 0]))
    assert cells(pairs) == cells(counted([WEIGHTS[0], [2, 1, 0, 0], WEIGHTS[2]]))
    assert pairs.squares.tolist() == [16 + 4, 41, 4, 49]


def test_firm_is_what_more_than_the_floor_support() -> None:
    pairs = counted([[1, 1, 1], [1, 1, 0], [2, 3, 0]], floor=2)
    assert pairs.firm_weights(np.array([0, 1, 0, 2]), np.array([1, 0, 2, 2])).tolist() == [8, 8, 0, 0]
    assert counted([[1, 1, 1], [2, 3, 0]], floor=2).firm_weights(np.array([0]), np.array([1])).tolist() == [0]


def test_alone_are_pairs_that_just_as_many_support_as_the_floor_in_the_order_of_the_rows_asked_for() -> None:
    pairs = counted([[1, 1, 1], [1, 1, 0], [2, 3, 0], [0, 0, 4]], floor=1)
    places, cells = pairs.alone(np.array([2, 0, 2]))
    assert places.tolist() == [0, 0, 1, 2, 2]
    assert pairs.partners[cells].tolist() == [0, 1, 2, 0, 1]
    assert len(pairs.alone(np.zeros(0, dtype=np.int64))[1]) == 0


def test_a_statement_that_any_engine_could_run_on_parts_counts_the_same() -> None:
    """docs/decisions/0018: the plan for what outgrows one machine."""
    decision = (ROOT / "docs" / "decisions" / "0018-what-outgrows-one-machine.md").read_text("utf-8")
    statement = decision.split("```sql")[1].split("```")[0]
    rows = np.random.default_rng(8).integers(-3, 4, size=(40, 12)).clip(0)
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE contributions (customer INT, product INT, weight INT)")
        found = [(*place, rows[place].item()) for place in zip(*np.nonzero(rows), strict=True)]
        database.executemany(
            "INSERT INTO contributions VALUES (?, ?, ?)", [tuple(map(int, one)) for one in found]
        )
        told = database.execute(statement, {"k": 5}).fetchall()
    assert (
        {(one, other): (count, weight) for one, other, count, weight in told}
        == cells(counted(rows.tolist(), floor=5))
        != {}
    )


def test_of_nothing_there_are_no_pairs() -> None:
    for customers, products in ((0, 0), (0, 3), (2, 3)):
        pairs = counted(np.zeros((customers, products), dtype=np.int64))  # type: ignore[arg-type]
        assert cells(pairs) == {}
        assert (
            pairs.firm_weights(np.zeros((2, 2), dtype=np.int64), np.zeros((2, 2), dtype=np.int64)).sum() == 0
        )
