"""What buying one product says about another: one small ridge regression for each product.

For a product the most similar ones are selected (cosine), and its purchases are regressed on theirs. That is
SLIM with feature selection (Ning and Karypis 2011, section 4.3) with an L2 penalty only, in closed form from
pair counts, as EASE (Steck 2019) is, but without an inverse of the whole matrix: the result must not depend
on which products exist besides, nor on a BLAS library, its threads or the processor. So every step below is
elementwise (IEEE 754 add, multiply, divide, square root), and the coefficients leave as whole numbers.

Only firm pairs take part, those of more customers than the floor: whoever of them asks, enough others support
them. A pair of exactly as many must vanish for each of these and leave nothing behind, not even a free place:
it is solved by itself (`solve_alone`), and stands in nobody's way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.learning.largest import places_of_largest
from recommender.learning.pair_counts import Ints, PairCounts
from recommender.learning.settings import COEFFICIENT_UNIT

NO_PRODUCT = -1  # fills up the rows of products with fewer neighbours

_SYSTEMS_AT_A_TIME = 64  # so many stay in a processor's cache
_SMALLEST_PIVOT = 1e-3  # as a part of the penalty; rounding cannot make a system unsolvable


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """The products that tell something about some others, the targets; all of shape (targets, width).

    products  their numbers, ascending, then NO_PRODUCT
    weights   the weight of each with its target
    """

    products: NDArray[np.int32]
    weights: Ints

    def __getitem__(self, which: slice | NDArray[np.bool_]) -> "Neighbours":
        return Neighbours(products=self.products[which], weights=self.weights[which])

    def without_empty_places(self) -> "Neighbours":
        """The same, no wider than the most that any target has."""
        most = int((self.products != NO_PRODUCT).sum(axis=1).max(initial=0))
        return Neighbours(products=self.products[:, :most], weights=self.weights[:, :most])


def select(counts: PairCounts, targets: Ints, *, width: int) -> Neighbours:
    """The `width` most similar products of each target, of firm pairs; ties to the smaller number."""
    shape = (len(targets), width)
    products, weights = np.full(shape, NO_PRODUCT, dtype=np.int32), np.zeros(shape, dtype=np.int64)
    for place, target in enumerate(targets.tolist()):
        row = counts.row(target)
        cells = row.start + _chosen(counts, row, width)
        products[place, : len(cells)] = counts.partners[cells]
        weights[place, : len(cells)] = counts.weights[cells]
    return Neighbours(products=products, weights=weights)


def solve(counts: PairCounts, neighbours: Neighbours, *, penalty: int) -> Ints:
    """The coefficient of each neighbour, shape as there, in units of 1 / COEFFICIENT_UNIT.

    What comes out negative is 0 in the end, the others stay as they are: no fact speaks against a product.
    """
    coefficients = np.zeros(neighbours.products.shape, dtype=np.int64)
    for first in range(0, len(coefficients), _SYSTEMS_AT_A_TIME):
        some = slice(first, first + _SYSTEMS_AT_A_TIME)
        here = neighbours[some].without_empty_places()
        beta = _solved(
            _matrices(counts, here, penalty),
            here.weights.T.astype(np.float64),
            smallest=penalty * _SMALLEST_PIVOT,
        )
        coefficients[some, : len(beta)] = _whole(beta.T)
    return np.maximum(coefficients, 0)


def solve_alone(counts: PairCounts, cells: Ints, *, penalty: int) -> Ints:
    """The coefficient of the partner in each of these cells, as if it were the only neighbour."""
    return _whole(counts.weights[cells] / (counts.squares[counts.partners[cells]] + float(penalty)))


def _whole(coefficients: NDArray[np.float64]) -> Ints:
    return np.floor(coefficients * COEFFICIENT_UNIT + 0.5).astype(np.int64)


def _chosen(counts: PairCounts, row: slice, width: int) -> Ints:
    """Places in the row, ascending."""
    firm = np.flatnonzero(counts.customers[row] > counts.floor)
    both = counts.weights[row][firm].astype(np.float64)
    # The square of the cosine orders as the cosine does; the target's own weight is the same for all.
    likeness = both * both / counts.squares[counts.partners[row][firm]]
    return np.sort(firm[places_of_largest(likeness, width)])


def _matrices(counts: PairCounts, neighbours: Neighbours, penalty: int) -> NDArray[np.float64]:
    """The pair weights among the neighbours of each target, shape (width, width, targets)."""
    products = neighbours.products.T.astype(np.int64)
    width = len(products)
    matrix = np.zeros((width, *products.shape))
    upper, lower = np.triu_indices(width, 1)
    there = products != NO_PRODUCT
    weights = counts.firm_weights(products[upper], products[lower])
    # Only what is below the diagonal is read.
    matrix[lower, upper] = np.where(there[upper] & there[lower], weights, 0)
    diagonal = np.where(there, counts.squares[products], 0)
    matrix[range(width), range(width)] = diagonal + float(penalty)
    return matrix


def _solved(
    matrix: NDArray[np.float64], right: NDArray[np.float64], *, smallest: float
) -> NDArray[np.float64]:
    """Right-looking Cholesky and substitution, for all systems at once; overwrites its arguments.

    matrix  shape (width, width, systems), of which the lower triangle is read
    right   shape (width, systems); becomes the solution

    A loop over sums would leave their order to the processor: here each step is `a -= b * c`, elementwise.
    """
    width = len(right)
    for pivot in range(width):
        root = np.sqrt(np.maximum(matrix[pivot, pivot], smallest))
        matrix[pivot, pivot] = root
        below = matrix[pivot + 1 :, pivot]
        below /= root
        right[pivot] /= root
        right[pivot + 1 :] -= below * right[pivot]
        for column in range(pivot + 1, width):
            matrix[column:, column] -= matrix[column:, pivot] * matrix[column, pivot]
    for pivot in reversed(range(width)):
        right[pivot] /= matrix[pivot, pivot]
        right[:pivot] -= matrix[pivot, :pivot] * right[pivot]
    return right
