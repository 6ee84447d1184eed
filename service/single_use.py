"""Use case: suggestions that may use up a grant that is good for a number of answers (P7: once means once).

One write transaction, under the lock of her ledger, decides, reads, counts the use and stores the answer; so at
most one answer ever leaves by one use, whatever is retried, crashes or happens at once. The answer can be fetched
again with the same key for a while, and goes with the first withdrawal.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from consent.decision import Permission
from consent.events import ConsentEvent, EventKind, Evidence
from consent.scope import Scope
from recommender.inputs import Request
from recommender.strategies import fields_used_of
from service.appending import Appending
from service.db.consent_ledger import NewEvent
from service.db.engine import write_transaction
from service.db.epochs import LEARNING_DENIALS, read_epoch
from service.db.permitted_reader import ReadData, read_permitted
from service.db.stored_answers import add_stored_answer, read_stored_answer, remove_old_answers
from service.db.use_records import add_use_records
from service.errors import Problem, ProblemCode
from service.once import Once, attempt
from service.recommendations import Answer, Suggesting, use_of
from service.use_records import rows_of

ANSWERS_KEPT = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleUse:
    """Answers of one shop that may use up a grant."""

    suggesting: Suggesting
    appending: Appending

    def for_customer(
        self,
        customer_id: str,
        request: Request,
        once: Once,
        *,
        channel: str | None,
        written: Callable[[Answer], str],
    ) -> str:
        """The answer as `written`; with a key that came before, the same answer again.

        Raises Problem: 409 if that answer is gone, because a quarter of an hour has passed or she has withdrawn
        something since; 422 if the key came with another call.
        """
        self.suggesting.prepare(request)
        with write_transaction(self.suggesting.engine) as connection:
            tried = attempt(connection, once, now=self.appending.clock.now())
            if not tried.is_first:
                return self._again(connection, customer_id, once, channel)
            with self.appending.to(connection, customer_id) as (ledger, now):
                # Read before what others bought: a withdrawal that comes in between voids this answer's replay.
                learning_denials = read_epoch(connection, LEARNING_DENIALS)
                permission = self.suggesting.permission(
                    ledger.events, customer_id, now, channel, counted=True
                )
                read = read_permitted(
                    connection, permission, fields=fields_used_of(permission.fields, request)
                )
                shop, learned = self.suggesting.shop_and_learning(connection, now)
                answer = self.suggesting.answer(request, permission, read, shop, learned)
                for use in _uses(permission, read, answer):
                    ledger.append(use, now=now)
            add_use_records(connection, rows_of(use_of(answer, customer_id)))
            body = written(answer)
            add_stored_answer(
                connection,
                caller=once.caller,
                key=once.key,
                customer_id=customer_id,
                body=body,
                created_at=now,
                learning_denials=learning_denials,
            )
            # Last, when nothing is waited for any more: who withdraws holds her ledger and then wants these rows.
            remove_old_answers(connection, before=now - ANSWERS_KEPT)
        return body

    def _again(self, connection: Connection, customer_id: str, once: Once, channel: str | None) -> str:
        """The stored answer, if all that it rests on still stands: nothing of it is read anew."""
        with self.appending.to(connection, customer_id) as (ledger, now):
            stored = read_stored_answer(connection, once.caller, once.key, customer_id)
            is_good = (
                stored is not None
                and stored["created_at"] > now - ANSWERS_KEPT
                and stored["learning_denials"] == read_epoch(connection, LEARNING_DENIALS)
            )
            body = str(stored["body"]) if stored is not None and is_good else None
            if body is not None and self._still_stands(body, ledger.events, customer_id, now, channel):
                return body
        raise Problem(
            ProblemCode.REPLAY_GONE,
            "This answer cannot be fetched again: it is older than 15 minutes, or something that it may rest "
            "on has ended since. Take a new Idempotency-Key for a new answer.",
            status=409,
        )

    def _still_stands(
        self,
        body: str,
        events: Sequence[ConsentEvent],
        customer_id: str,
        now: datetime,
        channel: str | None,
    ) -> bool:
        """Whether each consent that the answer was read by would permit it again, its own use set aside."""
        answer = json.loads(body)
        before_it = [
            event
            for event in events
            if event.kind is not EventKind.CONSUMED or event.evidence.shown != answer["recommendation_id"]
        ]
        permission = self.suggesting.permission(before_it, customer_id, now, channel, counted=True)
        return all(
            any(one.consent_id == used["consent"] for one in permission.verdict(used["field"]).coverings)
            for used in answer["data_used"]
        )


def _uses(permission: Permission, read: ReadData, answer: Answer) -> list[NewEvent]:
    """One event for each counted consent that something was read by: it is spent only then."""
    counted: dict[str, set[str]] = {}
    for field, consents in read.consents.items():
        for covering in permission.verdict(field).coverings:
            if covering.uses_left is not None and covering.consent_id in consents:
                counted.setdefault(covering.consent_id, set()).add(field)
    return [
        NewEvent(
            consent_id=consent_id,
            kind=EventKind.CONSUMED,
            scope=Scope(purpose=permission.purpose, fields=frozenset(fields)),
            evidence=Evidence(method="recommendation", shown=answer.recommendation_id),
        )
        for consent_id, fields in sorted(counted.items())
    ]
