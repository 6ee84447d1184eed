"""M9, you already know that. A salon used to write to Wang: half price on perms, come and see our new rooms.

She has had a perm eight weeks ago and has one every twelve, has sat in the new rooms, gave her address to hear of
her appointments, and has asked not to be pestered. What she does need to know is that Lin is away next week.
"""

from typing import Any

import pytest

from tests.byleave import Byleave

LETTER, NOTE = "half-price-perms", "lin-is-away"
TODAY = "2026-06-10"

REASON = {
    "en": "Because you bought Perm here",
    "zh-Hans": "因为您在本店购买了Perm",
}
WORDS = {
    "en": (
        "Lin is away next week",
        "Lin is away from 15 to 19 June. Your other appointments stay as they are.",
    ),
    "zh": ("林师傅下周不在", "林师傅6月15日至19日不在店内,您的其他预约不变。"),
}


@pytest.fixture
def salon(byleave: Byleave) -> Byleave:
    byleave.product("perm", "Perm", category="perms", attributes={"usual_interval_days": 84})
    byleave.message(
        LETTER,
        kind="campaign",
        texts={"en": {"title": "Perms at half price", "text": "Come and see our new rooms, too."}},
        concerns={"categories": ["perms"]},
        known_since="2026-04-01",
        categories=["perms"],
        interval_days=84,
    )
    byleave.message(
        NOTE,
        kind="service",
        topic="appointments",
        texts={locale: {"title": title, "text": text} for locale, (title, text) in WORDS.items()},
        concerns={"served_by": ["lin"], "since": "2026-01-01"},
        known_since="2026-06-08",
        valid_until="2026-06-19",
    )
    byleave.allows("wang", "contact", "purchases", purpose="service")
    byleave.allows("wang", "purchases", "feedback", purpose="reminders")
    byleave.tells("wang", "contact", channels=["email"])
    for day in ("2025-10-29", "2026-01-21", "2026-04-15"):
        byleave.bought("wang", "perm", f"{day}T14:00:00Z", served_by="lin")
    byleave.says("wang", "too_often")
    return byleave


def held_back(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {one["customer_id"]: one["because"] for one in plan["held_back"]}


def test_the_letter_is_not_sent_and_the_plan_says_why(salon: Byleave) -> None:
    plan = salon.plans(TODAY, message_id=LETTER)

    assert plan["outreach"] == []
    assert held_back(plan) == {"wang": ["no_permission", "asked_less_often", "knows_already", "not_due"]}


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_note_that_her_stylist_is_away_goes_out(salon: Byleave, locale: str) -> None:
    plan = salon.plans(TODAY, message_id=NOTE, locale=locale)

    (contact,) = plan["outreach"]
    assert (contact["customer_id"], contact["kind"], contact["channel"]) == ("wang", "service", "email")
    assert contact["items"] == []
    assert (contact["message"]["title"], contact["message"]["text"]) == WORDS[locale[:2]]
    assert contact["reason"]["text"] == REASON[locale]
    assert {fact["field"] for fact in contact["reason"]["facts"]} == {"purchases.served_by", "purchases.date"}
    assert salon.reports(contact, "sending")["go"]
    assert salon.reports(contact, "sent")["state"] == "sent"
