"""What is known, what is to be foretold, and that nothing of the second is in the first."""

from datetime import date, timedelta

import numpy as np
import pytest

from service.evaluate.purchases import Purchases
from service.evaluate.split import Window, starts_of, windows_of
from tests.unit.service.evaluate.shops import FIRST, purchases

SHOP = purchases(
    ("anna", "tea", 0), ("anna", "cup", 5), ("anna", "tea", 40), ("anna", "pot", 41),
    ("bea", "tea", 10), ("bea", "tea", 45),
    ("cleo", "pot", 44),
    ("dora", "cup", 3),
)  # fmt: skip


def window(shop: Purchases, *, days: int = 10, customers_maximum: int = 1_000) -> Window:
    starts = starts_of(shop, days=days, windows=1)
    (only,) = windows_of(shop, starts=starts, days=days, customers_maximum=customers_maximum, seed=1)
    return only


def names(shop: Purchases, customers: np.ndarray) -> list[str]:
    return [shop.customers[place] for place in customers.tolist()]


def bought(shop: Purchases, rows: tuple[np.ndarray, ...]) -> list[list[str]]:
    return [[shop.products[place] for place in row.tolist()] for row in rows]


def test_the_last_days_are_the_test_and_all_before_is_known() -> None:
    found = window(SHOP)
    assert (found.start, found.end) == (FIRST + timedelta(days=36), FIRST + timedelta(days=45))
    assert found.known.last_day < found.start
    assert len(found.known) == 4


def test_the_first_day_of_a_window_is_in_it_and_the_day_after_its_last_is_not() -> None:
    shop = purchases(("anna", "tea", 9), ("anna", "cup", 10), ("anna", "pot", 14), ("anna", "jam", 15))
    (found,) = windows_of(shop, starts=[FIRST + timedelta(days=10)], days=5, customers_maximum=9, seed=1)
    assert bought(shop, found.everything.bought) == [["cup", "pot"]]
    assert found.known.last_day == FIRST + timedelta(days=9)


def test_tested_are_customers_with_a_purchase_before_and_one_after() -> None:
    found = window(SHOP)
    assert names(SHOP, found.everything.customers) == ["anna", "bea"]
    assert bought(SHOP, found.everything.bought) == [["pot", "tea"], ["tea"]]


def test_in_the_list_of_new_products_what_was_bought_before_does_not_count() -> None:
    found = window(SHOP)
    assert names(SHOP, found.new.customers) == ["anna"]
    assert bought(SHOP, found.new.bought) == [["pot"]]
    assert found.repeat_share == pytest.approx(2 / 3)


def test_windows_follow_one_another_back_in_time() -> None:
    assert starts_of(SHOP, days=10, windows=3) == tuple(FIRST + timedelta(days=day) for day in (36, 26, 16))


def test_a_stated_start_ends_its_window_after_its_days() -> None:
    shop = purchases(("anna", "tea", 0), ("anna", "tea", 12), ("anna", "cup", 30))
    start = FIRST + timedelta(days=10)
    (found,) = windows_of(shop, starts=[start], days=5, customers_maximum=9, seed=1)
    assert bought(shop, found.everything.bought) == [["tea"]]


def test_of_many_customers_as_many_as_wanted_are_drawn_the_same_each_time() -> None:
    shop = purchases(*((f"c{number}", "tea", day) for number in range(50) for day in (0, 40)))
    drawn = [window(shop, customers_maximum=10).everything.customers.tolist() for _ in range(2)]
    assert len(drawn[0]) == 10
    assert drawn[0] == drawn[1]
    assert len(window(shop).everything.customers) == 50


def test_one_day_alone_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="All purchases are of one day, 2026-01-01"):
        window(purchases(("anna", "tea", 0), ("bea", "cup", 0)))


def test_a_start_before_the_first_purchase_is_told() -> None:
    with pytest.raises(ValueError, match="no purchases before 2025-01-01 to learn from"):
        windows_of(SHOP, starts=[date(2025, 1, 1)], days=500, customers_maximum=9, seed=1)


def test_that_nobody_came_back_is_told() -> None:
    with pytest.raises(ValueError, match="bought again"):
        window(purchases(("anna", "tea", 0), ("bea", "cup", 40)))
