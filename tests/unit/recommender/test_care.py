"""Care tips: when one is due, for what, in what order, and how few."""

from datetime import date, timedelta

import pytest

from recommender.inputs import ListKind, PermittedData
from recommender.ranking import recommend
from recommender.results import CareTip, Recommendation, Source
from recommender.strategies.care import CARE
from recommender.strategies.care_for_this import CARE_FOR_THIS
from recommender.tips import Age, Interval, Season, Tip
from tests.builders import (
    a_catalogue,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_return,
    a_situation,
    a_tip,
    permitted,
)

TODAY = a_moment().date()
NEW_YEAR = Season(first=(11, 1), last=(2, 29))


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(("age", "is_due"), [(59, False), (60, True), (90, True), (91, False)])
def test_by_age_from_a_day_until_a_day(age: int, is_due: bool) -> None:
    assert Age(after_days=60, until_days=90).is_due(days_ago(age), TODAY) is is_due


def test_by_age_without_an_end_for_good() -> None:
    assert Age(after_days=60).is_due(days_ago(9_000), TODAY)


@pytest.mark.parametrize(
    ("age", "is_due"), [(0, False), (99, False), (100, True), (113, True), (114, False), (200, True)]
)
def test_at_an_interval_for_two_weeks(age: int, is_due: bool) -> None:
    assert Interval(every_days=100).is_due(days_ago(age), TODAY) is is_due


def test_a_short_interval_is_due_from_its_first_time_on() -> None:
    assert [Interval(every_days=3).is_due(days_ago(age), TODAY) for age in (2, 3, 4, 5, 6)] == [
        False, True, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("due", [Age(after_days=1), Interval(every_days=1)])
def test_without_a_day_or_with_one_to_come_nothing_is_old_enough(due: Age | Interval) -> None:
    assert not due.is_due(None, TODAY)
    assert not due.is_due(days_ago(-30), TODAY)


@pytest.mark.parametrize(
    ("day", "is_due"),
    [("2026-10-31", False), ("2026-11-01", True), ("2027-01-01", True), ("2027-02-28", True),
     ("2027-03-01", False), ("2028-02-29", True), ("2028-03-01", False)],
)  # fmt: skip
def test_a_season_may_span_new_year_and_end_on_29_february(day: str, is_due: bool) -> None:
    assert NEW_YEAR.is_due(None, date.fromisoformat(day)) is is_due


def test_a_season_within_a_year_has_both_its_days() -> None:
    summer = Season(first=(6, 1), last=(8, 31))
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [summer.is_due(None, day) for day in days] == [False, True, True, False]


# For what she has

SHOP = a_catalogue(
    a_product("printer", category="printers", brand="HP"),
    a_product("laser", category="printers"),
    a_product("ink", category="ink"),
    *(a_product(f"p{number}") for number in range(8)),
    fits={"ink": ["printer"]},
    tips=[
        a_tip("a-brand", brands=["HP"]),
        a_tip("b-category", categories=["printers"]),
        a_tip("c-product", "printer", due=Age(after_days=30)),
        a_tip("winter", "printer", due=NEW_YEAR),
    ],
)


def listed(
    data: PermittedData,
    *page: str,
    limit: int = 10,
    list_kind: ListKind = ListKind.ALL,
    tips: list[Tip] | None = None,
) -> Recommendation:
    shop = SHOP if tips is None else a_catalogue(*SHOP.products.values(), fits=SHOP.fits, tips=tips)
    return recommend(a_situation(shop, data=data, request=a_request(*page, limit=limit, list_kind=list_kind)))


def tips_of(found: Recommendation) -> list[str]:
    return [item.tip_id for item in found.items if isinstance(item, CareTip)]


def test_the_nearest_tip_comes_first_and_two_are_enough() -> None:
    assert tips_of(listed(permitted(a_purchase("printer", days_ago=40)))) == ["c-product", "b-category"]


def test_two_things_of_hers_bring_a_tip_once() -> None:
    data = permitted(a_purchase("printer", days_ago=40), a_device("laser"))
    assert tips_of(listed(data, tips=[a_tip("b-category", categories=["printers"])])) == ["b-category"]


def test_they_stand_behind_what_she_needs_and_take_no_place_from_it() -> None:
    data = permitted(a_purchase("printer", days_ago=40))
    found = listed(data)
    assert [getattr(item, "product_id", "a tip") for item in found.items[:3]] == ["ink", "a tip", "a tip"]
    assert len(found.items) == 10
    assert found.personalised


@pytest.mark.parametrize(("limit", "tips"), [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (50, 2)])
def test_of_three_items_one_is_a_tip_at_most(limit: int, tips: int) -> None:
    assert len(tips_of(listed(permitted(a_purchase("printer", days_ago=40)), limit=limit))) == tips


@pytest.mark.parametrize("list_kind", [ListKind.AGAIN, ListKind.NEW])
def test_a_list_of_one_kind_has_none(list_kind: ListKind) -> None:
    assert tips_of(listed(permitted(a_purchase("printer", days_ago=40)), list_kind=list_kind)) == []


def test_without_the_day_there_are_those_of_the_season() -> None:
    data = permitted(a_purchase("printer", days_ago=40), fields=["purchases.product"])
    assert tips_of(listed(data)) == ["b-category", "a-brand"]


def test_none_for_what_she_gave_back_or_has_no_more() -> None:
    returned = permitted(a_purchase("printer", days_ago=40), a_return("printer", days_ago=30))
    gone = permitted(a_purchase("printer", days_ago=40), a_device("printer", gone=True))
    assert tips_of(listed(returned)) == tips_of(listed(gone)) == []


def test_none_for_what_the_shop_no_longer_knows() -> None:
    data = permitted(a_purchase("unknown", days_ago=40), a_device("unknown-too", days_ago=40))
    tips = [a_tip("any", "unknown", "unknown-too")]
    assert tips_of(listed(data, tips=tips)) == []


def test_the_day_that_she_told_us_counts_as_well() -> None:
    assert "c-product" in tips_of(listed(permitted(a_device("printer", days_ago=40))))
    assert "c-product" not in tips_of(listed(permitted(a_device("printer", days_ago=10))))


def test_what_it_rests_on_adds_up_and_the_day_has_half_of_what_is_due_by_age() -> None:
    data = permitted(a_purchase("printer", days_ago=40))
    [by_age] = [one for one in CARE.propose(a_situation(SHOP, data=data)) if one.tip_id == "c-product"]
    shares = {fact.field: fact.share for fact in by_age.reason.facts}
    assert shares == {"purchases.product": 5_000, "purchases.date": 5_000, "tip": 0}
    [of_season] = [one for one in CARE.propose(a_situation(SHOP, data=data)) if one.tip_id == "a-brand"]
    assert {fact.field: fact.share for fact in of_season.reason.facts}["purchases.product"] == 10_000


# On a product's page


def test_on_its_page_everybody_sees_a_tip_of_the_season_and_none_by_age() -> None:
    found = listed(permitted(fields=[]), "printer")
    assert tips_of(found) == ["b-category", "a-brand"]
    assert not found.personalised
    reasons = [item.reason for item in found.items if isinstance(item, CareTip)]
    assert all(fact.source is not Source.CUSTOMER for reason in reasons for fact in reason.facts)


def test_it_stands_behind_what_fits_the_product_on_the_page() -> None:
    assert getattr(listed(permitted(fields=[]), "printer").items[0], "product_id", "a tip") == "ink"


def test_the_page_of_what_is_sensitive_or_unknown_has_none() -> None:
    shop = a_catalogue(
        a_product("cream", category="care", sensitive=True), tips=[a_tip("skin", categories=["care"])]
    )
    for shown in ("cream", "unknown"):
        assert list(CARE_FOR_THIS.propose(a_situation(shop, request=a_request(shown)))) == []
