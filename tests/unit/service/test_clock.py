"""The clock: starts where it is told to, and runs on from there."""

from datetime import UTC, datetime, timedelta
from time import sleep

from service.settings import CLOCK_SKEW, Clock

A_SECOND = timedelta(seconds=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2120, 1, 1, tzinfo=UTC)


def test_a_clock_that_is_not_set_tells_the_machines_time() -> None:
    assert abs(Clock().now() - datetime.now(UTC)) < A_SECOND


def test_a_clock_that_is_set_starts_there_and_runs_on() -> None:
    clock = Clock(LONG_AGO)
    first = clock.now()
    sleep(0.002)
    assert timedelta(0) <= first - LONG_AGO < A_SECOND
    assert first < clock.now()


def test_it_tells_utc() -> None:
    assert Clock().now().utcoffset() == timedelta(0)
    assert Clock(LONG_AGO).now().utcoffset() == timedelta(0)


def test_what_a_client_stamps_with_its_own_clock_is_not_in_the_future() -> None:
    assert Clock(LONG_AGO).latest_present() >= datetime.now(UTC) - A_SECOND
    assert Clock(FAR_AHEAD).latest_present() >= FAR_AHEAD


def test_a_clients_clock_may_be_a_little_ahead() -> None:
    for clock, present in ((Clock(LONG_AGO), datetime.now(UTC)), (Clock(FAR_AHEAD), FAR_AHEAD)):
        assert timedelta(0) <= clock.latest_present() - present - CLOCK_SKEW < A_SECOND
