"""Messages over HTTP: service notes and campaigns kept apart, and whom they concern."""

from typing import Any

import pytest
from sqlalchemy import Engine

from recommender.inputs import NOTHING_PERMITTED
from recommender.messages import Message, why_it_concerns
from service.db.catalogue import read_shop
from service.db.engine import snapshot
from service.db.messages import message_of, read_messages
from tests.byleave import Byleave

NOTE: dict[str, Any] = {
    "kind": "service",
    "topic": "appointments",
    "texts": {"en": {"title": "Lena is away next week", "text": "Your appointment can be moved."}},
    "concerns": {"served_by": ["lena"], "since": "2026-01-01"},
    "known_since": "2026-06-08",
}
CAMPAIGN: dict[str, Any] = {
    "kind": "campaign",
    "texts": {"en": {"title": "Perms at half price", "text": "This week all perms are 50% off."}},
    "concerns": {"categories": ["hair"]},
    "known_since": "2026-05-01",
    "valid_from": "2026-06-01",
    "valid_until": "2026-06-30",
    "products": ["perm"],
    "categories": ["hair"],
    "interval_days": 84,
}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("perm", category="hair")
    return byleave


def put(shop: Byleave, body: dict[str, Any], **change: Any) -> Any:
    return shop.http.put("/v1/messages/m", json=body | change)


def stored_messages(engine: Engine) -> dict[str, Message]:
    with snapshot(engine) as connection:
        return {row["id"]: message_of(row) for row in read_messages(connection)}


@pytest.mark.parametrize("body", [NOTE, CAMPAIGN], ids=["service", "campaign"])
def test_new_then_replaced_whole_then_gone(shop: Byleave, body: dict[str, Any]) -> None:
    made = put(shop, body)
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in body if name != "concerns"} == {
        name: value for name, value in body.items() if name != "concerns"
    }
    assert {name: told["concerns"][name] for name in body["concerns"]} == body["concerns"]
    assert put(shop, body, concerns={"customer_ids": ["ben", "anna", "anna"]}).status_code == 200
    assert shop.http.get("/v1/messages/m").json()["concerns"] == {
        "customer_ids": ["anna", "ben"], "products": [], "categories": [], "served_by": [], "since": None,
    }  # fmt: skip
    assert [one["id"] for one in shop.http.get("/v1/messages").json()["messages"]] == ["m"]
    assert shop.http.delete("/v1/messages/m").status_code == 204
    for answer in (shop.http.get("/v1/messages/m"), shop.http.delete("/v1/messages/m")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_message")
    assert shop.http.get("/v1/messages").json() == {"messages": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"products": ["perm"]}, "products"),
        ({"categories": ["hair"]}, "categories"),
        ({"interval_days": 84}, "interval_days"),
        *(
            ({"texts": {"en": {"title": "Lena is away", "text": text}}}, "texts.en.text")
            for text in (
                "Until then perms are half-price.",
                "All perms 20% cheaper: 20 %",
                "A voucher waits for you.",
                "A perm is €40 now.",
                "Book at https://salon.example/perm",
                "Buy a gift card.",
            )
        ),
        *(
            (
                {
                    "texts": {
                        "en": NOTE["texts"]["en"],
                        "zh-Hans": {"title": title, "text": "Lena 下周休假。"},
                    }
                },
                "texts.zh-Hans.title",
            )
            for title in ("烫发半价", "送您代金券", "烫发八折", "优惠百分之二十", "烫发仅需199元", "马上下单")
        ),
    ],
)
def test_a_campaign_that_calls_itself_a_service_note_is_refused(
    shop: Byleave, change: dict[str, Any], path: str
) -> None:
    answer = put(shop, NOTE, **change)
    assert answer.status_code == 422
    assert answer.json()["code"] == "marketing_in_service_note"
    assert "campaign message that calls itself a service note" in answer.json()["detail"]
    assert {error["path"] for error in answer.json()["errors"]} == {path}
    assert shop.http.get("/v1/messages").json()["messages"] == []


@pytest.mark.parametrize(
    ("body", "change", "told"),
    [
        (NOTE, {"topic": None}, "needs a topic"),
        (NOTE, {"topic": "sale"}, "appointments, orders, opening"),
        (CAMPAIGN, {"topic": "orders"}, "needs a topic if it is a service note, and only then"),
        (NOTE, {"concerns": {}}, "needs customer_ids, or one or more of"),
        (NOTE, {"concerns": {"customer_ids": ["anna"], "since": "2026-01-01"}}, "needs customer_ids, or one"),
        (
            NOTE,
            {"valid_from": "2026-06-10", "valid_until": "2026-06-09"},
            "valid_until before its valid_from",
        ),
        (NOTE, {"known_since": "yesterday"}, "must be written out"),
        (NOTE, {"concerns": {"products": ["nothing"]}}, "are not in the catalogue: nothing"),
        (CAMPAIGN, {"products": ["nothing"]}, "are not in the catalogue: nothing"),
        (NOTE, {"texts": {"zh-Hans": {"title": "休假", "text": "Lena 下周休假。"}}}, "other languages"),
        (NOTE, {"concerns": {"customer_ids": ["a@b.example"]}}, "must be an id"),
    ],
)
def test_what_is_wrong_is_told(
    shop: Byleave, body: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    answer = put(shop, body, **change)
    assert answer.status_code == 422
    assert told in answer.text


def test_whom_it_names_is_forgotten_with_her_and_told_to_her(shop: Byleave, engine: Engine) -> None:
    assert put(shop, NOTE, concerns={"customer_ids": ["anna", "ben"]}).status_code == 201
    assert shop.http.delete("/v1/customers/anna").status_code == 200
    assert shop.http.get("/v1/messages/m").json()["concerns"]["customer_ids"] == ["ben"]
    concern = stored_messages(engine)["m"].concern
    assert concern.customer_ids == {"ben"}


def test_what_is_stored_is_what_is_decided_by(shop: Byleave, engine: Engine) -> None:
    assert put(shop, CAMPAIGN).status_code == 201
    shop.message("n", **NOTE)
    messages = stored_messages(engine)
    campaign, note = messages["m"], messages["n"]
    assert (campaign.kind, campaign.topic, campaign.interval_days) == ("campaign", None, 84)
    assert (campaign.products, campaign.categories) == ({"perm"}, {"hair"})
    assert (note.kind, note.topic, note.known_since.isoformat()) == ("service", "appointments", "2026-06-08")
    with snapshot(engine) as connection:
        catalogue = read_shop(connection).catalogue
    assert (
        why_it_concerns(note.concern, customer_id="anna", data=NOTHING_PERMITTED, catalogue=catalogue) == ()
    )


def test_a_repeated_call_is_done_once(shop: Byleave) -> None:
    key = {"Idempotency-Key": "put-it"}
    answers = [shop.http.put("/v1/messages/m", json=NOTE, headers=key).status_code for _ in range(2)]
    assert answers == [201, 200]
    gone = {"Idempotency-Key": "remove-it"}
    assert [shop.http.delete("/v1/messages/m", headers=gone).status_code for _ in range(2)] == [204, 204]
    assert shop.http.put("/v1/messages/m", json=NOTE, headers=key).status_code == 404
