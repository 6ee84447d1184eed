"""Asking after a bad experience: which, once, and only while she has not spoken of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.outreach.follow_ups import Said, follow_ups
from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.proposals import Proposal
from recommender.outreach.rules import ContactRules
from recommender.results import WHOLE
from tests.builders import a_moment

NOW = a_moment()
BAD = Said(id="bad", at=NOW - timedelta(days=3), is_bad=True, touchpoint="store")
LATER = Said(id="later", at=NOW - timedelta(days=1))
URGENT = replace(LATER, is_urgent=True)


def asked(*said: Said, log: tuple[PastContact, ...] = ()) -> list[Proposal]:
    return list(follow_ups(said, log, day=NOW.date(), rules=ContactRules()))


def told(feedback_id: str) -> PastContact:
    return PastContact(kind=ContactKind.FOLLOW_UP, day=NOW.date(), about=f"experience {feedback_id}")


def test_she_is_asked_about_what_was_bad_and_offered_nothing() -> None:
    (one,) = asked(BAD)

    assert (one.kind, one.about, one.against) == (ContactKind.FOLLOW_UP, "experience bad", ())
    assert (one.content.items, one.content.offers, one.message_id) == ((), (), None)
    assert [(fact.field, fact.ref, fact.share) for fact in one.content.facts] == [
        ("feedback.touchpoint", "store", WHOLE),
        ("feedback.rating", None, 0),
    ]


def test_of_a_product_it_names_the_product() -> None:
    (one,) = asked(replace(BAD, product_id="lamp"))

    assert [(fact.field, fact.ref) for fact in one.content.facts] == [
        ("feedback.product", "lamp"),
        ("feedback.rating", None),
    ]


@pytest.mark.parametrize(
    "said",
    [
        replace(BAD, is_bad=False),
        replace(BAD, is_bad=None),
        replace(BAD, touchpoint=None, journey="o-1"),
        replace(BAD, at=NOW - timedelta(days=15)),
    ],
)
def test_nobody_is_asked_about_what_was_good_or_long_ago_or_names_nothing(said: Said) -> None:
    assert asked(said) == []


@pytest.mark.parametrize(
    "later",
    [
        URGENT,
        replace(LATER, has_words=True),
        replace(LATER, is_bad=False),
        replace(URGENT, touchpoint="store"),
        replace(URGENT, product_id="lamp"),
        replace(URGENT, journey="o-1"),
    ],
)
def test_who_has_spoken_of_it_since_is_not_asked(later: Said) -> None:
    """What names nothing, or nothing that tells the two apart, may be of it."""
    (one,) = asked(BAD, later)
    assert one.against == (HeldBack.ANSWERED,)


@pytest.mark.parametrize(
    "other",
    [
        replace(URGENT, at=BAD.at - timedelta(days=1)),
        replace(URGENT, touchpoint="home"),
        LATER,
    ],
)
def test_what_was_said_before_or_of_another_thing_or_says_nothing_is_no_answer(other: Said) -> None:
    (one,) = asked(BAD, other)
    assert one.against == ()


def test_a_visit_is_told_by_its_journey() -> None:
    visit = replace(BAD, journey="visit-1")
    (same,) = asked(visit, replace(URGENT, journey="visit-1", touchpoint="home"))
    (other,) = asked(visit, replace(URGENT, journey="visit-2", touchpoint="store"))

    assert (same.against, other.against) == ((HeldBack.ANSWERED,), ())


def test_things_are_told_apart() -> None:
    (one,) = asked(replace(BAD, product_id="lamp"), replace(URGENT, touchpoint="store", product_id="desk"))
    assert one.against == ()


def test_who_said_both_at_once_has_answered() -> None:
    (half,) = asked(replace(BAD, has_words=True))
    (both,) = asked(replace(BAD, has_words=True, is_urgent=True))

    assert (half.against, both.against) == ((), (HeldBack.ANSWERED,))


def test_once_for_an_experience_however_often_she_rates_it() -> None:
    again = replace(BAD, id="again", at=LATER.at)
    assert [one.against for one in asked(again, BAD, log=(told("bad"),))] == [(HeldBack.ALREADY_TOLD,)] * 2
    assert [one.about for one in asked(again, BAD)] == ["experience bad", "experience again"]


def test_the_next_bad_experience_is_another() -> None:
    long_ago = replace(BAD, id="long-ago", at=NOW - timedelta(days=30))
    (one,) = asked(long_ago, BAD, log=(told("long-ago"),))
    assert (one.about, one.against) == ("experience bad", ())
