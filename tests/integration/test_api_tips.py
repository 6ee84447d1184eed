"""Tips over HTTP: stored whole, listed, removed; and what is wrong with one that is refused."""

from typing import Any

import pytest

from tests.byleave import Byleave

TEXT = {"title": "Dust it", "text": "A dry cloth is enough."}
TIP: dict[str, Any] = {"categories": ["printers"], "due": {"after_days": 30}, "texts": {"en": TEXT}}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer", category="printers")
    return byleave


def refused(shop: Byleave, body: dict[str, Any]) -> tuple[str, str]:
    """The code, and what is told of the first part that is wrong."""
    answer = shop.http.put("/v1/tips/t", json=body)
    assert answer.status_code == 422, answer.text
    told = answer.json()
    return told["code"], f"{told['errors'][0]['path']} {told['errors'][0]['message']}"


def test_new_then_replaced_whole_then_gone(shop: Byleave) -> None:
    assert shop.http.put("/v1/tips/t", json=TIP).status_code == 201
    season = {
        "products": ["printer"],
        "due": {"from": "11-01", "to": "02-29"},
        "texts": {"ZH-hans": TEXT, "en": TEXT},
    }
    again = shop.http.put("/v1/tips/t", json=season)
    assert again.status_code == 200
    stored = again.json()
    assert stored["categories"] == []
    assert stored["due"] == {
        "after_days": None, "until_days": None, "every_days": None, "from": "11-01", "to": "02-29",
    }  # fmt: skip
    assert set(stored["texts"]) == {"en", "zh-Hans"}
    assert shop.http.get("/v1/tips/t").json() == stored
    assert shop.http.delete("/v1/tips/t").status_code == 204
    for answer in (shop.http.get("/v1/tips/t"), shop.http.delete("/v1/tips/t")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_tip")


def test_a_list_goes_on_where_the_page_before_ended(shop: Byleave) -> None:
    for number in range(5):
        shop.tip(f"t{number}", **TIP)
    seen, cursor = [], None
    while True:
        page = shop.http.get("/v1/tips", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["id"] for one in page["tips"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"t{number}" for number in range(5)]
    assert shop.http.get("/v1/tips?cursor=nonsense").status_code == 422


def test_sent_again_it_is_done_once(shop: Byleave) -> None:
    key = {"Idempotency-Key": "put-it"}
    assert shop.http.put("/v1/tips/t", json=TIP, headers=key).status_code == 201
    assert shop.http.put("/v1/tips/t", json=TIP, headers=key).status_code == 200
    gone = {"Idempotency-Key": "remove-it"}
    assert [shop.http.delete("/v1/tips/t", headers=gone).status_code for _ in range(2)] == [204, 204]
    assert shop.http.put("/v1/tips/t", json=TIP, headers=key).status_code == 404, "it is told as it is now"


def test_a_change_holds_from_the_next_answer(shop: Byleave) -> None:
    shop.tip("t", **TIP)
    shop.bought("anna", "printer")
    shop.allows("anna", "purchases")
    assert "tip" in kinds(shop)
    shop.tip("t", **TIP | {"due": {"after_days": 3_000}})
    assert "tip" not in kinds(shop)
    shop.tip("t", **TIP)
    assert shop.http.delete("/v1/tips/t").status_code == 204
    assert "tip" not in kinds(shop)


def kinds(shop: Byleave) -> set[str]:
    return {item["kind"] for item in shop.suggestions("anna")["items"]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"categories": []}, "must be for something"),
        ({"due": {}}, "due needs one of after_days"),
        ({"due": {"after_days": 3, "every_days": 3}}, "due needs one of after_days"),
        ({"due": {"after_days": 3, "until_days": 2}}, "due has until_days without"),
        ({"due": {"every_days": 3, "until_days": 9}}, "due has until_days without"),
        ({"due": {"from": "11-01"}}, "due needs both from and to"),
        ({"due": {"from": "02-30", "to": "03-01"}}, "due.from is no day of the year"),
        ({"due": {"from": "2-29", "to": "03-01"}}, "due.from must be a month and a day"),
        ({"due": {"after_days": 0}}, "due.after_days"),
        ({"due": {"after_days": True}}, "due.after_days"),
        ({"texts": {}}, "texts"),
        ({"texts": {"en": TEXT, "EN": TEXT}}, "texts has a language twice"),
        ({"texts": {"not a language": TEXT}}, "texts"),
        ({"texts": {"en": TEXT | {"title": "x" * 81}}}, "texts.en.title"),
        ({"texts": {"en": TEXT | {"text": "x" * 251}}}, "texts.en.text"),
        ({"texts": {"en": TEXT | {"text": "a\x00b"}}}, "texts.en.text"),
        ({"price": "1"}, "price is no field here"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(shop: Byleave, change: dict[str, Any], told: str) -> None:
    code, message = refused(shop, TIP | change)
    assert (code, told in message) == ("invalid_request", True), message


def test_a_product_that_there_is_not_is_named(shop: Byleave) -> None:
    code, message = refused(shop, TIP | {"products": ["printer", "nothing"]})
    assert (code, "nothing" in message) == ("unknown_product", True)


def test_a_tip_that_only_some_can_read_is_refused(shop: Byleave) -> None:
    assert refused(shop, TIP | {"texts": {"zh-Hans": TEXT}})[0] == "translation_missing"
    assert shop.http.put("/v1/tips/t", json=TIP | {"texts": {"en-GB": TEXT}}).status_code == 201
