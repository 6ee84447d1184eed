"""M11, I said something: one tap beside a suggestion, and the next one is different. She sees what was changed because
of it, staff see it at once; and what she does not allow to be kept is not kept.
"""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.byleave import ADMIN_KEY, Byleave, product_ids
from tests.conftest import settings_for

MEI = "mei"
PATH = f"/v1/customers/{MEI}"
CAN_SAY = ["not_mine", "have_it", "was_a_gift", "not_now", "not_interested", "stop_using_this"]


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Mei bought a printer and a coffee machine, and lets both and what she says be used for suggestions."""
    byleave.product("printer", "HP OfficeJet Pro 8600", category="office", fits=[])
    byleave.product("machine", "Coffee machine", category="kitchen")
    byleave.product("ink", "HP 950 Ink", category="supplies", fits=["printer"])
    byleave.product("pods", "Coffee pods", category="supplies", fits=["machine"])
    byleave.product("paper", "Paper", featured_rank=1)
    byleave.product("pen", "Pen", featured_rank=2)
    byleave.bought(MEI, "printer")
    byleave.bought(MEI, "machine")
    byleave.allows(MEI, "purchases", "devices", "feedback")
    return byleave


def item(answer: dict[str, Any], product_id: str) -> dict[str, Any]:
    (found,) = (one for one in answer["items"] if one["product"]["id"] == product_id)
    shown: dict[str, Any] = found
    return shown


def done(shop: Byleave, locale: str = "en") -> list[str]:
    told = shop.http.get(f"{PATH}/feedback", params={"locale": locale}).json()["feedback"]
    return [one["done"] for one in told]


def staff_see(shop: Byleave, after: int = 0) -> list[dict[str, Any]]:
    answer = shop.http.get("/v1/staff/feed", headers={"Last-Event-ID": str(after)})
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


def test_it_was_a_gift(shop: Byleave) -> None:
    before = shop.suggestions(MEI)
    assert item(before, "ink")["reason"]["text"] == "Fits your HP OfficeJet Pro 8600"
    assert item(before, "ink")["controls"] == CAN_SAY

    taken = shop.says(MEI, "was_a_gift", product_id="ink", recommendation_id=before["recommendation_id"])
    assert taken["feedback"]["product_id"] == "printer", "the thing that the reason speaks of"

    after = shop.suggestions(MEI)
    assert "ink" not in product_ids(after), "from the very next answer on"
    assert "pods" in product_ids(after)
    assert {"feedback.kind", "feedback.product"} <= {one["field"] for one in after["data_used"]}
    assert done(shop) == ["You said it was a gift: we no longer suggest anything for HP OfficeJet Pro 8600."]
    assert done(shop, "zh-CN") == ["您说这是礼物：我们不再推荐与HP OfficeJet Pro 8600相关的商品。"]  # noqa: RUF001


def test_a_gift_speaks_for_nothing_until_she_buys_one_for_herself(shop: Byleave, engine: Engine) -> None:
    shop.says(MEI, "was_a_gift", product_id="printer")
    assert "ink" not in product_ids(shop.suggestions(MEI))
    shop.bought(MEI, "printer", when="2026-06-10T08:00:00Z")
    assert "ink" not in product_ids(shop.suggestions(MEI)), "of the day on which she said it"
    shop.bought(MEI, "printer", when="2026-06-11T08:00:00Z")
    shop.owns(MEI, {"product_id": "printer", "since": "2026-06-11"})
    assert "ink" not in product_ids(shop.suggestions(MEI)), "tomorrow is not there yet"
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with Byleave(settings_for(url, now="2026-06-11T12:00:00Z")) as tomorrow:
        assert "ink" in product_ids(tomorrow.suggestions(MEI))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "not_interested",
            "You said that you are not interested: we do not suggest HP 950 Ink, unless you bought it since.",
        ),
        ("have_it", "You said that you have it: we do not suggest HP 950 Ink while you do."),
        ("not_now", "You said not now: we do not suggest HP 950 Ink before 10 July 2026."),
    ],
)
def test_what_she_does_not_want_is_not_there(shop: Byleave, kind: str, text: str) -> None:
    taken = shop.says(MEI, kind, product_id="ink")
    assert taken["feedback"]["done"] == text
    assert product_ids(shop.suggestions(MEI)) == ["pods", "paper", "pen"]


def test_not_mine(shop: Byleave) -> None:
    shop.owns(MEI, {"product_id": "machine"})
    shop.says(MEI, "not_mine", product_id="machine")
    assert "pods" not in product_ids(shop.suggestions(MEI)), "neither bought nor declared"


def test_a_device_that_she_has_from_elsewhere(shop: Byleave) -> None:
    shop.product("laser", "Laser printer", featured_rank=3)
    shop.product("toner", "Toner", fits=["laser"])
    assert "toner" not in product_ids(shop.suggestions(MEI))
    shop.says(MEI, "have_it", product_id="laser")
    answer = shop.suggestions(MEI)
    assert "laser" not in product_ids(answer)
    reason = item(answer, "toner")["reason"]
    assert reason["text"] == "Fits your Laser printer"
    assert reason["detail"] == "You told us that you have this device."
    assert [(one["field"], one["share"]) for one in reason["facts"]] == [
        ("feedback.product", 1.0),
        ("feedback.kind", 0.0),
        ("fits", 0.0),
    ]


def test_what_was_done_is_what_is_true_now(shop: Byleave) -> None:
    shop.says(MEI, "have_it", product_id="pen")
    shop.says(MEI, "not_mine", product_id="pen")
    assert done(shop) == [
        "You said it is not yours: we no longer suggest anything because of Pen.",
        "You said something else of Pen since: that holds now.",
    ]
    assert done(shop, "zh-Hans")[1] == "您之后对Pen另有说明：以后者为准。"  # noqa: RUF001


def test_what_she_allows_for_one_channel_has_its_effect(shop: Byleave) -> None:
    shop.allows("ann", "feedback", channels=["web"])
    taken = shop.says("ann", "not_now", product_id="ink")
    assert taken["feedback"]["done"] == "You said not now: we do not suggest HP 950 Ink before 10 July 2026."


def test_too_often_is_heard_by_who_may_hear_it(shop: Byleave) -> None:
    shop.allows("ann", "feedback", purpose="experience")
    unheard = shop.says("ann", "too_often", product_id="ink")["feedback"]["done"]
    assert unheard == "We keep what you said. You do not let us use it when we contact you: nothing changed."
    shop.allows("ann", "feedback", purpose="reminders")
    heard = shop.says("ann", "too_often")["feedback"]["done"]
    assert heard == "You said that it is too often: we keep it in mind when we contact you."


def test_helpful_changes_nothing_but_the_record(shop: Byleave) -> None:
    before = shop.suggestions(MEI)["items"]
    shop.says(MEI, "helpful", product_id="ink")
    assert shop.suggestions(MEI)["items"] == before
    assert done(shop) == ["You said that it was helpful. Thank you; it changes nothing else."]


def test_stop_using_this_is_a_withdrawal_about_that_thing(shop: Byleave) -> None:
    made = shop.suggestions(MEI)
    taken = shop.says(
        MEI,
        "stop_using_this",
        product_id="ink",
        recommendation_id=made["recommendation_id"],
        locale="zh-Hans",
    )
    narrowed = taken["narrowed"]
    assert (narrowed["purpose"], narrowed["product_id"]) == ("recommendations", "printer")
    assert taken["feedback"]["done"] == "您要求停止：我们不再将HP OfficeJet Pro 8600用于推荐。"  # noqa: RUF001
    assert "pods" in product_ids(shop.suggestions(MEI)), "only that thing"
    receipt = shop.http.get(f"{PATH}/consents/{narrowed['consent_id']}/receipt")
    assert receipt.status_code == 200, "it has a receipt like any other decision"
    changes = shop.http.get("/v1/changes").json()["changes"]
    assert changes[-1]["consent_id"] == narrowed["consent_id"]
    asked = {"customer_id": MEI, "purpose": "recommendations", "field": "purchases.product"}
    decisions = shop.http.post(
        "/v1/decisions", json={"requests": [asked | {"item": one} for one in ("printer", "machine")]}
    ).json()["decisions"]
    assert [one["because"] for one in decisions] == ["withdrawn", None]


def test_stop_using_this_works_though_nothing_she_says_may_be_kept(byleave: Byleave) -> None:
    byleave.product("printer", "Printer")
    byleave.product("ink", "Ink", fits=["printer"])
    byleave.bought("ben", "printer")
    byleave.allows("ben", "purchases")
    answer = byleave.suggestions("ben")
    (ink, *_), made = answer["items"], answer["recommendation_id"]
    assert ink["controls"] == ["stop_using_this"], "nothing else would be heard"
    taken = byleave.says("ben", "stop_using_this", product_id="ink", recommendation_id=made)
    assert taken["narrowed"]["product_id"] == "printer"
    assert [one["because"] for one in taken["not_kept"]] == ["not_asked"] * 2
    assert byleave.suggestions("ben")["personalised"] is False
    assert byleave.http.get("/v1/customers/ben/feedback").json()["feedback"] == []


def test_what_no_purpose_may_read_is_not_kept(byleave: Byleave) -> None:
    byleave.product("ink", "Ink")
    path = "/v1/customers/ben/feedback"
    refused = byleave.http.post(path, json={"kind": "not_interested", "product_id": "ink", "comment": "No."})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_permitted")
    assert {one["path"] for one in refused.json()["errors"]} == {
        "feedback.kind",
        "feedback.product",
        "feedback.comment",
    }
    byleave.allows("ben", "feedback.kind", "feedback.product")
    taken = byleave.says("ben", "not_interested", product_id="ink", comment="No.")
    assert taken["not_kept"] == [{"field": "feedback.comment", "because": "not_asked"}]
    assert taken["feedback"]["comment"] is None


def test_what_is_not_allowed_for_suggestions_moves_none(shop: Byleave) -> None:
    """P1: a twin who said nothing gets the same."""
    for who in ("ann", "twin"):
        shop.bought(who, "printer")
        shop.allows(who, "purchases")
        shop.allows(who, "feedback", purpose="experience")
    for kind, product_id in (("was_a_gift", "printer"), ("not_interested", "paper"), ("have_it", "ink")):
        taken = shop.says("ann", kind, product_id=product_id)
        assert taken["feedback"]["done"] == (
            "We keep what you said. You do not let us use it for suggestions: nothing changed."
        )
    answers = [shop.suggestions(who) for who in ("ann", "twin")]
    ours, twins = (str(one["items"]).replace(one["data_used"][0]["consent"], "-") for one in answers)
    assert ours == twins
    assert answers[0]["data_not_used"] == answers[1]["data_not_used"]


def test_withdrawn_it_is_deleted_and_everything_is_as_before(shop: Byleave) -> None:
    before = shop.suggestions(MEI)["items"]
    consent_id = shop.allows("eve", "feedback")
    shop.says("eve", "not_interested", product_id="paper")
    assert "paper" not in product_ids(shop.suggestions("eve"))
    shop.withdraws("eve", consent_id)
    assert "paper" in product_ids(shop.suggestions("eve"))
    assert shop.http.get("/v1/customers/eve/feedback").json()["feedback"] == []
    assert shop.suggestions(MEI)["items"] == before


def test_staff_see_it_at_once_as_far_as_she_allows_it(shop: Byleave) -> None:
    helping = shop.allows(
        MEI, "feedback.rating", "feedback.comment", "feedback.touchpoint", purpose="assistance"
    )
    said = {"rating": 2, "importance": 9, "comment": "Nobody was there.", "touchpoint": "store"}
    shop.says(MEI, None, **said)
    shop.says(MEI, "not_interested", product_id="pen")
    (seen,) = staff_see(shop)
    assert seen["customer_id"] == MEI
    assert seen["said"] == {"rating": 2, "comment": "Nobody was there.", "touchpoint": "store"}
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"{PATH}/uses").json()["uses"]
    assert {one["field"] for one in uses if one["kind"] == "staff"} == {
        "feedback.rating",
        "feedback.comment",
        "feedback.touchpoint",
    }
    shop.withdraws(MEI, helping)
    assert staff_see(shop) == [], "what she allows is asked when it is sent"
    assert done(shop)[-1] == "You told us how it was for you. Thank you; your suggestions stay as they are."


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_a_suggestion_that_was_not_made_for_her_is_refused_without_a_hint(shop: Byleave, locale: str) -> None:
    of_another = shop.suggestions("eve")["recommendation_id"]
    of_a_visitor = shop.visitor_suggestions()["recommendation_id"]
    answers = [
        shop.http.post(
            f"{PATH}/feedback",
            json={"kind": "helpful", "recommendation_id": made},
            params={"locale": locale},
        )
        for made in (of_another, of_a_visitor, "rec_01K00000000000000000000000", "nonsense")
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "unknown_recommendation")}
    assert len({one.content for one in answers}) == 1, "nobody can tell which of them there is"
    hers = shop.suggestions(MEI)["recommendation_id"]
    assert shop.says(MEI, "helpful", recommendation_id=hers)["feedback"]["kind"] == "helpful"


def test_a_tap_that_is_sent_twice_counts_once(shop: Byleave) -> None:
    made = shop.suggestions(MEI)["recommendation_id"]
    body = {"kind": "stop_using_this", "product_id": "ink", "recommendation_id": made}
    headers = {"Idempotency-Key": "tap-1", "Authorization": f"Bearer {ADMIN_KEY}"}
    one, two = (shop.http.post(f"{PATH}/feedback", json=body, headers=headers).json() for _ in range(2))
    assert one == two
    assert len(done(shop)) == 1
