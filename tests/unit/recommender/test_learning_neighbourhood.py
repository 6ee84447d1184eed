"""Which products tell something about one, and how much: against a plain solver, and against circumstances."""

import numpy as np
import pytest
from scipy import sparse

from recommender.learning import neighbourhood
from recommender.learning.largest import places_of_largest
from recommender.learning.neighbourhood import NOBODY, Neighbours, select, solve
from recommender.learning.pair_counts import Ints, PairCounts, count_pairs
from recommender.learning.settings import COEFFICIENT_UNIT

PENALTY, WIDTH = 3_000, 6


def a_matrix(customers: int = 80, products: int = 12, seed: int = 5) -> Ints:
    draw = np.random.default_rng(seed)
    bought = draw.random((customers, products)) < np.linspace(0.5, 0.15, products)
    return np.where(bought, draw.integers(1, 65, (customers, products)), 0).astype(np.int64)


def counted(matrix: Ints, floor: int = 2) -> PairCounts:
    return count_pairs(sparse.csr_array(matrix), floor=floor)


def solved(pairs: PairCounts, targets: Ints, width: int = WIDTH) -> tuple[Neighbours, Ints]:
    neighbours = select(pairs, targets, width=width)
    return neighbours, solve(pairs, neighbours, penalty=PENALTY)


# The largest


def test_of_equals_at_the_border_the_first_are_taken() -> None:
    values = np.array([3, 9, 3, 3, 1])
    assert sorted(places_of_largest(values, 2).tolist()) == [0, 1]
    assert sorted(places_of_largest(values, 3).tolist()) == [0, 1, 2]


@pytest.mark.parametrize(("count", "places"), [(0, []), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])])
def test_none_or_all(count: int, places: list[int]) -> None:
    assert places_of_largest(np.array([3, 9, 3, 3, 1]), count).tolist() == places


# Select


def test_the_most_similar_are_selected_in_the_order_of_their_numbers() -> None:
    matrix, target = a_matrix(), 3
    gram = (matrix.T @ matrix).astype(float)
    cosine = gram[target] / np.sqrt(np.diag(gram))
    cosine[target] = -1
    neighbours = select(counted(matrix), np.array([target]), width=WIDTH)
    assert neighbours.products[0].tolist() == sorted(np.argsort(-cosine)[:WIDTH].tolist())
    assert neighbours.weights[0].tolist() == [gram[target, other] for other in neighbours.products[0]]
    assert not neighbours.alone.any()


def test_ties_go_to_the_smaller_number() -> None:
    """Products 1 to 4 are bought by the same people on the same days."""
    pairs = counted(np.array([[5, 5, 5, 5, 5]] * 4))
    assert select(pairs, np.array([0]), width=2).products.tolist() == [[1, 2]]
    assert select(pairs, np.array([1]), width=2).products.tolist() == [[0, 2]]


def test_where_there_are_fewer_the_rest_is_nobody() -> None:
    pairs = counted(np.array([[5, 5, 0], [5, 5, 0], [5, 5, 1]]))
    neighbours = select(pairs, np.array([0, 2]), width=3)
    assert neighbours.products.tolist() == [[1, NOBODY, NOBODY], [NOBODY] * 3]
    assert neighbours.weights.tolist() == [[75, 0, 0], [0, 0, 0]]
    assert solve(pairs, neighbours, penalty=PENALTY)[1].tolist() == [0, 0, 0]


# Solve


def test_it_is_the_solution_of_the_ridge_regression() -> None:
    matrix = a_matrix(customers=600)
    gram = (matrix.T @ matrix).astype(float)
    neighbours, coefficients = solved(counted(matrix), np.arange(12))
    assert np.count_nonzero(coefficients) > 50
    for target in range(12):
        of = neighbours.products[target]
        exact = np.linalg.solve(gram[np.ix_(of, of)] + PENALTY * np.eye(WIDTH), gram[of, target])
        assert np.abs(np.maximum(exact, 0) * COEFFICIENT_UNIT - coefficients[target]).max() <= 1


def test_it_does_not_depend_on_which_are_solved_together(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = counted(a_matrix())
    _, together = solved(pairs, np.arange(12))
    one_by_one = [solved(pairs, np.array([target]))[1][0].tolist() for target in range(12)]
    _, backwards = solved(pairs, np.arange(12)[::-1])
    monkeypatch.setattr(neighbourhood, "_SYSTEMS_AT_A_TIME", 5)
    _, in_fives = solved(pairs, np.arange(12))
    assert together.tolist() == one_by_one == backwards[::-1].tolist() == in_fives.tolist()


def test_it_does_not_depend_on_which_products_exist_besides() -> None:
    matrix = a_matrix()
    lonely = np.zeros((len(matrix), 3), dtype=np.int64)
    lonely[:2] = 9
    wider = np.concatenate([matrix[:, :5], lonely[:, :2], matrix[:, 5:], lonely[:, 2:]], axis=1)
    numbers = np.array([0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13])
    neighbours, coefficients = solved(counted(matrix, floor=3), np.arange(12))
    others, same = solved(counted(wider, floor=3), numbers)
    assert numbers[neighbours.products].tolist() == others.products.tolist()
    assert coefficients.tolist() == same.tolist()


def test_what_weighs_against_counts_as_nothing() -> None:
    _, coefficients = solved(counted(a_matrix()), np.arange(12))
    assert coefficients.min() == 0


def test_rounding_cannot_make_a_system_unsolvable() -> None:
    """All buy the same on the same day, and there is no penalty to speak of."""
    pairs = counted(np.full((50, 8), 64))
    coefficients = solve(pairs, select(pairs, np.arange(8), width=7), penalty=1)
    assert np.isfinite(coefficients).all() and (coefficients >= 0).all()


# Pairs that only just enough support


def test_a_pair_of_just_enough_has_no_part_in_any_other_coefficient() -> None:
    """Without one of its supporters it vanishes, and leaves every other number as it is."""
    matrix = a_matrix(products=8)
    floor = 3
    rare = np.zeros((len(matrix), 1), dtype=np.int64)
    buyers = np.flatnonzero(matrix[:, 0])[:floor]
    rare[buyers] = 64
    both = np.concatenate([matrix, rare], axis=1)
    neighbours, coefficients = solved(counted(both, floor), np.arange(8), width=8)
    without_one = both.copy()
    without_one[buyers[0], 8] = 0
    others, left = solved(counted(without_one, floor), np.arange(8), width=8)
    assert 8 in neighbours.products and 8 not in others.products
    assert neighbours.alone[neighbours.products == 8].all()
    for target in range(8):
        hold = dict(zip(neighbours.products[target].tolist(), coefficients[target].tolist(), strict=True))
        then = dict(zip(others.products[target].tolist(), left[target].tolist(), strict=True))
        hold.pop(8, None)
        assert {one: then[one] for one in hold} == hold


def test_it_takes_a_place_only_where_no_firm_pair_wants_it() -> None:
    matrix = a_matrix(products=8)
    floor = 3
    rare = np.zeros((len(matrix), 1), dtype=np.int64)
    rare[np.flatnonzero(matrix[:, 0])[:floor]] = 64
    pairs = counted(np.concatenate([matrix, rare], axis=1), floor)
    assert 8 not in select(pairs, np.array([0]), width=WIDTH).products
    assert 8 in select(pairs, np.array([0]), width=8).products
