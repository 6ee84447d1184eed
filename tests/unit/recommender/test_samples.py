"""Samples in place of what is new to her; nothing of the kind where that is not known."""

import pytest

from recommender.catalogue import Catalogue
from recommender.inputs import ListKind, PermittedData
from recommender.inputs import Request as Asked
from recommender.ranking import recommend
from recommender.results import WHOLE, Source
from tests.builders import (
    a_catalogue,
    a_device,
    a_product,
    a_purchase,
    a_request,
    a_return,
    a_situation,
    bought_by_others,
    permitted,
)

SAMPLE = a_product("cream-3ml", sample_of="cream")
CREAM = a_product("cream", featured_rank=1)
SHOP = a_catalogue(CREAM, SAMPLE, "soap", "towel")
KNOWS_NOTHING = permitted(a_purchase("towel"))


def found(
    data: PermittedData, shop: Catalogue = SHOP, *, request: Asked | None = None
) -> list[tuple[str, str]]:
    others = bought_by_others({"soap": 7, "towel": 7})
    answer = recommend(a_situation(shop, data=data, request=request, others=others))
    return [(item.product_id, item.reason.code.value) for item in answer.items]


def codes(data: PermittedData, shop: Catalogue = SHOP) -> set[str]:
    return {code for _, code in found(data, shop)}


def test_the_sample_of_what_is_new_takes_its_place_and_the_thing_itself_comes_last() -> None:
    items = found(KNOWS_NOTHING)
    assert ("cream-3ml", "try_first") in items
    assert items[-1] == ("cream", "featured")
    without = found(permitted(fields=[]))
    assert without[0] == ("cream", "featured")
    assert without[-1][0] == "cream-3ml"


@pytest.mark.parametrize(
    "row",
    [
        a_purchase("cream", days_ago=700),
        a_device("cream"),
        a_device("cream", gone=True),
        a_purchase("cream-3ml"),
    ],
)
def test_what_she_has_or_had_or_tried_is_not_tried_again(row: object) -> None:
    assert "try_first" not in codes(permitted(a_purchase("towel"), row))  # type: ignore[arg-type]


def test_what_she_took_back_is_not_new_to_her() -> None:
    assert "try_first" not in codes(permitted(a_purchase("cream"), a_return("cream", days_ago=1)))


def test_a_variant_of_what_she_has_is_not_new_to_her() -> None:
    shop = a_catalogue(
        a_product("cream", group="cream", featured_rank=1), a_product("cream-xl", group="cream"), SAMPLE
    )
    assert "try_first" not in codes(permitted(a_purchase("cream-xl")), shop)


def test_the_sample_of_what_she_has_is_in_no_list() -> None:
    assert "cream-3ml" not in {id_ for id_, _ in found(permitted(a_purchase("cream", days_ago=5)))}


def test_without_her_purchases_nothing_is_known_to_be_new() -> None:
    assert "try_first" not in codes(permitted(a_device("soap"), fields=["devices.product"]))


@pytest.mark.parametrize(
    "products",
    [
        [CREAM, a_product("cream-3ml", sample_of="cream", available=False)],
        [CREAM, a_product("cream-3ml", sample_of="cream", sensitive=True)],
        [a_product("cream", featured_rank=1, sensitive=True), SAMPLE],
        [a_product("cream", featured_rank=1, sample_of="cream")],
        [CREAM, a_product("other", sample_of="not-in-this-shop")],
        ["cream", SAMPLE],
    ],
    ids=["sold out", "sensitive sample", "sensitive", "of itself", "of nothing", "nothing speaks for it"],
)
def test_there_are_things_that_nobody_can_try(products: list[object]) -> None:
    assert "try_first" not in codes(KNOWS_NOTHING, a_catalogue(*products))  # type: ignore[arg-type]


def test_a_list_of_what_she_bought_before_has_no_samples() -> None:
    again = a_request(list_kind=ListKind.AGAIN)
    assert "try_first" not in {code for _, code in found(KNOWS_NOTHING, request=again)}


def test_a_sample_on_the_page_is_not_suggested() -> None:
    assert "cream-3ml" not in {id_ for id_, _ in found(KNOWS_NOTHING, request=a_request("cream-3ml"))}


def test_what_speaks_for_the_thing_speaks_for_its_sample_share_by_share() -> None:
    shop = a_catalogue("soap", "towel", a_product("soap-mini", sample_of="soap"))
    data = permitted(a_purchase("towel", days_ago=1))
    others = bought_by_others({"soap": 7, "towel": 7})
    answer = recommend(a_situation(shop, data=data, others=others))
    first = answer.items[0]
    assert (first.product_id, first.reason.code) == ("soap-mini", "try_first")
    assert sum(fact.share for fact in first.reason.facts) + first.reason.others.share == WHOLE
    facts = first.reason.facts
    hers = [(one.ref, one.field) for one in facts if one.source is Source.CUSTOMER and one.value != 0]
    assert hers == [("towel", "purchases.product"), ("towel", "purchases.date")]
    assert [one.ref for one in facts if one.value == 0] == ["soap"]
    assert first.reason.facts[-1].ref == "soap-mini → soap"
    assert answer.personalised
