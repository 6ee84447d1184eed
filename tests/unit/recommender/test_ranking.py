"""Ranking: what comes before what, what is left out, and whether a list is personal."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import NoReturn

import pytest

from recommender import ranking
from recommender.catalogue import Catalogue, build_catalogue
from recommender.inputs import (
    NOTHING_PERMITTED,
    Browsed,
    Device,
    ListKind,
    PermittedData,
    Product,
    Purchase,
    Request,
    Settings,
)
from recommender.learning.contributions import History
from recommender.ranking import recommend, situation_of
from recommender.results import ReasonCode, Recommendation, Suggestion
from recommender.similarity import build_similarity
from recommender.strategies.compatible import COMPATIBLE
from recommender.strategy import Needs, Situation
from tests.builders import (
    BROWSING,
    CUSTOMER,
    DEVICES,
    PURCHASES,
    a_catalogue,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_return,
    bought_by_others,
    browsed,
    permitted,
    what_was_learned,
)


def suggestions(
    catalogue: Catalogue,
    data: PermittedData = NOTHING_PERMITTED,
    *,
    request: Request | None = None,
    others: Mapping[str, History] | None = None,
    customer_id: str | None = CUSTOMER,
) -> Recommendation:
    return recommend(
        situation_of(
            request or a_request(),
            data=data,
            customer_id=customer_id,
            catalogue=catalogue,
            learned=what_was_learned(others or {}),
            similarity=build_similarity(catalogue),
            today=a_moment().date(),
            settings=Settings(),
        )
    )


def ids(recommendation: Recommendation) -> list[str]:
    return [item.product_id for item in recommendation.items]


def codes(recommendation: Recommendation) -> dict[str, ReasonCode]:
    return {item.product_id: item.reason.code for item in recommendation.items}


# What comes before what

an_ink = partial(a_product, category="ink", usual_days=50)
SHOP = a_catalogue(
    a_product("printer", category="printers"),
    a_product("laser", category="printers"),
    an_ink("black"),
    an_ink("cyan"),
    a_product("toner", category="toner"),
    a_product("coffee", category="coffee", usual_days=50),
    a_product("paper", category="paper", featured_rank=1),
    a_product("pen", category="pens"),
    fits={"black": ["printer"], "cyan": ["printer"], "toner": ["laser"]},
)


def test_needed_then_on_the_page_then_for_her_then_the_shops_choice() -> None:
    found = suggestions(
        SHOP,
        permitted(a_device("printer"), a_purchase("cyan", days_ago=60), a_purchase("coffee", days_ago=60)),
        request=a_request("laser"),
        others=bought_by_others({"black": 20}, **{f"writer-{n}": ["coffee", "pen"] for n in range(6)}),
    )
    assert list(codes(found).items()) == [
        ("cyan", ReasonCode.FITS_DEVICE),
        ("coffee", ReasonCode.DUE_AGAIN),
        ("black", ReasonCode.FITS_DEVICE),
        ("toner", ReasonCode.FITS_THIS),
        ("pen", ReasonCode.FOR_YOU),
        ("paper", ReasonCode.FEATURED),
    ]


@pytest.mark.parametrize("views", [[], [browsed("tent", days_ago=900)], [browsed("unheard-of", days_ago=0)]])
def test_what_says_nothing_of_her_makes_no_list_of_hers(views: list[Browsed]) -> None:
    """It was so long ago, or goes with nothing: what is popular is not put before what the shop features."""
    shop = a_catalogue("ant", a_product("paper", featured_rank=1), "tent", "pen")
    others = bought_by_others({"ant": 5}, **{f"camper-{n}": ["tent", "pen"] for n in range(9)})
    purchases = [] if views else [a_purchase("odd", days_ago=400)]
    found = suggestions(shop, permitted(*purchases, views=views, fields=PURCHASES | BROWSING), others=others)
    assert found == suggestions(shop, others=others)
    assert not found.personalised and codes(found)["paper"] is ReasonCode.FEATURED


def test_a_visitor_meets_the_shops_choice_and_then_the_shelf() -> None:
    found = suggestions(SHOP, others=bought_by_others({"pen": 5, "toner": 4}))
    assert list(codes(found).items()) == [
        ("paper", ReasonCode.FEATURED),
        ("pen", ReasonCode.POPULAR),
        ("coffee", ReasonCode.FROM_CATALOGUE),
        ("black", ReasonCode.FROM_CATALOGUE),
        ("laser", ReasonCode.FROM_CATALOGUE),
        ("toner", ReasonCode.FROM_CATALOGUE),
        ("cyan", ReasonCode.FROM_CATALOGUE),
        ("printer", ReasonCode.FROM_CATALOGUE),
    ]


def test_all_that_fits_the_product_on_the_page_comes_before_what_needs_no_page() -> None:
    shop = a_catalogue(
        a_product("paper", featured_rank=1), "black", "cyan", "ant", fits={"black": ["p"], "cyan": ["p"]}
    )
    found = suggestions(shop, request=a_request("p"), others=bought_by_others({"ant": 5}))
    assert ids(found) == ["black", "cyan", "paper", "ant"]


def test_a_strategy_whose_needs_are_not_met_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def propose(_: Situation) -> NoReturn:
        raise AssertionError("asked without what it needs")

    needs = (Needs(required=frozenset({"devices.since"})),)
    eager = replace(COMPATIBLE, needs=needs, propose=propose)
    monkeypatch.setattr(ranking, "STRATEGIES", (eager,))
    assert suggestions(SHOP, permitted(a_device("printer"), fields=["devices.product"])).items == ()
    with pytest.raises(AssertionError, match="asked"):
        suggestions(SHOP, permitted(a_device("printer"), fields=DEVICES))


def test_an_empty_shop_suggests_nothing() -> None:
    assert suggestions(a_catalogue(), permitted(a_purchase("printer"))).items == ()


def test_what_the_shop_features_and_what_others_buy_take_turns() -> None:
    shop = a_catalogue(a_product("f1", featured_rank=1), a_product("f2", featured_rank=2), "p1", "p2")
    found = suggestions(shop, others=bought_by_others({"p1": 9, "p2": 8}))
    assert ids(found) == ["f1", "p1", "f2", "p2"]


def test_a_product_is_there_once_for_the_reason_of_what_brought_it_first() -> None:
    shop = a_catalogue(a_product("paper", featured_rank=1), an_ink("black"), fits={"black": ["p", "q"]})
    data = permitted(a_device("p"), a_device("q"), a_purchase("black", days_ago=60))
    found = suggestions(
        shop,
        data,
        request=a_request("p", "q"),
        others=bought_by_others({"paper": 9, "black": 9}, days_ago=60),
    )
    assert list(codes(found).items()) == [("black", ReasonCode.FITS_DEVICE), ("paper", ReasonCode.FOR_YOU)]
    assert len(found.items) == 2
    assert found.items[0].reason.params["device"] == "p"


# What is left out


def test_what_is_sold_out_or_unknown_is_never_suggested() -> None:
    shop = a_catalogue(
        an_ink("black", available=False, featured_rank=1), "printer", fits={"black": ["printer"]}
    )
    found = suggestions(
        shop,
        permitted(a_device("printer"), a_purchase("black", days_ago=60), a_purchase("never-heard-of")),
        request=a_request("printer"),
        others=bought_by_others({"black": 9, "never-heard-of": 9}),
    )
    assert found.items == ()


def test_what_is_on_the_page_is_not_suggested() -> None:
    data = permitted(a_device("printer"))
    found = suggestions(SHOP, data, request=a_request("black", "paper", "pen"))
    assert set(ids(found)).isdisjoint({"black", "paper", "pen"})
    assert ids(found)[0] == "cyan"


def test_what_she_just_bought_is_suggested_by_nothing() -> None:
    shop = a_catalogue(an_ink("black", featured_rank=1), "pen", fits={"black": ["printer"]})
    found = suggestions(
        shop,
        permitted(a_device("printer"), a_purchase("black", days_ago=5)),
        request=a_request("printer"),
        others=bought_by_others({"black": 9}),
    )
    assert ids(found) == ["pen"]


def test_nor_is_another_size_of_it_or_a_device_that_she_has() -> None:
    shop = a_catalogue(a_product("s", group="soap"), a_product("l", group="soap"), "scanner", "pen")
    assert ids(suggestions(shop, permitted(a_purchase("s", days_ago=5), a_device("scanner")))) == ["pen"]


def test_what_she_returned_may_be_suggested() -> None:
    data = permitted(a_purchase("pen", days_ago=5), a_return("pen", days_ago=1))
    assert suggestions(SHOP, data) == suggestions(SHOP)


# M1: fits what I own


def test_a_fit_that_is_due_or_never_served_comes_before_all_but_what_is_due_itself() -> None:
    shop = a_catalogue(
        an_ink("black", featured_rank=8),
        an_ink("cyan"),
        *(a_product(f"featured-{number}", featured_rank=number) for number in range(5)),
        "other-ink",
        fits={"black": ["printer"], "cyan": ["printer"], "other-ink": ["other"]},
    )
    found = suggestions(shop, permitted(a_device("printer")), request=a_request("other"))
    assert ids(found)[:4] == ["black", "cyan", "other-ink", "featured-0"]


@pytest.mark.parametrize("popular", [0, 9])
def test_what_fits_another_device_only_is_suggested_on_that_devices_page_only(popular: int) -> None:
    shop = a_catalogue(
        a_product("toner", featured_rank=1, usual_days=50), "ink", fits={"toner": ["laser"], "ink": ["jet"]}
    )
    data = permitted(a_device("jet"), a_purchase("toner", days_ago=60))
    learned = bought_by_others({"toner": popular})
    assert ids(suggestions(shop, data, others=learned)) == ["ink"]
    on_page = suggestions(shop, data, request=a_request("laser"), others=learned)
    assert codes(on_page) == {"ink": ReasonCode.FITS_DEVICE, "toner": ReasonCode.FITS_THIS}


def test_what_fits_one_of_hers_besides_others_is_no_misfit() -> None:
    shop = a_catalogue(a_product("cable", featured_rank=1), fits={"cable": ["laser", "jet"]})
    assert ids(suggestions(shop, permitted(a_device("jet")))) == ["cable"]


def test_while_no_device_of_hers_is_known_nothing_is_a_misfit() -> None:
    assert "toner" in ids(suggestions(SHOP, permitted()))
    assert "toner" in ids(suggestions(SHOP, permitted(a_purchase("pen"))))


def test_a_product_that_fits_nothing_in_particular_is_no_misfit() -> None:
    assert {"paper", "pen"} <= set(ids(suggestions(SHOP, permitted(a_device("printer")))))


def test_what_fits_only_a_device_that_is_gone_is_not_suggested_even_if_it_were_due() -> None:
    data = permitted(a_purchase("printer"), a_purchase("black", days_ago=60), a_device("printer", gone=True))
    found = ids(suggestions(SHOP, data))
    assert set(found).isdisjoint({"black", "cyan"})
    assert "toner" in found
    on_page = suggestions(SHOP, data, request=a_request("printer"))
    assert codes(on_page)["black"] == ReasonCode.FITS_THIS


def test_what_fits_a_device_that_is_gone_and_one_that_she_has_is_suggested() -> None:
    shop = a_catalogue("cable", fits={"cable": ["old", "new"]})
    assert ids(suggestions(shop, permitted(a_device("old", gone=True), a_device("new")))) == ["cable"]


# List kinds


def test_list_again_has_only_what_she_bought_before_and_is_due_for() -> None:
    data = permitted(a_device("printer"), a_purchase("black", days_ago=60), a_purchase("coffee", days_ago=5))
    assert ids(suggestions(SHOP, data, request=a_request(list_kind=ListKind.AGAIN))) == ["black"]


def test_list_again_takes_nothing_for_the_shops_own_reasons() -> None:
    """Coffee that she stopped buying long ago is featured, popular and fits what is on the page."""
    shop = a_catalogue(a_product("coffee", usual_days=50, featured_rank=1), fits={"coffee": ["machine"]})
    data, again = (
        permitted(a_purchase("coffee", days_ago=900)),
        a_request("machine", list_kind=ListKind.AGAIN),
    )
    for others in (bought_by_others({"coffee": 9}), {}):
        found = suggestions(shop, data, request=again, others=others)
        assert codes(found) == {"coffee": ReasonCode.BUY_AGAIN}
    assert codes(suggestions(shop, data, request=a_request("machine"))) == {"coffee": ReasonCode.FITS_THIS}
    nothing = permitted(a_purchase("coffee", days_ago=900), fields=frozenset())
    assert suggestions(shop, nothing, request=again).items == ()


def test_what_she_bought_once_comes_back_after_a_week_and_a_device_does_not() -> None:
    shop = a_catalogue("vase", "lamp", "printer", "ink", fits={"ink": ["printer"]})
    rows = [
        a_purchase("vase", days_ago=7),
        a_purchase("lamp", days_ago=6),
        a_purchase("printer", days_ago=900),
    ]
    again = suggestions(shop, permitted(*rows), request=a_request(list_kind=ListKind.AGAIN))
    assert codes(again) == {"vase": ReasonCode.BUY_AGAIN}
    assert set(ids(suggestions(shop, permitted(*rows)))) == {"vase", "ink"}


def test_what_may_be_offered_again_by_its_score_is_not_called_due() -> None:
    """Twice is no interval: coffee comes among what suits her, behind paper that the shop states one of."""
    shop = a_catalogue("coffee", a_product("paper", usual_days=50), "pen")
    rows = [
        a_purchase("coffee", days_ago=40),
        a_purchase("coffee", days_ago=80),
        a_purchase("paper", days_ago=50),
    ]
    found = codes(suggestions(shop, permitted(*rows), others=bought_by_others({"coffee": 9, "paper": 9})))
    assert list(found.items())[:2] == [
        ("paper", ReasonCode.DUE_AGAIN),
        ("coffee", ReasonCode.BUY_AGAIN),
    ]


def test_list_new_has_nothing_that_she_bought_before() -> None:
    data = permitted(a_device("printer"), a_purchase("black", days_ago=60))
    everything = ids(suggestions(SHOP, data))
    found = ids(suggestions(SHOP, data, request=a_request(list_kind=ListKind.NEW)))
    assert found == [product_id for product_id in everything if product_id != "black"]
    assert "black" in everything


def test_without_data_nothing_was_bought_before_and_everything_is_new() -> None:
    assert suggestions(SHOP, request=a_request(list_kind=ListKind.AGAIN)).items == ()
    new = suggestions(SHOP, request=a_request(list_kind=ListKind.NEW))
    assert new == suggestions(SHOP)


# Variants and variety


def test_other_variants_come_last_when_nothing_else_is_left() -> None:
    a_black_ink = partial(a_product, brand="HP", category="ink", colour="black")
    shop = a_catalogue(
        a_black_ink("950"),
        a_black_ink("950xl", featured_rank=2),
        a_product("paper", featured_rank=1),
        "pen",
        fits={"950": ["printer"], "950xl": ["printer"]},
    )
    assert ids(suggestions(shop)) == ["paper", "950xl", "pen", "950"]
    owner = suggestions(shop, permitted(a_device("printer")))
    assert ids(owner) == ["950xl", "paper", "pen", "950"]
    assert codes(owner)["950"] == ReasonCode.FITS_DEVICE
    assert ids(suggestions(shop, request=a_request(limit=3))) == ["paper", "950xl", "pen"]


def test_no_more_than_two_of_a_category_in_a_row_while_there_is_another() -> None:
    shop = a_catalogue(
        *(a_product(f"a{number}", category="a", featured_rank=number) for number in range(4)),
        a_product("b", category="b", featured_rank=8),
    )
    assert ids(suggestions(shop)) == ["a0", "a1", "b", "a2", "a3"]


def test_variety_looks_back_over_tiers_and_never_mixes_them() -> None:
    shop = a_catalogue(
        *(a_product(f"a{number}", category="a") for number in (1, 2, 3)),
        a_product("a4", category="a", featured_rank=1),
        a_product("b1", category="b", featured_rank=2),
        a_product("c1", category="c"),
        fits={"a1": ["device"], "a2": ["device"], "a3": ["device"]},
    )
    assert ids(suggestions(shop, permitted(a_device("device")))) == ["a1", "a2", "a3", "b1", "a4", "c1"]


def test_variety_does_not_reach_beyond_the_limit() -> None:
    shop = a_catalogue(
        *(a_product(f"a{number}", category="a", featured_rank=number) for number in range(3)),
        a_product("b", category="b", featured_rank=8),
    )
    assert ids(suggestions(shop, request=a_request(limit=3))) == ["a0", "a1", "a2"]


# Limit


@pytest.mark.parametrize("limit", [1, 2, 9, 10, 50])
@pytest.mark.parametrize("data", [NOTHING_PERMITTED, permitted(a_device("d1"), a_device("d2"))])
def test_there_are_as_many_as_asked_for_and_no_more(limit: int, data: PermittedData) -> None:
    shop = a_catalogue(
        *(a_product(f"p{number}", category=str(number % 3)) for number in range(30)),
        *(a_product(f"f{number}", featured_rank=number) for number in range(15)),
        *(a_product(f"v{number}", group="v") for number in range(30)),
        fits={"p1": ["d1"], "p2": ["d2"], "p3": ["d1", "d2"], "v1": ["d1"]},
    )
    learned = bought_by_others({"p1": 9, "f1": 9, "v2": 8, "p9": 7})
    found = suggestions(shop, data, request=a_request("d1", limit=limit), others=learned)
    assert len(found.items) == limit
    assert len(set(ids(found))) == limit


def test_there_are_fewer_where_the_shop_has_no_more() -> None:
    assert len(suggestions(SHOP, request=a_request(limit=50)).items) == 8


# Personalised


def test_personalised_when_she_gets_something_for_what_she_has() -> None:
    assert suggestions(SHOP, permitted(a_device("printer"))).personalised


def test_personalised_when_something_is_only_left_out() -> None:
    found = suggestions(SHOP, permitted(a_purchase("pen", days_ago=5)))
    assert found.personalised
    assert ids(found) == [product_id for product_id in ids(suggestions(SHOP)) if product_id != "pen"]


def test_personalised_when_only_the_reason_is_hers() -> None:
    shop = a_catalogue("ink", fits={"ink": ["printer"]})
    found = suggestions(shop, permitted(a_device("printer")))
    assert (ids(found), found.personalised) == (ids(suggestions(shop)), True)


def test_not_personalised_when_what_she_allows_changes_nothing() -> None:
    first_only = a_request(limit=1)
    bought_elsewhere = permitted(a_purchase("never-heard-of", days_ago=60))
    for data in (permitted(), bought_elsewhere, permitted(a_purchase("pen"), fields=DEVICES)):
        assert suggestions(SHOP, data) == suggestions(SHOP)
    just_now = permitted(a_purchase("pen", days_ago=5))
    assert not suggestions(SHOP, just_now, request=first_only).personalised
    assert suggestions(SHOP, permitted(a_purchase("paper", days_ago=5)), request=first_only).personalised


def test_not_personalised_when_nothing_is_permitted() -> None:
    hers = bought_by_others({"pen": 5}, anna=["pen", "paper"])
    assert not suggestions(SHOP, NOTHING_PERMITTED, others=hers, customer_id="anna").personalised


# Others


def test_her_own_basket_is_not_what_others_bought() -> None:
    learned = bought_by_others({"pen": 4}, anna=["pen"])
    reasons = {
        who: codes(suggestions(SHOP, others=learned, customer_id=who)) for who in ("anna", "ben", None)
    }
    assert reasons["anna"]["pen"] == ReasonCode.FROM_CATALOGUE
    assert reasons["ben"]["pen"] == reasons[None]["pen"] == ReasonCode.POPULAR


# The same input gives the same list


def test_the_order_of_handing_in_changes_nothing() -> None:
    rows: list[Purchase | Device] = [
        a_device("printer"),
        a_device("laser", gone=True),
        a_purchase("black", days_ago=60),
        a_purchase("coffee", days_ago=60),
    ]
    answers = {_items(SHOP, permitted(*order)) for order in permutations(rows)}
    assert len(answers) == 1


def test_the_order_of_the_catalogue_and_of_the_baskets_changes_nothing() -> None:
    products = [a_product("a", featured_rank=1), a_product("b"), a_product("c", category="c"), an_ink("d")]
    fits = {"b": frozenset({"x"}), "d": frozenset({"y", "x"})}
    baskets = [(f"c-{number}", frozenset({"b", "c"})) for number in range(5)]
    expected = _items_of(products, fits, baskets)
    for order in permutations(products):
        assert _items_of(list(order), dict(reversed(fits.items())), baskets[::-1]) == expected


def _items(catalogue: Catalogue, data: PermittedData) -> tuple[tuple[str, str], ...]:
    return tuple((item.product_id, repr(item.reason)) for item in suggestions(catalogue, data).items)


def _items_of(
    products: list[Product], fits: dict[str, frozenset[str]], baskets: list[tuple[str, frozenset[str]]]
) -> tuple[Suggestion, ...]:
    data, learned = permitted(a_device("x")), bought_by_others(**dict(baskets))
    return suggestions(build_catalogue(products, fits), data, others=learned).items
