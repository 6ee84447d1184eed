"""When something is needed again; the expected intervals are computed by hand."""

from datetime import date, timedelta

import pytest

from recommender.inputs import Settings
from recommender.intervals import Rhythm, rhythm

TODAY = date(2026, 6, 10)


def bought(*days_ago: int, usual_days: int | None = None) -> Rhythm:
    days = [TODAY - timedelta(days=number) for number in days_ago]
    return rhythm(days, usual_days=usual_days, usual_at_all=40, today=TODAY)


@pytest.mark.parametrize(
    ("days_ago", "usual_days", "interval_days"),
    [
        ((5,), None, None),
        ((5,), 60, 60),
        ((45, 5), None, 40),
        ((45, 5), 90, 60),  # √(40 · 90)
        ((45, 5), 40, 40),
        ((26, 25, 9, 5), None, 7),  # ⁴√(1 · 16 · 4 · 40), where 40 is usual at all
        ((26, 25, 9, 5), 4, 4),
        ((26, 25, 9, 5), 1024, 16),  # ⁴√(1 · 16 · 4 · 1024)
        ((6, 5), None, 6),  # √(1 · 40)
        ((205, 5), None, 200),  # never earlier than her own time
        ((12, 5), 8, 7),  # √56 = 7.48, nearest day
        ((13, 5), 7, 7),
        ((35, 5), 2, 8),  # √60 = 7.75
    ],
)
def test_the_interval_is_the_geometric_mean_of_her_gaps_and_one_usual_gap(
    days_ago: tuple[int, ...], usual_days: int | None, interval_days: int | None
) -> None:
    assert bought(*days_ago, usual_days=usual_days).interval_days == interval_days


def test_a_rhythm_tells_how_often_when_first_and_when_last() -> None:
    own = bought(45, 5, 100, usual_days=30)
    assert (own.times, own.first, own.last) == (3, date(2026, 3, 2), date(2026, 6, 5))
    assert (own.elapsed_days, own.usual_days) == (5, 30)


def test_several_purchases_on_one_day_are_one_time() -> None:
    assert bought(45, 45, 5, 5, 5) == bought(45, 5)


def test_the_order_of_days_changes_nothing() -> None:
    assert bought(5, 100, 45) == bought(100, 45, 5)


def test_a_day_in_the_future_counts_as_today() -> None:
    assert bought(-3, usual_days=60).elapsed_days == 0
    assert not bought(-3, usual_days=1).is_due(Settings())


@pytest.mark.parametrize(
    ("elapsed_days", "interval_days", "due"),
    [
        (47, 60, False),
        (48, 60, True),
        (49, 60, True),
        (0, 1, False),
        (1, 1, True),
        (5, 7, False),
        (6, 7, True),
    ],
)
def test_due_from_exactly_the_set_share_of_the_interval_on(
    elapsed_days: int, interval_days: int, due: bool
) -> None:
    assert bought(elapsed_days, usual_days=interval_days).is_due(Settings(due_percent=80)) is due


def test_the_share_is_a_setting() -> None:
    assert not bought(59, usual_days=60).is_due(Settings(due_percent=100))
    assert bought(60, usual_days=60).is_due(Settings(due_percent=100))


@pytest.mark.parametrize(
    ("elapsed_days", "interval_days", "lapsed"),
    [(180, 60, False), (181, 60, True), (1200, 400, False), (1201, 400, True), (3, 1, False), (4, 1, True)],
)
def test_lapsed_past_the_set_share_of_the_interval_and_not_a_day_before(
    elapsed_days: int, interval_days: int, lapsed: bool
) -> None:
    assert bought(elapsed_days, usual_days=interval_days).has_lapsed(Settings(lapsed_percent=300)) is lapsed


@pytest.mark.parametrize(
    ("days_ago", "usual_days", "known"),
    [
        ((5,), None, False),
        ((5,), 60, True),
        ((45, 25), None, False),  # one gap is no rhythm
        ((65, 45, 25), None, True),
        ((66, 45, 25), None, True),  # 21 and 20: a twentieth more
        ((67, 45, 25), None, False),
        ((65, 45, 25, 5), None, True),
        ((75, 55, 25, 5), None, True),  # 20, 30 and 20: half as much again
        ((76, 56, 25, 5), None, False),
        ((76, 56, 25, 5), 60, True),
    ],
)
def test_an_interval_is_known_where_it_is_stated_or_shown_by_gaps_alike(
    days_ago: tuple[int, ...], usual_days: int | None, known: bool
) -> None:
    assert bought(*days_ago, usual_days=usual_days).is_known is known


@pytest.mark.parametrize(
    ("days_ago", "just_bought"),
    [
        ((6,), True),
        ((7,), False),
        ((2, 62), True),
        ((3, 63), False),
        ((0, 1, 2, 3, 4, 5), True),  # every day: an interval of two days
        ((1, 2, 3, 4, 5, 6), False),
    ],
)
def test_she_just_bought_it_for_a_week_or_if_she_comes_back_for_it_for_three_days_or_fewer(
    days_ago: tuple[int, ...], just_bought: bool
) -> None:
    own = bought(*days_ago)
    assert own.was_just_bought(Settings()) is just_bought


def test_how_long_she_just_bought_it_is_a_setting() -> None:
    settings = Settings(just_bought_days=30, just_bought_again_days=20, early_percent=50)
    assert [bought(days).was_just_bought(settings) for days in (29, 30)] == [True, False]
    assert [bought(days, days + 60).was_just_bought(settings) for days in (19, 20)] == [True, False]
    assert [bought(days, days + 10).was_just_bought(settings) for days in (9, 10)] == [
        True,
        False,
    ]  # of 20 days


def test_without_an_interval_never_due_and_never_lapsed() -> None:
    once = bought(5_000)
    assert not once.is_due(Settings())
    assert not once.has_lapsed(Settings())
