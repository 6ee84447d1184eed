"""What a ledger said at a past moment: all up to the last event that had been recorded by then."""

from consent.point_in_time import as_of
from tests.builders import a_moment, given, ledger, withdrawn


def test_what_was_recorded_later_is_not_there_yet() -> None:
    events = ledger(given(recorded_at=a_moment(1)), withdrawn(recorded_at=a_moment(3)))
    positions = [[event.position for event in as_of(events, a_moment(day))] for day in (0, 1, 2, 3)]
    assert positions == [[], [1], [1], [1, 2]]


def test_when_a_past_act_was_told_counts_and_not_when_it_was_done() -> None:
    late = ledger(given(recorded_at=a_moment(3), occurred_at=a_moment(-9)))
    assert as_of(late, a_moment(2)) == []


def test_should_a_clock_have_stepped_back_no_event_is_left_out_of_the_middle() -> None:
    events = ledger(
        given(recorded_at=a_moment(1)),
        withdrawn(recorded_at=a_moment(9)),
        given(consent_id="con_2", recorded_at=a_moment(2)),
    )
    assert [event.position for event in as_of(events, a_moment(2))] == [1, 2, 3]
    assert [event.position for event in as_of(events, a_moment(1))] == [1]
