"""Of a visitor's ledger the standing denials are taken over, and nothing else ever."""

import pytest

from consent.events import ConsentEvent, EventKind
from consent.merging import denials_to_take_over
from consent.scope import Items
from tests.builders import a_moment, an_event, given, ledger, refused, revoked, withdrawn

PURCHASES, DEVICES = "purchases.product", "devices.product"


def taken(visitor: list[ConsentEvent], customer: list[ConsentEvent]) -> list[tuple[str, frozenset[str]]]:
    found = denials_to_take_over(ledger(*visitor), ledger(*customer))
    return [(one.kind.value, one.scope.fields) for one in found]


def test_every_kind_of_denial_is_taken_over_and_no_grant() -> None:
    assert taken([given(PURCHASES)], []) == []
    assert taken([an_event(EventKind.DEFERRED, PURCHASES)], []) == []
    for denial in (refused, withdrawn, revoked):
        event = denial(PURCHASES, DEVICES)
        assert taken([given(PURCHASES, DEVICES), event], []) == [
            (event.kind.value, frozenset({PURCHASES, DEVICES}))
        ]


def test_what_the_visitor_has_allowed_again_is_not_denied() -> None:
    visitor = [refused(PURCHASES, DEVICES), given(PURCHASES)]
    assert taken(visitor, []) == [("refused", frozenset({DEVICES}))]
    assert taken([refused(PURCHASES), given(PURCHASES, purpose="learning")], []) == [
        ("refused", frozenset({PURCHASES}))
    ]


def test_a_grant_of_the_moment_of_the_denial_stands_after_it() -> None:
    assert taken([refused(PURCHASES), given(PURCHASES, occurred_at=a_moment())], []) == []


def test_a_grant_that_is_narrow_counted_or_late_leaves_the_denial_standing() -> None:
    for grant in (
        given(PURCHASES, channels=frozenset({"email"})),
        given(PURCHASES, items=Items(products=frozenset({"ink"}))),
        given(PURCHASES, data_from=a_moment(-1)),
        given(PURCHASES, uses=1),
        given(PURCHASES, occurred_at=a_moment(-400)),
    ):
        assert taken([refused(PURCHASES), grant], []) == [("refused", frozenset({PURCHASES}))]


def test_what_she_has_denied_herself_is_not_denied_again() -> None:
    assert taken([refused(PURCHASES, DEVICES)], [withdrawn(PURCHASES)]) == [("refused", frozenset({DEVICES}))]
    assert taken([refused(PURCHASES)], [refused(PURCHASES, purpose="learning")]) != []
    assert taken([refused(PURCHASES)], [refused(PURCHASES, channels=frozenset({"email"}))]) != []
    narrow = refused(PURCHASES, channels=frozenset({"email"}))
    assert taken([narrow], [refused(PURCHASES)]) == []


def test_what_she_allowed_after_a_denial_of_her_own_is_denied() -> None:
    assert taken([refused(PURCHASES)], [refused(PURCHASES), given(PURCHASES)]) == [
        ("refused", frozenset({PURCHASES}))
    ]


@pytest.mark.parametrize("kind", [EventKind.OBJECTED, EventKind.RESTRICTED])
def test_an_objection_is_taken_over_until_it_is_lifted_whatever_was_given_since(kind: EventKind) -> None:
    objection, lifted = (an_event(one, PURCHASES, consent_id="obj_1") for one in (kind, EventKind.LIFTED))
    assert taken([objection, given(PURCHASES)], []) == [(kind.value, frozenset({PURCHASES}))]
    assert taken([objection, lifted], []) == []
    assert taken([objection, an_event(EventKind.LIFTED, PURCHASES, consent_id="obj_2")], []) != []
    assert taken([lifted, objection], []) != []
    assert taken([objection], [objection]) == []
    assert taken([objection], [refused(PURCHASES)]) != [], "a later grant would open what a refusal denies"
    assert taken([refused(PURCHASES), lifted], []) != []


def test_the_same_denial_twice_is_one() -> None:
    assert len(taken([refused(PURCHASES), withdrawn(PURCHASES)], [])) == 1


def test_how_a_denial_is_narrowed_is_kept() -> None:
    items = Items(products=frozenset({"ink"}))
    [one] = denials_to_take_over(ledger(refused(PURCHASES, items=items, data_from=a_moment(-9))), [])
    assert (one.scope.items, one.scope.data_from, one.scope.channels) == (items, a_moment(-9), None)
