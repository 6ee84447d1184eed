"""Suggestions for the product on the page and the cart, in the demo shop, read as a merchandiser would."""

from typing import Any

import pytest

from service.demo.load import load_demo_shop
from service.settings import Clock
from tests.builders import a_moment
from tests.byleave import Byleave, product_ids


@pytest.fixture
def demo(byleave: Byleave) -> Byleave:
    load_demo_shop(byleave.app.state.engine, Clock(a_moment()))
    return byleave


def similar(answer: dict[str, Any]) -> dict[str, str]:
    """Product id -> sentence, of what is there because it is similar."""
    return {
        item["product"]["id"]: item["reason"]["text"]
        for item in answer["items"]
        if item["reason"]["code"] == "similar"
    }


def test_pages_of_the_demo_shop(demo: Byleave) -> None:
    for page, expected in {
        "tonnerby-mug": ["tonnerby-vase"],
        "scharvo-trace-5": ["scharvo-trace-3"],
        "kavorno-alto": ["brunavel-mio"],
        "hp-950-black": ["hp-951-cyan", "hp-951-magenta", "hp-951-yellow"],  # the same printer's others
        "hp-85a-black": [],  # no other toner for that printer
        "clarivell-pregnancy-test": [],
    }.items():
        assert list(similar(demo.visitor_suggestions(product_id=page))) == expected, page


def test_a_printer_is_like_printers_after_all_that_fits_it(demo: Byleave) -> None:
    answer = demo.visitor_suggestions(product_id="hp-ojp-8600")
    codes = [item["reason"]["code"] for item in answer["items"]]
    assert codes == ["fits_this"] * 4 + ["similar"] * 6
    printers = demo.http.get("/v1/products/hp-ojp-8100").json()["category"]
    assert {demo.http.get(f"/v1/products/{one}").json()["category"] for one in similar(answer)} == {printers}


def test_the_sentence_and_what_it_rests_on(demo: Byleave) -> None:
    answer = demo.visitor_suggestions(product_id="tonnerby-mug")
    reason = answer["items"][0]["reason"]
    assert reason["text"] == "Similar to Tonnerby mug"
    assert reason["facts"] == [
        {
            "source": "catalogue",
            "field": "text",
            "ref": "tonnerby-vase → tonnerby-mug",
            "value": None,
            "share": 1.0,
            "consent": None,
        },
        {
            "source": "request",
            "field": "product_id",
            "ref": "tonnerby-mug",
            "value": None,
            "share": 0.0,
            "consent": None,
        },
    ]
    in_chinese = demo.visitor_suggestions(product_id="tonnerby-mug", locale="zh-Hans")
    assert similar(in_chinese) == {"tonnerby-vase": "与 Tonnerby mug 相似"}


def test_a_cart_is_answered_by_the_best_match_of_each(demo: Byleave) -> None:
    found = similar(demo.visitor_suggestions(product_id=["tonnerby-vase", "hp-lj-p2035n"], limit=10))
    assert found["tonnerby-mug"] == "Similar to Tonnerby vase"
    assert found["hp-lj-m402n"] == "Similar to HP LaserJet P2035n"


def test_what_she_owns_and_what_does_not_fit_is_left_out_for_her(demo: Byleave) -> None:
    """c-1002 allows everything; she has an HP OfficeJet Pro 8600 and an electric toothbrush."""
    assert "hp-ojp-8600" in similar(demo.visitor_suggestions(product_id="hp-ojp-8100", limit=50))
    answer = demo.suggestions("c-1002", product_id="hp-ojp-8100", limit=50)
    assert similar(answer)
    assert "hp-ojp-8600" not in product_ids(answer)
    for page in ("hp-932-black", "hp-61-black"):
        assert similar(demo.visitor_suggestions(product_id=page))
        assert similar(demo.suggestions("c-1002", product_id=page)) == {}


def test_a_new_title_counts_from_the_next_request_on(byleave: Byleave) -> None:
    byleave.product("mug", "Stoneware Mug")
    byleave.product("cup", "Cup")
    assert similar(byleave.visitor_suggestions(product_id="mug")) == {}
    byleave.product("cup", "Stoneware Mug, large")
    assert similar(byleave.visitor_suggestions(product_id="mug")) == {"cup": "Similar to Stoneware Mug"}
    byleave.product("cup", "Stoneware Mug, large", available=False)
    assert similar(byleave.visitor_suggestions(product_id="mug")) == {}
    byleave.product("cup", "Stoneware Mug, large", sensitive=True)
    assert similar(byleave.visitor_suggestions(product_id="mug")) == {}
