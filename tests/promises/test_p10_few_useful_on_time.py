"""P10. Contact has a cap over all channels, quiet hours and periods; and what is not sent has its reason."""

import os
from datetime import UTC, datetime, time
from random import Random

import pytest

from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.rules import ContactRules, QuietHours
from tests.promises.years_of_contact import Sent, a_person, live_a_year, wrongs

CUSTOMERS = int(os.environ.get("BYLEAVE_TEST_CONTACTED", "60"))
"""How many customers live through a year; `make prove` takes 10,000."""

_RULES = ContactRules()
_NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
_PARTS = 4  # several at once, where there are several processes


@pytest.mark.parametrize("part", range(_PARTS))
def test_in_a_year_of_contacts_no_cap_no_hour_and_no_period_is_broken(part: int) -> None:
    customers = range(part, CUSTOMERS, _PARTS)
    sent, asked, held_back = 0, 0, set[HeldBack]()
    for number in customers:
        lots = Random(number)
        person = a_person(lots)
        for why in live_a_year(person, lots, _RULES):
            assert why
            held_back.update(why)
        assert list(wrongs(person, _RULES)) == [], f"customer {number}"
        sent += len(person.sent)
        asked += sum(one.kind is ContactKind.FOLLOW_UP for one in person.sent)

    assert sent > 5 * len(customers)
    assert asked > len(customers) / 5
    assert held_back >= {
        HeldBack.NO_PERMISSION,
        HeldBack.ASKED_LESS_OFTEN,
        HeldBack.QUIET_PERIOD_COMPLAINT,
        HeldBack.QUIET_PERIOD_PURCHASE,
        HeldBack.CAP_REACHED,
        HeldBack.QUIET_HOURS,
        HeldBack.ALREADY_TOLD,
        HeldBack.ANSWERED,
    }


def test_the_second_reading_notices_what_is_wrong() -> None:
    """Without that a policy that lets everything through would look as good."""
    careless = ContactRules(
        caps=(),
        quiet_hours=QuietHours(start=time(0), end=time(0, 1)),
        after_purchase_days=0,
        after_complaint_days=0,
        asked_less_often_days=0,
        follow_up_days=60,
    )
    noticed = set[str]()
    for number in range(30):
        lots = Random(number)
        person = a_person(lots)
        live_a_year(person, lots, careless)
        noticed |= {wrong.split(" ")[0] for wrong in wrongs(person, _RULES)}
    unasked = a_person(Random(0))
    unasked.permitted["email"] = frozenset()
    unasked.sent = [Sent(at=_NOON, channel="email", kind=ContactKind.CARE, about="care"), *unasked.sent]
    unasked.sent.append(Sent(at=_NOON, channel="sms", kind=ContactKind.CARE, about="care"))
    unasked.complained, unasked.answers = frozenset({150}), {150: 151}
    about, follow_up = "experience 150-150", ContactKind.FOLLOW_UP
    unasked.sent += [Sent(at=_NOON, channel="sms", kind=follow_up, about=about, offers=1) for _ in range(2)]
    noticed |= {wrong.split(" ")[0] for wrong in wrongs(unasked, _RULES)}

    assert noticed == {"a", "more", "night", "no", "late,", "twice", "answered", "something"}
