"""Use case: what her permissions have brought her. Counted from records that there are; never an invented figure.

For herself: it serves no purpose of the shop.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from recommender.feedback import FeedbackKind
from service.collecting import what_may_be_kept
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.feedback import read_own_feedback
from service.db.tasks import read_tasks_of
from service.db.use_records import count_answers
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.use_records import UseKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """The figures.

    since           day of the first answer that rested on her data, of those that are still recorded
    personal        answers that rested on her data
    helpful         how often she said that a suggestion was helpful, as far as she lets that be kept
    followed_up     tasks that a person did for her
    """

    since: date | None
    personal: int
    helpful: int
    followed_up: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """What the permissions of one shop's customers have brought them."""

    engine: Engine
    clock: Clock
    retention: Retention = NO_LIMIT

    def of(self, customer_id: str) -> Value:
        """The figures as of now."""
        with snapshot(self.engine) as connection:
            answers, first = count_answers(connection, customer_id, kind=UseKind.ANSWER)
            events = read_events(connection, customer_id)
            kept = what_may_be_kept(
                events, customer_id=customer_id, at=self.clock.now(), retention=self.retention
            )
            said = read_own_feedback(connection, customer_id, kept)
            tasks = read_tasks_of(connection, customer_id)
        return Value(
            since=first.date() if first else None,
            personal=answers,
            helpful=sum(row["kind"] == FeedbackKind.HELPFUL for row in said),
            followed_up=sum(task["state"] == "done" for task in tasks),
        )
