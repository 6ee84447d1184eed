"""P10 over HTTP: caps over all channels, quiet hours where she is, permission as it is when something is sent."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.planting import DATA_TABLES

CHANNELS = ("email", "sms", "app")
FIRST = date(2026, 6, 10)


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    for number in range(6):
        byleave.product(f"lamp-{number}", attributes={"usual_interval_days": 30})
    return byleave


def a_customer(shop: Byleave, name: str, *, lamps: int = 6, **contact: Any) -> str:
    """She is due for so many lamps, each worth a contact of its own."""
    consent_id = shop.allows(name, "contact", "purchases", "feedback", purpose="reminders")
    shop.tells(name, "contact", **({"channels": list(CHANNELS)} | contact))
    for number in range(lamps):
        shop.bought(name, f"lamp-{number}", "2026-05-10T10:00:00Z")
    return consent_id


def because(plan: dict[str, Any]) -> list[str]:
    (found,) = [one["because"] for one in plan["held_back"]]
    return list(found)


def test_a_month_of_daily_plans_by_changing_channels_keeps_the_cap(shop: Byleave) -> None:
    a_customer(shop, "anna")
    contacted = []
    for number in range(30):
        day = FIRST + timedelta(days=number)
        plan = shop.plans(day.isoformat(), CHANNELS[number % 3])
        for contact in plan["outreach"]:
            contacted.append(day)
            assert shop.reports(contact, "sent")["state"] == "sent"
        assert plan["outreach"] or because(plan)

    gaps = [later - earlier for earlier, later in pairwise(contacted)]
    assert len(contacted) == 3
    assert min(gaps) >= timedelta(days=7)


def test_what_one_channel_has_told_no_other_tells_on_the_next_day(shop: Byleave) -> None:
    a_customer(shop, "anna", lamps=2)
    assert len(shop.plans("2026-06-10", "email")["outreach"]) == 1

    assert because(shop.plans("2026-06-11", "sms")) == ["cap_reached", "already_told"]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin"])
def test_it_is_day_where_she_is(shop: Byleave, zone: str) -> None:
    a_customer(shop, "anna", time_zone=zone)
    (contact,) = shop.plans("2026-06-12")["outreach"]
    walls = [
        datetime.fromisoformat(contact[name]).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        for name in ("send_from", "send_until")
    ]
    assert [f"{wall:%m-%d %H:%M}" for wall in walls] == ["06-12 08:00", "06-12 21:00"]


def test_her_own_quiet_hours_hold_at_the_moment_of_sending(database_url: str) -> None:
    """At 09:00 UTC it is 17:00 in Shanghai, and she has said until six in the evening."""
    with Byleave(settings_for(database_url)) as shop:
        shop.product("lamp-0", attributes={"usual_interval_days": 30})
        a_customer(shop, "anna", lamps=1, time_zone="Asia/Shanghai", quiet_hours=["08:00", "18:00"])
        (contact,) = shop.plans()["outreach"]

        assert contact["send_from"] == "2026-06-10T10:00:00Z"
        assert shop.reports(contact, "sending")["because"] == ["quiet_hours"]


def test_permission_is_that_of_the_moment_of_sending(shop: Byleave) -> None:
    consent_id = a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.withdraws("anna", consent_id)

    told = shop.reports(contact, "sending")
    assert (told["go"], told["because"][0]) == (False, "no_permission")


def test_a_channel_taken_back_stops_what_was_to_go_by_it(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans("2026-06-10", "sms")["outreach"]
    shop.decides("anna", "refused", "reminders", "contact", channels=["sms"])

    assert shop.reports(contact, "sending")["because"][0] == "no_permission"
    assert [one["channel"] for one in shop.plans("2026-06-11", "sms", "email")["outreach"]] == ["email"]


def test_what_she_says_since_counts_at_the_moment_of_sending(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.says("anna", "too_often")

    assert shop.reports(contact, "sending")["because"] == ["asked_less_often"]


def test_a_bad_experience_is_a_quiet_period(shop: Byleave) -> None:
    a_customer(shop, "anna")
    a_customer(shop, "bea")
    shop.says("anna", rating=2, touchpoint="store")
    shop.says("bea", rating=9, touchpoint="store")
    plan = shop.plans()

    assert [(one["customer_id"], one["kind"]) for one in plan["outreach"]] == [
        ("anna", "follow_up"),
        ("bea", "reminder"),
    ]
    assert because(shop.plans("2026-06-20", customer_id="anna")) == ["quiet_period_complaint", "already_told"]


@pytest.mark.parametrize("outcome", ["complains", "finds it too often", "buys"])
def test_this_evening_is_today_also_west_of_greenwich(database_url: str, outcome: str) -> None:
    """Six in the evening in Los Angeles, and the day after in Greenwich."""
    now = {"now": "2026-06-11T01:00:00Z", "time_zone": "America/Los_Angeles"}
    with Byleave(settings_for(database_url, **now)) as shop:
        shop.product("lamp-0", attributes={"usual_interval_days": 30})
        shop.product("chair")
        a_customer(shop, "anna", lamps=1)
        (contact,) = shop.plans("2026-06-10")["outreach"]
        if outcome == "complains":
            shop.says("anna", rating=0, touchpoint="store")
        elif outcome == "buys":
            shop.bought("anna", "chair", "2026-06-11T00:50:00Z")
        else:
            shop.says("anna", "too_often")

        told = shop.reports(contact, "sending")
        assert told["go"] is False
        assert told["because"][0] in ("quiet_period_complaint", "asked_less_often", "quiet_period_purchase")


def test_a_note_that_has_become_a_campaign_does_not_go_as_a_note(shop: Byleave) -> None:
    shop.allows("anna", "contact", purpose="service")
    shop.tells("anna", "contact", channels=["email"])
    body = {"concerns": {"customer_ids": ["anna"]}, "known_since": "2026-06-09"}
    away = {"en": {"title": "Away", "text": "We are closed on Friday."}}
    shop.message("friday", kind="service", topic="opening", texts=away, **body)
    (note,) = shop.plans()["outreach"]
    half = {"en": {"title": "Half price", "text": "All lamps at half price."}}
    shop.message("friday", kind="campaign", texts=half, products=["lamp-0"], **body)

    told = shop.reports(note, "sending")
    assert (told["go"], told["because"]) == (False, ["not_valid"])


def test_an_objection_to_marketing_holds_back(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.objects("anna", "marketing")

    assert shop.reports(contact, "sending")["because"][0] == "no_permission"


def test_of_who_allows_everything_else_nothing_is_read(shop: Byleave) -> None:
    """She refuses to be contacted and allows all else: no statement names a table with data of hers."""
    for purpose in ("recommendations", "learning", "experience", "assistance"):
        shop.allows("anna", "contact", "purchases", "occasions", "feedback", purpose=purpose)
    shop.decides("anna", "refused", "reminders", "contact", "purchases", "occasions", "feedback")
    shop.tells("anna", "contact", channels=["email"])
    shop.bought("anna", "lamp-0", "2026-05-10T10:00:00Z")
    shop.plans()  # what is learned is learned now
    tables = re.compile(rf"\b({'|'.join(DATA_TABLES)})\b")
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.extend(tables.findall(statement))

    event.listen(shop.app.state.engine, "before_cursor_execute", note)
    plan = shop.plans()
    event.remove(shop.app.state.engine, "before_cursor_execute", note)

    assert because(plan) == ["no_permission", "nothing_to_say"]
    assert sent == []
