"""What is learned of whom, and what `forget` takes out; that nothing stays behind is P9's own test."""

from datetime import date, timedelta

import numpy as np
import pytest

from recommender.learning.contributions import History, contribution_of
from recommender.learning.model import Model, learn
from recommender.learning.settings import WEIGHT_UNIT, LearningSettings

TODAY = date(2026, 6, 10)
LONG_AGO = date(2020, 1, 1)
SETTINGS = LearningSettings(k=2)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def learned(settings: LearningSettings = SETTINGS, **histories: History) -> Model:
    return learn(histories, today=TODAY, settings=settings)


OTHERS: dict[str, History] = {
    "ben": {"ink": days_ago(7), "pen": days_ago(30)},
    "cleo": {"ink": days_ago(0), "pen": days_ago(30), "cup": LONG_AGO},
}


def test_how_much_is_bought_lately_by_how_many_and_by_how_many_ever() -> None:
    model = learned(**OTHERS)
    assert model.products == ("cup", "ink", "pen")
    assert model.recent.tolist() == [0, 32 + 64, 3 + 3]
    assert model.supporters.tolist() == [0, 2, 2]
    assert model.buyers.tolist() == [1, 2, 2]


def test_a_day_that_may_not_be_known_is_one_half_life_old() -> None:
    number = {"cup": 0, "ink": 1}
    part = contribution_of({"ink": None, "cup": LONG_AGO, "unknown": TODAY}, number, TODAY, SETTINGS)
    assert part.products.tolist() == [0, 1]
    assert part.weights.tolist() == [0, 32]
    assert part.recent.tolist() == [0, 32]
    assert part.dated.tolist() == [True, False]


def test_a_contribution_is_what_it_says() -> None:
    number = {"ink": 0}
    one, same = (contribution_of({"ink": TODAY}, number, TODAY, SETTINGS) for _ in range(2))
    assert one == same != contribution_of({"ink": None}, number, TODAY, SETTINGS)
    assert one != "ink"


def test_it_knows_who_is_in_it() -> None:
    model = learned(nobody={}, **OTHERS)
    assert model.contributions.customers() == {"ben", "cleo"}
    assert "ben" in model.contributions and "nobody" not in model.contributions
    assert len(model.contributions) == 2
    assert model.contributions.purchases == 5


def test_most_popular_is_what_enough_others_bought_the_latest_first() -> None:
    model = learned(**OTHERS, dora={"ink": days_ago(40), "cup": None})
    assert list(model.most_popular(None)) == ["ink", "pen", "cup"]
    assert list(model.most_popular("dora")) == ["ink", "pen"]


def test_whom_it_does_not_know_it_cannot_forget() -> None:
    model = learned(**OTHERS)
    before = model.state()
    assert not model.forget("stranger")
    assert not model.forget("stranger", but={"ink": TODAY})
    assert model.state() == before


def test_forgetting_twice_is_forgetting_once() -> None:
    model = learned(**OTHERS)
    assert model.forget("ben")
    before = model.state()
    assert not model.forget("ben")
    assert model.state() == before == learned(cleo=OTHERS["cleo"]).state()
    assert "ben" not in model.contributions


def test_counted_again_from_the_beginning_it_is_the_same() -> None:
    model = learned(**OTHERS)
    model.forget("ben")
    assert model.recounted().state() == model.state()


def test_what_is_still_permitted_stays_and_changes_nothing() -> None:
    model = learned(**OTHERS)
    before = model.state()
    assert not model.forget("cleo", but={**OTHERS["cleo"], "new": TODAY})
    assert model.state() == before


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ({"ink": days_ago(0)}, {"ink": days_ago(0)}),
        ({"ink": days_ago(9), "pen": days_ago(30)}, {"ink": days_ago(9), "pen": days_ago(30)}),
        ({"ink": LONG_AGO, "cup": LONG_AGO}, {"ink": LONG_AGO, "cup": LONG_AGO}),
        # A later day than was learned: of the one that was, nothing is known to be permitted any more.
        ({"ink": days_ago(0), "pen": days_ago(2)}, {"ink": days_ago(0)}),
        # The day may no longer be known; or may be now, and was not learned.
        ({"ink": None, "pen": None, "cup": None}, {}),
        ({}, {}),
    ],
)
def test_what_is_left_is_what_would_be_learned_of_it(now: History, left: History) -> None:
    model = learned(**OTHERS)
    model.forget("cleo", but=now)
    rest = learned(ben=OTHERS["ben"], cleo=left) if left else learned(ben=OTHERS["ben"])
    assert model.state() == rest.state()
    assert model.digest() == rest.digest()


@pytest.mark.parametrize("half_life", ["pair_half_life", "popularity_half_life"])
def test_a_later_day_waits_though_one_of_the_weights_does_not_tell_it(half_life: str) -> None:
    """With a half-life of a year yesterday weighs as much as the day before."""
    settings = LearningSettings(k=2, **{half_life: 365})
    model = learned(settings, ben=OTHERS["ben"], cleo={"ink": days_ago(2)})
    model.forget("cleo", but={"ink": days_ago(1)})
    assert model.state() == learned(settings, ben=OTHERS["ben"]).state()


def test_a_day_that_may_not_be_known_any_more_is_in_no_number() -> None:
    """Whether she bought it yesterday or years ago, from the day that she says so on there is no telling."""
    states = set()
    for day in (days_ago(0), days_ago(1), days_ago(10), days_ago(30), LONG_AGO):
        model = learned(ben=OTHERS["ben"], cleo={"ink": day, "pen": day})
        model.forget("cleo", but={"ink": None, "pen": None})
        states.add(model.state())
    assert len(states) == 1


def test_a_day_that_may_be_known_now_waits_for_learning_anew() -> None:
    model = learned(ben=OTHERS["ben"], cleo={"ink": None})
    assert not model.forget("cleo", but={"ink": None})
    model.forget("cleo", but={"ink": days_ago(100)})
    assert model.state() == learned(ben=OTHERS["ben"]).state()


def test_what_nobody_bought_any_more_is_not_in_the_state() -> None:
    model = learned(**OTHERS)
    model.forget("cleo")
    assert b"cup" not in model.state()
    model.forget("ben")
    assert model.state() == learned().state()


def test_what_was_hers_is_overwritten_at_once() -> None:
    model = learned(**OTHERS)
    model.forget("cleo", but={"ink": days_ago(0)})
    assert model.contributions.of("cleo").products.tolist() == [1]
    model.forget("cleo")
    assert len(model.contributions.of("cleo").products) == 0
    kept = [getattr(model.contributions, name) for name in ("_products", "_weights", "_recent", "_ages")]
    assert [int(np.count_nonzero(array > 0)) for array in kept] == [2, 2, 2, 2]  # ben's


def test_the_state_tells_settings_and_day_apart() -> None:
    states = {
        learned(**OTHERS).digest(),
        learned(LearningSettings(k=3), **OTHERS).digest(),
        learn(OTHERS, today=days_ago(-1), settings=SETTINGS).digest(),
    }
    assert len(states) == 3


def test_in_a_shop_with_few_customers_less_holds_back_what_is_learned() -> None:
    """In few steps: that one customer comes or leaves must not change everything that others are told."""
    settings, unit = LearningSettings(), WEIGHT_UNIT * WEIGHT_UNIT
    assert [settings.ridge(customers) // unit for customers in (0, 49, 50, 99, 100, 399, 400, 10_000)] == [
        *(2, 2, 12, 12, 25, 50, 100, 100)
    ]
    assert len({settings.ridge(customers) for customers in range(1_000)}) == 5
    assert LearningSettings(penalty=30).ridge(10_000) == 30 * unit
