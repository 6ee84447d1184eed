"""Byleave is measured as it is served: by the recommender itself, on the day of the window."""

from datetime import date, timedelta

import numpy as np
import pytest

from recommender.catalogue import build_catalogue
from recommender.inputs import ListKind, PermittedData, Product, Purchase, Request, Settings
from recommender.learning.model import learn
from recommender.ranking import recommend, situation_of
from recommender.results import ReasonCode
from recommender.similarity import NOTHING_COMPARED
from service.evaluate.ours import Byleave, ScoresAlone, histories_of
from service.evaluate.purchases import Purchases
from tests.unit.service.evaluate.shops import FIRST, orders, orders_of_a_shop, purchases

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def shop() -> Purchases:
    return orders(("customer", "date", "sku"), orders_of_a_shop()).purchases


def fitted(method: Byleave, shop: Purchases, today: date = TODAY) -> Byleave:
    method.fit(shop, today)
    return method


def listed(method: Byleave, shop: Purchases, who: str, *, new_only: bool = False) -> list[str]:
    row = method.rank(np.array([shop.customers.index(who)]), new_only=new_only)[0]
    return [shop.products[place] for place in row.tolist() if place >= 0]


@pytest.mark.parametrize("kind", [ListKind.ALL, ListKind.NEW])
def test_what_is_measured_is_what_is_served(shop: Purchases, kind: ListKind) -> None:
    ours, settings = fitted(Byleave(), shop), Settings()
    model = learn(histories_of(shop), today=TODAY, settings=settings.learning)
    catalogue = build_catalogue((Product(id=one, title=one) for one in shop.products), {})
    for number in range(10):
        rows = np.flatnonzero(shop.customer == number).tolist()
        bought = tuple(
            Purchase(
                product_id=shop.products[shop.product[row]],
                day=date.fromordinal(int(shop.day[row])),
                quantity=None,
            )
            for row in rows
        )
        served = recommend(
            situation_of(
                Request(limit=10, list_kind=kind),
                data=PermittedData(
                    purchases=bought, fields=frozenset({"purchases.product", "purchases.date"})
                ),
                customer_id=shop.customers[number],
                catalogue=catalogue,
                learned=model,
                similarity=NOTHING_COMPARED,
                today=TODAY,
                settings=settings,
            )
        )
        found = listed(ours, shop, shop.customers[number], new_only=kind is ListKind.NEW)
        assert found == [one.product_id for one in served.products]


def test_what_she_just_bought_is_left_out_and_the_scores_alone_have_it() -> None:
    shop = purchases(*((f"c{number}", "tea", 90 + number % 2) for number in range(8)), ("c0", "cup", 0))
    today = FIRST + timedelta(days=95)
    assert "tea" not in listed(fitted(Byleave(), shop, today), shop, "c0")
    assert "tea" in listed(fitted(ScoresAlone(), shop, today), shop, "c0")
    assert "tea" in listed(fitted(Byleave(), shop, today + timedelta(days=3)), shop, "c0")


def test_it_learns_as_of_the_day_on_which_the_window_begins() -> None:
    """More bought the pot, but long ago: popular is what is bought now."""
    shop = purchases(
        *((f"old-{number}", "pot", 0) for number in range(9)),
        *((f"new-{number}", "cup", 380) for number in range(6)),
        ("anna", "jam", 370),
    )
    ours = fitted(Byleave(), shop, FIRST + timedelta(days=390))
    assert listed(ours, shop, "anna", new_only=True)[:2] == ["cup", "pot"]
    much_later = fitted(Byleave(), shop, date(2100, 1, 1))
    assert listed(much_later, shop, "anna", new_only=True)[:2] == ["pot", "cup"]


def test_what_is_not_sold_yet_is_on_no_list(shop: Purchases) -> None:
    known = shop.where(shop.product != 0)
    assert shop.products[0] not in listed(fitted(Byleave(), known), known, known.customers[1])


def test_as_if_only_some_of_it_were_known_nothing_that_she_bought_is_new(shop: Purchases) -> None:
    ours = fitted(Byleave(), shop)
    bought = ours.bought_by(3)
    for only in (None, frozenset[str](), frozenset(sorted(bought)[:1])):
        found = [one.product_id for one in ours.suggested(3, new_only=True, only=only)]
        assert found
        assert bought.isdisjoint(found)


def test_as_if_nobody_bought_it_a_product_is_not_popular() -> None:
    shop = purchases(*((f"c{number}", "tea", 80) for number in range(8)), ("anna", "cup", 10))
    ours = fitted(Byleave(), shop, FIRST + timedelta(days=95))
    anna = shop.customers.index("anna")
    reasons = [
        {one.product_id: one.reason.code for one in ours.suggested(anna, new_only=True, unpopular=unpopular)}
        for unpopular in (None, "tea")
    ]
    assert reasons[0]["tea"] is ReasonCode.POPULAR
    assert reasons[1].get("tea") is not ReasonCode.POPULAR
