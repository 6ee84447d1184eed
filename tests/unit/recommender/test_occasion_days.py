"""On which day an occasion is: days that were looked up in other calendars, not computed here."""

from datetime import date

import pytest

from recommender.inputs import Occasion
from recommender.occasion_days import ComingOccasion, coming, day_in, next_day
from recommender.occasions import Feast


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("02-14", date(2026, 2, 14)),
        ("2026-07-30", date(2026, 7, 30)),
        ("02-29", date(2026, 2, 28)),
        ("chinese_new_year", date(2026, 2, 17)),
        ("lantern_festival", date(2026, 3, 3)),
        ("easter", date(2026, 4, 5)),
        ("mothers_day", date(2026, 5, 10)),
        ("dragon_boat", date(2026, 6, 19)),
        ("fathers_day", date(2026, 6, 21)),
        ("qixi", date(2026, 8, 19)),
        ("mid_autumn", date(2026, 9, 25)),
        ("thanksgiving", date(2026, 11, 26)),
        ("christmas", date(2026, 12, 25)),
        ("valentines_day", date(2026, 2, 14)),
    ],
)
def test_the_days_of_2026(told: str, day: date) -> None:
    assert day_in(2026, told, None) == day


@pytest.mark.parametrize(
    ("year", "told", "day"),
    [
        (2025, "mid_autumn", date(2025, 10, 6)),
        (2025, "dragon_boat", date(2025, 5, 31)),
        (2028, "02-29", date(2028, 2, 29)),
        (2028, "chinese_new_year", date(2028, 1, 26)),
        (2033, "mid_autumn", date(2033, 9, 8)),
        (2030, "easter", date(2030, 4, 21)),
    ],
)
def test_the_days_of_other_years(year: int, told: str, day: date) -> None:
    assert day_in(year, told, None) == day


def test_every_feast_has_a_day_each_year() -> None:
    for feast in Feast:
        for year in range(2024, 2050):
            day = day_in(year, feast, None)
            assert day is not None and day.year == year


@pytest.mark.parametrize(
    ("told", "country", "day"),
    [
        ("mothers_day", "GB", date(2026, 3, 15)),
        ("mothers_day", "SE", date(2026, 5, 31)),
        ("mothers_day", "ES", date(2026, 5, 3)),
        ("mothers_day", "DE", date(2026, 5, 10)),
        ("fathers_day", "DE", date(2026, 5, 14)),
        ("fathers_day", "AU", date(2026, 9, 6)),
        ("thanksgiving", "CA", date(2026, 10, 12)),
    ],
)
def test_some_feasts_are_on_another_day_elsewhere(told: str, country: str, day: date) -> None:
    assert day_in(2026, told, country) == day


def test_what_was_once_does_not_come_again() -> None:
    assert next_day("2026-02-14", date(2026, 2, 14), None) == date(2026, 2, 14)
    assert next_day("2026-02-14", date(2026, 2, 15), None) is None


def test_a_feast_of_another_release_has_no_day() -> None:
    assert day_in(2026, "a_feast_of_tomorrow", None) is None


def test_the_next_one_may_be_next_year() -> None:
    assert next_day("02-14", date(2026, 2, 15), None) == date(2027, 2, 14)
    assert next_day("02-29", date(2026, 3, 1), None) == date(2027, 2, 28)


def test_the_soonest_comes_first() -> None:
    occasions = [Occasion(day="christmas"), Occasion(day="2020-01-01"), Occasion(day="02-14")]

    assert [one.occasion.day for one in coming(occasions, date(2026, 3, 1), None)] == ["christmas", "02-14"]


@pytest.mark.parametrize(("lead_days", "days_before", "in_lead"), [
    (None, 7, True), (None, 8, False), (10, 10, True), (10, 11, False), (0, 0, True), (0, 1, False),
])  # fmt: skip
def test_she_says_how_long_before(lead_days: int | None, days_before: int, in_lead: bool) -> None:
    one = ComingOccasion(occasion=Occasion(day="02-14", lead_days=lead_days), day=date(2026, 2, 14))

    assert one.is_in_lead(date.fromordinal(one.day.toordinal() - days_before), 7) is in_lead
