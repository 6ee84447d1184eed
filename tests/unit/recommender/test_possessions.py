"""What she has: purchases less returns, devices bought and declared, what is stocked and what is due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import permutations

import pytest

from recommender.catalogue import Catalogue
from recommender.feedback import heard_of
from recommender.inputs import NOTHING_PERMITTED, Device, PermittedData, Purchase, Settings
from recommender.possessions import OwnedDevice, Possessions, kept_days, possessions_of
from tests.builders import a_catalogue, a_device, a_moment, a_product, a_purchase, a_return, permitted

ANY_SHOP = a_catalogue("paper", "pen")
PRINTER_SHOP = a_catalogue("printer", "scanner", "ink", fits={"ink": ["printer"]})


def possessions(catalogue: Catalogue, data: PermittedData, settings: Settings | None = None) -> Possessions:
    return possessions_of(data, catalogue, today=a_moment().date(), settings=settings or Settings())


def day(days_ago: int) -> date:
    return a_moment(-days_ago).date()


def stocked(catalogue: Catalogue, data: PermittedData, settings: Settings | None = None) -> set[str]:
    """Ids of the products that she has and is not due for."""
    groups = possessions(catalogue, data, settings).stocked
    return {product_id for product_id in catalogue.products if catalogue.group_of(product_id) in groups}


# Returns


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([a_purchase("paper", days_ago=9)], [9]),
        ([a_purchase("paper", days_ago=9), a_return("paper", days_ago=5)], []),
        ([a_purchase("paper", days_ago=9), a_return("paper", days_ago=9)], []),
        ([a_return("paper", days_ago=9), a_purchase("paper", days_ago=5)], [5]),
        (
            [
                a_purchase("paper", days_ago=9),
                a_purchase("paper", days_ago=7),
                a_return("paper", days_ago=5),
            ],
            [9],
        ),
        (
            [
                a_purchase("paper", days_ago=9),
                a_return("paper", days_ago=7),
                a_purchase("paper", days_ago=5),
            ],
            [5],
        ),
        ([a_purchase("paper", days_ago=9, quantity=3), a_return("paper", days_ago=5, quantity=2)], [9]),
        ([a_purchase("paper", days_ago=9, quantity=3), a_return("paper", days_ago=5, quantity=3)], []),
        ([a_purchase("paper", days_ago=9, quantity=1), a_return("paper", days_ago=5, quantity=7)], []),
        (
            [
                a_purchase("paper", days_ago=9, quantity=3),
                a_return("paper", days_ago=8, quantity=2),
                a_return("paper", days_ago=7, quantity=1),
            ],
            [],
        ),
        (
            [
                a_purchase("paper", days_ago=9, quantity=2),
                a_purchase("paper", days_ago=7, quantity=2),
                a_return("paper", days_ago=5, quantity=3),
            ],
            [9],
        ),
    ],
    ids=[
        "kept",
        "returned",
        "returned on the same day",
        "a return before it is another's",
        "the latest is taken back",
        "bought again after the return",
        "some of the units",
        "all of the units",
        "more than she bought",
        "bit by bit",
        "over two purchases",
    ],
)
def test_a_return_takes_back_the_latest_units_before_it(lines: list[Purchase], kept: list[int]) -> None:
    expected: Mapping[str, list[date]] = {"paper": [day(number) for number in kept]} if kept else {}
    for order in permutations(lines):
        assert kept_days(order) == expected


def test_without_quantities_a_return_takes_back_one_line() -> None:
    lines = [
        a_purchase("paper", days_ago=9, quantity=None),
        a_purchase("paper", days_ago=7, quantity=None),
        a_return("paper", days_ago=5, quantity=None),
    ]
    assert kept_days(lines) == {"paper": [day(9)]}


def test_without_dates_returns_are_netted_all_the_same() -> None:
    lines = [
        a_return("paper", days_ago=None),
        a_purchase("paper", days_ago=None),
        a_purchase("paper", days_ago=None, quantity=2),
        a_purchase("pen", days_ago=None),
        a_return("pen", days_ago=None),
    ]
    assert set(kept_days(lines)) == {"paper"}


def test_what_she_kept_comes_in_the_order_of_ids() -> None:
    for order in permutations([a_purchase("pen"), a_purchase("paper"), a_purchase("ink")]):
        assert list(kept_days(order)) == ["ink", "paper", "pen"]


def test_a_return_touches_no_other_product() -> None:
    assert set(kept_days([a_purchase("paper"), a_return("pen", days_ago=1)])) == {"paper"}


def test_what_was_returned_was_never_bought_but_is_not_new_to_her() -> None:
    data = permitted(a_purchase("printer", days_ago=9), a_return("printer", days_ago=5))
    found = possessions(PRINTER_SHOP, data)
    assert found.known == {PRINTER_SHOP.group_of("printer")}
    assert replace(found, known=frozenset()) == possessions(PRINTER_SHOP, permitted())


# Devices


def test_what_other_things_fit_is_a_device_once_she_bought_it() -> None:
    data = permitted(a_purchase("printer", days_ago=90), a_purchase("scanner"), a_purchase("ink"))
    expected = OwnedDevice(product_id="printer", known_from="purchases.product", since=day(90))
    assert possessions(PRINTER_SHOP, data).devices == {"printer": expected}


def test_what_she_declares_is_a_device_whatever_it_is() -> None:
    data = permitted(a_device("scanner", days_ago=30), a_device("not-from-here"))
    assert possessions(PRINTER_SHOP, data).devices == {
        "not-from-here": OwnedDevice(product_id="not-from-here", known_from="devices.product", since=None),
        "scanner": OwnedDevice(product_id="scanner", known_from="devices.product", since=day(30)),
    }


def test_a_device_that_she_bought_and_declared_is_known_from_the_purchase() -> None:
    data = permitted(a_purchase("printer", days_ago=9), a_device("printer", days_ago=400))
    assert possessions(PRINTER_SHOP, data).devices["printer"].known_from == "purchases.product"
    assert possessions(PRINTER_SHOP, data).devices["printer"].since == day(9)


def test_a_device_is_hers_since_she_last_bought_one() -> None:
    data = permitted(a_purchase("printer", days_ago=900), a_purchase("printer", days_ago=9))
    assert possessions(PRINTER_SHOP, data).devices["printer"].since == day(9)


def test_without_the_date_it_is_not_known_since_when() -> None:
    data = permitted(a_purchase("printer"), fields=["purchases.product"])
    assert possessions(PRINTER_SHOP, data).devices["printer"].since is None


def test_what_is_gone_is_gone_bought_or_declared() -> None:
    data = permitted(
        a_purchase("printer"), a_device("printer", gone=True), a_device("fax", gone=True), a_device("scanner")
    )
    has = possessions(PRINTER_SHOP, data)
    assert set(has.devices) == {"scanner"}
    assert has.gone == {"printer", "fax"}


def test_devices_come_in_the_order_of_ids() -> None:
    rows: list[Purchase | Device] = [a_device("scanner"), a_purchase("printer"), a_device("fax")]
    for order in permutations(rows):
        assert list(possessions(PRINTER_SHOP, permitted(*order)).devices) == ["fax", "printer", "scanner"]


# Stocked and due


def test_nothing_handed_in_is_nothing_had() -> None:
    nothing = Possessions(
        heard=heard_of(NOTHING_PERMITTED, today=a_moment().date(), settings=Settings()),
        devices={},
        gone=frozenset(),
        rhythms={},
        latest={},
        days={},
        stocked=frozenset(),
        known=frozenset(),
    )
    assert possessions(PRINTER_SHOP, NOTHING_PERMITTED) == nothing
    assert possessions(PRINTER_SHOP, permitted()) == nothing


def test_what_she_bought_is_stocked_until_it_is_due() -> None:
    shop = a_catalogue(a_product("paper", usual_days=100))
    assert stocked(shop, permitted(a_purchase("paper", days_ago=79))) == {"paper"}
    assert stocked(shop, permitted(a_purchase("paper", days_ago=80))) == set()


def test_where_nothing_tells_what_is_due_it_is_stocked_while_she_just_bought_it() -> None:
    assert stocked(ANY_SHOP, permitted(a_purchase("paper", days_ago=6))) == {"paper"}
    assert stocked(ANY_SHOP, permitted(a_purchase("paper", days_ago=7))) == set()
    twice = [
        permitted(a_purchase("paper", days_ago=90), a_purchase("paper", days_ago=days)) for days in (2, 3)
    ]
    assert [stocked(ANY_SHOP, data) for data in twice] == [{"paper"}, set()]


def test_where_she_has_shown_her_interval_it_is_stocked_until_it_is_due() -> None:
    for days, has in ((39, {"paper"}), (40, set())):
        rows = [a_purchase("paper", days_ago=days + 50 * number) for number in range(4)]
        assert stocked(ANY_SHOP, permitted(*rows)) == has


def test_a_device_is_stocked_for_good() -> None:
    assert stocked(PRINTER_SHOP, permitted(a_purchase("printer", days_ago=5_000))) == {"printer"}


def test_without_dates_what_she_bought_is_stocked() -> None:
    shop = a_catalogue(a_product("paper", usual_days=1))
    data = permitted(a_purchase("paper", days_ago=5_000), fields=["purchases.product"])
    assert stocked(shop, data) == {"paper"}
    assert possessions(shop, data).rhythms == {}
    assert possessions(shop, data).bought == {"paper"}


def test_a_supply_of_unknown_interval_is_due_after_the_time_that_is_set() -> None:
    settings = Settings(unknown_interval_days=30)
    assert stocked(PRINTER_SHOP, permitted(a_purchase("ink", days_ago=29)), settings) == {"ink"}
    assert stocked(PRINTER_SHOP, permitted(a_purchase("ink", days_ago=30)), settings) == set()
    assert (
        possessions(PRINTER_SHOP, permitted(a_purchase("ink", days_ago=30)))
        .rhythms[PRINTER_SHOP.group_of("ink")]
        .interval_days
        is None
    )  # so that no sentence makes a rhythm of a setting


def test_a_supply_whose_interval_she_has_shown_is_due_by_that() -> None:
    data = permitted(a_purchase("ink", days_ago=250), a_purchase("ink", days_ago=150))
    assert stocked(PRINTER_SHOP, data) == set()
    data = permitted(a_purchase("ink", days_ago=750), a_purchase("ink", days_ago=150))
    assert stocked(PRINTER_SHOP, data) == {"ink"}


def test_devices_that_she_has_are_stocked_and_those_that_are_gone_are_not() -> None:
    has = permitted(a_device("scanner"), a_purchase("printer"))
    had = permitted(a_device("scanner", gone=True), a_device("printer", gone=True), a_purchase("printer"))
    assert stocked(PRINTER_SHOP, has) == {"scanner", "printer"}
    assert stocked(PRINTER_SHOP, had) == set()


# Variants

a_black_ink = partial(a_product, brand="HP", category="ink", colour="black")
INK_SHOP = a_catalogue(
    a_black_ink("950", usual_days=50),
    a_black_ink("950xl", usual_days=200),
    fits={"950": ["printer"], "950xl": ["printer"]},
)
BLACK = INK_SHOP.group_of("950")


def test_variants_share_their_stock() -> None:
    assert stocked(INK_SHOP, permitted(a_purchase("950", days_ago=39))) == {"950", "950xl"}
    assert stocked(INK_SHOP, permitted(a_purchase("950", days_ago=40))) == set()


def test_variants_share_their_rhythm() -> None:
    data = permitted(a_purchase("950", days_ago=230), a_purchase("950xl", days_ago=30))
    own = possessions(INK_SHOP, data).rhythms[BLACK]
    assert (own.times, own.last, own.interval_days) == (2, day(30), 200)


def test_the_variant_bought_last_tells_how_long_it_lasts() -> None:
    small_last = permitted(a_purchase("950xl", days_ago=90), a_purchase("950", days_ago=40))
    large_last = permitted(a_purchase("950", days_ago=90), a_purchase("950xl", days_ago=40))
    assert possessions(INK_SHOP, small_last).rhythms[BLACK].interval_days == 50
    assert possessions(INK_SHOP, large_last).rhythms[BLACK].interval_days == 100  # √(50 · 200)
    assert possessions(INK_SHOP, large_last).latest == {BLACK: "950xl"}


def test_where_the_shop_says_nothing_of_the_last_it_counts_what_it_says_of_another() -> None:
    shop = a_catalogue(a_product("a", group="g", usual_days=60), a_product("b", group="g"))
    data = permitted(a_purchase("a", days_ago=70), a_purchase("b", days_ago=10))
    assert possessions(shop, data).rhythms["group:g"].usual_days == 60


def test_what_the_shop_says_of_a_variant_that_she_never_bought_does_not_count() -> None:
    shop = a_catalogue(a_product("a", group="g", usual_days=60), a_product("b", group="g"))
    assert possessions(shop, permitted(a_purchase("b"))).rhythms["group:g"].usual_days is None


def test_of_two_variants_bought_on_one_day_the_later_id_counts_as_the_last() -> None:
    for rows in permutations([a_purchase("950"), a_purchase("950xl")]):
        assert possessions(INK_SHOP, permitted(*rows)).latest == {BLACK: "950xl"}


def test_what_the_shop_no_longer_knows_is_had_all_the_same() -> None:
    has = possessions(ANY_SHOP, permitted(a_purchase("old", days_ago=47), a_purchase("old", days_ago=2)))
    group = ANY_SHOP.group_of("old")
    assert has.bought == {"old"}
    assert has.stocked == {group}
    assert has.rhythms[group].interval_days == 45
