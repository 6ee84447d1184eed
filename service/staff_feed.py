"""Use case: what customers say, for staff, as it comes: of each what she allows for `assistance` when it is sent.

What she does not allow is passed over: a gap in the numbers tells that something was said, and not by whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from consent.vocabulary import expand
from service.assisting import PURPOSE
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.feedback import feedback_after, last_feedback_place
from service.db.permitted_reader import ReadRow, consents_of_all, read_feedback
from service.ids import new_id
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.use_records import Use, UseKind, UseRecorder

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

    def after(self, place: int) -> tuple[int, StaffNote | None]:
        """The next note behind a place, and how far that went: one at a time, so that a permission that is taken back
        holds for all that has not been sent. Opens one snapshot, and ends it.
        """
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            for number, feedback_id, customer_id in feedback_after(connection, place, limit=AT_ONCE):
                place, found = number, self._read(connection, customer_id, feedback_id, now)
                if found is not None:
                    break
            else:
                return place, None
        self._note_use(customer_id, found, now)
        return place, StaffNote(
            place=place, feedback_id=feedback_id, customer_id=customer_id, said=found.values
        )

    def _read(
        self, connection: Connection, customer_id: str, feedback_id: str, now: datetime
    ) -> ReadRow | None:
        """What of it staff may see now; `None` if nothing."""
        events = read_events(connection, customer_id)
        permission = self.retention.permission(events, customer_id=customer_id, purpose=PURPOSE, at=now)
        found = read_feedback(connection, permission, fields=_FIELDS, ids=[feedback_id])
        return found[0] if found else None

    def _note_use(self, customer_id: str, found: ReadRow, now: datetime) -> None:
        self.use_recorder.record(
            Use(
                answer_id=new_id("stf"),
                customer_id=customer_id,
                purpose=PURPOSE,
                consents=consents_of_all([found]),
                used_at=now,
                kind=UseKind.STAFF,
            )
        )
