"""What a scope reaches, in three values, and which scope contains which."""

from datetime import datetime, timedelta

import pytest

from consent.items import ANYTHING, Item
from consent.scope import Items, Scope
from tests.builders import a_moment

A_TICK = timedelta(microseconds=1)
IN_1 = Item(order="o-1", product="ink", category="supplies")


def some(*, orders: str = "", products: str = "", categories: str = "", exceptions: str = "") -> Items:
    chosen = (frozenset(names.split()) for names in (orders, products, categories, exceptions))
    names = ("orders", "products", "categories", "exceptions")
    return Items(**dict(zip(names, chosen, strict=True)))


def a_scope(
    items: Items | None = None, data_from: datetime | None = None, channels: frozenset[str] | None = None
) -> Scope:
    return Scope(
        purpose="recommendations",
        fields=frozenset({"purchases.product"}),
        items=items,
        data_from=data_from,
        channels=channels,
    )


@pytest.mark.parametrize(
    ("items", "item", "expected"),
    [
        (some(orders="o-1"), IN_1, True),
        (some(orders="o-2"), IN_1, False),
        (some(products="ink"), IN_1, True),
        (some(categories="supplies"), IN_1, True),
        (some(orders="o-2", products="ink"), IN_1, True),
        (some(), IN_1, False),
        (some(exceptions="o-1"), IN_1, False),
        (some(exceptions="ink"), IN_1, False),
        (some(exceptions="supplies"), IN_1, False),
        (some(exceptions="o-2"), IN_1, True),
        (some(orders="o-1", exceptions="ink"), IN_1, False),
        (some(orders="o-1"), ANYTHING, None),
        (some(), ANYTHING, False),
        (some(exceptions="o-1"), ANYTHING, None),
        (some(exceptions="o-2"), Item(order="o-1", product="ink", category=None), True),
        (some(orders="o-1", exceptions="ink"), Item(order="o-1"), None),
        (some(products="ink"), Item(order="o-1", product=None, category=None), False),
        (some(products="ink"), Item(product=None, category=None), False),
    ],
)
def test_items_select_what_they_name_but_for_the_exceptions(
    items: Items, item: Item, expected: bool | None
) -> None:
    assert items.select(item) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (some(orders="o-1 o-2"), some(orders="o-1"), True),
        (some(orders="o-1"), some(orders="o-1"), True),
        (some(orders="o-1"), some(orders="o-1 o-2"), False),
        (some(products="ink"), some(products="ink"), True),
        (some(products="ink"), some(products="paper"), False),
        (some(categories="supplies"), some(categories="supplies"), True),
        (some(categories="supplies"), some(categories="toys"), False),
        (some(orders="o-1", products="ink"), some(orders="o-1"), True),
        (some(orders="o-1", products="ink"), some(orders="o-2", products="ink"), False),
        (some(products="ink", categories="toys"), some(products="paper", categories="toys"), False),
        (some(orders="o-1", categories="toys"), some(orders="o-1", categories="supplies"), False),
        (some(orders="o-1"), some(exceptions="o-2"), False),
        (some(orders="o-1"), some(), False),
        (some(exceptions="o-1"), some(orders="o-2", exceptions="o-1"), True),
        (some(exceptions="o-1"), some(exceptions="o-1 o-2"), True),
        (some(exceptions="o-1"), some(exceptions="o-1"), True),
        (some(exceptions="o-1"), some(exceptions="o-2"), False),
        (some(exceptions="o-1"), some(orders="o-2"), False),
        (some(orders="o-1", exceptions="ink"), some(orders="o-1"), False),
        (some(orders="o-1"), None, False),
        (some(exceptions="o-1"), None, False),
        (some(), some(orders="o-1"), False),
        (some(), some(), False),
    ],
)
def test_items_contain_what_is_surely_selected_by_them_too(
    wide: Items, narrow: Items | None, expected: bool
) -> None:
    assert wide.contain(narrow) is expected
    assert a_scope(wide).contain_data(a_scope(narrow)) is expected


def test_a_date_reaches_what_is_from_then_on_and_nobody_knows_of_what_has_none() -> None:
    since = a_scope(data_from=a_moment())
    for at, expected in ((a_moment() - A_TICK, False), (a_moment(), True), (a_moment(1), True), (None, None)):
        assert since.reach(Item(at=at)) is expected
    both = a_scope(some(orders="o-1"), a_moment())
    assert both.reach(Item(order="o-1", product=None, category=None, at=a_moment())) is True
    assert both.reach(Item(order="o-2", product=None, category=None, at=a_moment())) is False
    assert both.reach(Item(order="o-2", product=None, category=None)) is False
    assert both.reach(Item(order="o-1", product=None, category=None)) is None


def test_an_earlier_date_contains_a_later_one() -> None:
    for wide, narrow, expected in (
        (a_moment(), a_moment(), True),
        (a_moment(), a_moment(1), True),
        (a_moment(1), a_moment(), False),
        (a_moment(), None, False),
        (None, a_moment(), True),
    ):
        assert a_scope(data_from=wide).contain_data(a_scope(data_from=narrow)) is expected


def test_a_channel_that_nobody_has_told_may_be_one_of_those_chosen_if_any_are() -> None:
    mail, none = a_scope(channels=frozenset({"email"})), a_scope(channels=frozenset())
    assert [mail.reach_channel(one) for one in ("email", "sms", None)] == [True, False, None]
    assert [none.reach_channel(one) for one in ("email", None)] == [False, False]
    assert a_scope().reach_channel(None) is True
    assert a_scope().contain_channels(mail)
    assert mail.contain_channels(mail)
    assert not mail.contain_channels(a_scope())
    assert not mail.contain_channels(a_scope(channels=frozenset({"email", "sms"})))


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (a_scope(), a_scope(), True),
        (a_scope(channels=frozenset({"email"})), a_scope(), True),
        (a_scope(channels=frozenset({"email"})), a_scope(channels=frozenset({"letter"})), False),
        (a_scope(channels=frozenset({"email"})), a_scope(channels=frozenset({"email", "letter"})), True),
        (a_scope(some(products="ink")), a_scope(some(exceptions="ink")), False),
        (a_scope(some(products="ink paper")), a_scope(some(exceptions="ink")), True),
        (a_scope(some(exceptions="ink")), a_scope(some(exceptions="ink")), True),
        (a_scope(), Scope(purpose="recommendations", fields=frozenset({"purchases.date"})), False),
        (a_scope(), Scope(purpose="reminders", fields=frozenset({"purchases.product"})), False),
    ],
)
def test_two_scopes_may_meet_unless_something_keeps_them_apart(one: Scope, other: Scope, may: bool) -> None:
    assert one.may_meet(other) is may
