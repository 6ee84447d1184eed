"""Consent records: what each consent is called at a moment, and what of it is still in force."""

from dataclasses import replace
from datetime import datetime

import pytest

from consent.decision import decide
from consent.events import ConsentEvent, EventKind
from consent.records import ENDED, ConsentRecord, ConsentState, consent_records
from consent.scope import Items
from consent.vocabulary import expand
from tests.builders import (
    CUSTOMER,
    a_moment,
    consumed,
    deferred,
    given,
    ledger,
    lifted,
    objected,
    refused,
    renewed,
    revoked,
    withdrawn,
)

PRODUCT = "purchases.product"
DATE = "purchases.date"
PURCHASES = expand(("purchases",))
NOTHING: frozenset[str] = frozenset()


def records(*events: ConsentEvent, at: datetime | None = None) -> dict[str, ConsentRecord]:
    found = consent_records(ledger(*events), customer_id=CUSTOMER, at=at or a_moment())
    return {record.consent_id: record for record in found}


def told(*events: ConsentEvent, days: float = 0) -> tuple[ConsentState, frozenset[str]]:
    """State and fields in force of `con_1`."""
    record = records(*events, at=a_moment(days))["con_1"]
    return record.state, record.in_force


# One consent, one event


def test_without_events_there_are_no_records() -> None:
    assert consent_records([], customer_id=CUSTOMER, at=a_moment()) == []


def test_a_consent_that_stands_is_given_and_wholly_in_force() -> None:
    assert told(given()) == (ConsentState.GIVEN, PURCHASES)


def test_a_refusal_is_a_record_with_nothing_in_force() -> None:
    assert told(refused()) == (ConsentState.REFUSED, NOTHING)


def test_a_deferral_is_a_record_with_nothing_in_force() -> None:
    assert told(deferred()) == (ConsentState.DEFERRED, NOTHING)


def test_a_consent_past_its_expiry_is_expired() -> None:
    assert told(given(expires_at=a_moment(2)), days=1) == (ConsentState.GIVEN, PURCHASES)
    assert told(given(expires_at=a_moment(2)), days=2) == (ConsentState.EXPIRED, NOTHING)


def test_a_counted_consent_is_in_force_until_it_is_used_up() -> None:
    once = given(uses=1)
    assert told(once) == (ConsentState.GIVEN, PURCHASES)
    assert told(once, consumed()) == (ConsentState.CONSUMED, NOTHING)
    assert records(once)["con_1"].uses_left == 1
    assert records(once, consumed())["con_1"].uses_left == 0


def test_a_consent_used_up_is_called_so_also_when_its_time_is_over() -> None:
    assert told(given(uses=1, expires_at=a_moment(1)), consumed(), days=2)[0] is ConsentState.CONSUMED


def test_a_consent_that_is_not_counted_has_no_uses_left_to_tell() -> None:
    assert records(given())["con_1"].uses_left is records(refused())["con_1"].uses_left is None


@pytest.mark.parametrize(
    "narrowed",
    [
        given(channels=["email"]),
        given(items=Items(products=frozenset({"hp-950-black"}))),
        given(data_from=a_moment(-30)),
    ],
    ids=["channels", "items", "data_from"],
)
def test_a_narrowed_consent_is_in_force_as_far_as_it_goes(narrowed: ConsentEvent) -> None:
    assert told(narrowed) == (ConsentState.GIVEN, PURCHASES)


def test_a_consent_that_selects_nothing_is_given_and_permits_nothing() -> None:
    assert told(given(items=Items())) == (ConsentState.GIVEN, NOTHING)
    assert told(given(channels=[])) == (ConsentState.GIVEN, NOTHING)


def test_a_consent_whose_notice_has_changed_is_given_and_permits_nothing() -> None:
    changed = replace(given(), outdated_from=a_moment(1))
    assert told(changed, days=0) == (ConsentState.GIVEN, PURCHASES)
    assert told(changed, days=1) == (ConsentState.GIVEN, NOTHING)


def test_a_denial_of_a_part_of_the_items_ends_nothing() -> None:
    of_one_order = withdrawn(consent_id="con_2", items=Items(orders=frozenset({"o-1"})))
    assert told(given(), of_one_order) == (ConsentState.GIVEN, PURCHASES)
    assert told(given(expires_at=a_moment(1)), of_one_order, days=2)[0] is ConsentState.EXPIRED


def test_a_denial_for_one_channel_ends_nothing() -> None:
    by_email = withdrawn(consent_id="con_2", channels=["email"])
    assert told(given(), by_email) == (ConsentState.GIVEN, PURCHASES)
    assert told(given(channels=["email"]), by_email) == (ConsentState.WITHDRAWN, NOTHING)


def test_objections_are_no_consents_and_leave_nothing_in_force() -> None:
    against = objected(consent_id="obj_1")
    found = records(given(), against)
    assert set(found) == {"con_1"}
    assert (found["con_1"].state, found["con_1"].in_force) == (ConsentState.GIVEN, NOTHING)
    assert records(given(), against, lifted(consent_id="obj_1"))["con_1"].in_force == PURCHASES


# One consent, several events


def test_a_withdrawn_consent_is_withdrawn() -> None:
    assert told(given(), withdrawn()) == (ConsentState.WITHDRAWN, NOTHING)


def test_a_revoked_consent_is_revoked() -> None:
    assert told(given(), revoked()) == (ConsentState.REVOKED, NOTHING)


def test_an_expired_consent_can_still_be_withdrawn() -> None:
    assert told(given(expires_at=a_moment(1)), withdrawn(), days=2) == (ConsentState.WITHDRAWN, NOTHING)


def test_a_withdrawal_that_repeats_the_whole_scope_is_not_called_expired() -> None:
    assert told(given(expires_at=a_moment(1)), withdrawn(expires_at=a_moment(1)), days=2) == (
        ConsentState.WITHDRAWN,
        NOTHING,
    )


def test_a_deferred_consent_can_still_be_given() -> None:
    assert told(deferred(), given()) == (ConsentState.GIVEN, PURCHASES)


def test_a_renewed_consent_is_renewed() -> None:
    assert told(given(expires_at=a_moment(1)), renewed(expires_at=a_moment(9)), days=2) == (
        ConsentState.RENEWED,
        PURCHASES,
    )


def test_a_renewal_runs_out_like_a_grant() -> None:
    assert told(given(expires_at=a_moment(1)), renewed(expires_at=a_moment(9)), days=9) == (
        ConsentState.EXPIRED,
        NOTHING,
    )


def test_a_renewal_that_runs_out_first_takes_nothing_from_the_grant_before_it() -> None:
    assert told(given(expires_at=a_moment(9)), renewed(expires_at=a_moment(1)), days=2) == (
        ConsentState.RENEWED,
        PURCHASES,
    )


def test_a_record_keeps_its_first_and_its_latest_event() -> None:
    record = records(given(PRODUCT), given("devices", consent_id="con_2"), withdrawn(PRODUCT))["con_1"]
    assert record.consent_id == "con_1"
    assert (record.events[0].position, record.events[-1].position) == (1, 3)
    assert record.scope == record.events[0].scope
    assert record.scope.fields == {PRODUCT}


def test_a_record_says_when_the_consent_runs_out() -> None:
    assert records(given())["con_1"].expires_at is None
    assert records(given(expires_at=a_moment(1)))["con_1"].expires_at == a_moment(1)
    assert records(deferred(), given(expires_at=a_moment(1)))["con_1"].expires_at == a_moment(1)


def test_a_renewed_consent_runs_out_when_its_renewal_does() -> None:
    assert records(given(expires_at=a_moment(1)), renewed(expires_at=a_moment(9)))[
        "con_1"
    ].expires_at == a_moment(9)


def test_a_withdrawn_consent_keeps_its_expiry_and_what_was_never_given_has_none() -> None:
    assert records(given(expires_at=a_moment(1)), withdrawn())["con_1"].expires_at == a_moment(1)
    assert records(refused(expires_at=a_moment(1)))["con_1"].expires_at is None


# Several consents


def test_records_come_in_the_order_they_were_recorded_whatever_order_they_are_read_in() -> None:
    events = ledger(given(consent_id="con_9"), given(consent_id="con_1"), withdrawn(consent_id="con_9"))
    expected = consent_records(events, customer_id=CUSTOMER, at=a_moment())
    assert [record.consent_id for record in expected] == ["con_9", "con_1"]
    assert consent_records(events[::-1], customer_id=CUSTOMER, at=a_moment()) == expected


def test_a_consent_cut_in_part_is_given_with_what_remains() -> None:
    assert told(given(), refused(PRODUCT, consent_id="con_2")) == (ConsentState.GIVEN, PURCHASES - {PRODUCT})


def test_a_renewed_consent_cut_in_part_is_renewed_with_what_remains() -> None:
    assert told(given(), renewed(), withdrawn(PRODUCT, consent_id="con_2")) == (
        ConsentState.RENEWED,
        PURCHASES - {PRODUCT},
    )


def test_a_withdrawal_of_one_consent_shows_in_another_that_covers_the_same() -> None:
    found = records(given(), given(PRODUCT, consent_id="con_2"), withdrawn(PRODUCT, consent_id="con_2"))
    assert found["con_1"].in_force == PURCHASES - {PRODUCT}
    assert found["con_2"].state == ConsentState.WITHDRAWN


def test_a_consent_cut_wholly_by_another_event_has_that_events_state() -> None:
    assert told(given(), refused(consent_id="con_2")) == (ConsentState.REFUSED, NOTHING)
    assert told(given(PRODUCT), revoked(consent_id="con_2")) == (ConsentState.REVOKED, NOTHING)


def test_a_consent_cut_wholly_by_several_denials_has_the_state_of_the_last() -> None:
    assert told(
        given(PRODUCT, DATE),
        refused(PRODUCT, consent_id="con_2"),
        withdrawn(DATE, consent_id="con_3"),
        refused("devices", consent_id="con_4"),
    ) == (ConsentState.WITHDRAWN, NOTHING)


def test_a_consent_cut_wholly_is_not_called_expired() -> None:
    assert told(given(expires_at=a_moment(1)), refused(consent_id="con_2"), days=2) == (
        ConsentState.REFUSED,
        NOTHING,
    )


def test_a_consent_cut_in_part_that_then_runs_out_is_expired() -> None:
    assert told(given(expires_at=a_moment(1)), refused(PRODUCT, consent_id="con_2"), days=2) == (
        ConsentState.EXPIRED,
        NOTHING,
    )


def test_a_counted_consent_cut_in_part_is_still_given() -> None:
    assert told(given(uses=1), refused(PRODUCT, consent_id="con_2")) == (
        ConsentState.GIVEN,
        PURCHASES - {PRODUCT},
    )


def test_a_denial_of_another_purpose_leaves_the_record_alone() -> None:
    assert told(given(), refused(purpose="learning", consent_id="con_2")) == (ConsentState.GIVEN, PURCHASES)


def test_a_denial_from_before_the_consent_leaves_the_record_alone() -> None:
    assert told(refused(consent_id="con_2"), given()) == (ConsentState.GIVEN, PURCHASES)


def test_a_standing_consent_beside_another_is_in_force_though_the_other_is_named() -> None:
    found = records(given(expires_at=a_moment(1)), given(consent_id="con_2"))
    assert found["con_1"].in_force == found["con_2"].in_force == PURCHASES


# Superseded


def test_a_replaced_consent_is_superseded() -> None:
    found = records(given(), given(PRODUCT, consent_id="con_2", replaces="con_1"))
    assert (found["con_1"].state, found["con_1"].in_force) == (ConsentState.SUPERSEDED, NOTHING)
    assert (found["con_2"].state, found["con_2"].in_force) == (
        ConsentState.GIVEN,
        frozenset({PRODUCT}),
    )


def test_a_replaced_consent_is_not_called_expired() -> None:
    assert told(
        given(expires_at=a_moment(1)), given(PRODUCT, consent_id="con_2", replaces="con_1"), days=2
    ) == (ConsentState.SUPERSEDED, NOTHING)


def test_what_had_ended_by_her_word_stays_so_when_it_is_replaced() -> None:
    assert told(refused(), given(consent_id="con_2", replaces="con_1")) == (ConsentState.REFUSED, NOTHING)
    assert told(given(), withdrawn(), given(consent_id="con_2", replaces="con_1")) == (
        ConsentState.WITHDRAWN,
        NOTHING,
    )


def test_a_paper_that_arrived_after_a_younger_denial_is_superseded() -> None:
    assert told(refused(consent_id="con_2"), given(occurred_at=a_moment(-5))) == (
        ConsentState.SUPERSEDED,
        NOTHING,
    )


def test_a_late_paper_is_given_with_what_the_denial_was_not_about() -> None:
    assert told(refused(PRODUCT, consent_id="con_2"), given(occurred_at=a_moment(-5))) == (
        ConsentState.GIVEN,
        PURCHASES - {PRODUCT},
    )


def test_a_late_paper_whose_rest_is_cut_has_the_state_of_the_cut() -> None:
    assert told(
        refused(PRODUCT, consent_id="con_2"),
        given(PRODUCT, DATE, occurred_at=a_moment(-5)),
        withdrawn(DATE, consent_id="con_3"),
    ) == (ConsentState.WITHDRAWN, NOTHING)


def test_a_late_paper_whose_rest_has_run_out_is_expired() -> None:
    assert told(
        refused(PRODUCT, consent_id="con_2"),
        given(occurred_at=a_moment(-5), expires_at=a_moment(1)),
        days=2,
    ) == (ConsentState.EXPIRED, NOTHING)


# States


def test_terminal_states_are_those_that_never_reopen() -> None:
    assert {state.value for state in ENDED} == {
        "refused",
        "withdrawn",
        "revoked",
        "consumed",
        "superseded",
    }


def test_what_is_in_force_over_all_records_is_what_may_be_read() -> None:
    events = ledger(
        given(),
        refused(PRODUCT, consent_id="con_2"),
        given("devices", consent_id="con_3"),
        withdrawn("devices.since", consent_id="con_4"),
        given("devices.since", consent_id="con_5", expires_at=a_moment(1)),
    )
    in_force = NOTHING.union(
        *(record.in_force for record in consent_records(events, customer_id=CUSTOMER, at=a_moment()))
    )
    decided = decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())
    assert in_force == decided.fields == (PURCHASES - {PRODUCT}) | expand(("devices",))


def test_a_consent_is_called_by_the_denial_that_ended_it_not_by_a_later_one() -> None:
    assert told(given(), revoked(consent_id="x"), refused(consent_id="y"))[0] is ConsentState.REVOKED


def test_a_deferral_from_before_a_refusal_that_arrives_after_it_is_superseded() -> None:
    late = deferred(consent_id="con_2", occurred_at=a_moment(-5))
    assert records(refused(), late)["con_2"].state is ConsentState.SUPERSEDED


def test_a_consent_with_a_grant_without_expiry_does_not_run_out() -> None:
    assert records(given(), renewed(expires_at=a_moment(1)))["con_1"].expires_at is None


def test_a_renewed_consent_runs_out_with_the_longest_lived_of_its_grants() -> None:
    renewals = given(expires_at=a_moment(1)), renewed(expires_at=a_moment(9)), withdrawn()
    assert records(*renewals)["con_1"].expires_at == a_moment(9)


def test_records_are_of_one_customer() -> None:
    with pytest.raises(ValueError, match="another customer"):
        consent_records([given(customer_id="c-9")], customer_id=CUSTOMER, at=a_moment())


def test_the_decisions_of_a_consent_are_its_events_without_its_uses() -> None:
    record = records(given(uses=2), consumed())["con_1"]
    assert [event.kind for event in record.decisions] == [EventKind.GIVEN]
    assert len(record.events) == 2
