"""Newcomer, occasional, regular, lapsed: by the days of her purchases, and none where one is not known."""

import pytest

from recommender.catalogue import Catalogue
from recommender.customer_types import kind_of
from recommender.inputs import PermittedData, Settings
from recommender.possessions import kept_days
from recommender.results import Candidate
from recommender.strategies.for_her_kind import FOR_HER_KIND
from tests.builders import (
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_return,
    a_situation,
    permitted,
)

SHOP = a_catalogue(
    a_product("beans", category="coffee"),
    a_product("secret", category="health", sensitive=True),
    a_product("starter", for_newcomers=True),
    a_product("box", for_newcomers=True),
    a_product("tasting", for_newcomers=True),
    a_product("hidden", for_newcomers=True, sensitive=True),
    a_product("espresso", category="coffee", available_since="2026-06-08"),
    a_product("teapot", category="tea", available_since="2026-06-09"),
    a_product("pills", category="health", available_since="2026-06-09"),
    a_product("tomorrow", category="coffee", available_since="2026-06-11"),
    a_product("some-day", category="coffee", available_since="soon"),
)


def bought(
    *days_ago: int | None, product: str = "beans", fields: frozenset[str] | None = None
) -> PermittedData:
    rows = [a_purchase(product, days_ago=ago) for ago in days_ago]
    return permitted(*rows) if fields is None else permitted(*rows, fields=fields)


def type_of(data: PermittedData) -> str | None:
    kind = kind_of(data, kept_days(data.purchases or ()), today=a_moment().date(), settings=Settings())
    return None if kind is None else kind.type.value


def proposed(data: PermittedData, *page: str, shop: Catalogue = SHOP) -> list[Candidate]:
    return list(FOR_HER_KIND.propose(a_situation(shop, data=data, request=a_request(*page))))


def ids(data: PermittedData, *page: str) -> list[str]:
    return [one.product_id for one in proposed(data, *page)]


@pytest.mark.parametrize(
    ("days_ago", "type_"),
    [
        ((), "newcomer"),
        ((0,), "newcomer"),
        ((180,), "newcomer"),
        ((181,), "lapsed"),
        ((5, 5, 5), "newcomer"),
        ((30, 5), "occasional"),
        ((60, 30, 5), "regular"),
        ((364, 200, 5), "regular"),
        ((366, 200, 5), "occasional"),
        ((720, 360), "occasional"),
        ((400, 300, 200), "occasional"),
        ((240, 220, 200), "lapsed"),
        ((-3,), "newcomer"),
    ],
)
def test_the_type_follows_from_the_days_of_her_purchases(days_ago: tuple[int, ...], type_: str) -> None:
    assert type_of(bought(*days_ago)) == type_


def test_who_comes_once_a_year_is_not_gone_after_half_a_one() -> None:
    assert type_of(bought(800, 435, 70)) == "occasional"
    assert type_of(bought(1100, 750, 400)) == "occasional"


def test_without_the_day_of_a_purchase_there_is_no_type() -> None:
    assert type_of(bought(60, None)) is None
    assert type_of(bought(60, 30, 5, fields=frozenset({"purchases.product"}))) is None
    assert type_of(permitted(fields=["devices.product"])) is None
    assert proposed(bought(60, None)) == []


def test_what_she_took_back_was_no_visit() -> None:
    data = permitted(a_purchase("beans", days_ago=60), a_purchase("teapot", days_ago=5), a_return("teapot"))
    assert type_of(data) == "occasional"
    returned = permitted(a_purchase("beans", days_ago=60), a_return("beans", days_ago=5))
    assert type_of(returned) == "newcomer"


def test_a_newcomer_gets_two_of_what_the_shop_has_for_newcomers() -> None:
    assert ids(bought(3)) == ["box", "starter"]
    assert ids(bought(3), "box") == ["starter", "tasting"]
    assert ids(bought(3, product="starter")) == ["box", "tasting"]


def test_a_regular_gets_what_is_new_of_a_kind_that_she_buys() -> None:
    assert ids(bought(60, 30, 5)) == ["espresso"]
    assert ids(bought(60, 30, 1)) == []
    assert ids(bought(60, 30, 5, product="no-longer-known")) == []


def test_who_was_away_for_long_gets_what_came_in_since_the_latest_first() -> None:
    assert ids(bought(400)) == ["pills", "teapot"]


def test_who_comes_now_and_then_gets_what_everybody_gets() -> None:
    assert proposed(bought(90, 30)) == []


def test_from_what_is_sensitive_no_kind_of_thing_is_told() -> None:
    assert ids(bought(60, 30, 5, product="secret")) == []
