"""M4, help, not selling: the dentist's advice at the right visit, with no brush to buy.

Anna bought a printer; when she has had it for two months she is told how to keep it well, and nothing is sold to her.
"""

import json
import re
from typing import Any

import pytest

from tests.byleave import Byleave

ANNA = "anna"
PRINT_A_LITTLE = {
    "en": {"title": "Print a little, often", "text": "One page in colour a week keeps the nozzles open."},
    "zh-Hans": {"title": "少量多次打印", "text": "每周打印一页彩色内容。这样喷嘴不会干涸。"},
}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """10 June 2026: a printer with its ink, a dishwasher, and a cream that is nobody's business."""
    byleave.product("printer", "OfficeJet 8600", category="printers", brand="HP")
    byleave.product("ink", "Black ink", category="ink", fits=["printer"])
    byleave.product("dishwasher", "Dishwasher", category="kitchen")
    byleave.product("cream", "Cream", category="care", sensitive=True)
    byleave.product("paper", "Copy paper", featured_rank=1)
    byleave.tip(
        "print", products=["printer"], due={"after_days": 60, "until_days": 120}, texts=PRINT_A_LITTLE
    )
    return byleave


def tips(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in answer["items"] if item["kind"] == "tip"]


def a_text(title: str = "Dust it", text: str = "A dry cloth is enough.") -> dict[str, Any]:
    return {"en": {"title": title, "text": text}}


def test_the_tip_comes_when_it_is_due_behind_the_ink_that_she_needs(shop: Byleave) -> None:
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    consent = shop.allows(ANNA, "purchases.product", "purchases.date")
    answer = shop.suggestions(ANNA)
    assert [item["kind"] for item in answer["items"][:3]] == ["product", "tip", "product"]
    assert answer["items"][0]["reason"]["code"] == "fits_device"
    [item] = tips(answer)
    assert item["rank"] == 2
    assert item["tip"] == {"id": "print", "locale": "en"} | PRINT_A_LITTLE["en"]
    assert item["reason"]["code"] == "care"
    assert item["reason"]["text"] == "Care for the OfficeJet 8600 you bought"
    assert item["reason"]["detail"] == "You bought it here on 3 March 2026."
    assert sum(fact["share"] for fact in item["reason"]["facts"]) == 1
    assert {fact["consent"] for fact in item["reason"]["facts"]} == {consent, None}
    assert answer["personalised"] is True


def test_before_and_after_its_time_it_is_silent(shop: Byleave) -> None:
    for customer_id, day in (("too-early", "2026-05-01"), ("too-late", "2026-01-01")):
        shop.bought(customer_id, "printer", when=f"{day}T14:00:00Z")
        shop.allows(customer_id, "purchases")
        assert tips(shop.suggestions(customer_id)) == []


def test_in_chinese(shop: Byleave) -> None:
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    shop.allows(ANNA, "purchases")
    [item] = tips(shop.suggestions(ANNA, locale="zh-CN"))
    assert item["tip"] == {"id": "print", "locale": "zh-Hans"} | PRINT_A_LITTLE["zh-Hans"]
    assert item["reason"]["text"] == "您购买的 OfficeJet 8600 的保养提示"
    assert item["reason"]["detail"] == "您于2026年3月3日在本店购买。"


def test_without_a_translation_she_reads_the_shops_own_language_and_is_told_which(shop: Byleave) -> None:
    shop.tip("dust", categories=["printers"], due={"from": "01-01", "to": "12-31"}, texts=a_text())
    shop.bought(ANNA, "printer")
    shop.allows(ANNA, "purchases.product")
    [item] = tips(shop.suggestions(ANNA, locale="zh-Hans"))
    assert item["tip"] == {"id": "dust", "title": "Dust it", "text": "A dry cloth is enough.", "locale": "en"}
    assert item["reason"]["text"].startswith("您购买的")


def test_without_permission_there_is_none_and_forbidden_data_change_nothing(shop: Byleave) -> None:
    shop.tip("summer", categories=["printers"], due={"from": "06-01", "to": "08-31"}, texts=a_text())
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    nothing = shop.suggestions(ANNA)
    assert nothing["items"] == shop.suggestions("never-seen")["items"]
    assert tips(nothing) == []
    assert nothing["personalised"] is False

    shop.allows(ANNA, "devices")
    other = "ben"
    shop.allows(other, "devices")
    assert shop.suggestions(ANNA)["items"] == shop.suggestions(other)["items"]


def test_without_the_date_none_is_due_by_age_and_one_of_the_season_says_no_day(shop: Byleave) -> None:
    shop.tip("summer", brands=["HP"], due={"from": "06-01", "to": "08-31"}, texts=a_text())
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    shop.allows(ANNA, "purchases.product")
    [item] = tips(shop.suggestions(ANNA))
    assert item["tip"]["id"] == "summer"
    assert item["reason"]["detail"] == "You bought it here."
    assert "2026-03" not in json.dumps(item)


def test_a_withdrawal_ends_it_with_the_next_request(shop: Byleave) -> None:
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    consent = shop.allows(ANNA, "purchases")
    assert tips(shop.suggestions(ANNA))
    shop.withdraws(ANNA, consent)
    assert tips(shop.suggestions(ANNA)) == []


def test_for_what_she_told_us_of(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    shop.owns(ANNA, {"product_id": "printer", "since": "2026-03-03"})
    [item] = tips(shop.suggestions(ANNA))
    assert item["reason"]["text"] == "Care for your OfficeJet 8600"
    assert item["reason"]["detail"] == "You told us of it, and that you got it on 3 March 2026."
    shop.owns(ANNA, {"product_id": "printer", "since": "2026-03-03", "status": "gone"})
    assert tips(shop.suggestions(ANNA)) == []


def test_what_is_sensitive_brings_a_tip_only_if_she_selected_it(shop: Byleave) -> None:
    shop.tip("skin", categories=["care"], due={"after_days": 1}, texts=a_text())
    shop.tip("sun", products=["cream"], due={"from": "06-01", "to": "08-31"}, texts=a_text())
    shop.bought(ANNA, "cream", when="2026-05-01T10:00:00Z")
    shop.allows(ANNA, "purchases")
    assert tips(shop.suggestions(ANNA)) == []
    assert tips(shop.visitor_suggestions(product_id="cream")) == []
    shop.allows(ANNA, "purchases", items={"products": ["cream"]})
    assert {item["tip"]["id"] for item in tips(shop.suggestions(ANNA))} == {"skin", "sun"}


def test_on_the_page_of_a_product_everybody_sees_a_tip_of_the_season(shop: Byleave) -> None:
    shop.tip("summer", categories=["kitchen"], due={"from": "06-01", "to": "08-31"}, texts=a_text())
    shop.tip("winter", categories=["kitchen"], due={"from": "11-01", "to": "02-29"}, texts=a_text())
    answer = shop.visitor_suggestions(product_id="dishwasher")
    [item] = tips(answer)
    assert item["tip"]["id"] == "summer"
    assert item["reason"]["text"] == "Care for the Dishwasher"
    assert answer["personalised"] is False
    assert tips(shop.visitor_suggestions()) == []


def test_there_is_nothing_to_buy_in_a_tip(shop: Byleave) -> None:
    """Neither in what an answer shows nor in what can be stored."""
    shop.bought(ANNA, "printer", when="2026-03-03T14:00:00Z")
    shop.allows(ANNA, "purchases")
    [item] = tips(shop.suggestions(ANNA))
    assert set(item) == {"rank", "kind", "tip", "reason", "controls"}
    assert set(item["tip"]) == {"id", "title", "text", "locale"}
    assert not re.search(r"price|amount|currency|https?:|\burl\b|image", json.dumps(item))
    for more in (
        {"product": "ink"},
        {"url": "https://shop.example/ink"},
        {"price": {"amount": "1", "currency": "EUR"}},
    ):
        body = {"products": ["printer"], "due": {"after_days": 1}, "texts": a_text()} | more
        assert shop.http.put("/v1/tips/sells", json=body).status_code == 422


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fresh ink at https://shop.example/p/ink helps.", "https:"),
        ("New ink is only $19.", "$"),
        ("Ink is half-price this week.", "half price"),
        ("Buy the cleaning kit.", "buy"),
        ("墨盒现在八折。", "八折"),
        ("清洁套装仅需99元。", "99元"),
    ],
)
def test_what_sells_is_refused_at_the_door_with_the_words_that_do(
    shop: Byleave, text: str, words: str
) -> None:
    texts = {"en": {"title": "Good to know", "text": text}}
    body = {"products": ["printer"], "due": {"after_days": 1}, "texts": texts}
    answer = shop.http.put("/v1/tips/sells", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "selling_in_a_tip"
    [error] = answer.json()["errors"]
    assert error["path"] == "texts.en.text"
    assert f'"{words}"' in error["message"]
    assert shop.http.get("/v1/tips/sells").status_code == 404
