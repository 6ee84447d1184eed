"""Use cases: how customers fare, decide and are served, over all of them: what few stand behind does not show.

What they said is read by purpose `experience`; decisions and answers are counted from the registry's own records.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine

from service.db.consent_ledger import count_decisions, read_ledgers_asked
from service.db.engine import snapshot
from service.db.feedback import customers_who_said_something
from service.db.permitted_reader import ReadRow, consents_of_all, read_feedback
from service.db.use_records import count_answers_of_all
from service.experience import AtTouchpoint, Journeys, Rated, by_touchpoint, over_journeys
from service.ids import new_id
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.small_numbers import SmallNumbers
from service.use_records import Use, UseKind, UseRecorder

PURPOSE = "experience"
_RATED = ("feedback.rating", "feedback.importance", "feedback.touchpoint", "feedback.journey")
_TAPPED = ("feedback.kind",)
_COUNTED = ("given", "refused", "withdrawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthOfDecisions:
    """For one purpose: how many customers did what in a month; `None` for too few."""

    month: date
    purpose: str
    given: int | None
    refused: int | None
    withdrawn: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthOfAnswers:
    """How many answers rested on data of how many customers."""

    month: date
    customers: int | None
    answers: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Insights:
    """What one shop may know of all its customers together."""

    engine: Engine
    clock: Clock
    numbers: SmallNumbers
    use_recorder: UseRecorder
    retention: Retention = NO_LIMIT

    def touchpoints(self) -> tuple[list[AtTouchpoint], Journeys | None]:
        """Experience by touchpoint, and over all journeys."""
        rated = [
            Rated(
                customer_id=customer_id,
                rating=row.values["feedback.rating"],
                importance=row.values.get("feedback.importance"),
                touchpoint=row.values.get("feedback.touchpoint"),
                journey=row.values.get("feedback.journey"),
            )
            for customer_id, rows in self._said(_RATED).items()
            for row in rows
            if "feedback.rating" in row.values
        ]
        return by_touchpoint(rated, self.numbers), over_journeys(rated, self.numbers)

    def taps(self) -> dict[str, int]:
        """What was said of suggestions in one tap -> how many customers did, of what enough did."""
        who: dict[str, set[str]] = defaultdict(set)
        for customer_id, rows in self._said(_TAPPED).items():
            for row in rows:
                who[row.values["feedback.kind"]].add(customer_id)
        shown = {kind: self.numbers.of(customers) for kind, customers in sorted(who.items())}
        return {kind: count for kind, count in shown.items() if count is not None}

    def decisions(self, months: int) -> list[MonthOfDecisions]:
        """What was decided, month by month, the latest first."""
        found = []
        with snapshot(self.engine) as connection:
            for month, begins, ends in _months(self.clock.now(), months):
                counted = count_decisions(connection, begins, ends)
                for purpose in sorted({purpose for purpose, _ in counted}):
                    shown = {
                        kind: self.numbers.rounded(counted[purpose, kind], f"{month} {purpose} {kind}")
                        for kind in _COUNTED
                    }
                    # A row of nothing would say that somebody did something.
                    if any(one is not None for one in shown.values()):
                        found.append(MonthOfDecisions(month=month, purpose=purpose, **shown))
        return found

    def answers(self, months: int) -> list[MonthOfAnswers]:
        """How many answers rested on data of hers, month by month, the latest first."""
        found = []
        with snapshot(self.engine) as connection:
            for month, begins, ends in _months(self.clock.now(), months):
                customers, answers = count_answers_of_all(connection, begins, ends, kind=UseKind.ANSWER)
                found.append(
                    MonthOfAnswers(
                        month=month,
                        customers=self.numbers.rounded(customers, f"{month} customers"),
                        answers=self.numbers.rounded(answers, f"{month} answers", customers=customers),
                    )
                )
        return found

    def _said(self, fields: Sequence[str]) -> Mapping[str, Sequence[ReadRow]]:
        """Customer id -> what she said, as far as she allows it for `experience`."""
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            asked = read_ledgers_asked(connection, PURPOSE).events
            permissions = {
                customer_id: self.retention.permission(
                    events, customer_id=customer_id, purpose=PURPOSE, at=now
                )
                for customer_id, events in asked.items()
            }
            willing = [one for one, permission in permissions.items() if permission.fields & set(fields)]
            said: dict[str, Sequence[ReadRow]] = {}
            for customer_id in customers_who_said_something(connection, willing):
                rows = read_feedback(connection, permissions[customer_id], fields=fields)
                if rows:
                    said[customer_id] = rows
        self._note_uses(said, now)
        return said

    def _note_uses(self, said: Mapping[str, Sequence[ReadRow]], now: datetime) -> None:
        insight_id = new_id("ins")
        for customer_id, rows in said.items():
            self.use_recorder.record(
                Use(
                    answer_id=insight_id,
                    customer_id=customer_id,
                    purpose=PURPOSE,
                    consents=consents_of_all(rows),
                    used_at=now,
                    kind=UseKind.INSIGHT,
                )
            )


def _months(now: datetime, count: int) -> list[tuple[date, datetime, datetime]]:
    """The first days of the last months (UTC), this one included, each with where it begins and ends."""
    first, found = now.astimezone(UTC).date().replace(day=1), []
    ends = (first + timedelta(days=31)).replace(day=1)
    for _ in range(count):
        found.append((first, _midnight(first), _midnight(ends)))
        first, ends = (first - timedelta(days=1)).replace(day=1), first
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
