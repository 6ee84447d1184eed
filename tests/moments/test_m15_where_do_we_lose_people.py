"""M15, where do we lose people? Experience by touchpoint, from those who allow it; nothing that few stand behind."""

from typing import Any

import pytest

from tests.byleave import Byleave
from tests.conftest import settings_for

GUESTS = [f"guest-{number}" for number in range(12)]
FOR_US = {"purpose": "experience"}


@pytest.fixture
def hotel(byleave: Byleave) -> Byleave:
    """Twelve guests come in, wait for their room and leave. The wait is bad, the farewell is good."""
    for number, guest in enumerate(GUESTS):
        byleave.allows(guest, "feedback", **FOR_US)
        stay = {"journey": f"stay-{number}"}
        byleave.says(guest, touchpoint="welcome", rating=7, importance=6, **stay)
        byleave.says(guest, touchpoint="waiting", rating=1, importance=9, **stay)
        byleave.says(guest, touchpoint="farewell", rating=8, importance=5, **stay)
    return byleave


def touchpoints(shop: Byleave) -> dict[str, Any]:
    answer = shop.http.get("/v1/insights/touchpoints")
    assert answer.status_code == 200, answer.text
    insight: dict[str, Any] = answer.json()
    return insight


def test_the_wait_is_where_the_hotel_loses_people(hotel: Byleave) -> None:
    insight = touchpoints(hotel)
    found = {one["touchpoint"]: one for one in insight["touchpoints"]}
    assert list(found) == ["waiting", "welcome", "farewell"], "the most important first"
    waiting = found["waiting"]
    assert (waiting["average"], waiting["importance"]) == (1.0, 9.0)
    assert waiting["customers"] in (10, 15) and waiting["peaks"] in (10, 15) and waiting["ends"] is None
    assert found["farewell"]["ends"] in (10, 15) and found["farewell"]["peaks"] is None
    journeys = insight["journeys"]
    assert (journeys["average"], journeys["peak"], journeys["end"], journeys["peak_end"]) == (5.5, 1, 8, 4.5)
    assert touchpoints(hotel) == insight, "asked again, the same"


def test_what_a_guest_does_not_allow_for_it_changes_nothing(hotel: Byleave) -> None:
    before = touchpoints(hotel)
    for number in range(9):
        hotel.allows(f"quiet-{number}", "feedback", purpose="assistance")
        hotel.says(f"quiet-{number}", touchpoint="breakfast", rating=0, importance=10, journey=f"q-{number}")
        hotel.says(f"quiet-{number}", touchpoint="waiting", rating=10)
    assert touchpoints(hotel) == before


def test_what_few_say_does_not_show(hotel: Byleave) -> None:
    for guest in GUESTS[:4]:
        hotel.says(guest, touchpoint="sauna", rating=0)
        hotel.says(guest, touchpoint="sauna", rating=0)
    assert "sauna" not in {one["touchpoint"] for one in touchpoints(hotel)["touchpoints"]}
    hotel.says(GUESTS[4], touchpoint="sauna", rating=0)
    assert "sauna" in {one["touchpoint"] for one in touchpoints(hotel)["touchpoints"]}


def test_one_guest_who_says_it_often_does_not_speak_for_all(hotel: Byleave) -> None:
    for guest in GUESTS[:5]:
        hotel.says(guest, touchpoint="sauna", rating=10)
    for _ in range(40):
        hotel.says(GUESTS[5], touchpoint="sauna", rating=0)
    found = {one["touchpoint"]: one for one in touchpoints(hotel)["touchpoints"]}
    assert found["sauna"]["average"] == 8.5


def test_who_takes_it_back_is_gone_from_it_at_once(hotel: Byleave) -> None:
    for guest in GUESTS[:8]:
        hotel.withdraws_all(guest)
    insight = touchpoints(hotel)
    assert (insight["touchpoints"], insight["journeys"]) == ([], None)


def test_without_the_journey_there_is_no_peak_and_no_end(byleave: Byleave) -> None:
    for guest in GUESTS:
        byleave.allows(guest, "feedback.rating", "feedback.touchpoint", **FOR_US)
        byleave.says(guest, touchpoint="home", rating=6, importance=3)
    insight = touchpoints(byleave)
    (home,) = insight["touchpoints"]
    assert (home["average"], home["importance"], home["peaks"], home["ends"]) == (6.0, None, None, None)
    assert insight["journeys"] is None


def test_she_can_see_that_it_was_counted(hotel: Byleave) -> None:
    touchpoints(hotel)
    hotel.app.state.use_recorder.flush()
    uses = hotel.http.get(f"/v1/customers/{GUESTS[0]}/uses").json()["uses"]
    assert {(one["kind"], one["purpose"]) for one in uses} == {("insight", "experience")}
    assert {one["field"] for one in uses} == {
        f"feedback.{name}" for name in ("rating", "importance", "touchpoint", "journey")
    }


def test_consents_and_suggestions_over_time(hotel: Byleave) -> None:
    hotel.product("key-ring", "Key ring", featured_rank=1)
    hotel.product("towel", "Towel")
    for guest in GUESTS[:6]:
        hotel.allows(guest, "purchases")
        hotel.bought(guest, "towel")
        hotel.suggestions(guest)
        hotel.says(guest, "helpful")
    hotel.decides(GUESTS[0], "refused", "recommendations", "devices")
    hotel.app.state.use_recorder.flush()

    consents = hotel.http.get("/v1/insights/consents", params={"months": 2}).json()
    found = {one["purpose"]: one for one in consents["months"]}
    assert {one["month"] for one in consents["months"]} == {"2026-06"}
    assert found["experience"]["given"] in (10, 15)
    assert found["recommendations"]["given"] in (5, 10)
    assert found["recommendations"]["refused"] is None, "one guest is nobody's business"

    hotel.decides(GUESTS[0], "refused", "learning", "purchases")
    assert hotel.http.get("/v1/insights/consents", params={"months": 2}).json() == consents, "not even a row"

    suggestions = hotel.http.get("/v1/insights/suggestions", params={"months": 2}).json()
    assert [one["month"] for one in suggestions["months"]] == ["2026-06", "2026-05"]
    assert suggestions["months"][0]["customers"] in (5, 10) and suggestions["months"][0]["answers"] in (5, 10)
    assert (suggestions["months"][1]["customers"], suggestions["months"][1]["answers"]) == (None, None)
    (said,) = suggestions["said"]
    assert said["kind"] == "helpful" and said["customers"] in (5, 10)


# And what it brings her


def value(shop: Byleave, locale: str = "en") -> dict[str, Any]:
    told: dict[str, Any] = shop.http.get("/v1/customers/mia/value", params={"locale": locale}).json()
    return told


@pytest.fixture
def lamps(byleave: Byleave) -> Byleave:
    """Mia is due for a lamp. She was told so on 10 June, by a mail that went out."""
    byleave.product("lamp", "Lamp", attributes={"usual_interval_days": 30})
    byleave.allows("mia", "contact", purpose="reminders")
    byleave.tells("mia", "contact", channels=["email"])
    byleave.allows("mia", "purchases", purpose="reminders")
    byleave.bought("mia", "lamp", when="2026-05-10T10:00:00Z")
    (contact,) = byleave.plans()["outreach"]
    assert value(byleave)["contacted"] == [], "what is planned has not reached her"
    byleave.reports(contact, "sent")
    byleave.reports(contact, "opened")
    return byleave


OPENED = {"kind": "reminder", "contacts": 1, "sent": 0, "opened": 1, "declined": 0, "bought": 0}


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (
            "en",
            (
                "So far no answer has rested on your data. You miss nothing by that. Times that we contacted you: 1. "
                "Things that you bought within two weeks after we had suggested them: 1."
            ),
        ),
        (
            "zh-Hans",
            (
                "到目前为止，还没有任何推荐用到您的信息；这不影响您得到的服务。我们联系您的次数：1。"  # noqa: RUF001
                "我们推荐后两周内您购买的商品数：1。"  # noqa: RUF001
            ),
        ),
    ],
)
def test_she_sees_how_often_she_was_contacted_and_what_came_of_it(
    lamps: Byleave, database_url: str, locale: str, text: str
) -> None:
    assert (value(lamps)["contacted"], value(lamps)["bought_after"]) == ([OPENED], 0)
    with Byleave(settings_for(database_url, now="2026-07-10T09:00:00Z")) as later:
        later.bought("mia", "lamp", when="2026-06-24T10:00:00Z", id="in-time")
        told = value(later, locale)
    assert (told["contacted"], told["bought_after"], told["text"]) == ([OPENED], 1, text)


def test_what_she_bought_later_or_gave_back_or_keeps_to_herself_is_not_counted(
    lamps: Byleave, database_url: str
) -> None:
    with Byleave(settings_for(database_url, now="2026-07-10T09:00:00Z")) as later:
        later.bought("mia", "lamp", when="2026-06-25T10:00:00Z", id="too-late")
        assert value(later)["bought_after"] == 0
        later.bought("mia", "lamp", when="2026-06-12T10:00:00Z", id="in-time")
        assert value(later)["bought_after"] == 1
        later.decides("mia", "refused", "reminders", "purchases.date")
        later.allows("mia", "purchases", purpose="recommendations")
        assert value(later)["bought_after"] == 0
        later.allows("mia", "purchases", purpose="reminders")
        later.bought("mia", "lamp", when="2026-07-01T10:00:00Z", id="back", type="return")
        told = value(later)
    assert (told["contacted"], told["bought_after"]) == ([OPENED], 0)
