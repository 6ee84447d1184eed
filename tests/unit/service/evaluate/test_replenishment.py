"""Measuring when somebody buys again: landmarks by hand, likelihoods that add up to one, figures that are known."""

import random
from datetime import date, timedelta

import numpy as np
import pytest

from recommender.inputs import Settings
from recommender.replenishment.settings import ReplenishmentSettings
from service.evaluate.evaluation import Plan
from service.evaluate.orders import Orders
from service.evaluate.replenishment.fitting import fitted
from service.evaluate.replenishment.foretold import (
    Foretold,
    area_under_curve,
    brier,
    calibration_slope,
    foretold_by_us,
    levels_of,
    ndcg_of_repeats,
)
from service.evaluate.replenishment.intervals import INTERVALS, foretold_by_interval
from service.evaluate.replenishment.landmarks import Landmark, landmark_at
from service.evaluate.replenishment.measured import Replenishment, measure_replenishment
from tests.unit.service.evaluate.shops import FIRST, orders, orders_with_rhythms, purchases

SETTINGS = Settings()


def landmark(*lines: tuple[str, str, int], day: int = 100) -> Landmark:
    return landmark_at(purchases(*lines), FIRST + timedelta(days=day), days=30, settings=SETTINGS)


@pytest.fixture(scope="module")
def shop() -> Orders:
    return orders(("customer", "date", "sku"), orders_with_rhythms())


@pytest.fixture(scope="module")
def measured(shop: Orders) -> Replenishment:
    return measure_replenishment(shop, Plan(), lambda _: None)


def test_a_landmark_knows_what_was_before_it_and_when_it_was_bought_next() -> None:
    found = landmark(
        ("ann", "ink", 10), ("ann", "ink", 30), ("ann", "ink", 90), ("ann", "ink", 105), ("ann", "ink", 110),
        ("ann", "pen", 90), ("ben", "ink", 99), ("ben", "pen", 100), ("ben", "cup", 20), ("ben", "cup", 130),
    )  # fmt: skip
    assert found.customer.tolist() == [0, 0, 1, 1]
    assert found.habits.times.tolist() == [3, 1, 1, 1]
    assert found.habits.elapsed.tolist() == [10, 10, 80, 1]
    assert found.after.tolist() == [5, 30, 30, 30]
    assert found.bought.tolist() == [True, False, False, False]
    assert found.own_mean[0] == found.own_median[0] == found.product_mean[0] == 40
    assert np.isnan(found.own_mean[1:]).all()
    assert found.popular.tolist() == [1, 0, 2]
    assert found.popular_lately.tolist() == [2, 0, 1]


def test_nothing_of_the_days_to_come_is_in_what_is_foretold_from() -> None:
    before = (("ann", "ink", 10), ("ann", "ink", 30), ("ben", "ink", 80))
    with_more, without = (
        landmark(*before, ("ann", "ink", 101), ("ben", "ink", 102)),
        landmark(*before, ("zoe", "ink", 129)),
    )
    for name in ("times", "elapsed", "gap_logs", "taken", "passed", "visits", "known"):
        assert getattr(with_more.habits, name).tolist() == getattr(without.habits, name).tolist()
    assert with_more.demand.reach.tolist() == without.demand.reach.tolist()


def _foretellings(at: Landmark) -> list[Foretold]:
    before = [at]
    ours = foretold_by_us("shipped", at, SETTINGS.replenishment)
    return [ours, *(foretold_by_interval(name, before, at) for name in INTERVALS)]


def test_what_may_happen_adds_up_to_one(shop: Orders) -> None:
    """The chance of each day, and of none of them, of each method."""
    day = FIRST + timedelta(days=200)
    at = landmark_at(shop.purchases, day, days=30, settings=SETTINGS)
    at = at.where(at.habits.times > 1)
    for told in _foretellings(at):
        assert (np.diff(np.stack([told.chance(days) for days in range(1, 31)]), axis=0) >= 0).all()
        bought = at.bought
        that_day = told.chance(30)
        assert (np.exp(told.likelihood[bought]) <= that_day[bought] + 1e-9).all()
        assert np.exp(told.likelihood[~bought]) == pytest.approx(1 - that_day[~bought], abs=1e-6)
        days = at.after[bought]
        by_day = np.stack([np.zeros(len(at.customer)), *(told.chance(number) for number in range(1, 31))])
        pairs = np.flatnonzero(bought)
        expected = by_day[days + 1, pairs] - by_day[days, pairs]
        assert np.exp(told.likelihood[bought]) == pytest.approx(expected, abs=1e-6)


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    chance, bought = np.array([0.1, 0.2, 0.2, 0.9]), np.array([False, True, False, True])
    assert area_under_curve(levels_of(chance), bought, np.ones(4)) == (1 + 0.5 + 1 + 1) / 4
    assert area_under_curve(levels_of(chance), bought, np.array([1, 1, 0, 1])) == 1
    assert np.isnan(area_under_curve(levels_of(chance), bought & False, np.ones(4)))


def test_brier_and_slope_of_chances_that_are_true() -> None:
    random_ = np.random.default_rng(1)
    chance = random_.uniform(0.02, 0.7, 20_000)
    bought = random_.random(20_000) < chance
    assert calibration_slope(chance, bought) == pytest.approx(1, abs=0.06)
    assert np.isnan(calibration_slope(chance, bought & False))
    bold = 1 / (1 + (1 / chance - 1) ** 2)
    assert calibration_slope(bold, bought) == pytest.approx(0.5, abs=0.04)
    assert brier(np.array([0.5, 1.0]), np.array([True, True])) == 0.125


def test_the_list_of_what_she_bought_before_is_scored_by_its_repeats() -> None:
    at = landmark(
        ("ann", "cup", 10), ("ann", "ink", 10), ("ann", "pen", 10), ("ann", "pen", 101), ("ben", "ink", 10)
    )
    customers, best = ndcg_of_repeats(at, np.array([1, 2, 3, 1]), at.popular)
    assert customers.tolist() == [0]
    assert best.tolist() == [1.0]
    of_equals = ndcg_of_repeats(at, np.array([1, 1, 1, 1]), at.popular)[1].tolist()
    assert of_equals == [1 / np.log2(4)], "ink is bought by more"


def test_of_what_she_bought_as_often_what_others_bought_lately_or_ever_comes_first() -> None:
    early = [(f"early-{number}", "cup", 10) for number in range(9)]
    at = landmark(("ann", "cup", 10), ("ann", "ink", 10), ("ann", "ink", 101), *early, ("ben", "ink", 95))
    assert ndcg_of_repeats(at, at.habits.times, at.popular_lately)[1].tolist() == [1.0]
    assert ndcg_of_repeats(at, at.habits.times, at.popular)[1].tolist() == [1 / np.log2(3)]


def test_chances_are_ahead_of_the_products_interval_where_each_customer_has_her_own_rhythm(
    measured: Replenishment,
) -> None:
    assert measured.pairs > measured.repeated > 100
    by_name = {one.method: one for one in measured.methods}
    assert list(by_name) == [*INTERVALS, "shipped", "fitted"]
    product, ours = by_name["product_mean"], by_name["fitted"]
    assert product.ahead["fitted"].low > 0
    assert product.ahead["fitted"].value == pytest.approx(ours.likelihood.value - product.likelihood.value)
    assert ours.ahead["shipped"].value == -by_name["shipped"].ahead["fitted"].value
    assert ours.area[14].value > product.area[14].value
    assert 0.6 < ours.slope < 1.5
    assert measured.lists <= measured.customers
    assert measured.proposed.usual_days == 20
    assert measured.proposed != measured.shipped


def test_the_same_seed_gives_the_same_figures(shop: Orders, measured: Replenishment) -> None:
    assert measure_replenishment(shop, Plan(), lambda _: None) == measured


def test_a_due_term_the_wrong_way_round_is_left_out() -> None:
    """In a shop where things are bought right after each other or long after, and never when it is time."""
    chance, lines = random.Random(1), []
    for number in range(100):
        day = 0
        while day < 200:
            lines.append((f"c{number}", f"p{number % 7}", day))
            day += chance.choice([1, 2, 3, 70, 80])
    at = [landmark(*lines, day=day) for day in (60, 90, 120)]
    assert fitted(at, ReplenishmentSettings()).coefficients.due == 0


@pytest.mark.parametrize(
    ("columns", "rows", "plan", "message"),
    [
        (("customer", "order_number", "sku"), [("c", 1, "p"), ("c", 2, "p")], Plan(), "without dates"),
        (
            ("customer", "date", "sku"),
            [("c", "2026-01-01", "p"), ("c", "2026-01-20", "p")],
            Plan(),
            "The file has nothing 30 days before 2025-12-22",
        ),
        (
            ("customer", "date", "sku"),
            [("c", f"2026-0{month}-01", "p") for month in range(1, 8)],
            Plan(),
            "it takes 50",
        ),
        (
            ("customer", "date", "sku"),
            orders_with_rhythms(),
            Plan(starts=(FIRST + timedelta(days=360),)),
            "nothing was bought again from then on",
        ),
    ],
)
def test_what_cannot_be_measured_is_said(
    columns: tuple[str, ...], rows: list[tuple[object, ...]], plan: Plan, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        measure_replenishment(orders(columns, rows), plan, lambda _: None)  # type: ignore[arg-type]


def test_a_window_is_chosen_as_for_the_rest(shop: Orders) -> None:
    start = date(2026, 8, 1)
    assert measure_replenishment(shop, Plan(starts=(start,), days=20), lambda _: None).start == start
