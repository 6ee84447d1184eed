"""May it be read? Each rule of the contract by example; the properties are under `tests/property`."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta, timezone

import pytest

from consent.coverage import Question, coverings, is_superseded, replaced_consents
from consent.decision import Permission, Verdict, decide, verdict_on
from consent.events import ConsentEvent
from consent.reasons import Because
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES, expand
from tests.builders import (
    CUSTOMER,
    a_moment,
    deferred,
    given,
    ledger,
    refused,
    renewed,
    revoked,
    withdrawn,
)

PRODUCT = "purchases.product"
DATE = "purchases.date"
A_TICK = timedelta(microseconds=1)


def permission(*events: ConsentEvent, purpose: str = "recommendations", days: float = 0) -> Permission:
    return decide(ledger(*events), customer_id=CUSTOMER, purpose=purpose, at=a_moment(days))


def verdict(*events: ConsentEvent, field: str = PRODUCT, days: float = 0) -> Verdict:
    return permission(*events, days=days).verdict(field)


def no(because: Because) -> Verdict:
    return Verdict(because=because)


def named(verdict: Verdict) -> tuple[str | None, datetime | None]:
    """The consent that permits, and until when."""
    assert verdict.permitted
    return verdict.consent_id, verdict.expires_at


# What is permitted


def test_a_grant_permits_the_fields_that_it_names_and_nothing_else() -> None:
    assert permission(given("purchases.product", "devices")).fields == {
        "purchases.product",
        "devices.product",
        "devices.since",
        "devices.status",
    }


def test_a_permission_says_whose_it_is_for_what_and_when_it_was_decided() -> None:
    decided = permission(given(), days=3)
    assert decided.customer_id == CUSTOMER
    assert decided.purpose == "recommendations"
    assert decided.decided_at == a_moment(3)


def test_a_permission_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        permission().purpose = "learning"  # type: ignore[misc]


def test_a_verdict_names_the_consent_that_permits_and_until_when() -> None:
    found = verdict(given(consent_id="con_7", expires_at=a_moment(5)))
    assert (named(found), found.because) == (("con_7", a_moment(5)), None)


def test_every_field_of_the_catalogue_gets_a_verdict() -> None:
    assert set(permission(given("purchases.date")).verdicts) == set(FIELD_CODES)


def test_a_grant_for_one_purpose_permits_nothing_for_another() -> None:
    decided = permission(given(purpose="learning"))
    assert decided.fields == frozenset()
    assert decided.verdict(PRODUCT) == no(Because.NOT_ASKED)


@pytest.mark.parametrize("purpose", sorted(PURPOSE_CODES))
def test_every_purpose_of_the_catalogue_can_be_permitted(purpose: str) -> None:
    assert permission(given(purpose=purpose), purpose=purpose).fields == expand(("purchases",))


def test_grants_of_different_fields_add_up() -> None:
    decided = permission(given(PRODUCT), given(DATE, consent_id="con_2"))
    assert decided.fields == {PRODUCT, DATE}
    assert decided.verdict(PRODUCT).consent_id == "con_1"
    assert decided.verdict(DATE).consent_id == "con_2"


def test_a_renewal_permits_like_a_grant() -> None:
    story = given(expires_at=a_moment(-1)), renewed(expires_at=a_moment(9))
    assert named(verdict(*story)) == ("con_1", a_moment(9))


# Why it is not


def test_the_reasons_are_the_closed_list_of_the_contract() -> None:
    assert [because.value for because in Because] == [
        "not_asked",
        "deferred",
        "refused",
        "withdrawn",
        "revoked",
        "expired",
        "consumed",
        "single_use",
        "needs_renewal",
        "objected",
        "restricted",
        "out_of_scope",
        "sensitive",
        "past_retention",
        "not_requested",
        "unknown_field",
        "unknown_purpose",
    ]


def test_without_any_record_nothing_was_asked() -> None:
    assert permission().fields == frozenset()
    assert set(permission().verdicts.values()) == {no(Because.NOT_ASKED)}


def test_a_field_that_no_event_is_about_was_not_asked() -> None:
    assert verdict(given(DATE), refused("devices")) == no(Because.NOT_ASKED)


def test_a_deferred_decision_permits_nothing() -> None:
    assert verdict(deferred()) == no(Because.DEFERRED)


def test_a_refusal_permits_nothing() -> None:
    assert verdict(refused()) == no(Because.REFUSED)


def test_a_withdrawn_grant_permits_nothing() -> None:
    assert verdict(given(), withdrawn()) == no(Because.WITHDRAWN)


def test_a_revoked_grant_permits_nothing() -> None:
    assert verdict(given(), revoked()) == no(Because.REVOKED)


def test_an_expired_grant_permits_nothing() -> None:
    assert verdict(given(expires_at=a_moment(5)), days=6) == no(Because.EXPIRED)


def test_an_expired_renewal_permits_nothing() -> None:
    assert verdict(renewed(expires_at=a_moment(5)), days=6) == no(Because.EXPIRED)


def test_the_moment_of_expiry_itself_is_out() -> None:
    grant = given(expires_at=a_moment(5))
    assert decide([grant], customer_id=CUSTOMER, purpose="recommendations", at=a_moment(5) - A_TICK).fields
    assert verdict(grant, days=5) == no(Because.EXPIRED)


def test_an_expiry_in_another_time_zone_is_the_same_moment() -> None:
    in_berlin = a_moment(5).astimezone(timezone(timedelta(hours=2)))
    assert verdict(given(expires_at=in_berlin), days=5) == no(Because.EXPIRED)
    assert verdict(given(expires_at=in_berlin), days=4.99).permitted


def test_a_counted_grant_shows_as_single_use() -> None:
    assert verdict(given(uses=1)) == no(Because.SINGLE_USE)


def test_a_counted_grant_that_has_expired_is_expired() -> None:
    assert verdict(given(uses=1, expires_at=a_moment(1)), days=1) == no(Because.EXPIRED)


def test_a_refusal_for_one_channel_denies_where_nobody_tells_the_channel() -> None:
    assert verdict(given(), refused(channels=["email"])) == no(Because.REFUSED)


def test_a_refusal_does_not_expire() -> None:
    assert verdict(given(), refused(expires_at=a_moment(1)), days=30) == no(Because.REFUSED)


def test_a_field_outside_the_catalogue_is_unknown() -> None:
    assert permission(given()).verdict("purchases.colour") == no(Because.UNKNOWN_FIELD)
    assert permission(given()).verdict("purchases") == no(Because.UNKNOWN_FIELD)


def test_a_stored_field_that_has_left_the_catalogue_is_unknown() -> None:
    grant = given()
    grant = replace(grant, scope=replace(grant.scope, fields=grant.scope.fields | {"purchases.colour"}))
    assert permission(grant).verdict("purchases.colour") == no(Because.UNKNOWN_FIELD)
    assert permission(grant).fields == expand(("purchases",))


def test_for_an_unknown_purpose_nothing_is_permitted_whatever_was_given() -> None:
    decided = permission(given(purpose="resale"), purpose="resale")
    assert set(decided.verdicts) == set(FIELD_CODES)
    assert set(decided.verdicts.values()) == {no(Because.UNKNOWN_PURPOSE)}
    assert decided.purpose == "resale"


# Later events in the ledger


def test_a_denial_cuts_only_the_fields_that_it_names() -> None:
    decided = permission(given(), refused(PRODUCT))
    assert decided.fields == expand(("purchases",)) - {PRODUCT}


def test_a_denial_of_another_purpose_cuts_nothing() -> None:
    assert verdict(given(), withdrawn(purpose="learning")).permitted


def test_withdrawing_one_consent_denies_its_scope_also_where_another_covers_it() -> None:
    decided = permission(given(consent_id="con_1"), given(PRODUCT, consent_id="con_2"), withdrawn(PRODUCT))
    assert decided.verdict(PRODUCT) == no(Because.WITHDRAWN)
    assert decided.verdict(DATE).consent_id == "con_1"


def test_a_grant_after_a_denial_opens_again() -> None:
    assert verdict(given(), withdrawn(), given(consent_id="con_2")).consent_id == "con_2"


def test_the_order_is_the_position_in_the_ledger_not_the_clock() -> None:
    withdrawal = withdrawn(recorded_at=a_moment(9))
    assert verdict(withdrawal, given(consent_id="con_2", recorded_at=a_moment(1)), days=10).permitted


def test_the_order_in_which_events_are_handed_in_changes_nothing() -> None:
    events = ledger(refused(), given(consent_id="con_2"))
    assert decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment()) == decide(
        events[::-1], customer_id=CUSTOMER, purpose="recommendations", at=a_moment()
    )


def test_a_deferral_takes_nothing_away() -> None:
    assert verdict(given(), deferred(consent_id="con_2")).consent_id == "con_1"


def test_the_latest_event_on_the_point_says_why() -> None:
    story = [
        refused(consent_id="con_1"),
        given(consent_id="con_2", expires_at=a_moment(1)),
        deferred(consent_id="con_3"),
        revoked(consent_id="con_4"),
        given(consent_id="con_5", uses=1),
        withdrawn(DATE, consent_id="con_6"),
    ]
    told = [verdict(*story[:length], days=2).because for length in range(1, len(story) + 1)]
    assert told == [
        Because.REFUSED,
        Because.EXPIRED,
        Because.DEFERRED,
        Because.REVOKED,
        Because.SINGLE_USE,
        Because.SINGLE_USE,
    ]


def test_just_this_once_does_not_cut_off_a_standing_consent() -> None:
    assert verdict(given(), given(consent_id="con_2", uses=1)).consent_id == "con_1"


# Several grants cover it


def test_a_grant_without_expiry_is_named_before_one_that_expires() -> None:
    story = given(consent_id="con_1", expires_at=a_moment(3650)), given(consent_id="con_2")
    assert named(verdict(*story)) == ("con_2", None)


def test_of_expiring_grants_the_longest_lived_is_named() -> None:
    story = (
        given(consent_id="con_1", expires_at=a_moment(2)),
        given(consent_id="con_2", expires_at=a_moment(4)),
        given(consent_id="con_3", expires_at=a_moment(3)),
    )
    assert named(verdict(*story)) == ("con_2", a_moment(4))


@pytest.mark.parametrize("expires_at", [None, a_moment(2)])
def test_of_equally_long_lived_grants_the_first_given_is_named(expires_at: datetime | None) -> None:
    assert (
        verdict(
            given(consent_id="con_1", expires_at=expires_at),
            given(consent_id="con_2", expires_at=expires_at),
            given(consent_id="con_3", expires_at=expires_at),
        ).consent_id
        == "con_1"
    )


def test_when_the_longest_lived_is_withdrawn_with_its_scope_the_rest_stands() -> None:
    decided = permission(
        given(PRODUCT, consent_id="con_1"),
        given(consent_id="con_2", expires_at=a_moment(1)),
        withdrawn(PRODUCT, consent_id="con_1"),
    )
    assert decided.fields == expand(("purchases",)) - {PRODUCT}


# Replaced consents


def test_a_narrower_choice_that_replaces_a_consent_leaves_only_itself() -> None:
    decided = permission(given(), given(PRODUCT, consent_id="con_2", replaces="con_1"))
    assert decided.fields == {PRODUCT}
    assert decided.verdict(PRODUCT).consent_id == "con_2"
    assert decided.verdict(DATE) == no(Because.OUT_OF_SCOPE)


def test_a_wider_choice_that_replaces_a_consent_opens_more() -> None:
    decided = permission(given(PRODUCT), given(consent_id="con_2", replaces="con_1"))
    assert decided.fields == expand(("purchases",))
    assert decided.verdict(PRODUCT).consent_id == "con_2"


def test_a_replaced_consent_does_not_come_back_when_the_new_one_expires() -> None:
    story = [given(), given(consent_id="con_2", replaces="con_1", expires_at=a_moment(1))]
    assert verdict(*story).consent_id == "con_2"
    assert verdict(*story, days=1) == no(Because.EXPIRED)


def test_a_replaced_consent_does_not_come_back_by_a_renewal() -> None:
    decided = permission(given(), given(PRODUCT, consent_id="con_2", replaces="con_1"), renewed())
    assert decided.fields == {PRODUCT}
    assert decided.verdict(DATE) == no(Because.OUT_OF_SCOPE)


def test_a_renewal_can_replace_a_consent_too() -> None:
    assert permission(given(), renewed(PRODUCT, consent_id="con_2", replaces="con_1")).fields == {PRODUCT}


def test_only_the_named_consent_is_replaced() -> None:
    decided = permission(
        given(consent_id="con_1"),
        given(DATE, consent_id="con_2"),
        given(PRODUCT, consent_id="con_3", replaces="con_1"),
    )
    assert decided.fields == {PRODUCT, DATE}


@pytest.mark.parametrize("no_grant", [refused, deferred, withdrawn, revoked])
def test_only_a_grant_replaces(no_grant: Callable[..., ConsentEvent]) -> None:
    assert replaced_consents([no_grant(replaces="con_1")], "recommendations") == frozenset()


def test_the_replaced_consents_are_those_that_grants_name() -> None:
    exchanged = ledger(given(), given(replaces="con_8"), renewed(replaces="con_9"))
    assert replaced_consents(exchanged, "recommendations") == {
        "con_8",
        "con_9",
    }


# Old papers that arrive late


def test_a_grant_from_before_a_denial_that_arrives_after_it_opens_nothing() -> None:
    late = given(consent_id="con_2", occurred_at=a_moment(-5))
    assert verdict(refused(), late) == no(Because.REFUSED)


def test_a_renewal_from_before_a_denial_that_arrives_after_it_opens_nothing() -> None:
    assert verdict(withdrawn(), renewed(occurred_at=a_moment(-5))) == no(Because.WITHDRAWN)


def test_a_late_paper_says_nothing_about_why() -> None:
    late = given(consent_id="con_2", occurred_at=a_moment(-5), expires_at=a_moment(-4))
    assert verdict(revoked(), late) == no(Because.REVOKED)


def test_a_grant_older_than_the_stated_time_of_a_denial_is_late() -> None:
    refusal = refused(occurred_at=a_moment(-3), recorded_at=a_moment())
    assert not verdict(refusal, given(consent_id="con_2", occurred_at=a_moment(-4))).permitted
    assert verdict(refusal, given(consent_id="con_2", occurred_at=a_moment(-2))).permitted


def test_equal_times_are_not_earlier() -> None:
    assert verdict(refused(), given(consent_id="con_2", occurred_at=a_moment())).permitted
    assert not verdict(refused(), given(consent_id="con_2", occurred_at=a_moment() - A_TICK)).permitted


def test_a_denial_counts_as_late_as_it_says_even_by_a_clock_that_runs_ahead() -> None:
    refusal = refused(occurred_at=a_moment(3), recorded_at=a_moment())
    assert not verdict(refusal, given(consent_id="con_2", occurred_at=a_moment(2)), days=2).permitted
    assert verdict(refusal, given(consent_id="con_2", occurred_at=a_moment(3)), days=2).permitted


def test_a_grant_without_a_stated_time_is_never_late_even_if_the_clock_stepped_back() -> None:
    stepped_back = given(consent_id="con_2", recorded_at=a_moment(-5))
    assert verdict(refused(recorded_at=a_moment()), stepped_back).permitted


def test_a_late_paper_opens_what_the_denial_was_not_about() -> None:
    decided = permission(refused(PRODUCT), given(consent_id="con_2", occurred_at=a_moment(-5)))
    assert decided.fields == expand(("purchases",)) - {PRODUCT}
    assert decided.verdict(PRODUCT) == no(Because.REFUSED)


def test_a_denial_of_another_purpose_makes_no_paper_late() -> None:
    assert verdict(refused(purpose="learning"), given(consent_id="con_2", occurred_at=a_moment(-5))).permitted


def test_another_grant_makes_no_paper_late() -> None:
    assert (
        verdict(given(expires_at=a_moment(1)), given(consent_id="con_2", occurred_at=a_moment(-5))).consent_id
        == "con_2"
    )


def test_a_denial_that_follows_in_the_ledger_makes_no_grant_late() -> None:
    grant, denial = ledger(given(occurred_at=a_moment(-5)), refused())
    assert not is_superseded(grant, [grant, denial], PRODUCT)


def test_one_younger_denial_among_older_ones_is_enough() -> None:
    assert (
        verdict(
            refused(occurred_at=a_moment(-9)),
            withdrawn(occurred_at=a_moment(-2)),
            refused(consent_id="con_2", occurred_at=a_moment(-8)),
            given(consent_id="con_3", occurred_at=a_moment(-4)),
        ).because
        == Because.REFUSED
    )


def test_a_late_denial_still_cuts() -> None:
    assert verdict(given(), refused(consent_id="con_2", occurred_at=a_moment(-5))) == no(Because.REFUSED)


# Ledgers that were not read properly


def test_events_of_another_customer_raise() -> None:
    events = [given(), given(position=2, consent_id="con_2", customer_id="c-2002")]
    with pytest.raises(ValueError, match=f"^events of another customer were handed in for {CUSTOMER}$"):
        decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())


def test_events_of_another_customer_raise_for_an_unknown_purpose_too() -> None:
    with pytest.raises(ValueError, match="another customer"):
        decide([given()], customer_id="c-2002", purpose="resale", at=a_moment())


def test_two_events_at_one_position_raise() -> None:
    events = [given(position=1), withdrawn(position=1)]
    with pytest.raises(ValueError, match=f"^two events at one ledger position for {CUSTOMER}$"):
        decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())


def test_positions_may_have_gaps() -> None:
    events = [withdrawn(position=90), given(position=7)]
    decided = decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())
    assert decided.verdict(PRODUCT) == no(Because.WITHDRAWN)


# The grants behind a permission


def test_the_coverings_are_all_grants_that_permit_something_the_preferred_first() -> None:
    events = ledger(
        given(consent_id="denied"),
        withdrawn(consent_id="denied"),
        given(consent_id="expired", expires_at=a_moment(-1)),
        given(consent_id="counted", uses=1),
        given(consent_id="for a channel", channels=["email"]),
        given(consent_id="late", occurred_at=a_moment(-5)),
        given("devices", consent_id="of other data"),
        given(consent_id="for another purpose", purpose="learning"),
        given(consent_id="replaced"),
        deferred(consent_id="deferred"),
        given(consent_id="live", expires_at=a_moment(1)),
        renewed(consent_id="live longer", replaces="replaced"),
    )
    live = coverings(events, Question(purpose="recommendations", field=PRODUCT, at=a_moment()))
    assert [covering.consent_id for covering in live] == ["live longer", "live"]


# Against mistakes of those who call


def test_a_verdict_that_has_neither_grant_nor_reason_permits_nothing_and_names_nothing() -> None:
    empty = Verdict()
    assert (empty.permitted, empty.consent_id, empty.expires_at, empty.uses_left) == (False, None, None, None)


def test_what_was_decided_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        permission().verdicts[PRODUCT] = verdict(given())  # type: ignore[index]


def test_a_consent_for_another_purpose_replaces_nothing_here() -> None:
    elsewhere = given(PRODUCT, purpose="learning", consent_id="con_2", replaces="con_1")
    assert verdict(given(), elsewhere).permitted


def test_a_deferral_from_before_a_refusal_that_arrives_after_it_says_nothing() -> None:
    late = deferred(consent_id="con_2", occurred_at=a_moment(-5))
    assert verdict(refused(), late) == no(Because.REFUSED)


def test_a_counted_grant_that_was_replaced_is_out_of_scope_and_not_single_use() -> None:
    narrower = given(DATE, consent_id="con_2", replaces="con_1")
    assert verdict(given(uses=1), narrower) == no(Because.OUT_OF_SCOPE)


def test_a_counted_grant_that_is_narrowed_is_out_of_scope_and_not_single_use() -> None:
    assert verdict(given(uses=1, channels=["email"])) == no(Because.OUT_OF_SCOPE)


# One field alone


def test_the_verdict_on_one_field_needs_a_ledger_that_was_read_properly_too() -> None:
    for field, purpose in (("browsing.views", "recommendations"), ("unheard.of", "resale")):
        with pytest.raises(ValueError, match="another customer"):
            verdict_on([given()], Question(purpose=purpose, field=field, at=a_moment()), customer_id="c-2002")


def test_the_verdict_on_a_field_or_purpose_that_there_is_not_is_no() -> None:
    everything = given(*{field.split(".")[0] for field in FIELD_CODES})
    for field, purpose, because in (
        ("unheard.of", "recommendations", Because.UNKNOWN_FIELD),
        ("unheard.of", "resale", Because.UNKNOWN_FIELD),
        ("browsing.views", "resale", Because.UNKNOWN_PURPOSE),
    ):
        question = Question(purpose=purpose, field=field, at=a_moment())
        assert verdict_on([everything], question, customer_id=CUSTOMER) == no(because)
