"""What every method that is measured keeps to, and what the simple ones say on shops small enough to see."""

from datetime import date, timedelta

import numpy as np
import pytest

from service.evaluate.evaluation import all_methods
from service.evaluate.purchases import Purchases
from service.evaluate.ranker import Ranker
from service.evaluate.simple_baselines import PersonalFrequency, Popularity, RecentPopularity
from tests.unit.service.evaluate.shops import FIRST, orders, orders_of_a_shop, purchases

TODAY = FIRST + timedelta(days=100)
METHODS = {method.name: type(method) for method in all_methods()}
SHOP = purchases(
    ("anna", "tea", 0), ("anna", "tea", 9), ("anna", "cup", 20),
    ("bea", "tea", 1), ("bea", "pot", 2),
    ("cleo", "cup", 90), ("cleo", "jam", 91),
    ("dora", "tea", 3),
)  # fmt: skip


def listed(method: Ranker, shop: Purchases, who: str, *, new_only: bool = False) -> list[str]:
    row = method.rank(np.array([shop.customers.index(who)]), new_only=new_only)[0]
    return [shop.products[place] for place in row.tolist() if place >= 0]


def test_popularity_counts_customers_and_not_purchases() -> None:
    method = Popularity()
    method.fit(SHOP, TODAY)
    assert listed(method, SHOP, "bea") == ["tea", "cup", "jam", "pot"]
    assert listed(method, SHOP, "bea", new_only=True) == ["cup", "jam"]


def test_recent_popularity_looks_at_thirty_days_and_breaks_ties_by_all() -> None:
    method = RecentPopularity()
    method.fit(SHOP, TODAY)
    assert listed(method, SHOP, "dora") == ["cup", "jam", "tea", "pot"]


def test_personal_frequency_begins_with_what_she_bought_most_often() -> None:
    method = PersonalFrequency()
    method.fit(SHOP, TODAY)
    assert listed(method, SHOP, "anna") == ["tea", "cup", "jam", "pot"]
    assert listed(method, SHOP, "anna", new_only=True) == ["jam", "pot"]


def test_her_own_purchases_serve_her_though_nobody_may_learn_from_her() -> None:
    allowing = np.array([who != "bea" for who in SHOP.customers])
    method = PersonalFrequency()
    method.fit(SHOP, TODAY, allowing=allowing)
    assert listed(method, SHOP, "bea")[:2] == ["tea", "pot"]
    assert "pot" not in listed(method, SHOP, "anna")


@pytest.fixture(scope="module")
def a_shop() -> Purchases:
    return orders(("customer", "date", "sku"), orders_of_a_shop()).purchases


@pytest.mark.parametrize("name", METHODS)
class TestEveryMethod:
    def fitted(self, name: str, shop: Purchases, allowing: np.ndarray | None = None) -> Ranker:
        method: Ranker = METHODS[name]()
        method.fit(shop, date(2026, 6, 10), allowing=allowing)
        return method

    @pytest.mark.parametrize("new_only", [False, True])
    def test_lists_ten_products_each_once_and_the_gaps_last(
        self, name: str, a_shop: Purchases, new_only: bool
    ) -> None:
        customers = np.arange(len(a_shop.customers))
        ranks = self.fitted(name, a_shop).rank(customers, new_only=new_only)
        assert ranks.shape == (len(customers), 10)
        for row in ranks.tolist():
            products = [place for place in row if place >= 0]
            assert len(products) == len(set(products)) > 0
            assert row == products + [-1] * (10 - len(products))

    def test_nothing_she_bought_is_new(self, name: str, a_shop: Purchases) -> None:
        ranks = self.fitted(name, a_shop).rank(np.arange(len(a_shop.customers)), new_only=True)
        before = a_shop.days_bought().toarray()
        for customer, row in enumerate(ranks.tolist()):
            assert not any(before[customer, place] for place in row if place >= 0)

    def test_a_second_run_gives_the_same(self, name: str, a_shop: Purchases) -> None:
        customers = np.arange(20)
        once, again = (self.fitted(name, a_shop).rank(customers, new_only=False) for _ in range(2))
        assert np.array_equal(once, again)

    def test_who_is_asked_along_with_her_changes_nothing(self, name: str, a_shop: Purchases) -> None:
        method = self.fitted(name, a_shop)
        among_many = method.rank(np.arange(20), new_only=False)[7]
        assert np.array_equal(method.rank(np.array([7]), new_only=False)[0], among_many)

    def test_who_does_not_allow_learning_changes_nobody_elses_list(
        self, name: str, a_shop: Purchases
    ) -> None:
        allowing = np.arange(len(a_shop.customers)) % 4 > 0
        others = np.flatnonzero(allowing)
        withheld = self.fitted(name, a_shop, allowing).rank(others, new_only=False)
        absent = self.fitted(name, a_shop.of(allowing)).rank(others, new_only=False)
        assert np.array_equal(withheld, absent)
