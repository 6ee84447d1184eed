"""M1, fits what I own: the customer of the office shop, her HP printer, and its cartridges.

Each test fills its shop through the API, on both databases; the whole story is told to a real server
process, with the demo shop beside and without.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.byleave import Byleave, Stories, product_ids
from tests.server import Server

ANNA = "anna"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    _fill(byleave)
    return byleave


@pytest.fixture(params=["empty shop", "demo shop"])
def real_shop(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stories]:
    """A server process of its own, known by nothing but its HTTP."""
    demo = "1" if request.param == "demo shop" else "0"
    with Server(database_url, tmp_path, BYLEAVE_DEMO=demo, BYLEAVE_NOW="2026-06-10T09:00:00Z") as server:
        key = {"Authorization": f"Bearer {server.admin_key}"}
        with httpx.Client(base_url=server.url, headers=key) as client:
            stories = Stories(client)
            _fill(stories)
            yield stories


def _fill(byleave: Stories) -> None:
    byleave.product("ojp-8600", "HP OfficeJet Pro 8600 e-All-in-One", short_title="HP OfficeJet Pro 8600")
    byleave.product("ljp-m402n", "HP LaserJet Pro M402n")
    byleave.product("950-black", "HP 950 Black Ink Cartridge", category="ink", fits=["ojp-8600"])
    byleave.product("951-cyan", "HP 951 Cyan Ink Cartridge", category="ink", fits=["ojp-8600"])
    byleave.product("26a", "HP 26A Black Toner Cartridge", category="toner", fits=["ljp-m402n"])
    byleave.product("paper", "Copy paper, 500 sheets", category="paper", featured_rank=1)


def _texts(answer: dict[str, Any]) -> str:
    return " ".join(f"{one['reason']['text']} {one['reason']['detail']}" for one in answer["items"])


def test_the_whole_story(real_shop: Stories) -> None:
    shop = real_shop
    never_seen = shop.suggestions("somebody-never-seen")
    shop.bought(ANNA, "ojp-8600", when="2026-03-03T14:00:00Z")
    consent = shop.allows(ANNA, "purchases.product", "purchases.date")

    answer = shop.suggestions(ANNA)
    first = answer["items"][0]
    assert first["product"]["id"] == "950-black"
    assert first["reason"]["code"] == "fits_device"
    assert first["reason"]["text"] == "Fits your HP OfficeJet Pro 8600"
    assert first["reason"]["detail"] == "You bought this device here on 3 March 2026."
    assert first["reason"]["facts"][0]["consent"] == consent
    assert "26a" not in product_ids(answer)
    assert answer["personalised"] is True
    assert {"field": "purchases.product", "purpose": "recommendations", "consent": consent} in answer[
        "data_used"
    ]

    assert shop.withdraws(ANNA, consent)["state"] == "withdrawn"

    answer = shop.suggestions(ANNA)
    assert answer["personalised"] is False
    assert "OfficeJet" not in _texts(answer)
    assert answer["items"] == never_seen["items"]
    assert answer["items"]
    assert answer["data_used"] == []
    assert {"field": "purchases.product", "because": "withdrawn"} in answer["data_not_used"]


def test_without_the_date_no_date_is_shown(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600", when="2026-03-03T14:00:00Z")
    shop.allows(ANNA, "purchases.product")
    answer = shop.suggestions(ANNA)
    assert answer["items"][0]["reason"]["detail"] == "You bought this device here."
    assert "2026-03" not in str(answer["items"])
    assert "March" not in str(answer["items"])
    assert {"field": "purchases.date", "because": "not_asked"} in answer["data_not_used"]


def test_a_device_that_she_told_us_of_counts_as_well(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    shop.owns(ANNA, {"product_id": "ljp-m402n"})
    answer = shop.suggestions(ANNA)
    assert product_ids(answer)[0] == "26a"
    assert answer["items"][0]["reason"]["text"] == "Fits your HP LaserJet Pro M402n"
    assert answer["items"][0]["reason"]["detail"] == "You told us that you have this device."


def test_a_printer_that_is_gone_needs_no_ink(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600")
    shop.allows(ANNA, "purchases", "devices")
    shop.owns(ANNA, {"product_id": "ojp-8600", "status": "gone"})
    answer = shop.suggestions(ANNA)
    assert "fits_device" not in [item["reason"]["code"] for item in answer["items"]]


def test_a_printer_that_was_returned_needs_no_ink(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600", when="2026-03-03T14:00:00Z")
    shop.bought(ANNA, "ojp-8600", when="2026-03-09T14:00:00Z", type="return")
    shop.allows(ANNA, "purchases")
    answer = shop.suggestions(ANNA)
    assert "fits_device" not in [item["reason"]["code"] for item in answer["items"]]


def test_fits_come_before_every_other_product(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600")
    shop.allows(ANNA, "purchases")
    codes = [item["reason"]["code"] for item in shop.suggestions(ANNA)["items"]]
    assert codes == sorted(codes, key=lambda code: code != "fits_device")
    assert codes.count("fits_device") == 2


def test_what_fits_another_device_is_suggested_on_that_devices_page_only(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600")
    shop.allows(ANNA, "purchases")
    assert "26a" not in product_ids(shop.suggestions(ANNA, limit=50))
    on_page = shop.suggestions(ANNA, limit=50, product_id="ljp-m402n")
    reasons = {item["product"]["id"]: item["reason"] for item in on_page["items"]}
    assert reasons["26a"]["code"] == "fits_this"
    assert reasons["26a"]["text"] == "Fits the HP LaserJet Pro M402n"


def test_what_she_just_bought_is_not_offered_and_comes_back_when_it_is_due(shop: Byleave) -> None:
    shop.product(
        "950-black",
        "HP 950 Black Ink Cartridge",
        category="ink",
        attributes={"usual_interval_days": 60},
    )
    shop.bought(ANNA, "ojp-8600", when="2026-01-03T14:00:00Z")
    shop.bought(ANNA, "950-black", when="2026-06-03T14:00:00Z")
    shop.allows(ANNA, "purchases")
    assert "950-black" not in product_ids(shop.suggestions(ANNA, limit=50))

    ben = "ben"
    shop.bought(ben, "ojp-8600", when="2026-01-03T14:00:00Z")
    shop.bought(ben, "950-black", when="2026-04-05T14:00:00Z")
    shop.allows(ben, "purchases")
    first = shop.suggestions(ben)["items"][0]
    assert first["product"]["id"] == "950-black"
    assert first["reason"]["detail"].endswith("You last bought HP 950 Black Ink Cartridge 9 weeks ago.")


def test_the_story_in_chinese(shop: Byleave) -> None:
    shop.bought(ANNA, "ojp-8600", when="2026-03-03T14:00:00Z")
    shop.allows(ANNA, "purchases")
    answer = shop.suggestions(ANNA, locale="zh-Hans")
    assert answer["locale"] == "zh-Hans"
    assert answer["items"][0]["reason"]["text"] == "适合您的 HP OfficeJet Pro 8600"
    assert answer["items"][0]["reason"]["detail"] == "您于2026年3月3日在本店购买了这台设备。"
