"""Which products tell something about one, and how much: against a plain solver, and against circumstances."""

import numpy as np
import pytest
from scipy import sparse

from recommender.learning import neighbourhood
from recommender.learning.largest import places_of_largest
from recommender.learning.neighbourhood import NO_PRODUCT, Neighbours, select, solve, solve_alone
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


def test_ties_go_to_the_smaller_number() -> None:
    """Products 1 to 4 are bought by the same people on the same days."""
    pairs = counted(np.array([[5, 5, 5, 5, 5]] * 4))
    assert select(pairs, np.array([0]), width=2).products.tolist() == [[1, 2]]
    assert select(pairs, np.array([1]), width=2).products.tolist() == [[0, 2]]


def test_where_there_are_fewer_the_rest_is_nobody() -> None:
    pairs = counted(np.array([[5, 5, 0], [5, 5, 0], [5, 5, 1]]))
    neighbours = select(pairs, np.array([0, 2]), width=3)
    assert neighbours.products.tolist() == [[1, NO_PRODUCT, NO_PRODUCT], [NO_PRODUCT] * 3]
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
    there = neighbours.products != NO_PRODUCT
    assert (np.where(there, numbers[neighbours.products], NO_PRODUCT) == others.products).all()
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


def with_a_rare_one(floor: int = 3) -> tuple[Ints, Ints]:
    """A ninth product, which as many bought as the floor is; and they, who all bought the first."""
    matrix = a_matrix(products=8)
    rare = np.zeros((len(matrix), 1), dtype=np.int64)
    buyers = np.flatnonzero(matrix[:, 0])[:floor]
    rare[buyers] = 64
    return np.concatenate([matrix, rare], axis=1), buyers


def test_a_pair_of_just_enough_has_no_part_in_any_column() -> None:
    """Without one of its supporters it vanishes, and leaves every place and every number as it is."""
    both, buyers = with_a_rare_one()
    pairs, numbers = counted(both, 3), np.arange(9)
    neighbours, coefficients = solved(pairs, numbers, width=8)
    both[buyers[0], 8] = 0
    others, left = solved(counted(both, 3), numbers, width=8)
    assert len(pairs.alone(np.array([8]))[1]) > 0
    assert neighbours.products.tolist() == others.products.tolist()
    assert 8 not in neighbours.products and set(neighbours.products[8]) == {NO_PRODUCT}
    assert coefficients.tolist() == left.tolist()


def test_a_pair_between_neighbours_that_just_enough_support_is_as_if_it_was_not_there() -> None:
    """Both go with the first product, by many; what three have bought of both must not tell."""
    matrix = np.zeros((23, 3), dtype=np.int64)
    matrix[:10, [0, 1]] = matrix[10:20, [0, 2]] = matrix[20:, [1, 2]] = 8
    apart = matrix.copy()
    apart[20:, 1] = 0
    apart = np.concatenate([apart, matrix[20:] * [0, 1, 0]])
    (_, together), (_, told_apart) = (
        solved(counted(one, 3), np.array([0]), width=2) for one in (matrix, apart)
    )
    assert together.tolist() == told_apart.tolist() != [[0, 0]]


def test_alone_it_is_the_solution_of_the_ridge_regression_with_one_neighbour() -> None:
    both, _ = with_a_rare_one()
    pairs = counted(both, 3)
    places, cells = pairs.alone(np.array([8, 0]))
    assert set(places.tolist()) == {0, 1}
    gram = (both.T @ both).astype(float)
    partners, targets = pairs.partners[cells], np.array([8, 0])[places]
    exact = gram[targets, partners] / (gram[partners, partners] + PENALTY) * COEFFICIENT_UNIT
    assert np.abs(solve_alone(pairs, cells, penalty=PENALTY) - exact).max() <= 0.5
