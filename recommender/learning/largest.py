"""The largest of some numbers, the same whichever way a library sorts."""

import numpy as np
from numpy.typing import NDArray


def places_of_largest(values: NDArray[np.float64] | NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Places of the `count` largest, in no particular order; of equals at the border the first."""
    if len(values) <= count:
        return np.arange(len(values))
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    border = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > border)
    return np.concatenate([above, np.flatnonzero(values == border)[: count - len(above)]])
