"""Metrics against values worked out by hand, and intervals against what they must not do."""

from math import isnan, log2

import numpy as np
import pytest

from service.evaluate.best import NEVER, best_ten
from service.evaluate.metrics import RESAMPLES, coverage, estimate, measure, resampled_means
from service.evaluate.purchases import Floats, Ints
from service.evaluate.split import Task


def bought(*products: list[int]) -> Task:
    rows = tuple(np.array(row, dtype=np.int64) for row in products)
    return Task(new_only=False, customers=np.arange(len(rows)), bought=rows)


def a_list(*products: int) -> list[int]:
    return [*products, *[-1] * (10 - len(products))]


def test_two_hits_at_places_one_and_three_of_four_bought() -> None:
    ranks = np.array([a_list(7, 1, 5, 2)])
    ((recall, ndcg, hit),) = measure(ranks, bought([5, 7, 8, 9]))
    ideal = 1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)
    assert recall == pytest.approx(2 / 4)
    assert ndcg == pytest.approx((1 + 1 / log2(4)) / ideal)
    assert hit == 1


def test_a_list_of_ten_that_were_all_bought_is_perfect_though_more_was_bought() -> None:
    ((recall, ndcg, hit),) = measure(np.arange(10)[np.newaxis], bought(list(range(40))))
    assert (recall, ndcg, hit) == (pytest.approx(10 / 40), pytest.approx(1), 1)


def test_an_empty_list_finds_nothing() -> None:
    assert measure(np.array([a_list()]), bought([3])).tolist() == [[0, 0, 0]]


def test_the_place_counts_for_ndcg_and_not_for_recall() -> None:
    first, last = measure(np.array([a_list(4, 0, 1, 2), a_list(0, 1, 2, 4)]), bought([4], [4]))
    assert first.tolist() == [1, 1, 1]
    assert last.tolist() == pytest.approx([1, 1 / log2(5), 1])


def test_coverage_counts_products_on_anybodys_list_and_no_empty_places() -> None:
    assert coverage(np.array([a_list(0, 1), a_list(1, 2)]), 12) == pytest.approx(3 / 12)


def test_an_interval_holds_the_mean_and_narrows_with_more_customers() -> None:
    random = np.random.default_rng(0)

    def interval(customers: int) -> tuple[float, float]:
        values = random.normal(0.5, 0.2, size=(customers, 1))
        drawn = resampled_means([np.arange(customers)], [values], seed=1)
        found = estimate(values.mean(), drawn[:, 0, 0])
        assert found.low < found.value < found.high
        return found.low, found.high

    few, many = interval(100), interval(2_500)
    # 1.96 standard errors: 0.2 / sqrt(n)
    assert few[1] - few[0] == pytest.approx(2 * 1.96 * 0.2 / 10, rel=0.25)
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * 0.2 / 50, rel=0.25)


def test_a_customer_in_two_windows_is_drawn_in_both() -> None:
    customers, values = np.arange(50), np.arange(50, dtype=np.float64)[:, np.newaxis]
    drawn = resampled_means([customers, customers], [values, values], seed=1)
    assert drawn.shape == (RESAMPLES, 2, 1)
    assert np.array_equal(drawn[:, 0], drawn[:, 1])


def test_the_same_seed_draws_the_same() -> None:
    customers, values = [np.arange(20)], [np.arange(20, dtype=np.float64)[:, np.newaxis]]
    once, again = (resampled_means(customers, values, seed=7) for _ in range(2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, resampled_means(customers, values, seed=8))


def test_an_interval_of_nothing_is_not_a_number() -> None:
    found = estimate(0.0, np.full(RESAMPLES, np.nan))
    assert isnan(found.low)
    assert isnan(found.high)


def ranked(scores: list[float], order: list[int]) -> list[int]:
    def scores_of(some: Ints) -> Floats:
        return np.array([scores] * len(some), dtype=np.float64)

    ranks = best_ten(scores_of, np.array([0]), order=np.array(order), without=None)
    return [product for product in ranks[0].tolist() if product >= 0]


def test_ties_go_to_the_stated_order() -> None:
    assert ranked([1, 2, 1, 2], [3, 2, 1, 0]) == [3, 1, 2, 0]
    assert ranked([1, 2, 1, 2], [0, 1, 2, 3]) == [1, 3, 0, 2]


def test_ties_at_the_tenth_place_go_to_the_stated_order() -> None:
    assert ranked([0.0] * 15, list(range(14, -1, -1))) == list(range(14, 4, -1))


def test_what_is_never_to_be_shown_is_not_used_to_fill_a_list() -> None:
    assert ranked([1, NEVER, 0, NEVER], [0, 1, 2, 3]) == [0, 2]
