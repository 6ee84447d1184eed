"""What a ledger said at a past moment: by position, so that a clock that stepped back leaves nothing out."""

from datetime import timedelta

from consent.point_in_time import as_of
from tests.builders import a_moment, given, ledger, withdrawn

A_TICK = timedelta(microseconds=1)


def test_it_is_what_had_been_recorded_by_then() -> None:
    told = ledger(given(recorded_at=a_moment(1)), withdrawn(recorded_at=a_moment(2)))
    assert as_of(told, a_moment(1) - A_TICK) == []
    assert as_of(told, a_moment(1)) == told[:1]
    assert as_of(told, a_moment(2) - A_TICK) == told[:1]
    assert as_of(told, a_moment(2)) == told


def test_of_what_a_clock_that_stepped_back_recorded_nothing_is_left_out_of_the_middle() -> None:
    told = ledger(
        given(recorded_at=a_moment(1)),
        withdrawn(recorded_at=a_moment(3)),
        given(recorded_at=a_moment(2)),
        withdrawn(recorded_at=a_moment(4)),
    )
    assert as_of(told, a_moment(2)) == told[:3]
    assert as_of(told, a_moment(1)) == told[:1]


def test_the_first_event_is_there_when_it_is_the_only_one() -> None:
    told = ledger(given(recorded_at=a_moment(1)))
    assert as_of(told, a_moment(0)) == []
    assert as_of([], a_moment(9)) == []
