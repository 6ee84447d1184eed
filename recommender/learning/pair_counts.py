"""How many customers bought two products, and how recently, for each pair that enough of them support.

Whole numbers only, so that taking a customer out again gives the very counts that would be there without
her. Pairs below the floor are not held at all: what few support shows nowhere, and the state stays small.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int64]

_PRODUCTS_AT_A_TIME = 256  # bounds the memory of counting: this many rows of the matrix are whole at once

_Cells = tuple[Ints, NDArray[np.int32], Ints]
_NO_CELLS: _Cells = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, kw_only=True, slots=True)
class PairCounts:
    """Rows of a symmetric sparse matrix without its diagonal; `floor` or more customers in each cell.

    starts     row i is partners[starts[i]:starts[i + 1]]; shape (products + 1,)
    partners   column of each cell, ascending within a row
    keys       of each cell: row * products + column, ascending
    customers  of each cell: how many bought both; 0 once fewer than `floor` are left
    weights    of each cell: sum over them of the product of the two weights; 0 likewise
    buyers     of each product: how many bought it
    squares    of each product: sum of their squared weights (what the diagonal would be)
    """

    floor: int
    starts: Ints
    partners: NDArray[np.int32]
    keys: Ints
    customers: NDArray[np.int32]
    weights: Ints
    buyers: Ints
    squares: Ints

    def row(self, product: int) -> slice:
        return slice(int(self.starts[product]), int(self.starts[product + 1]))

    def firm_weights(self, rows: Ints, columns: Ints) -> Ints:
        """The weights of the pairs at `rows` and `columns` that more than `floor` customers support; else 0."""
        if not len(self.keys):
            return np.zeros(rows.shape, dtype=np.int64)
        wanted = rows * len(self.buyers) + columns
        cells = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        firm = (self.keys[cells] == wanted) & (self.customers[cells] > self.floor)
        return np.where(firm, self.weights[cells], 0)

    def alone(self, rows: Ints) -> tuple[Ints, Ints]:
        """Of each cell in `rows` that exactly `floor` customers support: which of the rows, and the cell."""
        starts, lengths = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        place = np.repeat(np.arange(len(rows)), lengths)
        cells = np.arange(len(place)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        alone = self.customers[cells] == self.floor
        return place[alone], cells[alone]

    def narrow(self, products: Ints, weights: Ints, left: Ints) -> None:
        """What a customer contributed, `products` with `weights`, goes down to `left` (0: it goes altogether).

        Takes time in proportion to the rows of her products.
        """
        before, after = (np.zeros(len(self.buyers), dtype=np.int64) for _ in range(2))
        before[products], after[products] = weights, left
        for first in range(0, len(products), _PRODUCTS_AT_A_TIME):
            rows, cells = self._cells_of_hers(products[first : first + _PRODUCTS_AT_A_TIME], before > 0)
            columns = self.partners[cells]
            weight = self.weights[cells] - before[rows] * before[columns] + after[rows] * after[columns]
            customers = self.customers[cells] - (after[rows] * after[columns] == 0)
            enough = customers >= self.floor
            self.weights[cells] = np.where(enough, weight, 0)
            self.customers[cells] = np.where(enough, customers, 0)
        self.buyers[products] -= left == 0
        self.squares[products] -= weights * weights - left * left

    def _cells_of_hers(self, products: Ints, hers: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Row and place of each cell in the rows of `products` whose column is hers as well."""
        found = [
            row.start + np.flatnonzero(hers[self.partners[row]]) for row in map(self.row, products.tolist())
        ]
        return np.repeat(products, [len(cells) for cells in found]), np.concatenate(found)


def count_pairs(contributions: sparse.csr_array, *, floor: int) -> PairCounts:
    """Count `contributions` (customers x products, whole positive weights).

    Some rows at a time, each time by themselves; what is below the floor is dropped before the next ones.
    """
    products = contributions.shape[1]
    by_product, bought = contributions.tocsc(), _ones_where(contributions)
    counted = [
        _count_rows(by_product[:, first : first + _PRODUCTS_AT_A_TIME].T, contributions, bought, first, floor)
        for first in range(0, products, _PRODUCTS_AT_A_TIME)
    ]
    keys, customers, weights = (np.concatenate(parts) for parts in zip(_NO_CELLS, *counted, strict=True))
    squared = contributions.copy()
    squared.data = squared.data**2
    return PairCounts(
        floor=floor,
        starts=np.searchsorted(keys, np.arange(products + 1) * np.int64(products)),
        partners=(keys % max(products, 1)).astype(np.int32),
        keys=keys,
        customers=customers,
        weights=weights,
        buyers=np.diff(by_product.indptr).astype(np.int64),
        squares=np.asarray(squared.sum(axis=0), dtype=np.int64).reshape(products),
    )


def _count_rows(
    some: sparse.csr_array, contributions: sparse.csr_array, bought: sparse.csr_array, first: int, floor: int
) -> _Cells:
    """The cells of the rows from `first` on; `some` has a row for each of these products."""
    both, weighted = _ones_where(some) @ bought, some @ contributions
    # Where the cells of a product stand follows from where something stands in its factors, not from what.
    assert np.array_equal(both.indices, weighted.indices)
    enough = np.flatnonzero(both.data >= floor)
    rows = first + np.searchsorted(both.indptr, enough, side="right") - 1
    keys = rows * bought.shape[1] + both.indices[enough]
    order = np.argsort(keys)
    order = order[rows[order] != both.indices[enough][order]]
    return keys[order], both.data[enough[order]], weighted.data[enough[order]]


def _ones_where(matrix: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(
        (np.ones_like(matrix.data, np.int32), matrix.indices, matrix.indptr), matrix.shape
    )
