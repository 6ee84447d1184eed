"""How learning grows: 10 million invented purchases, beside item-kNN and ALS of `implicit` on the same ones.

    python -m benchmarks.learning [--customers 200000] [--products 20000] [--purchases 10000000]

Each runs in a process of its own, one after the other, so that the memory is its own; what is compared is the
ratio. The purchases are the same in every run: a few bestsellers and a long tail, customers of few tastes among
clusters of products, over a year.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

import numpy as np
from scipy import sparse

from recommender.learning.columns import Columns
from recommender.learning.model import Model, learn
from recommender.learning.pair_counts import Ints
from recommender.learning.scores import Profile, Scores
from recommender.learning.settings import STRENGTH_UNIT, LearningSettings

TODAY, DAYS = date(2026, 6, 10), 365
CLUSTERS, TASTES, FAITHFUL = 100, 3, 0.7
REQUESTS, NEIGHBOURS, FACTORS, ITERATIONS = 30, 50, 64, 15
SIZE = ("customers", "products", "purchases", "file")
Figures = dict[str, float]
Made = TypeVar("Made")


def main() -> None:
    asked = _arguments()
    if asked.run:
        print(json.dumps(RUNS[asked.run](asked)))
        return
    with tempfile.TemporaryDirectory() as folder:
        size = [asked.customers, asked.products, asked.purchases, Path(folder) / "purchases.npz"]
        options = [f"--{name}={value}" for name, value in zip(SIZE, size, strict=True)]
        for run in RUNS:  # never in this process: what it has used at most a child would seem to have used
            command = [sys.executable, "-m", "benchmarks.learning", *options, f"--run={run}"]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            for what, figure in json.loads(told.splitlines()[-1]).items():
                print(f"{run:<10} {what:<60} {figure:>14,.2f}", flush=True)


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name, size in zip(SIZE, (200_000, 20_000, 10_000_000), strict=False):
        arguments.add_argument(f"--{name}", type=int, default=size)
    arguments.add_argument("--file", help="where the purchases are, for one that is started by itself")
    arguments.add_argument("--run", choices=RUNS, help="only this one")
    return arguments.parse_args()


# The purchases


def invent(asked: argparse.Namespace) -> Figures:
    purchases = invented(asked.customers, asked.products, asked.purchases)
    sparse.save_npz(asked.file, purchases, compressed=False)
    bought = np.bincount(purchases.indices, minlength=asked.products)
    return {
        "purchases": purchases.nnz,
        "customers": int((np.diff(purchases.indptr) > 0).sum()),
        "products": int((bought > 0).sum()),
        "customers of the most popular": int(bought.max()),
        "customers of the median product": float(median(bought)),
    }


def invented(customers: int, products: int, purchases: int) -> sparse.csr_array:
    """Customers x products: how many days before today each was bought last, and one more."""
    draw = np.random.default_rng(20260610)
    share = draw.lognormal(0, 1, customers)
    tastes = draw.integers(0, CLUSTERS, (customers, TASTES))
    keys = np.zeros(0, dtype=np.int64)
    while len(keys) < purchases:
        who = draw.choice(customers, purchases // 2, p=share / share.sum())
        which = _zipf(draw, products, len(who))
        # Every CLUSTERS-th product is of one cluster, so that each has bestsellers and a tail.
        taste = tastes[who, draw.integers(0, TASTES, len(who))]
        clustered = np.minimum(which // CLUSTERS * CLUSTERS + taste, products - 1)
        which = np.where(draw.random(len(who)) < FAITHFUL, clustered, which)
        keys = np.unique(np.concatenate([keys, who * products + which]))
    keys = np.sort(draw.permutation(keys)[:purchases])
    ages = draw.integers(1, DAYS + 1, purchases).astype(np.int32)
    return sparse.csr_array((ages, (keys // products, keys % products)), shape=(customers, products))


def _zipf(draw: np.random.Generator, products: int, count: int) -> Ints:
    chances = np.cumsum(1 / np.arange(20, products + 20))
    found: Ints = np.searchsorted(chances, draw.random(count) * chances[-1])
    return found


# Byleave


def ours(asked: argparse.Namespace) -> Figures:
    purchases = sparse.load_npz(asked.file)
    days = [TODAY - timedelta(days=age) for age in range(DAYS + 1)]
    ids = [f"p{number:05}" for number in range(purchases.shape[1])]
    histories = {
        f"c{row}": {ids[number]: days[age - 1] for number, age in zip(*of_row(purchases, row), strict=True)}
        for row in range(purchases.shape[0])
    }
    sizes = np.diff(purchases.indptr)
    by_size = np.argsort(sizes, kind="stable")
    before = _peak()
    busy = _busy()
    model, learning = _timed(lambda: learn(histories, today=TODAY, settings=LearningSettings()))
    figures = {
        "seconds to learn": learning,
        "seconds of a processor": _busy() - busy,
        "MiB before learning, with all histories in memory": before,
        "MiB at most": _peak(),
        "million pairs that enough customers support": len(model.pairs.keys) / 2e6,
    }
    asking = [f"c{row}" for row in by_size[len(by_size) // 2 :][:REQUESTS]]
    figures |= _in_milliseconds("first request of a customer", [_request(model, one) for one in asking])
    figures |= _in_milliseconds("her next request", [_request(model, one) for one in asking])
    middle = [f"c{row}" for row in by_size[len(by_size) // 2 - REQUESTS :][:REQUESTS]]
    largest = [f"c{row}" for row in by_size[-REQUESTS:]]
    figures |= _in_milliseconds(
        f"taking out one with {sizes[by_size[len(by_size) // 2]]} products",
        [_forget(model, one) for one in middle],
    )
    figures |= _in_milliseconds(
        f"taking out one with {sizes[by_size[-REQUESTS]]} or more", [_forget(model, one) for one in largest]
    )
    again = []
    for gone, one in zip(by_size[: len(by_size) // 2 - REQUESTS][::-1], asking, strict=False):
        model.forget(f"c{gone}")
        again.append(_request(model, one))
    figures |= _in_milliseconds("first request after a removal", again) | {"MiB in the end": _peak()}
    return figures | {"seconds to solve all columns, which requests do bit by bit": _all_columns(model)}


def _all_columns(model: Model) -> float:
    columns = Columns(model.pairs, width=model.settings.neighbours, penalty=model.penalty)
    return _timed(lambda: columns.of(np.arange(len(model.products))))[1]


def of_row(purchases: sparse.csr_array, row: int) -> tuple[list[int], list[int]]:
    part = slice(purchases.indptr[row], purchases.indptr[row + 1])
    return purchases.indices[part].tolist(), purchases.data[part].tolist()


def _request(model: Model, customer_id: str) -> float:
    hers = model.contributions.of(customer_id).products
    strength = np.full(len(hers), STRENGTH_UNIT)
    own = tuple(model.products[number] for number in hers.tolist())
    profile = Profile(customer_id=customer_id, sources=hers, strengths=strength, own=own, frequency=strength)
    scores, took = _timed(lambda: Scores(model, profile, model.settings.everything))
    assert len(scores.products)
    return took


def _forget(model: Model, customer_id: str) -> float:
    changed, took = _timed(lambda: model.forget(customer_id))
    assert changed
    return took


# The others


def item_knn(asked: argparse.Namespace) -> Figures:
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=NEIGHBOURS, num_threads=0)
    return _fitted(asked.file, lambda matrix: model.fit(matrix, show_progress=False))


def als(asked: argparse.Namespace) -> Figures:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    model = AlternatingLeastSquares(factors=FACTORS, iterations=ITERATIONS, random_state=1)
    with threadpool_limits(1, "blas"):  # as it asks for: it has threads of its own
        return _fitted(asked.file, lambda matrix: model.fit(matrix, show_progress=False))


def _fitted(file: str, fit: Callable[[sparse.csr_matrix], object]) -> Figures:
    matrix = sparse.csr_matrix(sparse.load_npz(file)).astype(np.float32)
    matrix.data[:] = 1
    before, busy = _peak(), _busy()
    _, took = _timed(lambda: fit(matrix))
    return {
        "seconds to learn": took,
        "seconds of a processor": _busy() - busy,
        "MiB before learning": before,
        "MiB at most": _peak(),
    }


def _timed(work: Callable[[], Made]) -> tuple[Made, float]:
    begun = perf_counter()
    made = work()
    return made, perf_counter() - begun


def _in_milliseconds(what: str, seconds: list[float]) -> Figures:
    return {f"ms, {what}": median(seconds) * 1_000, f"ms, {what}, the slowest": max(seconds) * 1_000}


def _busy() -> float:
    """Seconds that processors have worked for this process, all threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """The most memory that this process has had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


RUNS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "purchases": invent,
    "byleave": ours,
    "item_knn": item_knn,
    "als": als,
}

if __name__ == "__main__":
    main()
