"""What it costs when not everybody allows learning: the same lists, learned from fewer and fewer customers.

Each customer's own purchases still serve for her own list, whether she allows learning or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from service.evaluate.metrics import Estimate, estimate, measure, ndcg_of, resampled_means
from service.evaluate.purchases import Bools, Floats, Ints
from service.evaluate.ranker import Ranker
from service.evaluate.split import Window

ALL_ALLOW = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one method reached with one list when `percent` of the customers allow learning.

    ndcg    mean over draws and customers; its interval is that of the customers
    change  against everybody allowing it, customer by customer
    spread  standard deviation between draws: how much depends on who it is that allows it
    """

    percent: int
    method: str
    new_only: bool
    ndcg: Estimate
    change: Estimate
    spread: float


def price_of_consent(
    window: Window,
    methods: Sequence[Ranker],
    *,
    percents: Sequence[int],
    draws: int,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[Price, ...]:
    """Prices by method, list and share. Of one draw, those who allow it at 25% all do so at 50%, too."""
    shares = sorted({*percents, ALL_ALLOW}, reverse=True)
    orders = _orders(window, draws, seed)
    prices: list[Price] = []
    for method in methods:
        found: dict[tuple[bool, int], list[Floats]] = {}
        for percent in shares:
            for number, order in enumerate(orders[: 1 if percent == ALL_ALLOW else draws], start=1):
                progress(f"price of consent: {method.name}, {percent}% allow learning, draw {number}")
                allowing = _allowing(order, percent, len(window.known.customers))
                method.fit(window.known, window.start, allowing=allowing)
                for task in window.tasks:
                    if len(task.customers):
                        ranks = method.rank(task.customers, new_only=task.new_only)
                        reached = ndcg_of(measure(ranks, task))
                        found.setdefault((task.new_only, percent), []).append(reached)
        prices += _prices(method.name, window, found, seed)
    return tuple(prices)


def _orders(window: Window, draws: int, seed: int) -> list[Ints]:
    customers = np.unique(window.known.customer)
    random = np.random.default_rng(seed)
    return [random.permutation(customers) for _ in range(draws)]


def _allowing(order: Ints, percent: int, customers: int) -> Bools:
    allowing = np.zeros(customers, dtype=np.bool_)
    allowing[order[: round(len(order) * percent / 100)]] = True
    return allowing


def _prices(
    method: str, window: Window, found: dict[tuple[bool, int], list[Floats]], seed: int
) -> list[Price]:
    prices = []
    for (new_only, percent), reached in found.items():
        mean, full = np.mean(reached, axis=0), found[new_only, ALL_ALLOW][0]
        columns = np.stack([mean, mean - full], axis=1)
        drawn = resampled_means([window.tasks[new_only].customers], [columns], seed=seed)[:, 0]
        prices.append(
            Price(
                percent=percent,
                method=method,
                new_only=new_only,
                ndcg=estimate(mean.mean(), drawn[:, 0]),
                change=estimate((mean - full).mean(), drawn[:, 1]),
                spread=float(np.std([one.mean() for one in reached])),
            )
        )
    return prices
