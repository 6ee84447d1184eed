"""What holds for `decide` on every history.

Histories are wilder than the service would record: clocks step back, renewals come out of nowhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from consent.coverage import ANY_CHANNEL, Question, coverings
from consent.decision import Permission, Verdict, decide, verdict_on
from consent.events import ConsentEvent, EventKind
from consent.items import ANYTHING, Item
from consent.reasons import Because
from consent.records import consent_records
from consent.scope import Items
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from tests.builders import CUSTOMER, a_moment, an_event, ledger

# Few values in each dimension, so that events meet: cover the same field, fall on the same moment.
FIELDS = ("purchases.product", "purchases.date", "browsing.views")
CONSENTS = {
    "recommendations": ("con_1", "con_2", "con_3", "con_4"),
    "reminders": ("con_5", "con_6"),
    "learning": ("con_7", "con_8"),
}
GRANTS = (EventKind.GIVEN, EventKind.RENEWED)
DENIALS = (EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.REVOKED)
OBJECTIONS = (EventKind.OBJECTED, EventKind.RESTRICTED)
LAYERS = (*OBJECTIONS, EventKind.LIFTED, EventKind.CONSUMED)

ITEMS = [
    ANYTHING,
    *(
        Item(order=order, product=product, category=None, at=at, sensitive=product == "secret")
        for order in ("o-1", "o-2", None)
        for product in ("ink", "secret")
        for at in (a_moment(1), a_moment(2), None)
    ),
]

moments = st.integers(0, 5).map(a_moment)
later_moments = st.integers(0, 10).map(a_moment)
after_the_tests = st.integers(11, 13).map(a_moment)
purposes = st.sampled_from(["recommendations"] * 3 + sorted(CONSENTS))
some_fields = st.sampled_from([FIELDS, FIELDS, FIELDS[:2], FIELDS[1:], FIELDS[:1], FIELDS[1:2]])
NARROWINGS: list[dict[str, Any]] = [
    {"channels": ["email"]},
    {"items": Items(orders=frozenset({"o-1"}))},
    {"items": Items(exceptions=frozenset({"o-1"}))},
    {"items": Items(orders=frozenset({"o-1"}), products=frozenset({"secret"}))},
    {"data_from": a_moment(2)},
    {"uses": 1},
    {"uses": 2},
]
NOT_NARROWED: dict[str, Any] = {}


@st.composite
def events_of(
    draw: st.DrawFn,
    *kinds: EventKind,
    purpose: str | None = None,
    fields: tuple[str, ...] = (),
    may_replace: bool = True,
    plain: bool = False,
    narrowed: bool = True,
) -> ConsentEvent:
    """Events of `kinds`; of any purpose and about any fields, unless told. `plain` ones are not narrowed
    and replace nothing, and do not run out while the tests look: what is left is order, times and choice.
    """
    purpose = purpose or draw(purposes)
    consent_id, *others = draw(st.permutations(CONSENTS[purpose]))
    may_replace = may_replace and not plain
    run_out = after_the_tests if plain else later_moments
    return an_event(
        draw(st.sampled_from(kinds)),
        *(fields or draw(some_fields)),
        purpose=purpose,
        consent_id=consent_id,
        recorded_at=draw(moments),
        occurred_at=draw(st.none() | moments),
        replaces=draw(st.sampled_from([None, None, None, *others])) if may_replace else None,
        expires_at=draw(st.none() | run_out | run_out),
        **({} if plain or not narrowed else draw(st.sampled_from([NOT_NARROWED] * 15 + NARROWINGS))),
    )


any_event = events_of(*GRANTS, *GRANTS, *GRANTS, *DENIALS, EventKind.DEFERRED, *LAYERS)
plain_events = events_of(*GRANTS, *GRANTS, *DENIALS, purpose="recommendations", plain=True)
histories = (
    st.lists(any_event, min_size=2, max_size=9) | st.lists(plain_events, min_size=2, max_size=5)
).map(lambda events: ledger(*events))
pure_grants = events_of(*GRANTS, may_replace=False)
denials = events_of(*DENIALS, *OBJECTIONS)


def permission(events: Sequence[ConsentEvent], purpose: str, at: datetime) -> Permission:
    return decide(events, customer_id=CUSTOMER, purpose=purpose, at=at)


def in_any_way(events: Sequence[ConsentEvent], purpose: str, at: datetime) -> Permission:
    """By whichever channel, and if only once."""
    return decide(events, customer_id=CUSTOMER, purpose=purpose, at=at, channel=ANY_CHANNEL, counted=True)


def permitted(events: Sequence[ConsentEvent], at: datetime) -> set[tuple[str, str, Item]]:
    """Every purpose, field and item that may be read, by an unknown channel and without using anything up."""
    return {
        (purpose, field, item)
        for purpose in sorted(CONSENTS)
        for field, verdict in permission(events, purpose, at).verdicts.items()
        for item in ITEMS
        if any(covering.cover(item) for covering in verdict.coverings)
    }


@for_all(st.sampled_from(sorted(PURPOSE_CODES)), moments)
def test_nothing_recorded_permits_nothing(purpose: str, at: datetime) -> None:
    assert set(permission([], purpose, at).verdicts.values()) == {Verdict(because=Because.NOT_ASKED)}


@for_all(histories, st.sampled_from([*sorted(PURPOSE_CODES), "resale"]), moments)
def test_the_verdict_on_one_field_is_that_of_the_whole_decision(
    history: list[ConsentEvent], purpose: str, at: datetime
) -> None:
    decided = decide(history, customer_id=CUSTOMER, purpose=purpose, at=at)
    for field in (*FIELD_CODES, "browsing", "unheard.of"):
        question = Question(purpose=purpose, field=field, at=at)
        assert verdict_on(history, question, customer_id=CUSTOMER) == decided.verdict(field)


@for_all(histories, purposes, moments)
def test_events_of_other_purposes_change_nothing(
    events: list[ConsentEvent], purpose: str, at: datetime
) -> None:
    own = [event for event in events if event.scope.purpose == purpose]
    assert permission(own, purpose, at) == permission(events, purpose, at)


@for_all(histories, purposes, moments, st.data())
def test_the_order_of_handing_in_changes_nothing(
    events: list[ConsentEvent], purpose: str, at: datetime, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    assert permission(shuffled, purpose, at) == permission(events, purpose, at)


@for_all(histories, pure_grants, moments)
def test_adding_a_grant_without_replaces_never_narrows(
    events: list[ConsentEvent], grant: ConsentEvent, at: datetime
) -> None:
    assert permitted(events, at) <= permitted(ledger(*events, grant), at)


@for_all(histories, denials, moments, st.data())
def test_adding_a_denial_anywhere_never_widens(
    events: list[ConsentEvent], denial: ConsentEvent, at: datetime, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(events)))
    assert permitted(ledger(*events[:place], denial, *events[place:]), at) <= permitted(events, at)


@for_all(histories, st.sampled_from([con for cons in CONSENTS.values() for con in cons]), moments)
def test_removing_the_grants_of_a_consent_never_widens(
    events: list[ConsentEvent], consent_id: str, at: datetime
) -> None:
    """But for grants that replace: without the replacement, what it replaced would stand."""
    rest = [
        event
        for event in events
        if not (event.is_grant and event.consent_id == consent_id and event.replaces is None)
    ]
    assert permitted(rest, at) <= permitted(events, at)


@for_all(
    histories,
    events_of(EventKind.WITHDRAWN, purpose="recommendations", fields=FIELDS[:2], narrowed=False),
    st.lists(any_event, max_size=5),
    moments,
)
def test_a_withdrawal_holds_until_a_later_grant(
    before: list[ConsentEvent], withdrawal: ConsentEvent, after: list[ConsentEvent], at: datetime
) -> None:
    events = ledger(*before, withdrawal, *after)
    granted_again = {
        field
        for event in after
        if event.is_grant and event.scope.purpose == "recommendations"
        for field in event.scope.fields
    }
    held = set(FIELDS[:2]) - granted_again
    assert not permission(events, "recommendations", at).fields & held


@for_all(histories, purposes, moments)
def test_every_field_has_a_verdict_that_permits_or_says_why_not(
    events: list[ConsentEvent], purpose: str, at: datetime
) -> None:
    decided = permission(events, purpose, at)
    assert set(decided.verdicts) == set(FIELD_CODES)
    for verdict in decided.verdicts.values():
        assert verdict.permitted == (verdict.because is None) == (verdict.consent_id is not None)
        assert verdict.permitted or verdict.expires_at is None


@for_all(histories, purposes, moments)
def test_the_consent_named_is_a_live_grant_that_covers_the_field(
    events: list[ConsentEvent], purpose: str, at: datetime
) -> None:
    decided = permission(events, purpose, at)
    replaced = {event.replaces for event in events if event.is_grant}
    for field in decided.fields:
        named = decided.verdict(field)
        assert named.consent_id not in replaced
        assert named.expires_at is None or named.expires_at > at
        assert any(
            grant.is_grant
            and grant.consent_id == named.consent_id
            and grant.scope.expires_at == named.expires_at
            and (grant.scope.purpose, grant.scope.uses) == (purpose, None)
            and field in grant.scope.fields
            and not any(
                later.is_denial and later.covers(purpose, field) and _is_whole(later)
                for later in events[grant.position :]
            )
            for grant in events
        )


@for_all(histories, moments)
def test_what_a_record_calls_in_force_may_be_read(events: list[ConsentEvent], at: datetime) -> None:
    for record in consent_records(events, customer_id=CUSTOMER, at=at):
        assert record.in_force <= in_any_way(events, record.scope.purpose, at).fields


@for_all(histories, moments)
def test_what_may_be_read_is_in_force_in_some_record(events: list[ConsentEvent], at: datetime) -> None:
    one_scope_each = [event for event in events if event.scope.fields == _first_fields(event, events)]
    records = consent_records(ledger(*one_scope_each), customer_id=CUSTOMER, at=at)
    in_force = {(record.scope.purpose, field) for record in records for field in record.in_force}
    assert in_force == {
        (purpose, field)
        for purpose in sorted(PURPOSE_CODES)
        for field in in_any_way(ledger(*one_scope_each), purpose, at).fields
    }


def _first_fields(event: ConsentEvent, events: Sequence[ConsentEvent]) -> frozenset[str]:
    return next(first.scope.fields for first in events if first.consent_id == event.consent_id)


def _is_whole(event: ConsentEvent) -> bool:
    return (event.scope.channels, event.scope.items, event.scope.data_from) == (None, None, None)


@for_all(histories, purposes, moments, st.sampled_from(ITEMS))
def test_a_datum_may_be_read_if_a_grant_covers_it_and_has_a_reason_if_none_does(
    events: list[ConsentEvent], purpose: str, at: datetime, item: Item
) -> None:
    for field in FIELDS:
        question = Question(purpose=purpose, field=field, at=at)
        found = verdict_on(events, question, customer_id=CUSTOMER, item=item)
        covered = [one for one in coverings(events, question) if one.cover(item)]
        assert (list(found.coverings), found.because is None) == (covered, bool(covered))


@for_all(histories, purposes, moments, st.sampled_from(ITEMS))
def test_what_a_whole_denial_cut_is_not_covered_for_any_item(
    events: list[ConsentEvent], purpose: str, at: datetime, item: Item
) -> None:
    denial = an_event(EventKind.REFUSED, *FIELDS, purpose=purpose, consent_id="con_last")
    told = ledger(*events, denial)
    for field in FIELDS:
        found = verdict_on(
            told, Question(purpose=purpose, field=field, at=at), customer_id=CUSTOMER, item=item
        )
        assert found.because in (Because.REFUSED, Because.OBJECTED, Because.RESTRICTED)
