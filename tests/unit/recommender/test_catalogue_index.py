"""The catalogue: the shop's order, what fits what, what counts as one thing, and the shelf."""

from itertools import permutations

import pytest

from recommender.catalogue import build_catalogue
from recommender.inputs import Product
from tests.builders import a_catalogue, a_product


def test_what_the_shop_features_comes_in_its_order_and_ids_settle_the_rest() -> None:
    catalogue = a_catalogue(
        "zebra",
        "ant",
        a_product("bee", featured_rank=7),
        a_product("dog", featured_rank=2),
        a_product("cat", featured_rank=2),
        a_product("yak", featured_rank=0),
    )
    assert list(catalogue.products) == ["yak", "cat", "dog", "bee", "ant", "zebra"]
    assert catalogue.featured == ("yak", "cat", "dog", "bee")


def test_what_is_sold_out_is_neither_featured_nor_on_the_shelf_nor_offered() -> None:
    catalogue = a_catalogue(a_product("gone", available=False, featured_rank=1), "paper")
    assert catalogue.featured == ()
    assert catalogue.shelf == ("paper",)
    assert not catalogue.is_offered("gone")
    assert catalogue.is_offered("paper")


def test_what_the_shop_does_not_know_is_not_offered() -> None:
    assert not a_catalogue("paper").is_offered("pen")


def test_nothing_sensitive_stands_on_the_shelf_but_the_shop_may_feature_it() -> None:
    catalogue = a_catalogue(a_product("test-kit", sensitive=True, featured_rank=1), "paper")
    assert catalogue.shelf == ("paper",)
    assert catalogue.featured == ("test-kit",)


def test_supplies_of_a_device_come_in_the_shops_order() -> None:
    catalogue = a_catalogue(
        "black",
        "cyan",
        a_product("yellow", featured_rank=1),
        fits={"black": ["printer"], "cyan": ["printer", "scanner"], "yellow": ["printer"]},
    )
    assert catalogue.supplies == {"printer": ("yellow", "black", "cyan"), "scanner": ("cyan",)}


def test_a_device_is_one_also_while_all_that_fits_it_is_sold_out() -> None:
    catalogue = a_catalogue(a_product("ink", available=False), fits={"ink": ["printer"]})
    assert catalogue.supplies == {"printer": ("ink",)}


def test_a_fit_of_a_product_that_the_shop_does_not_know_is_no_supply() -> None:
    assert a_catalogue("paper", fits={"ink": ["printer"]}).supplies == {}


def test_the_shelf_goes_through_the_categories_in_turn() -> None:
    catalogue = a_catalogue(
        a_product("ink-1", category="ink"),
        a_product("ink-2", category="ink"),
        a_product("ink-3", category="ink"),
        a_product("paper-1", category="paper"),
        a_product("paper-2", category="paper", featured_rank=1),
        a_product("pen", category="pens"),
        "uncategorised",
    )
    assert catalogue.shelf == ("uncategorised", "ink-1", "paper-2", "pen", "ink-2", "paper-1", "ink-3")


def test_an_empty_shop_has_empty_shelves() -> None:
    catalogue = a_catalogue()
    assert (catalogue.featured, catalogue.shelf, catalogue.supplies) == ((), (), {})


def _same_group(one: Product, other: Product, *, fits: dict[str, list[str]] | None = None) -> bool:
    catalogue = a_catalogue(one, other, fits=fits)
    return catalogue.group_of(one.id) == catalogue.group_of(other.id)


def test_a_product_without_variants_is_its_own_group() -> None:
    assert not _same_group(a_product("paper"), a_product("pen"))


def test_products_that_the_shop_groups_are_variants() -> None:
    assert _same_group(a_product("a", group="g", colour="red"), a_product("b", group="g", colour="blue"))
    assert not _same_group(a_product("a", group="g"), a_product("b", group="h"))
    assert not _same_group(a_product("a", group="b"), a_product("b"))


def test_supplies_that_the_shop_groups_are_variants_within_one_colour() -> None:
    small, large = a_product("s", group="g", colour="black"), a_product("l", group="g", colour="Black")
    cyan, plain = a_product("c", group="g", colour="cyan"), a_product("p", group="g")
    fits = {"s": ["printer"], "l": ["printer", "fax"], "c": ["printer"], "p": ["printer"]}
    assert _same_group(small, large, fits=fits)
    assert not _same_group(small, cyan, fits=fits)
    assert not _same_group(small, plain, fits=fits)


def test_the_shops_own_grouping_counts_for_more_than_what_is_alike() -> None:
    black, xl = a_product("950", group="g", colour="black"), a_product("950xl", colour="black")
    assert not _same_group(black, xl, fits={"950": ["printer"], "950xl": ["printer"]})


def test_supplies_alike_in_all_but_size_are_variants() -> None:
    black = a_product("950", brand="HP", category="ink", colour="black")
    xl = a_product("950xl", brand="HP", category="ink", colour="Black")
    assert _same_group(black, xl, fits={"950": ["p1", "p2"], "950xl": ["p2", "p1"]})


@pytest.mark.parametrize(
    ("other", "devices"),
    [
        (a_product("other", brand="HP", category="ink", colour="cyan"), ["printer"]),
        (a_product("other", brand="HP", category="ink"), ["printer"]),
        (a_product("other", brand="Other", category="ink", colour="black"), ["printer"]),
        (a_product("other", category="ink", colour="black"), ["printer"]),
        (a_product("other", brand="HP", category="toner", colour="black"), ["printer"]),
        (a_product("other", brand="HP", category="ink", colour="black"), ["printer", "fax"]),
        (a_product("other", brand="HP", category="ink", colour="black"), []),
    ],
    ids=["colour", "no colour", "brand", "no brand", "category", "devices", "no devices"],
)
def test_supplies_that_differ_in_more_than_size_are_not_variants(other: Product, devices: list[str]) -> None:
    black = a_product("950", brand="HP", category="ink", colour="black")
    assert not _same_group(black, other, fits={"950": ["printer"], "other": devices})


def test_things_of_one_colour_that_fit_nothing_are_not_variants() -> None:
    assert not _same_group(a_product("shirt", colour="black"), a_product("shoe", colour="black"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            a_product("a", brand="x|y", category="z", colour="red"),
            a_product("b", brand="x", category="y|z", colour="red"),
        ),
        (a_product("a", brand="None", colour="red"), a_product("b", colour="red")),
        (a_product("a", group="g|red"), a_product("b", group="g", colour="red")),
    ],
    ids=["separator", "None", "group"],
)
def test_no_spelling_makes_variants_of_what_is_not_alike(one: Product, other: Product) -> None:
    assert not _same_group(one, other, fits={"a": ["printer"], "b": ["printer"]})


def test_what_the_shop_no_longer_knows_is_nobodys_variant() -> None:
    catalogue = a_catalogue(a_product("a", group="g"), "paper")
    groups = {catalogue.group_of(id_) for id_ in ("a", "paper", "group:g", "product:paper", "g")}
    assert len(groups) == 5


def test_the_order_of_handing_in_changes_nothing() -> None:
    products = [
        a_product("ink", category="ink", featured_rank=2),
        a_product("toner", category="toner", featured_rank=2),
        a_product("paper", category="paper"),
        a_product("printer"),
    ]
    fits = {"ink": frozenset({"printer"}), "toner": frozenset({"printer"})}
    built = [build_catalogue(order, fits) for order in permutations(products)]
    assert all(one == built[0] and list(one.products) == list(built[0].products) for one in built)
