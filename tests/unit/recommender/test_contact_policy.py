"""The contact policy: whether now is the time, and all that is against it."""

from datetime import date, datetime, time

import pytest

from recommender.outreach.how_often import PastContact, days_of
from recommender.outreach.kinds import ContactKind, HeldBack, to_be_stored
from recommender.outreach.policy import Lately, Reach, why_not_contact
from recommender.outreach.rules import ContactRules, QuietHours

_NOON = datetime(2026, 6, 10, 12)
_REACHED = Reach(permitted=True, has_channel=True)
_NOTHING_LATELY = Lately()


def _held_back(
    kind: ContactKind = ContactKind.REMINDER,
    *,
    at: datetime = _NOON,
    reach: Reach = _REACHED,
    lately: Lately = _NOTHING_LATELY,
    log: tuple[PastContact, ...] = (),
    rules: ContactRules | None = None,
) -> tuple[HeldBack, ...]:
    return why_not_contact(kind, at=at, reach=reach, lately=lately, log=log, rules=rules or ContactRules())


def _contact(day: date, kind: ContactKind = ContactKind.SUGGESTION) -> PastContact:
    return PastContact(kind=kind, day=day, about="anything")


def test_nothing_is_against_a_contact_that_is_permitted_by_day() -> None:
    assert _held_back() == ()


def test_all_that_is_against_it_is_told_her_permission_first() -> None:
    lately = Lately(bought=_NOON.date(), complained=_NOON.date(), asked_less_often=_NOON.date())
    found = _held_back(
        at=_NOON.replace(hour=22), reach=Reach(), lately=lately, log=(_contact(date(2026, 6, 9)),)
    )

    assert found == (
        HeldBack.NO_PERMISSION,
        HeldBack.ASKED_LESS_OFTEN,
        HeldBack.QUIET_PERIOD_COMPLAINT,
        HeldBack.QUIET_PERIOD_PURCHASE,
        HeldBack.CAP_REACHED,
        HeldBack.QUIET_HOURS,
    )


def test_without_permission_it_is_not_told_whether_she_has_the_channel() -> None:
    assert _held_back(reach=Reach(has_channel=True)) == _held_back(reach=Reach()) == (HeldBack.NO_PERMISSION,)
    assert _held_back(reach=Reach(permitted=True)) == (HeldBack.NO_CHANNEL,)


def test_one_in_seven_days_whatever_it_was_about() -> None:
    assert _held_back(log=(_contact(date(2026, 6, 4), ContactKind.CARE),)) == (HeldBack.CAP_REACHED,)
    assert _held_back(log=(_contact(date(2026, 6, 3)),)) == ()


def test_three_in_thirty_days_those_planned_ahead_included() -> None:
    log = (_contact(date(2026, 6, 1)), _contact(date(2026, 6, 20)), _contact(date(2026, 6, 29)))

    assert _held_back(log=log) == (HeldBack.CAP_REACHED,)
    assert _held_back(log=log[1:]) == ()


def test_she_makes_it_rarer_and_never_more_often() -> None:
    monthly = Reach(permitted=True, has_channel=True, rhythm_days=31)
    daily = Reach(permitted=True, has_channel=True, rhythm_days=1)

    assert _held_back(reach=monthly, log=(_contact(date(2026, 5, 11)),)) == (HeldBack.CAP_REACHED,)
    assert _held_back(reach=monthly, log=(_contact(date(2026, 5, 10)),)) == ()
    assert _held_back(reach=daily, log=(_contact(date(2026, 6, 9)),)) == (HeldBack.CAP_REACHED,)


def test_too_often_is_a_pause_and_half_as_often_from_then_on() -> None:
    assert _held_back(lately=Lately(asked_less_often=date(2026, 4, 12))) == (HeldBack.ASKED_LESS_OFTEN,)
    before = Lately(asked_less_often=date(2026, 4, 11))
    monthly = Reach(permitted=True, has_channel=True, rhythm_days=31)

    assert _held_back(lately=before) == ()
    assert _held_back(lately=before, log=(_contact(date(2026, 5, 28)),)) == (HeldBack.CAP_REACHED,)
    assert _held_back(lately=before, log=(_contact(date(2026, 5, 27)),)) == ()
    assert _held_back(lately=before, reach=monthly, log=(_contact(date(2026, 4, 10)),)) == (
        HeldBack.CAP_REACHED,
    )


@pytest.mark.parametrize(
    ("lately", "why"),
    [
        (Lately(bought=date(2026, 6, 9)), (HeldBack.QUIET_PERIOD_PURCHASE,)),
        (Lately(bought=date(2026, 6, 8)), ()),
        (Lately(bought=date(2026, 6, 11)), ()),
        (Lately(complained=date(2026, 5, 28)), (HeldBack.QUIET_PERIOD_COMPLAINT,)),
        (Lately(complained=date(2026, 5, 27)), ()),
    ],
)
def test_quiet_periods(lately: Lately, why: tuple[HeldBack, ...]) -> None:
    assert _held_back(lately=lately) == why


@pytest.mark.parametrize("hour", [8, 12, 20])
def test_by_day_on_her_wall(hour: int) -> None:
    assert _held_back(at=_NOON.replace(hour=hour)) == ()


@pytest.mark.parametrize("hour", [21, 23, 0, 7])
def test_not_by_night_not_even_a_service_note(hour: int) -> None:
    assert _held_back(ContactKind.SERVICE, at=_NOON.replace(hour=hour)) == (HeldBack.QUIET_HOURS,)


def test_hours_of_her_own_take_the_place_of_the_night() -> None:
    at_work = Reach(permitted=True, has_channel=True, quiet_hours=QuietHours(start=time(8), end=time(18)))

    assert _held_back(reach=at_work) == (HeldBack.QUIET_HOURS,)
    assert _held_back(reach=at_work, at=_NOON.replace(hour=22)) == ()


def test_a_service_note_is_no_marketing() -> None:
    lately = Lately(bought=_NOON.date(), complained=_NOON.date(), asked_less_often=_NOON.date())

    assert _held_back(ContactKind.SERVICE, lately=lately, log=(_contact(_NOON.date()),)) == ()
    assert _held_back(log=(_contact(_NOON.date(), ContactKind.SERVICE),)) == ()


def test_after_a_complaint_she_is_sold_nothing_and_may_be_asked() -> None:
    lately = Lately(bought=_NOON.date(), complained=_NOON.date())
    follow_up = ContactKind.FOLLOW_UP

    assert _held_back(follow_up, lately=lately) == ()
    assert _held_back(follow_up, lately=Lately(asked_less_often=_NOON.date())) == (HeldBack.ASKED_LESS_OFTEN,)
    assert _held_back(follow_up, log=(_contact(_NOON.date()),)) == (HeldBack.CAP_REACHED,)
    assert _held_back(log=(_contact(_NOON.date(), follow_up),)) == (HeldBack.CAP_REACHED,)


@pytest.mark.parametrize(("duration", "days"), [("P10D", 10), ("P2W", 14), ("P1M", 31), ("P1Y", 366)])
def test_durations_are_as_long_as_they_can_be(duration: str, days: int) -> None:
    assert days_of(duration) == days


@pytest.mark.parametrize("duration", ["P0D", "1M", "PT1H", "P1M2D", ""])
def test_what_is_no_duration_of_one_unit_is_as_if_it_was_not_told(duration: str) -> None:
    assert days_of(duration) is None


def test_what_follows_from_her_data_is_not_stored_as_a_reason() -> None:
    assert to_be_stored(HeldBack) == (
        HeldBack.NO_PERMISSION,
        HeldBack.CAP_REACHED,
        HeldBack.NOT_TODAY,
        HeldBack.MARKETING_IN_SERVICE,
        HeldBack.NOT_VALID,
        HeldBack.ALREADY_TOLD,
    )
