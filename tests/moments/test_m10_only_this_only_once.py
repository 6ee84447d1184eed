"""M10, only this, only once: a permission for one time, as WeChat has it, and for selected things only, as Apple
has it for photos. What a choice leaves out is not read, and everybody who asks is told so.
"""

from typing import Any

import httpx
import pytest

from tests.byleave import Byleave, product_ids

WEI = "wei"
PATH = f"/v1/customers/{WEI}"
BOUGHT = {
    "coffee-machine": ("2023-05-05T10:00:00Z", "order-1"),
    "printer": ("2026-03-03T10:00:00Z", "order-2"),
    "camera": ("2026-04-04T10:00:00Z", "order-3"),
    "back-massager": ("2026-04-04T10:00:00Z", "order-3"),
}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """She bought a printer in one order, a camera and a massager in another, and long ago a coffee machine."""
    byleave.product("printer", "Office printer", category="office", fits=[])
    byleave.product("camera", "Camera", category="photo")
    byleave.product("coffee-machine", "Coffee machine", category="kitchen")
    byleave.product("back-massager", "Back massager", category="health", sensitive=True)
    byleave.product("ink", "Ink", category="supplies", fits=["printer"])
    byleave.product("battery", "Camera battery", category="supplies", fits=["camera"])
    byleave.product("capsules", "Coffee capsules", category="supplies", fits=["coffee-machine"])
    byleave.product("massage-oil", "Massage oil", category="supplies", fits=["back-massager"])
    byleave.product("paper", "Paper", category="supplies", featured_rank=1)
    for product_id, (when, order_id) in BOUGHT.items():
        byleave.bought(WEI, product_id, when=when, order_id=order_id)
    return byleave


def fitting(answer: dict[str, Any]) -> set[str]:
    """What is suggested because of a device of hers."""
    return {one["product"]["id"] for one in answer["items"] if one["reason"]["code"] == "fits_device"}


def because(answer: dict[str, Any]) -> dict[str, str]:
    return {one["field"]: one["because"] for one in answer["data_not_used"]}


def consent(shop: Byleave, consent_id: str) -> dict[str, Any]:
    consents = shop.http.get(f"{PATH}/consents").json()["consents"]
    (found,) = (one for one in consents if one["consent_id"] == consent_id)
    shown: dict[str, Any] = found
    return shown


def ask(shop: Byleave, key: str, **body: Any) -> httpx.Response:
    return shop.http.post(f"{PATH}/recommendations", json=body, headers={"Idempotency-Key": key})


def may_be_read(shop: Byleave, *items: str, **more: Any) -> list[tuple[bool, str | None]]:
    """What another service of the shop is told about each of these orders and products."""
    question = {"customer_id": WEI, "purpose": "recommendations", "field": "purchases.product"} | more
    requests = [question | {"item": item} for item in items]
    decisions = shop.http.post("/v1/decisions", json={"requests": requests}).json()["decisions"]
    return [(one["permitted"], one["because"]) for one in decisions]


def assert_as_if_she_had_bought_only(
    shop: Byleave, answer: dict[str, Any], *products: str, **choice: Any
) -> None:
    """What she left out did not move a thing: a twin who never bought it, and chose the same, gets the same."""
    for product_id in products:
        when, order_id = BOUGHT[product_id]
        shop.bought("twin", product_id, when=when, order_id=order_id)
    consent_id = shop.allows("twin", "purchases", **choice)
    hers, of_the_twin = answer["items"], shop.suggestions("twin")["items"]
    (own,) = {one["consent"] for one in answer["data_used"]}
    assert str(hers).replace(own, consent_id) == str(of_the_twin)


def test_just_this_once(shop: Byleave) -> None:
    once = shop.allows(WEI, "purchases", uses=1)
    assert consent(shop, once)["uses_left"] == 1

    looked = shop.suggestions(WEI)
    assert (looked["personalised"], looked["data_used"]) == (False, [])
    assert because(looked)["purchases.product"] == "single_use", (
        "there is a permission, and looking spends none"
    )
    assert consent(shop, once)["uses_left"] == 1

    first = ask(shop, "tap-1")
    assert fitting(first.json()) == {"ink", "battery", "capsules"}
    assert {one["consent"] for one in first.json()["data_used"]} == {once}
    assert ask(shop, "tap-1").content == first.content, (
        "the line broke: the same answer again, and no second one"
    )

    second = ask(shop, "tap-2").json()
    assert (second["personalised"], fitting(second)) == (False, set())
    assert because(second)["purchases.product"] == "consumed"
    shown = consent(shop, once)
    assert (shown["state"], shown["uses_left"], shown["in_force"]) == ("consumed", 0, [])


def test_once_does_not_cut_off_what_she_always_allows(shop: Byleave) -> None:
    always = shop.allows(WEI, "purchases", items={"orders": ["order-2"]})
    once = shop.allows(WEI, "purchases", uses=1)
    assert fitting(ask(shop, "tap-1").json()) == {"ink", "battery", "capsules"}
    after = shop.suggestions(WEI)
    assert fitting(after) == {"ink"}
    assert {one["consent"] for one in after["data_used"]} == {always}
    assert (consent(shop, always)["state"], consent(shop, once)["state"]) == ("given", "consumed")


def test_she_may_ask_for_a_list_that_is_not_personal_and_keeps_her_once(shop: Byleave) -> None:
    once = shop.allows(WEI, "purchases", uses=1)
    answer = ask(shop, "tap-1", personalised=False).json()
    assert (answer["personalised"], because(answer)["purchases.product"]) == (False, "not_requested")
    assert consent(shop, once)["uses_left"] == 1


def test_only_this_order(shop: Byleave) -> None:
    chosen = shop.allows(WEI, "purchases", items={"orders": ["order-2"]})
    answer = shop.suggestions(WEI)
    assert (fitting(answer), product_ids(answer)[0]) == ({"ink"}, "ink")
    assert_as_if_she_had_bought_only(shop, answer, "printer", items={"orders": ["order-2"]})
    assert consent(shop, chosen)["items"] == {
        "orders": ["order-2"],
        "products": [],
        "categories": [],
        "except": [],
    }
    assert may_be_read(shop, "order-2", "order-3", "order-1") == [
        (True, None),
        (False, "out_of_scope"),
        (False, "out_of_scope"),
    ]


def test_only_these_products(shop: Byleave) -> None:
    shop.allows(WEI, "purchases", items={"products": ["camera"]})
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"battery"}
    assert_as_if_she_had_bought_only(shop, answer, "camera", items={"products": ["camera"]})
    assert may_be_read(shop, "camera", "printer") == [(True, None), (False, "out_of_scope")]


def test_everything_but_a_category(shop: Byleave) -> None:
    chosen = shop.allows(WEI, "purchases", items={"except": ["photo"]})
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"ink", "capsules"}
    assert_as_if_she_had_bought_only(shop, answer, "printer", "coffee-machine", items={"except": ["photo"]})
    assert consent(shop, chosen)["items"]["except"] == ["photo"]
    assert may_be_read(shop, "camera") == [(False, "out_of_scope")]


def test_what_is_delicate_is_read_only_if_she_picks_it_herself(shop: Byleave) -> None:
    shop.allows(WEI, "purchases")
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"ink", "battery", "capsules"}
    assert_as_if_she_had_bought_only(shop, answer, "printer", "camera", "coffee-machine")
    assert may_be_read(shop, "back-massager") == [(False, "sensitive")]
    shop.allows(WEI, "purchases", items={"products": ["back-massager"]})
    assert may_be_read(shop, "back-massager") == [(True, None)]
    assert "massage-oil" in fitting(shop.suggestions(WEI))


def test_only_by_this_channel(shop: Byleave) -> None:
    chosen = shop.allows(WEI, "purchases", channels=["email"])
    assert fitting(shop.suggestions(WEI, channel="email")) == {"ink", "battery", "capsules"}
    for query in ({"channel": "store"}, {"touchpoint": "home"}, {}):
        answer = shop.suggestions(WEI, **query)
        assert (answer["personalised"], fitting(answer)) == (False, set())
        assert because(answer)["purchases.product"] == "out_of_scope", query
    assert consent(shop, chosen)["channels"] == ["email"]
    assert may_be_read(shop, "printer", channel="email") == [(True, None)]
    assert may_be_read(shop, "printer", channel="sms") == [(False, "out_of_scope")]


def test_only_from_this_day_on(shop: Byleave) -> None:
    chosen = shop.allows(WEI, "purchases", data_from="2026-01-01T00:00:00Z")
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"ink", "battery"}
    assert_as_if_she_had_bought_only(shop, answer, "printer", "camera", data_from="2026-01-01T00:00:00Z")
    assert consent(shop, chosen)["data_from"] == "2026-01-01T00:00:00Z"


def test_only_this_field(shop: Byleave) -> None:
    """What she bought, and not when."""
    shop.allows(WEI, "purchases.product")
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"ink", "battery", "capsules"}
    assert "2026-03" not in str(answer["items"])
    assert because(answer)["purchases.date"] == "not_asked"


def test_all_of_it_together_only_once(shop: Byleave) -> None:
    """One order, in one mail, one time."""
    chosen = shop.allows(WEI, "purchases", items={"orders": ["order-3"]}, channels=["email"], uses=1)
    assert fitting(ask(shop, "tap-1", channel="store").json()) == set()
    assert consent(shop, chosen)["uses_left"] == 1, "nothing was read, so it is not spent"
    assert fitting(ask(shop, "tap-2", channel="email").json()) == {"battery"}
    assert fitting(ask(shop, "tap-3", channel="email").json()) == set()
    assert consent(shop, chosen)["state"] == "consumed"


def test_a_narrower_choice_takes_the_place_of_a_wider_one(shop: Byleave) -> None:
    wide = shop.allows(WEI, "purchases")
    narrow = shop.allows(WEI, "purchases", items={"orders": ["order-2"]}, replaces=wide)
    answer = shop.suggestions(WEI)
    assert fitting(answer) == {"ink"}
    assert {one["consent"] for one in answer["data_used"]} == {narrow}
    assert consent(shop, wide)["state"] == "superseded"
    assert consent(shop, wide)["in_force"] == []


@pytest.mark.parametrize(
    "choice",
    [
        {"items": {}},
        {"items": {"orders": []}},
        {"channels": []},
        {"uses": 0},
        {"items": {"colours": ["red"]}},
    ],
    ids=str,
)
def test_a_choice_that_means_nothing_is_refused_and_never_taken_for_everything(
    shop: Byleave, choice: dict[str, Any]
) -> None:
    body = {"decision": "given", "purpose": "recommendations", "data": ["purchases"]} | choice
    answer = shop.http.post(f"{PATH}/consents", json={"decisions": [body]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert shop.suggestions(WEI)["personalised"] is False
