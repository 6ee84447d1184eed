"""Writes use records, and shows them: which answer read which field by which consent.

By default in batches within a second, on a thread of its own, because a durable write for each answer
would cost more than the answer; a crash may lose those of the last half second. With
`BYLEAVE_USE_RECORDS=sync` they are written before the answer, and none is lost.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.db.consent_ledger import consents_in_a_ledger
from service.db.engine import snapshot, write_transaction
from service.db.epochs import ERASURES, share_epoch
from service.db.use_records import UsePlace, add_use_records, read_use_records
from service.settings import UseRecords
from service.tombstones import Tombstones

_BATCH_SECONDS = 0.5
_BATCH_ANSWERS = 5_000
_WAITING_ANSWERS = 20_000
IMAGINED = "pre"
"""The prefix of consents that no ledger has: those of a preview."""

_log = structlog.get_logger(__name__)


class UseKind(StrEnum):
    """What her data was read for: an answer, or a preview of what an answer would be; to find out what she means by
    what she says; to show staff what she said; to see whether to contact her, or to propose an order to her.
    """

    ANSWER = "answer"
    PREVIEW = "preview"
    FEEDBACK = "feedback"
    STAFF = "staff"
    OUTREACH = "outreach"
    STANDING_ORDER = "standing_order"
    AUDIENCE = "audience"
    INSIGHT = "insight"


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """The reading behind one answer: `consents` maps each data field that was read to its consents."""

    answer_id: str
    customer_id: str
    purpose: str
    consents: Mapping[str, tuple[str, ...]]
    used_at: datetime
    kind: UseKind = UseKind.ANSWER


def uses_of(engine: Engine, customer_id: str, *, after: UsePlace | None, limit: int) -> list[dict[str, Any]]:
    """A part of what was read of a customer, newest first; within a second of its answer a reading is in it."""
    with snapshot(engine) as connection:
        return read_use_records(connection, customer_id, after=after, limit=limit)


class UseRecorder:
    """Takes use records and sees to it that they are stored. `stop` stores what is left."""

    def __init__(self, engine: Engine, mode: UseRecords, tombstones: Tombstones) -> None:
        self._engine = engine
        self._tombstones = tombstones
        self._sync = mode is UseRecords.SYNC
        self._waiting: Queue[Use] = Queue(maxsize=_WAITING_ANSWERS)
        self._batch: list[Use] = []
        self._flushing = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="use-records", daemon=True)

    def start(self) -> None:
        if not self._sync:
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.flush()
        except SQLAlchemyError as error:
            _log.error("use_records_lost", answers=self._left(), error=type(error).__name__)

    def record(self, use: Use) -> None:
        """Record a reading. An answer that read nothing has nothing to record."""
        if not use.consents:
            return
        if self._sync or self._stopping.is_set():
            self._store([use])
            return
        try:
            self._waiting.put_nowait(use)
        except Full:
            # Slower, but nothing is lost: this answer waits for its own record.
            self._store([use])

    def flush(self) -> None:
        """Store all that is waiting now, batch by batch.

        A batch that could not be stored stays for the next time: a database that is away for a while must
        not cost the records of that while.
        """
        with self._flushing:
            for _ in range(2 + self._waiting.qsize() // _BATCH_ANSWERS):
                self._batch = self._batch or self._take()
                self._store(self._batch)
                self._batch = []

    def _run(self) -> None:
        while not self._stopping.wait(_BATCH_SECONDS):
            try:
                self.flush()
            except SQLAlchemyError as error:
                _log.warning("use_records_delayed", answers=self._left(), error=type(error).__name__)

    def _left(self) -> int:
        return len(self._batch) + self._waiting.qsize()

    def _take(self) -> list[Use]:
        uses: list[Use] = []
        while len(uses) < _BATCH_ANSWERS:
            try:
                uses.append(self._waiting.get_nowait())
            except Empty:
                break
        return uses

    def _store(self, uses: Sequence[Use]) -> None:
        rows = [row for use in uses for row in rows_of(use)]
        if rows:
            with write_transaction(self._engine) as connection:
                # An answer may be older than the erasure of the one it was for: nothing of her is written then.
                share_epoch(connection, ERASURES)
                erased = self._tombstones.moments(connection, {use.customer_id for use in uses})
                suspect = {row["consent_id"] for row in rows if row["customer_id"] in erased}
                there = consents_in_a_ledger(connection, suspect) if suspect else set()
                add_use_records(connection, [row for row in rows if not _is_of_erased(row, erased, there)])


def _is_of_erased(row: Mapping[str, Any], erased: Mapping[str, datetime], there: Collection[str]) -> bool:
    """Whether it is from before her erasure: by its moment, or because its consent is gone (clocks may differ)."""
    if row["customer_id"] not in erased:
        return False
    is_gone = row["consent_id"] not in there and not row["consent_id"].startswith(f"{IMAGINED}_")
    return is_gone or bool(row["used_at"] <= erased[row["customer_id"]])


def rows_of(use: Use) -> list[dict[str, Any]]:
    """The rows of a use, as they are stored."""
    return [
        {
            "answer_id": use.answer_id,
            "data_field": field,
            "customer_id": use.customer_id,
            "purpose": use.purpose,
            "kind": use.kind.value,
            "consent_id": consent_id,
            "used_at": use.used_at,
        }
        for field, consents in sorted(use.consents.items())
        for consent_id in consents
    ]
