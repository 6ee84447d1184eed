"""Feedback over HTTP: what is refused, what is kept and for how long, and the feed for staff."""

import csv
import json
from io import BytesIO, TextIOWrapper
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, insert, select

from service.callers import Scope
from service.db.engine import write_transaction
from service.db.tables import Feedback
from service.recommendations import Answer, Suggesting
from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for
from tests.promises.calls import a_key, bearer

MEI = "mei"
PATH = f"/v1/customers/{MEI}/feedback"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer", "Printer", category="office")
    byleave.product("ink", "Ink", category="supplies", fits=["printer"])
    byleave.product("pen", "Pen", category="paper")
    byleave.product("pills", "Pills", category="health", sensitive=True)
    byleave.bought(MEI, "printer")
    return byleave


def stored(shop: Byleave) -> list[dict[str, Any]]:
    engine: Engine = shop.app.state.engine
    columns = (Feedback.kind, Feedback.product_id, Feedback.rating, Feedback.comment)  # type: ignore[arg-type]
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(*columns)).mappings()]  # type: ignore[call-overload]


def listed(shop: Byleave, **query: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = shop.http.get(PATH, params=query).json()["feedback"]
    return told


def feed(shop: Byleave, after: str = "0", **headers: str) -> list[dict[str, Any]]:
    answer = shop.http.get("/v1/staff/feed", headers={"Last-Event-ID": after, **headers})
    assert answer.status_code == 200, answer.text
    events = [
        dict(line.split(": ", 1) for line in one.splitlines()) for one in answer.text.split("\n\n") if one
    ]
    return [{"id": one["id"], **json.loads(one["data"])} for one in events if "data" in one]


# What is refused


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "incomplete_feedback", "kind"),
        ({"touchpoint": "home", "product_id": "ink"}, "incomplete_feedback", "kind"),
        ({"kind": "not_interested"}, "incomplete_feedback", "product_id"),
        ({"kind": "stop_using_this"}, "incomplete_feedback", "product_id"),
        ({"kind": "have_it", "product_id": "nothing"}, "unknown_product", "product_id"),
        ({"kind": "loved_it"}, "invalid_request", "kind"),
        ({"rating": 11}, "invalid_request", "rating"),
        ({"rating": -1}, "invalid_request", "rating"),
        ({"rating": 7.5}, "invalid_request", "rating"),
        ({"rating": True}, "invalid_request", "rating"),
        ({"importance": "9"}, "invalid_request", "importance"),
        ({"mood": "x" * 41}, "invalid_request", "mood"),
        ({"comment": ""}, "invalid_request", "comment"),
        ({"comment": "x" * 2_001}, "invalid_request", "comment"),
        ({"rating": 5, "stars": 5}, "invalid_request", "stars"),
    ],
)
def test_bad_input_is_refused_by_name(shop: Byleave, body: dict[str, Any], code: str, path: str) -> None:
    shop.allows(MEI, "feedback")
    answer = shop.http.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [one["path"] for one in answer.json()["errors"]] == [path]
    assert stored(shop) == []


def test_ratings_at_the_ends_are_ratings(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    for rating in (0, 10):
        shop.says(MEI, rating=rating, importance=rating, comment="Two\nlines.", mood="tired")
    assert [one["rating"] for one in listed(shop)] == [10, 0]


def test_a_thing_that_cannot_be_known_is_asked_for(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    made = shop.suggestions(MEI)["recommendation_id"]
    body = {"kind": "was_a_gift", "product_id": "pen", "recommendation_id": made}
    answer = shop.http.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "incomplete_feedback")
    shop.allows(MEI, "purchases")
    assert shop.http.post(PATH, json=body).json()["code"] == "incomplete_feedback", (
        "nothing of hers brought it"
    )
    taken = shop.says(MEI, "was_a_gift", product_id="printer", recommendation_id=made)
    assert taken["feedback"]["product_id"] == "printer", "the thing itself may be named as well"


@pytest.mark.parametrize("kind", ["not_mine", "stop_using_this"])
def test_what_was_read_to_refuse_it_is_on_record(shop: Byleave, kind: str) -> None:
    shop.allows(MEI, "purchases", "feedback")
    made = shop.suggestions(MEI)["recommendation_id"]
    body = {"kind": kind, "product_id": "pen", "recommendation_id": made}
    assert shop.http.post(PATH, json=body).status_code == 422
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{MEI}/uses").json()["uses"]
    assert "purchases.product" in {one["field"] for one in uses if one["kind"] == "feedback"}


def test_she_says_it_with_her_own_token_and_nobody_else_does(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    scopes = ["customers:write", "customers:read"]
    tokens = {
        who: shop.http.post("/v1/tokens", json={"customer_id": who, "scopes": scopes}).json()["token"]
        for who in (MEI, "eve")
    }
    said = {"kind": "helpful"}
    assert shop.http.post(PATH, json=said, headers=bearer(tokens[MEI])).status_code == 201
    assert shop.http.post(PATH, json=said, headers=bearer(tokens["eve"])).status_code == 403
    assert shop.http.get(PATH, headers=bearer(tokens["eve"])).status_code == 403
    assert shop.http.get("/v1/staff/feed", headers=bearer(tokens[MEI])).status_code == 403


# What is kept


def test_what_is_sensitive_is_kept_only_if_it_was_picked(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    answer = shop.http.post(PATH, json={"kind": "not_interested", "product_id": "pills", "comment": "No."})
    assert answer.status_code == 409
    assert {one["message"] for one in answer.json()["errors"]} == {"sensitive"}
    shop.allows(MEI, "feedback", items={"products": ["pills"]})
    shop.says(MEI, "not_interested", product_id="pills")
    assert len(stored(shop)) == 1


def test_each_field_goes_with_its_last_permission(shop: Byleave) -> None:
    shop.allows(MEI, "feedback.kind", "feedback.product")
    comments = shop.allows(MEI, "feedback.comment", "feedback.rating", purpose="experience")
    shop.says(MEI, "not_interested", product_id="pen", comment="Ugly.")
    shop.says(MEI, rating=3, comment="Slow.")
    shop.withdraws(MEI, comments)
    assert stored(shop) == [
        {"kind": "not_interested", "product_id": "pen", "rating": None, "comment": None}
    ], "what says nothing any more is not kept"
    shop.withdraws_all(MEI)
    assert stored(shop) == []


def test_what_ran_out_is_hidden_at_once_and_then_deleted(shop: Byleave, engine: Engine) -> None:
    shop.allows(MEI, "feedback", expires_at="2026-06-10T12:00:00Z")
    shop.says(MEI, "not_interested", product_id="pen")
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with Byleave(settings_for(url, now="2026-06-10T12:00:00Z")) as at_noon:
        assert listed(at_noon) == []
        assert "pen" in product_ids(at_noon.suggestions(MEI))
        at_noon.allows(MEI, "feedback")
        assert stored(at_noon) == [], "a new yes does not bring it back"


def test_an_order_that_she_leaves_out_takes_what_she_said_of_it_along(shop: Byleave) -> None:
    shop.allows(MEI, "feedback", items={"except": ["order-1"]})
    assert shop.http.post(PATH, json={"rating": 3, "journey": "order-1"}).status_code == 409
    assert shop.says(MEI, rating=3, journey="order-2")["not_kept"] == []


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ({"product_id": "pen"}, {"except": ["pen"]}),
        ({"journey": "order-9"}, {"except": ["order-9"]}),
        ({"product_id": "pills"}, None),
    ],
)
def test_what_she_keeps_from_staff_does_not_reach_them_without_its_name(
    shop: Byleave, said: dict[str, str], hidden: dict[str, Any] | None
) -> None:
    picked = {"products": ["pills"]} if hidden is None else None
    shop.allows(MEI, "feedback.comment", purpose="experience", items=picked)
    shop.allows(MEI, "feedback", purpose="assistance", items=hidden)
    answer = shop.http.post(PATH, json={"comment": "A secret.", **said})
    assert answer.status_code == 409
    assert "feedback.comment" in {one["path"] for one in answer.json()["errors"]}
    assert (feed(shop), stored(shop)) == ([], [])


@pytest.mark.parametrize(
    ("said", "field", "items"),
    [
        ({"product_id": "pills"}, "feedback.product", {"products": ["pills"]}),
        ({"journey": "order-9"}, "feedback.journey", {"orders": ["order-9"]}),
    ],
)
def test_what_she_said_of_a_thing_goes_with_the_thing(
    shop: Byleave, said: dict[str, str], field: str, items: dict[str, Any]
) -> None:
    shop.allows(MEI, "feedback", purpose="experience", items=items)
    shop.allows(MEI, "feedback", purpose="assistance", items={"except": ["order-9"]})
    shop.says(MEI, comment="A secret.", **said)
    assert feed(shop) == []
    shop.decides(MEI, "withdrawn", "experience", field)
    assert (feed(shop), listed(shop), stored(shop)) == ([], [], []), "a withdrawal opens nothing"


def test_it_is_hidden_from_the_moment_the_thing_may_not_be_kept(shop: Byleave, engine: Engine) -> None:
    shop.allows(MEI, "feedback.comment")
    shop.allows(MEI, "feedback.product", expires_at="2026-06-10T12:00:00Z")
    shop.says(MEI, comment="Ugly.", product_id="pen")
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with Byleave(settings_for(url, now="2026-06-10T12:00:00Z")) as at_noon:
        assert listed(at_noon) == []


def test_it_is_listed_page_by_page_newest_first(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    for rating in range(5):
        shop.says(MEI, rating=rating)
    found: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = shop.http.get(PATH, params=query).json()
        found += [one["rating"] for one in page["feedback"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == [4, 3, 2, 1, 0]


def test_taken_back_it_has_no_effect_any_more(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    feedback_id = shop.says(MEI, "not_interested", product_id="pen")["feedback"]["feedback_id"]
    assert "pen" not in product_ids(shop.suggestions(MEI))
    assert shop.http.delete(f"/v1/customers/{MEI}/events/{feedback_id}").status_code == 204
    assert "pen" in product_ids(shop.suggestions(MEI))
    assert listed(shop) == []


def test_it_is_in_her_archive(shop: Byleave) -> None:
    shop.allows(MEI, "feedback")
    shop.says(MEI, "not_interested", product_id="pen", comment="=1+1")
    archive = ZipFile(BytesIO(shop.http.get(f"/v1/customers/{MEI}/export").content))
    with archive.open("feedback.csv") as file:
        (row,) = csv.DictReader(TextIOWrapper(file, "utf-8"))
    assert (row["kind"], row["product_id"], row["comment"]) == ("not_interested", "pen", "'=1+1")


# Stop using this


def test_it_holds_whichever_consents_cover_the_thing_and_is_recorded_once(shop: Byleave) -> None:
    shop.allows(MEI, "purchases")
    shop.allows(MEI, "purchases.product", items={"products": ["printer"]})
    shop.allows(MEI, "purchases", uses=1)
    shop.allows(MEI, "devices")
    shop.owns(MEI, {"product_id": "printer"})
    made = shop.suggestions(MEI)["recommendation_id"]
    one = shop.says(MEI, "stop_using_this", product_id="ink", recommendation_id=made)["narrowed"]
    assert one["product_id"] == "printer"
    two, three = (shop.says(MEI, "stop_using_this", product_id="printer")["narrowed"] for _ in range(2))
    assert set(one["data"]) < set(two["data"]), "without a list it is about all, what she said of it included"
    assert two == three
    answer = shop.http.post(
        f"/v1/customers/{MEI}/recommendations", json={}, headers={"Idempotency-Key": "once"}
    )
    assert answer.json()["personalised"] is False
    assert shop.http.get(f"/v1/customers/{MEI}/devices").json() == {"devices": []}, (
        "nothing permits it any more"
    )
    shop.allows(MEI, "purchases")
    assert "ink" in product_ids(shop.suggestions(MEI)), "a later yes opens it again"


def test_what_is_about_no_product_is_taken_back_as_a_whole(shop: Byleave) -> None:
    shop.product("maker", "Label maker", brand="Pen", category="office", attributes={"suits": ["mother"]})
    shop.allows(MEI, "preferences", "feedback")
    shop.tells(MEI, "preferences", likes={"brand": ["pen"]})
    made = shop.suggestions(MEI)
    assert made["items"][0]["reason"]["code"] == "declared"
    taken = shop.says(MEI, "stop_using_this", product_id="maker", recommendation_id=made["recommendation_id"])
    assert (taken["narrowed"]["data"], taken["narrowed"]["product_id"]) == (["preferences.likes"], None)
    assert taken["feedback"]["product_id"] == "maker", "and not what is called like her brand"
    assert shop.suggestions(MEI)["items"][0]["reason"]["code"] != "declared"


@pytest.mark.parametrize(
    ("kind", "product_id", "data"),
    [("again", "tea", "purchases.product"), ("all", None, "preferences.likes")],
)
def test_it_takes_back_what_the_list_that_she_saw_speaks_of(
    shop: Byleave, kind: str, product_id: str | None, data: str
) -> None:
    shop.product("tea", "Tea", brand="Ming", category="food")
    shop.allows(MEI, "purchases", "preferences")
    shop.tells(MEI, "preferences", likes={"brand": ["Ming"]})
    for day in ("2025-01-01", "2025-01-10", "2025-01-20"):
        shop.bought(MEI, "tea", f"{day}T10:00:00Z")
    made = shop.suggestions(MEI, list=kind)["recommendation_id"]
    narrowed = shop.says(MEI, "stop_using_this", product_id="tea", recommendation_id=made)["narrowed"]
    assert narrowed["product_id"] == product_id
    assert data in narrowed["data"]


def test_her_suggestions_are_made_anew_once_and_only_for_a_list_that_she_saw(
    shop: Byleave, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.allows(MEI, "purchases", "feedback")
    made = shop.suggestions(MEI)["recommendation_id"]
    asked: list[Any] = []
    answer = Suggesting.answer

    def noting(self: Suggesting, *told: Any) -> Answer:
        asked.append(told[0])
        return answer(self, *told)

    monkeypatch.setattr(Suggesting, "answer", noting)
    shop.says(MEI, "was_a_gift", product_id="ink", recommendation_id=made)
    assert len(asked) == 1, "every other change of this customer waits for it"
    shop.says(MEI, "helpful", product_id="ink", recommendation_id=made)
    shop.says(MEI, "not_mine", product_id="printer")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("locale", "done"),
    [
        (
            "en",
            "You asked us to stop: we took all that you told us you like out of what we use for suggestions.",
        ),
        ("zh-Hans", "您要求停止：我们不再将您告诉过我们的所有喜好用于推荐。"),  # noqa: RUF001
    ],
)
def test_she_is_told_when_it_is_more_than_that_one_like(shop: Byleave, locale: str, done: str) -> None:
    shop.product("tea", "Tea", brand="Ming", category="food")
    shop.allows(MEI, "preferences")
    shop.tells(MEI, "preferences", likes={"brand": ["Ming", "Other"]})
    made = shop.suggestions(MEI)["recommendation_id"]
    said = {"product_id": "tea", "recommendation_id": made, "locale": locale}
    assert shop.says(MEI, "stop_using_this", **said)["feedback"]["done"] == done


def test_what_cannot_be_found_again_is_asked_for_and_nothing_is_taken_back(shop: Byleave) -> None:
    shop.allows(MEI, "purchases", uses=2)
    path = f"/v1/customers/{MEI}/recommendations"
    made = shop.http.post(path, json={}, headers={"Idempotency-Key": "once"}).json()
    (ink,) = (one for one in made["items"] if one["product"]["id"] == "ink")
    assert ink["reason"]["text"] == "Fits your Printer"
    assert "stop_using_this" not in ink["controls"]
    body = {"kind": "stop_using_this", "product_id": "ink", "recommendation_id": made["recommendation_id"]}
    answer = shop.http.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "incomplete_feedback")
    taken = shop.says(MEI, "stop_using_this", product_id="printer")
    assert taken["narrowed"]["product_id"] == "printer"
    again = shop.http.post(path, json={}, headers={"Idempotency-Key": "twice"}).json()
    assert again["personalised"] is False


@pytest.mark.parametrize("names_the_list", [True, False])
def test_what_she_stopped_does_not_come_back_by_her_own_word(shop: Byleave, names_the_list: bool) -> None:
    shop.allows(MEI, "devices", "feedback")
    shop.says(MEI, "have_it", product_id="printer")
    shop.owns(MEI, {"product_id": "printer"})
    made = shop.suggestions(MEI)
    assert made["items"][0]["reason"]["facts"][0]["field"] == "devices.product"
    of_list = {"product_id": "ink", "recommendation_id": made["recommendation_id"]}
    shop.says(MEI, "stop_using_this", **(of_list if names_the_list else {"product_id": "printer"}))
    assert shop.suggestions(MEI)["personalised"] is False


def test_what_she_declined_stays_declined_when_she_stops_another_source(shop: Byleave) -> None:
    shop.allows(MEI, "purchases", "feedback")
    shop.says(MEI, "not_interested", product_id="printer")
    made = shop.suggestions(MEI)["recommendation_id"]
    shop.says(MEI, "stop_using_this", product_id="ink", recommendation_id=made)
    assert "printer" not in product_ids(shop.suggestions(MEI))


def test_a_like_that_is_read_once_has_no_button(shop: Byleave) -> None:
    shop.product("tea", "Tea", brand="Ming")
    shop.allows(MEI, "preferences", purpose="reminders")
    shop.tells(MEI, "preferences", likes={"brand": ["Ming"]})
    shop.allows(MEI, "preferences", uses=1)
    path = f"/v1/customers/{MEI}/recommendations"
    made = shop.http.post(path, json={}, headers={"Idempotency-Key": "once"}).json()
    assert (made["items"][0]["product"]["id"], made["items"][0]["controls"]) == ("tea", [])


def test_what_she_allows_for_one_channel_is_found_by_that_channel(shop: Byleave) -> None:
    shop.allows(MEI, "purchases", channels=["kiosk"])
    made = shop.suggestions(MEI, channel="kiosk")["recommendation_id"]
    body = {"kind": "stop_using_this", "product_id": "ink", "recommendation_id": made}
    assert shop.http.post(PATH, json=body).status_code == 422
    assert shop.says(MEI, **body, channel="Kiosk")["narrowed"]["product_id"] == "printer"
    assert shop.suggestions(MEI, channel="kiosk")["personalised"] is False


def test_who_may_only_write_learns_nothing_of_what_she_has(shop: Byleave) -> None:
    shop.allows(MEI, "purchases")
    shop.allows("twin", "purchases")
    caller = bearer(a_key(shop, Scope.CUSTOMERS_WRITE))
    body = {"kind": "stop_using_this", "product_id": "ink"}
    answers = [
        shop.http.post(f"/v1/customers/{who}/feedback", json=body, headers=caller).json()
        for who in (MEI, "twin")
    ]
    assert [one["narrowed"].pop("consent_id") for one in answers]
    assert [one["feedback"].pop("feedback_id") for one in answers]
    assert answers[0] == answers[1]
    assert answers[0]["narrowed"]["product_id"] == "ink"
    assert "ink" in product_ids(shop.suggestions(MEI)), "it rests on the printer"


def test_a_day_that_she_gave_is_taken_back_as_well(shop: Byleave) -> None:
    shop.product("roses", "Roses", attributes={"suits": ["mother"]})
    shop.allows(MEI, "occasions", "feedback")
    shop.tells(MEI, "occasions", occasions=[{"date": "06-12", "recipient": "mother"}])
    made = shop.suggestions(MEI)
    assert made["items"][0]["reason"]["code"] == "occasion"
    taken = shop.says(MEI, "stop_using_this", product_id="roses", recommendation_id=made["recommendation_id"])
    assert taken["narrowed"]["product_id"] is None
    assert taken["narrowed"]["data"][0].startswith("occasions.")


# The feed for staff


def test_the_feed_goes_on_where_it_was_left(shop: Byleave) -> None:
    shop.allows(MEI, "feedback", purpose="assistance")
    shop.allows("eve", "feedback", purpose="experience")
    for number in range(3):
        shop.says(MEI, rating=number)
        shop.says("eve", rating=number)
    first, second, third = feed(shop)
    assert [one["said"] for one in (first, second, third)] == [{"rating": 0}, {"rating": 1}, {"rating": 2}]
    assert feed(shop, first["id"]) == [second, third]
    assert feed(shop, third["id"]) == []
    answer = shop.http.get("/v1/staff/feed")
    assert "data" not in answer.text, "without a place it begins with what comes"


def test_the_feed_tells_what_may_be_seen_when_it_is_sent(shop: Byleave) -> None:
    shop.allows(MEI, "feedback", purpose="assistance")
    shop.says(MEI, "helpful", comment="Fine.", product_id="pen")
    shop.decides(MEI, "withdrawn", "assistance", "feedback.comment")
    assert [one["said"] for one in feed(shop)] == [{"kind": "helpful", "product": "pen"}]


def test_planted_feedback_that_nobody_may_see_is_not_in_the_feed(shop: Byleave) -> None:
    row = {"id": "fbk_planted", "customer_id": MEI, "place": 1, "rating": 1, "comment": "A secret."}
    with write_transaction(shop.app.state.engine) as connection:
        connection.execute(
            insert(Feedback), row | {"recorded_at": shop.app.state.feedback.appending.clock.now()}
        )
    assert "secret" not in shop.http.get("/v1/staff/feed", headers={"Last-Event-ID": "0"}).text


def test_only_staff_get_in_and_a_place_is_a_number(shop: Byleave) -> None:
    assert feed(shop, **bearer(a_key(shop, Scope.STAFF_READ))) == []
    others = a_key(shop, *set(Scope) - {Scope.STAFF_READ})
    assert shop.http.get("/v1/staff/feed", headers=bearer(others)).status_code == 403
    assert shop.http.get("/v1/staff/feed", headers={"Last-Event-ID": "soon"}).status_code == 422
