"""Use case: what customers say, for staff, as it comes: of each what she allows for `assistance` when it is sent.

What she does not allow is passed over in silence: nobody can tell from the feed that she said something.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from consent.decision import decide
from consent.vocabulary import expand
from service.db.consent_ledger import read_events_of
from service.db.engine import snapshot
from service.db.feedback import feedback_after, last_feedback_place
from service.db.permitted_reader import ReadFeedback, read_feedback
from service.ids import new_id
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.use_records import Use, UseKind, UseRecorder

PURPOSE = "assistance"
AT_ONCE = 100
_FIELDS = expand(("feedback",))


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffNote:
    """One thing that a customer said, with what of it staff may see: data field -> value."""

    place: int
    feedback_id: str
    customer_id: str
    said: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffFeed:
    """The feed of one shop. `seconds`: so long a stream goes on before the client has to come again."""

    engine: Engine
    clock: Clock
    use_recorder: UseRecorder
    seconds: int
    retention: Retention = NO_LIMIT

    def last_place(self) -> int:
        """Where it stands now."""
        with snapshot(self.engine) as connection:
            return last_feedback_place(connection)

    def after(self, place: int) -> tuple[int, list[StaffNote]]:
        """The next part of the feed behind a place, and the place that it ends at. Opens one snapshot, and ends it."""
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            next_ones = feedback_after(connection, place, limit=AT_ONCE)
            read = self._read(connection, next_ones, now)
        notes = []
        for number, feedback_id, customer_id in next_ones:
            found = read.get(feedback_id)
            if found is not None:
                notes.append(
                    StaffNote(
                        place=number, feedback_id=feedback_id, customer_id=customer_id, said=found.values
                    )
                )
                self._note_use(customer_id, found, now)
        return (next_ones[-1][0] if next_ones else place), notes

    def _read(
        self, connection: Connection, next_ones: Sequence[tuple[int, str, str]], now: datetime
    ) -> dict[str, ReadFeedback]:
        """Id -> what may be read of it."""
        found: dict[str, ReadFeedback] = {}
        ids_of: dict[str, list[str]] = {}
        for _, feedback_id, customer_id in next_ones:
            ids_of.setdefault(customer_id, []).append(feedback_id)
        for customer_id, events in read_events_of(connection, ids_of).items():
            permission = decide(
                events,
                customer_id=customer_id,
                purpose=PURPOSE,
                at=now,
                kept_since=self.retention.kept_since(now),
            )
            for one in read_feedback(connection, permission, fields=_FIELDS, ids=ids_of[customer_id]):
                found[one.id] = one
        return found

    def _note_use(self, customer_id: str, found: ReadFeedback, now: datetime) -> None:
        self.use_recorder.record(
            Use(
                answer_id=new_id("stf"),
                customer_id=customer_id,
                purpose=PURPOSE,
                consents={field: (consent_id,) for field, consent_id in found.consents.items()},
                used_at=now,
                kind=UseKind.STAFF,
            )
        )
