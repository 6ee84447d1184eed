"""When the order of a product may be proposed: when it is due, once, for no more than she agreed to."""

from datetime import date

import pytest

from recommender.catalogue import Catalogue
from recommender.inputs import NOTHING_PERMITTED, Money, PermittedData, Purchase, Settings
from recommender.standing_orders import NotProposed, why_not_proposed
from tests.builders import a_catalogue, a_moment, a_product, a_purchase, permitted

EUR_20 = Money(amount="20.00", currency="EUR")
SHOP = a_catalogue(
    a_product("coffee", price="18.50", usual_days=40),
    a_product("tea", price="20.01", usual_days=40),
    a_product("salt", usual_days=40),
    a_product("rice", price="3.00", usual_days=40, available=False),
    a_product("decaf", price="3.00", group="coffees", usual_days=40),
    a_product("espresso", price="3.00", group="coffees", usual_days=40),
)


def day(days_ago: int) -> date:
    return a_moment(-days_ago).date()


def why_not(
    product_id: str,
    data: PermittedData,
    *,
    catalogue: Catalogue = SHOP,
    limit: Money = EUR_20,
    proposed: int | None = None,
) -> NotProposed | None:
    return why_not_proposed(
        product_id,
        data=data,
        catalogue=catalogue,
        price_limit=limit,
        proposed_on=None if proposed is None else day(proposed),
        today=day(0),
        settings=Settings(),
    )


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [(31, NotProposed.NOT_DUE), (32, None), (120, None), (121, NotProposed.NOT_DUE)],
)
def test_it_is_proposed_when_it_is_due_and_not_when_she_has_stopped(
    days_ago: int, expected: NotProposed | None
) -> None:
    assert why_not("coffee", permitted(a_purchase("coffee", days_ago=days_ago))) is expected


@pytest.mark.parametrize(
    "data",
    [
        NOTHING_PERMITTED,
        permitted(),
        permitted(a_purchase("coffee", days_ago=None)),
        permitted(a_purchase("coffee", days_ago=40), a_purchase("coffee", days_ago=39, returned=True)),
    ],
    ids=["nothing read", "nothing bought", "no day", "returned"],
)
def test_without_a_day_on_which_she_bought_and_kept_it_it_is_not_due(data: PermittedData) -> None:
    assert why_not("coffee", data) is NotProposed.NOT_DUE


def test_what_else_she_bought_has_no_part_in_it_not_even_a_variant() -> None:
    alone = [a_purchase("decaf", days_ago=40)]
    others: list[Purchase] = [a_purchase("espresso", days_ago=1), a_purchase("coffee", days_ago=2)]
    assert why_not("decaf", permitted(*alone)) is None
    assert why_not("decaf", permitted(*alone, *others)) is None


@pytest.mark.parametrize(
    ("bought", "proposed", "expected"),
    [
        (35, 1, NotProposed.ALREADY_PROPOSED),
        (35, 0, NotProposed.ALREADY_PROPOSED),
        (75, 39, NotProposed.ALREADY_PROPOSED),
        (75, 40, None),  # another interval has passed
        (35, 36, None),  # she bought it since
        (35, 35, None),  # on the very day
    ],
)
def test_it_is_proposed_once_until_she_buys_it_or_another_interval_has_passed(
    bought: int, proposed: int, expected: NotProposed | None
) -> None:
    data = permitted(a_purchase("coffee", days_ago=bought))
    assert why_not("coffee", data, proposed=proposed) is expected


@pytest.mark.parametrize(
    ("product_id", "expected"),
    [
        ("tea", NotProposed.OVER_PRICE_LIMIT),
        ("salt", NotProposed.OVER_PRICE_LIMIT),
        ("rice", NotProposed.NOT_AVAILABLE),
    ],
)
def test_what_costs_more_or_nobody_knows_or_is_not_to_be_had_is_held_back(
    product_id: str, expected: NotProposed
) -> None:
    assert why_not(product_id, permitted(a_purchase(product_id, days_ago=40))) is expected


def test_another_currency_is_no_price_to_compare() -> None:
    limit = Money(amount="1000.00", currency="USD")
    data = permitted(a_purchase("coffee", days_ago=40))
    assert why_not("coffee", data, limit=limit) is NotProposed.OVER_PRICE_LIMIT


def test_what_the_shop_does_not_know_is_not_proposed() -> None:
    rows = [a_purchase("gone", days_ago=40 * number) for number in (1, 2, 3, 4)]
    assert why_not("gone", permitted(*rows)) is NotProposed.NOT_AVAILABLE
