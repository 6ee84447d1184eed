"""What of a customer, or of a page, speaks for products; and how strongly."""

import pytest

from recommender.inputs import Browsed, Purchase
from recommender.learning.contributions import History
from recommender.learning.neighbourhood import NO_PRODUCT
from recommender.learning.settings import LearningSettings
from recommender.profiles import Known, her_profile, page_profile
from recommender.results import Source
from tests.builders import (
    BROWSING,
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_return,
    a_situation,
    bought_by_others,
    browsed,
    permitted,
)

HALF_LIFE = LearningSettings().profile_half_life
SHOP = a_catalogue("tent", "bag", "stove", a_product("test", sensitive=True))
OTHERS = bought_by_others(ben=["tent", "bag", "test"], cleo=["tent", "sold-out-for-good"])


def of_hers(*rows: Purchase, fields: frozenset[str] = PURCHASES) -> Known:
    return her_profile(a_situation(SHOP, data=permitted(*rows, fields=fields), others=OTHERS))


def of_browsing(
    *rows: Purchase, fields: frozenset[str] = PURCHASES | BROWSING, **browsing: list[Browsed]
) -> Known:
    data = permitted(*rows, views=browsing.get("views", ()), carts=browsing.get("carts", ()), fields=fields)
    return her_profile(a_situation(SHOP, data=data, others=OTHERS))


def of_page(*page: str, others: dict[str, History] | None = None) -> Known:
    return page_profile(a_situation(SHOP, request=a_request(*page), others=others or OTHERS))


def spoken(known: Known) -> dict[str, int]:
    """Product id -> how strongly it speaks."""
    ids = [one.product_id for one in known.speaking]
    return dict(zip(ids, known.profile.strengths.tolist(), strict=True))


def test_each_product_on_the_page_is_as_strong_as_a_purchase_of_today() -> None:
    known = of_page("tent", "bag")
    assert spoken(known) == {"bag": 256, "tent": 256}
    assert {(one.source, one.field) for one in known.speaking} == {(Source.REQUEST, "product_id")}
    assert len(known.profile.own) == len(known.profile.frequency) == 0


def test_twice_in_the_cart_is_once() -> None:
    assert spoken(of_page("tent", "tent")) == {"tent": 256}


def test_what_is_sensitive_says_nothing() -> None:
    assert spoken(of_page("test")) == {}
    known = of_hers(a_purchase("test"))
    assert spoken(known) == {} and known.profile.own == ()


def test_what_nobody_else_bought_is_a_source_that_points_nowhere() -> None:
    """It is a fact of hers all the same: whether others bought it as well must not make a difference to that."""
    known = of_hers(a_purchase("stove", days_ago=0), a_purchase("bag", days_ago=0))
    assert spoken(known) == {"bag": 256, "stove": 256}
    assert known.profile.sources.tolist() == [0, NO_PRODUCT]
    assert known.profile.own == ("bag", "stove")
    assert of_page("unheard-of").profile.sources.tolist() == [NO_PRODUCT]


def test_a_day_on_which_she_bought_only_what_is_sensitive_is_no_visit() -> None:
    known = of_hers(a_purchase("test", days_ago=3), a_purchase("tent", days_ago=90))
    assert known.profile.frequency.tolist() == [256]


def test_what_is_not_in_the_catalogue_any_more_still_speaks() -> None:
    assert spoken(of_hers(a_purchase("sold-out-for-good", days_ago=0))) == {"sold-out-for-good": 256}


def test_the_later_she_bought_it_the_stronger_it_speaks() -> None:
    known = of_hers(a_purchase("tent", days_ago=HALF_LIFE), a_purchase("bag", days_ago=0))
    assert spoken(known) == {"bag": 256, "tent": 128}
    assert [one.day for one in known.speaking] == [a_moment().date(), a_moment(-HALF_LIFE).date()]


def test_of_several_days_the_last_counts_and_what_came_back_does_not() -> None:
    twice = of_hers(a_purchase("tent", days_ago=HALF_LIFE + 30), a_purchase("tent", days_ago=HALF_LIFE))
    assert spoken(twice) == {"tent": 128}
    assert spoken(of_hers(a_purchase("tent", days_ago=HALF_LIFE), a_return("tent", days_ago=50))) == {}


def test_without_its_day_a_purchase_is_as_strong_as_after_one_half_life() -> None:
    known = of_hers(a_purchase("tent", days_ago=0), fields=frozenset({"purchases.product"}))
    assert spoken(known) == {"tent": 128}
    assert known.speaking[0].day is None


@pytest.mark.parametrize(
    ("rows", "frequency"),
    [
        ([a_purchase("tent", days_ago=3)], [256]),
        ([a_purchase("tent", days_ago=3), a_purchase("tent", days_ago=3)], [256]),  # one visit
        # Two visits; the one before the last is one visit ago: 256 * 2^(-1/7) is 232.
        ([a_purchase("tent", days_ago=3), a_purchase("tent", days_ago=90)], [256 + 232]),
        ([a_purchase("bag", days_ago=3), a_purchase("tent", days_ago=90)], [256, 232]),
        ([a_purchase("tent", days_ago=None), a_purchase("tent", days_ago=None)], [512]),
        ([a_purchase("tent", days_ago=None), a_purchase("tent", days_ago=90)], [512]),
    ],
)
def test_how_often_counts_in_visits_the_later_the_more(rows: list[Purchase], frequency: list[int]) -> None:
    known = of_hers(*rows)
    assert known.profile.frequency.tolist() == frequency
    assert len(known.profile.own) == len(frequency)


def test_her_purchases_stand_in_the_order_of_their_ids() -> None:
    known = of_hers(a_purchase("tent", days_ago=1), a_purchase("bag", days_ago=9))
    assert known.profile.own == ("bag", "tent")
    assert [one.product_id for one in known.speaking] == ["bag", "tent"]


def test_a_view_of_today_is_a_quarter_of_a_purchase_and_a_cart_half_of_one() -> None:
    assert spoken(of_browsing(views=[browsed("tent")])) == {"tent": 64}
    assert spoken(of_browsing(carts=[browsed("tent")])) == {"tent": 128}


def test_what_she_browsed_fades_within_weeks() -> None:
    known = of_browsing(views=[browsed("tent", days_ago=7)], carts=[browsed("bag", days_ago=14)])
    assert spoken(known) == {"tent": 32, "bag": 32}
    assert spoken(of_browsing(views=[browsed("tent", days_ago=90)])) == {"tent": 0}


def test_of_several_views_of_one_product_the_last_counts_and_no_more_than_one() -> None:
    rows = [browsed("tent", days_ago=days) for days in (7, 0, 14)]
    known = of_browsing(views=rows)
    assert spoken(known) == {"tent": 64}
    assert [one.day for one in known.speaking] == [a_moment().date()]
    assert spoken(of_browsing(views=rows[::-1])) == spoken(known)


def test_what_she_bought_carted_and_looked_at_are_three_facts_and_only_the_first_is_her_own() -> None:
    known = of_browsing(
        a_purchase("tent", days_ago=HALF_LIFE),
        views=[browsed("tent")],
        carts=[browsed("tent"), browsed("bag")],
    )
    found = [(one.field, one.product_id) for one in known.speaking]
    assert found == [
        ("purchases.product", "tent"),
        ("browsing.carts", "bag"),
        ("browsing.carts", "tent"),
        ("browsing.views", "tent"),
    ]
    assert known.profile.strengths.tolist() == [128, 128, 128, 64]
    assert known.profile.own == ("tent",)
    assert known.profile.frequency.tolist() == [256]


def test_what_she_browsed_says_nothing_if_it_is_sensitive_or_withheld() -> None:
    rows = [browsed("test")]
    assert spoken(of_browsing(views=rows, carts=rows)) == {}
    assert spoken(of_browsing(views=[browsed("tent")], fields=frozenset({"browsing.carts"}))) == {}
    assert spoken(of_browsing(carts=[browsed("tent")], fields=frozenset({"browsing.views"}))) == {}


def test_a_view_of_tomorrow_is_one_of_today() -> None:
    """Clocks of shops and of the service differ."""
    assert spoken(of_browsing(views=[browsed("tent", days_ago=-1)])) == {"tent": 64}
