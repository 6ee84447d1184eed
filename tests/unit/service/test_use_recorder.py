"""The writer of use records: what it was given is stored, also when the database is away for a while."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from service import use_records
from service.db.engine import make_engine, snapshot, write_transaction
from service.db.use_records import add_use_records, read_use_records
from service.settings import UseRecords
from service.tombstones import Tombstones
from service.use_records import Use, UseKind, UseRecorder
from tests.builders import a_moment

ANNA = "anna"


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(sqlite_template, tmp_path / "byleave.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'byleave.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def recorder(engine: Engine) -> UseRecorder:
    return UseRecorder(engine, UseRecords.BATCHED, Tombstones())


def a_use(number: int = 1, **changes: Any) -> Use:
    values: dict[str, Any] = {
        "answer_id": f"rec_{number:06}",
        "customer_id": ANNA,
        "purpose": "recommendations",
        "consents": {"purchases.product": ("con_1",), "purchases.date": ("con_2",)},
        "used_at": a_moment(),
    }
    return Use(**values | changes)


def stored(engine: Engine) -> list[dict[str, Any]]:
    with snapshot(engine) as connection:
        return read_use_records(connection, ANNA, after=None, limit=100_000)


def answers_stored(engine: Engine) -> set[str]:
    return {row["answer_id"] for row in stored(engine)}


def wait_for(happened: Callable[[], object], seconds: float = 1) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        time.sleep(0.01)


@pytest.fixture
def the_database_comes_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The database is away until this is called."""

    def away(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the database is away"))

    monkeypatch.setattr(use_records, "add_use_records", away)
    return lambda: monkeypatch.setattr(use_records, "add_use_records", add_use_records)


def test_one_row_a_field_with_the_consent_that_it_was_read_by(recorder: UseRecorder, engine: Engine) -> None:
    recorder.record(a_use())
    recorder.flush()
    assert sorted((row["data_field"], row["consent_id"]) for row in stored(engine)) == [
        ("purchases.date", "con_2"),
        ("purchases.product", "con_1"),
    ]
    assert {row["used_at"] for row in stored(engine)} == {a_moment()}


def test_an_answer_that_read_nothing_leaves_no_record(recorder: UseRecorder, engine: Engine) -> None:
    recorder.record(a_use(consents={}))
    recorder.flush()
    assert stored(engine) == []


def test_records_are_stored_within_a_second(recorder: UseRecorder, engine: Engine) -> None:
    recorder.start()
    try:
        recorder.record(a_use())
        wait_for(lambda: stored(engine))
    finally:
        recorder.stop()


def test_in_sync_mode_they_are_stored_before_the_answer(engine: Engine) -> None:
    recorder = UseRecorder(engine, UseRecords.SYNC, Tombstones())
    recorder.start()
    recorder.record(a_use())
    assert stored(engine)
    recorder.stop()


def test_all_that_is_left_is_stored_at_the_end(
    recorder: UseRecorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_records, "_BATCH_ANSWERS", 3)
    recorder.start()
    for number in range(10):
        recorder.record(a_use(number))
    recorder.stop()
    assert len(answers_stored(engine)) == 10


def test_what_comes_after_the_end_is_stored_at_once(recorder: UseRecorder, engine: Engine) -> None:
    recorder.start()
    recorder.stop()
    recorder.record(a_use())
    assert stored(engine)


def test_a_database_that_is_away_for_a_while_costs_no_record(
    recorder: UseRecorder, engine: Engine, the_database_comes_back: Callable[[], None]
) -> None:
    recorder.record(a_use(1))
    with pytest.raises(OperationalError):
        recorder.flush()
    recorder.record(a_use(2))
    with pytest.raises(OperationalError):
        recorder.flush()
    the_database_comes_back()
    recorder.flush()
    assert answers_stored(engine) == {"rec_000001", "rec_000002"}


def test_the_writer_goes_on_when_the_database_is_back(
    recorder: UseRecorder,
    engine: Engine,
    the_database_comes_back: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(use_records, "_BATCH_SECONDS", 0.01)
    recorder.start()
    recorder.record(a_use())
    time.sleep(0.1)
    assert stored(engine) == []
    the_database_comes_back()
    wait_for(lambda: stored(engine))
    recorder.stop()


def test_with_a_full_queue_an_answer_waits_for_its_own_record(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_records, "_WAITING_ANSWERS", 2)
    recorder = UseRecorder(engine, UseRecords.BATCHED, Tombstones())
    for number in range(5):
        recorder.record(a_use(number))
    assert answers_stored(engine) == {"rec_000002", "rec_000003", "rec_000004"}
    recorder.flush()
    assert len(answers_stored(engine)) == 5


def test_a_full_queue_and_a_the_database_comes_back_do_not_block_the_end(
    engine: Engine, the_database_comes_back: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_records, "_WAITING_ANSWERS", 2)
    monkeypatch.setattr(use_records, "_BATCH_SECONDS", 0.01)
    recorder = UseRecorder(engine, UseRecords.BATCHED, Tombstones())
    recorder.start()
    for number in range(2):
        recorder.record(a_use(number))
    time.sleep(0.05)
    for number in range(2, 4):
        recorder.record(a_use(number))
    time.sleep(0.05)
    end = Thread(target=recorder.stop, daemon=True)
    end.start()
    end.join(timeout=5)
    assert not end.is_alive()


def test_a_batch_whose_answer_got_lost_can_be_stored_again(recorder: UseRecorder, engine: Engine) -> None:
    recorder.record(a_use())
    recorder.record(a_use())
    recorder.flush()
    assert len(stored(engine)) == 2


def test_a_use_from_before_her_erasure_is_not_written_after_it(engine: Engine) -> None:
    tombstones = Tombstones("an admin key for this test, 32 characters")
    recorder = UseRecorder(engine, UseRecords.BATCHED, tombstones)
    before = a_use(1)
    ahead = a_use(2, used_at=a_moment(1), kind=UseKind.PREVIEW)  # by a replica whose clock is
    imagined = {"purchases.product": ("pre_1",)}
    after = a_use(3, used_at=a_moment(1), kind=UseKind.PREVIEW, consents=imagined)
    with write_transaction(engine) as connection:
        tombstones.add(connection, before.customer_id, before.used_at)
    for use in (before, ahead, after):
        recorder.record(use)
    recorder.flush()
    assert answers_stored(engine) == {after.answer_id}
