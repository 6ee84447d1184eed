"""The chance of a purchase: logarithms, habits, demand and terms, by hand; and that it is whole and bounded."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from recommender.learning.model import learn
from recommender.learning.settings import LearningSettings
from recommender.replenishment.chances import daily, lift_of, terms_of, within_days
from recommender.replenishment.demand import demand_for, demand_of, no_demand
from recommender.replenishment.habits import Habits, habits_of
from recommender.replenishment.logarithms import CHANCE_UNIT, LOG_UNIT, natural_log, softplus
from recommender.replenishment.settings import HORIZON_DAYS, Coefficients, ReplenishmentSettings

TODAY = 1_000
SHIPPED = ReplenishmentSettings()


def habits(**ago: Sequence[int]) -> Habits:
    """Of each thing: bought so many days ago."""
    return habits_of(
        {name: sorted(TODAY - days for days in of_thing) for name, of_thing in ago.items()}, today=TODAY
    )


def likely(own: Habits, settings: ReplenishmentSettings = SHIPPED, usual: int = 0) -> list[int]:
    things = len(own.times)
    terms = terms_of(own, usual_days=np.full(things, usual), demand=no_demand(things), settings=settings)
    found: list[int] = within_days(own, terms, settings).tolist()
    return found


def test_logarithms_are_whole_and_right_to_four_places() -> None:
    numbers = np.array([1, 2, 3, 7, 365, 1_023, 1_024, 10**6, 2**33 + 5, 2**40])
    assert natural_log(numbers).dtype == np.int64
    for number, log in zip(numbers.tolist(), natural_log(numbers).tolist(), strict=True):
        assert log / LOG_UNIT == pytest.approx(math.log(number), abs=1e-4)


def test_logarithms_never_fall() -> None:
    assert (np.diff(natural_log(np.arange(1, 100_000))) >= 0).all()


def test_softplus_is_right_and_bounded() -> None:
    odds = np.array([-13.0, -8.3, -1, 0, 0.51, 5])
    for x, whole in zip(odds.tolist(), softplus((odds * LOG_UNIT).astype(np.int64)).tolist(), strict=True):
        assert whole / CHANCE_UNIT == pytest.approx(math.log1p(math.exp(x)), rel=2e-3)
    assert softplus(np.array([-(10**12)])) == softplus(np.array([-16 * LOG_UNIT])) > 0
    assert softplus(np.array([10**12])) == softplus(np.array([16 * LOG_UNIT - 1]))


def test_habits_are_what_the_days_tell() -> None:
    own = habits(coffee=[5, 15, 45], soap=[15])
    assert own.times.tolist() == [3, 1]
    assert own.elapsed.tolist() == [5, 15]
    assert (own.gap_logs / LOG_UNIT).tolist() == pytest.approx([math.log(10) + math.log(30), 0], abs=1e-3)
    assert own.visits.tolist() == [3, 3]
    assert own.known.tolist() == [45, 45]
    now, one_ago = 256, 232  # 256 · 2^(-1/7)
    assert own.taken.tolist() == [now + one_ago, 0]
    assert own.passed.tolist() == [now + one_ago, now]


def test_of_nothing_there_are_no_habits_and_no_chances() -> None:
    assert likely(habits()) == []


def test_a_purchase_of_today_or_later_counts_as_of_yesterday() -> None:
    assert habits(coffee=[0]).elapsed.tolist() == habits(coffee=[-3]).elapsed.tolist() == [1]
    assert habits(coffee=[-3]).known.tolist() == [0]


def test_hundreds_of_visits_are_counted_as_far_as_they_weigh() -> None:
    own = habits(coffee=list(range(1, 400)), soap=[399])
    assert own.passed[0] == own.passed[1] == own.taken[0]


def test_the_chance_is_that_of_the_formula() -> None:
    """The same in floating point, one line after the other."""
    own = habits(coffee=[12, 40, 61], soap=[40], tea=[3, 90])
    by, days = SHIPPED.coefficients, {"coffee": [12, 40, 61], "soap": [40], "tea": [3, 90]}
    demand = demand_of(np.array([30, 0, 6]), np.array([40, 0, 90]), customers=1_920, k=5)
    terms = terms_of(own, usual_days=np.array([0, 90, 0]), demand=demand, settings=SHIPPED)
    found = daily(own, terms, SHIPPED) / CHANCE_UNIT
    visits = sorted({day for ago in days.values() for day in ago})
    for row, (ago, usual, lately, before) in enumerate(
        zip(days.values(), (40, 90, 40), (30, 0, 6), (40, 0, 90), strict=True)
    ):
        gaps = np.diff(ago)
        theta = (np.log(gaps).sum() + math.log(usual)) / len(ago)
        weight = {day: 2 ** (-place / 7) for place, day in enumerate(visits)}
        taken = sum(weight[day] for day in ago[:-1])
        passed = sum(weight[day] for day in visits if day < ago[-1])
        share = (taken + 3 * 0.112) / (passed - taken + 3 * 0.888)
        trend = math.log((lately + 2) / (before / 3 + 2)) if lately + before >= 5 else 0
        reach = math.log(1_000 * lately / 1_920 + 0.5)
        for day in range(HORIZON_DAYS):
            odds = (
                by.constant
                + by.times * math.log(len(ago))
                - by.due * (math.log(ago[0] + day) - theta) ** 2
                + by.rate * math.log(len(visits) / (90 + 60))
                + by.share * math.log(share)
                + by.trend * trend
                + by.reach * reach
            ) / 1_000
            assert found[row, day] == pytest.approx(math.log1p(math.exp(odds)), rel=0.01)


def test_more_often_lately_and_near_its_time_is_likelier() -> None:
    often, rarely = likely(habits(often=[30, 60, 90, 120], rarely=[30]))
    assert often > rarely
    lately, formerly = likely(habits(lately=[40, 80], formerly=[400, 440], visits=[4, 90, 130, 170]))[:2]
    assert lately > formerly
    only_due = ReplenishmentSettings(
        coefficients=Coefficients(constant=-3000, times=0, due=500, rate=0, share=0, trend=0, reach=0)
    )
    by_usual = [likely(habits(thing=[60]), only_due, usual=usual)[0] for usual in (10, 75, 900)]
    assert by_usual[1] == max(by_usual)


# What others buy


def demand(lately: int, before: int, *, customers: int = 960, k: int = 5) -> tuple[float, float, bool]:
    found = demand_of(np.array([lately]), np.array([before]), customers=customers, k=k)
    return found.trend[0] / LOG_UNIT, found.reach[0] / LOG_UNIT, bool(found.known[0])


def test_what_others_buy_is_a_trend_and_a_reach() -> None:
    trend, reach, known = demand(10, 12)
    assert trend == pytest.approx(math.log(12 / 6), abs=1e-3)
    assert reach == pytest.approx(math.log(1_000 * 10 / 960 + 0.5), abs=1e-3)
    assert known
    assert demand(5_000, 0)[0] == 3


def test_what_fewer_than_k_others_buy_is_as_if_nobody_did() -> None:
    assert demand(4, 0) == demand(0, 4) == demand(0, 0)
    assert not demand(4, 0)[2] and demand(5, 0)[2] and demand(1, 4)[2]
    assert demand(4, 9)[1] == demand(0, 9)[1] < demand(5, 9)[1]
    assert demand(0, 0, customers=0) == demand(0, 0, customers=10**6)


def test_how_many_allow_learning_shows_in_coarse_steps_alone() -> None:
    """Else each answer would tell that somebody came or left who has nothing in common with anybody."""
    reaches = [demand(5, 0, customers=customers)[1] for customers in range(5, 4_096)]
    assert reaches == sorted(reaches, reverse=True)
    changes = [at for at, (before, after) in enumerate(pairwise(reaches)) if before != after]
    assert min(after - before for before, after in pairwise(changes)) >= 5
    assert 20 < len(changes) < 50


def test_others_are_those_who_are_learned_from_and_not_she() -> None:
    today = date(2026, 6, 10)
    bought = {f"friend-{number}": {"coffee": today - timedelta(days=9)} for number in range(5)}
    early = {f"early-{number}": {"coffee": today - timedelta(days=60)} for number in range(7)}
    unknown_day = {"somebody": {"coffee": None}}
    model = learn({**bought, **early, **unknown_day}, today=today, settings=LearningSettings())
    assert (model.lately.tolist(), model.before.tolist()) == ([5], [7])
    coffee, unknown = np.array([0]), np.array([-1])
    hers, a_strangers = demand_for(coffee, model, "friend-0"), demand_for(coffee, model, "stranger")
    assert hers.reach < a_strangers.reach
    assert hers.trend < a_strangers.trend
    assert not demand_for(unknown, model, None).known


def test_what_others_buy_raises_a_chance_by_what_it_adds() -> None:
    own, demands = habits(a=[30], b=[30]), demand_of(np.array([90, 0]), np.array([0, 0]), customers=100, k=5)
    terms = terms_of(own, usual_days=np.zeros(2, dtype=np.int64), demand=demands, settings=SHIPPED)
    others, hers = lift_of(own, terms, SHIPPED)
    assert others[0] > others[1] == 0
    assert hers[0] == hers[1] > 0


@pytest.mark.parametrize("half_life", [1, 10, 30, 365])
def test_lately_and_before_are_days_whatever_half_lives_are(half_life: int) -> None:
    """The coefficients were fitted to buyers of 30 days, and of the 90 before."""
    today = date(2026, 6, 10)
    histories = {str(days): {f"{days:03}": today - timedelta(days=days)} for days in range(125)}
    model = learn(histories, today=today, settings=LearningSettings(pair_half_life=half_life))
    assert np.flatnonzero(model.lately).tolist() == list(range(31))
    assert np.flatnonzero(model.before).tolist() == list(range(31, 121))


@pytest.mark.parametrize("half_life", [1, 30])
def test_forgetting_leaves_nothing_of_her_in_what_is_bought_lately(half_life: int) -> None:
    today, settings = date(2026, 6, 10), LearningSettings(pair_half_life=half_life)
    histories = {
        "ben": {"coffee": today, "soap": today - timedelta(days=60)},
        "cleo": {"coffee": today - timedelta(days=100)},
    }
    model = learn(histories, today=today, settings=settings)
    model.forget("ben", but={"soap": today - timedelta(days=60)})
    left = learn({**histories, "ben": {"soap": today - timedelta(days=60)}}, today=today, settings=settings)
    assert model.lately.tolist() == left.lately.tolist()
    assert model.before.tolist() == left.before.tolist()
    assert model.state() == left.state()
