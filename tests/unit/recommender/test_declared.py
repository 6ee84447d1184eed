"""What she told of herself: likes come before what is inferred, dislikes and sizes leave out, her budget sorts."""

import pytest

from recommender.catalogue import Catalogue
from recommender.inputs import ListKind, Money, PermittedData, Preferences, Product, Request
from recommender.preferences import is_ruled_out, is_within
from recommender.ranking import recommend
from recommender.results import WHOLE, ReasonCode, Recommendation, Source
from recommender.strategies import fields_used_of
from tests.builders import (
    PREFERENCES,
    PURCHASES,
    a_catalogue,
    a_product,
    a_purchase,
    a_request,
    a_situation,
    bought_by_others,
    euros,
    permitted,
    tells,
)

SHOP = a_catalogue(
    a_product("faber-pen", brand="Faber", category="pens", price="4.50"),
    a_product("faber-box", brand="Faber", category="boxes", price="90.00"),
    a_product("acme-pen", brand="Acme", category="pens"),
    a_product("acme-ink", brand="Acme", category="ink", price="8.00", featured_rank=1),
    a_product("delicate", brand="Faber", category="pens", sensitive=True),
    a_product("sold-out", brand="Faber", category="pens", available=False),
    a_product("shoe-38", category="Shoes", size="38"),
    a_product("shoe-44", category="Shoes", size=44),
    a_product("shoe", category="Shoes"),
    fits={"acme-ink": ["printer"]},
)


def suggestions(
    told: Preferences,
    *rows: str,
    shop: Catalogue = SHOP,
    request: Request | None = None,
    without: frozenset[str] = frozenset(),
) -> Recommendation:
    data = permitted(
        *(a_purchase(row) for row in rows), preferences=told, fields=(PREFERENCES | PURCHASES) - without
    )
    return recommended(data, shop, request)


def recommended(
    data: PermittedData, shop: Catalogue = SHOP, request: Request | None = None
) -> Recommendation:
    return recommend(
        a_situation(
            shop, data=data, request=request or a_request(limit=50), others=bought_by_others({"acme-pen": 9})
        )
    )


def ids(found: Recommendation, code: ReasonCode | None = None) -> list[str]:
    return [item.product_id for item in found.items if code in (None, item.reason.code)]


def declared(told: Preferences, **more: frozenset[str]) -> list[str]:
    return ids(suggestions(told, **more), ReasonCode.DECLARED)


def test_what_she_likes_comes_first_and_is_there_because_she_said_so() -> None:
    found = suggestions(tells(likes=["FABER "]))
    assert ids(found)[:2] == ["faber-box", "faber-pen"]
    assert declared(tells(likes=["FABER "])) == ["faber-box", "faber-pen"]
    assert found.personalised


def test_nothing_sensitive_and_nothing_sold_out_is_there_for_being_liked() -> None:
    assert {"delicate", "sold-out"}.isdisjoint(ids(suggestions(tells(likes=["Faber"]))))


def test_what_is_of_both_comes_before_what_is_of_one_and_each_like_has_its_turn() -> None:
    told = tells(likes=["Faber"], liked_categories=["Pens", "ink"])
    assert declared(told) == ["faber-pen", "acme-ink", "acme-pen", "faber-box"]


def test_her_budget_leaves_out_what_costs_more_and_puts_first_what_surely_does_not() -> None:
    told = tells(likes=["Faber"], liked_categories=["pens"], budget="50")
    assert declared(told) == ["faber-pen", "acme-pen"]
    assert "faber-box" in ids(suggestions(told)), "it is in the shop as for everybody"


def test_the_facts_say_what_put_it_there() -> None:
    (item, *_) = suggestions(tells(likes=["faber"], liked_categories=["pens"], budget="50")).items
    assert item.product_id == "faber-pen"
    assert [(fact.source, fact.field, fact.ref, fact.share) for fact in item.reason.facts if fact.share] == [
        (Source.CUSTOMER, "preferences.likes", "faber", 3_750),
        (Source.CUSTOMER, "preferences.likes", "pens", 3_750),
        (Source.CUSTOMER, "preferences.budget", "50 EUR", 2_500),
    ]
    assert item.reason.params == {"brand": "Faber", "category": "pens", "budget": "50 EUR"}
    assert sum(fact.share for fact in item.reason.facts) == WHOLE


@pytest.mark.parametrize("told", [tells(dislikes=["acme"]), tells(disliked_categories=["PENS", "ink"])])
def test_what_she_dislikes_is_left_out_whatever_else_speaks_for_it(told: Preferences) -> None:
    for page in ((), ("printer",), ("faber-pen",)):
        found = suggestions(told, "printer", request=a_request(*page, limit=50))
        assert {"acme-pen", "acme-ink"}.isdisjoint(ids(found))
        assert found.personalised
    assert {"acme-pen", "acme-ink"} <= set(ids(suggestions(tells())))


def test_a_dislike_outweighs_a_like() -> None:
    assert declared(tells(likes=["Faber"], disliked_categories=["pens"])) == ["faber-box"]


def test_a_size_that_she_cannot_wear_is_left_out_where_she_told_her_size() -> None:
    shoes = {"shoe", "shoe-38", "shoe-44"}
    assert shoes <= set(ids(suggestions(tells())))
    assert shoes & set(ids(suggestions(tells(sizes={"shoes": ("37", "38")})))) == {"shoe", "shoe-38"}
    assert shoes & set(ids(suggestions(tells(sizes={"shoes": ("44",)})))) == {"shoe", "shoe-44"}
    assert shoes <= set(ids(suggestions(tells(sizes={"trousers": ("M",)}))))


def test_a_size_without_a_category_or_one_that_is_no_size_decides_nothing() -> None:
    hers = tells(sizes={"shoes": ("38",)})
    assert not is_ruled_out(a_product("a", size="44"), hers)
    assert not is_ruled_out(a_product("a", category="shoes", size=["44"]), hers)
    assert not is_ruled_out(a_product("a", category="shoes", size=True), hers)
    assert is_ruled_out(a_product("a", category="shoes", size="44"), hers)


@pytest.mark.parametrize(("size", "told"), [(38.0, "38"), (38, "38"), (38.5, "38.5"), ("38.0", "38.0")])
def test_a_whole_number_is_the_same_size_with_and_without_a_point(size: object, told: str) -> None:
    assert not is_ruled_out(a_product("a", category="shoes", size=size), tells(sizes={"shoes": (told,)}))


def test_a_list_of_what_she_bought_before_rests_on_that_alone() -> None:
    again = suggestions(tells(likes=["Faber"]), request=a_request(limit=50, list_kind=ListKind.AGAIN))
    assert ids(again) == []


def test_each_field_counts_only_if_it_was_handed_in() -> None:
    told = tells(likes=["Faber"], dislikes=["Acme"], sizes={"shoes": ("38",)}, budget="50")
    everything = set(SHOP.products) - {"sold-out", "delicate"}
    assert "acme-ink" in ids(suggestions(told, without=frozenset({"preferences.dislikes"})))
    assert "shoe-44" in ids(suggestions(told, without=frozenset({"preferences.sizes"})))
    assert declared(told, without=frozenset({"preferences.budget"})) == ["faber-box", "faber-pen"]
    assert declared(told, without=frozenset({"preferences.likes"})) == []
    assert set(ids(suggestions(told, without=PREFERENCES))) == everything


def test_a_budget_in_another_currency_or_a_price_that_is_not_told_decides_nothing() -> None:
    dollars = Money(amount="1", currency="USD")
    assert is_within(euros("5"), dollars) is None
    assert is_within(None, dollars) is None
    assert is_within(euros("5"), None) is None
    assert is_within(euros("50.00"), euros("50")) is True
    assert is_within(euros("50.01"), euros("50")) is False


def test_what_leaves_out_is_read_without_any_like() -> None:
    leaving_out = {"preferences.dislikes", "preferences.sizes"}
    assert fields_used_of(PREFERENCES - {"preferences.likes"}) == leaving_out, "a budget alone serves nothing"
    assert fields_used_of(PREFERENCES) == PREFERENCES


def test_a_product_without_brand_and_category_is_neither_liked_nor_disliked() -> None:
    bare: Product = a_product("bare")
    shop = a_catalogue(bare)
    found = suggestions(tells(likes=["Faber"], dislikes=["Acme"], disliked_categories=["ink"]), shop=shop)
    assert ids(found) == ["bare"]
    assert not found.personalised
