"""M3, an occasion comes up. Li told the jeweller of Valentine's Day and of his mother's birthday, with what he spends.

One reminder, some days ahead, with a few gifts that suit; then silence until the next year.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for

TEXT = {
    "en": "For Valentine's Day on 14 February 2027",
    "zh-Hans": "为2027年2月14日的情人节准备",
}
DETAIL = {
    "en": "You told us of this day. It suits your partner. Around this day you bought Silver ring before. "
    "It is within your budget of 200.00 EUR.",
    "zh-Hans": "您告诉过我们这个日子。适合您的伴侣。"
    "您以前在这个日子前后购买过Silver ring。价格在您200.00 EUR的预算之内。",
}


def a_jeweller(byleave: Byleave) -> None:
    def price(amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": "EUR"}

    byleave.product("pen", "Pen", category="pens", price=price("20.00"))
    byleave.product("ring", "Silver ring", category="rings", price=price("90.00"))
    byleave.product(
        "gold-ring", "Gold ring", category="rings", price=price("180.00"), attributes={"suits": ["partner"]}
    )
    byleave.product(
        "watch", "Watch", category="watches", price=price("900.00"), attributes={"suits": "partner"}
    )
    byleave.product(
        "locket",
        "Locket",
        category="lockets",
        price=price("60.00"),
        attributes={"suits": ["partner", "mother"]},
    )
    byleave.product(
        "scarf", "Scarf", category="scarves", price=price("40.00"), attributes={"suits": ["mother"]}
    )


def li_tells(byleave: Byleave, purpose: str = "reminders") -> None:
    byleave.allows("li", "contact", "occasions", "purchases", purpose=purpose)
    byleave.tells("li", "contact", channels=["email"])
    byleave.tells(
        "li",
        "occasions",
        occasions=[
            {
                "date": "valentines_day",
                "recipient": "partner",
                "lead_days": 10,
                "budget": {"amount": "200.00", "currency": "EUR"},
            }
        ],
    )
    byleave.bought("li", "ring", "2026-02-10T10:00:00Z")


@pytest.fixture
def jeweller(database_url: str) -> Iterator[Byleave]:
    """Early in February of the next year."""
    with Byleave(settings_for(database_url, now="2027-02-03T09:00:00Z")) as byleave:
        a_jeweller(byleave)
        yield byleave


def because(plan: dict[str, Any]) -> list[str]:
    ((found),) = [one["because"] for one in plan["held_back"]]
    return list(found)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_one_reminder_with_gifts_that_suit_and_are_within_the_budget(jeweller: Byleave, locale: str) -> None:
    li_tells(jeweller)

    (contact,) = jeweller.plans("2027-02-04", locale=locale)["outreach"]

    assert (contact["kind"], contact["reason"]["code"]) == ("reminder", "occasion")
    assert [item["product"]["id"] for item in contact["items"]] == ["gold-ring", "locket"]
    assert contact["reason"]["text"] == TEXT[locale]
    assert contact["reason"]["detail"] == DETAIL[locale]
    shares = {fact["field"]: fact["share"] for fact in contact["reason"]["facts"] if fact["share"]}
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=lambda field: shares[field]) == "occasions.date"


def test_before_it_is_near_there_is_silence(jeweller: Byleave) -> None:
    li_tells(jeweller)

    assert because(jeweller.plans("2027-02-03")) == ["nothing_to_say"]


def test_then_silence(jeweller: Byleave) -> None:
    li_tells(jeweller)
    jeweller.reports(jeweller.plans("2027-02-04")["outreach"][0], "sent")

    assert because(jeweller.plans("2027-02-13")) == ["already_told"]
    assert because(jeweller.plans("2027-02-20")) == ["nothing_to_say"]


def test_on_a_page_the_gifts_come_up_with_the_same_reason(jeweller: Byleave) -> None:
    li_tells(jeweller, purpose="recommendations")
    jeweller.tells("li", "occasions", occasions=[{"date": "02-14", "recipient": "mother", "name": "Our day"}])

    answer = jeweller.suggestions("li", limit=2)
    assert answer["items"] == [] or answer["items"][0]["reason"]["code"] != "occasion"

    jeweller.tells(
        "li",
        "occasions",
        occasions=[{"date": "02-14", "recipient": "mother", "name": "Our day", "lead_days": 20}],
    )
    answer = jeweller.suggestions("li", limit=2)
    assert product_ids(answer) == ["locket", "scarf"]
    assert answer["items"][0]["reason"]["text"] == "For Our day on 14 February 2027"
    assert answer["personalised"]


def test_what_may_not_be_read_moves_no_gift(jeweller: Byleave) -> None:
    """The recipient and the budget withheld: only what he gave before, at any price, and no word of whom for."""
    jeweller.allows("li", "occasions.date", "purchases.product", "purchases.date", "occasions.lead_days")
    jeweller.allows("li", "occasions", purpose="reminders")
    jeweller.tells(
        "li",
        "occasions",
        occasions=[
            {
                "date": "valentines_day",
                "recipient": "mother",
                "lead_days": 20,
                "budget": {"amount": "1.00", "currency": "EUR"},
            }
        ],
    )
    jeweller.bought("li", "scarf", "2026-02-10T10:00:00Z")
    jeweller.product("shawl", "Shawl", category="scarves")

    reason = jeweller.suggestions("li", limit=1)["items"][0]["reason"]
    assert reason["code"] == "occasion"
    assert "mother" not in str(reason) and "budget" not in str(reason)
