"""Use cases: what a person of the shop should do, for whom, and what became of it.

Each time somebody looks, what a task rests on is read anew by permission `assistance`: where it may not be read,
there is no task.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine

from consent.events import ConsentEvent
from service.assisting import PURPOSE
from service.catalogue import CurrentShop
from service.db.catalogue import Listing
from service.db.consent_ledger import hold_ledgers, read_events_of
from service.db.engine import snapshot, write_transaction
from service.db.permitted_reader import ReadRow, consents_of_all, read_feedback, read_sales
from service.db.tasks import TaskPlace, end_task, read_task, read_task_rules, read_tasks, read_tasks_of
from service.errors import Problem, ProblemCode
from service.ids import new_id
from service.once import Once, attempt
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.task_rules import After, Rule, rules_of
from service.use_records import Use, UseKind, UseRecorder

_AT_ONCE, _LOOKS = 100, 20
_OF_SALES = ("purchases.product", "purchases.date", "purchases.served_by")
_OF_FEEDBACK = ("feedback.rating", "feedback.touchpoint", "feedback.comment", "feedback.importance")


class TaskState(StrEnum):
    """What became of it."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskShown:
    """A task as staff may see it, and what may be read now of what it rests on."""

    row: Mapping[str, Any]
    rule: Rule
    read: ReadRow

    @property
    def said(self) -> Mapping[str, Any]:
        """Data field -> value."""
        return self.read.values

    @property
    def assignee(self) -> str:
        """Who served her, if she lets that be read; else whose work it is."""
        return str(self.said.get("purchases.served_by") or self.rule.role)

    @property
    def place(self) -> TaskPlace:
        return self.row["due_on"], self.row["task_id"]

    @property
    def due_on(self) -> date:
        day: date = self.row["due_on"]
        return day


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskBook:
    """The tasks of one shop."""

    engine: Engine
    clock: Clock
    shop: CurrentShop
    use_recorder: UseRecorder
    retention: Retention = NO_LIMIT

    def next_ones(
        self, *, state: TaskState, assignee: str | None, after: TaskPlace | None, limit: int
    ) -> tuple[list[TaskShown], TaskPlace | None, Mapping[str, Listing]]:
        """The next tasks, the place after which the next part begins, and how the products are called.

        Looks through so many rows and no more: a part may be short, or empty, where others follow.
        """
        shown: list[TaskShown] = []
        looks, ended = 0, False
        with snapshot(self.engine) as connection:
            now, listings = self.clock.now(), self.shop.as_of(connection).listings
            while looks < _LOOKS and not ended and len(shown) <= limit:
                rows = read_tasks(connection, state=state, after=after, limit=_AT_ONCE)
                found = self._shown(connection, rows, now)
                shown += [task for task in found if assignee in (None, task.assignee)]
                looks, ended = looks + 1, len(rows) < _AT_ONCE
                after = (rows[-1]["due_on"], rows[-1]["task_id"]) if rows else after
        if len(shown) > limit:
            after, ended, shown = shown[limit - 1].place, False, shown[:limit]
        self._note_uses(shown, now)
        return shown, None if ended else after, listings

    def of_customer(self, connection: Connection, customer_id: str, now: datetime) -> list[TaskShown]:
        """Her open tasks. The caller notes what was read."""
        rows = [row for row in read_tasks_of(connection, customer_id) if row["state"] == TaskState.OPEN]
        return self._shown(connection, rows, now)

    def end(
        self, task_id: str, state: TaskState, text: str | None, once: Once | None = None
    ) -> tuple[TaskShown, Mapping[str, Listing]]:
        """Note that it was done or skipped; the last word holds.

        Raises Problem (404) for a task that is not there, or that rests on what may no longer be read.
        """
        with write_transaction(self.engine) as connection:
            now = self.clock.now()
            tried = attempt(connection, once, now=now)
            row = read_task(connection, task_id)
            if row is not None:
                hold_ledgers(connection, [row["customer_id"]])
            found = self._shown(connection, [row] if row else [], now)
            if not found:
                raise Problem(
                    ProblemCode.UNKNOWN_TASK,
                    "There is no such task, or no longer; GET /v1/tasks.",
                    status=404,
                )
            if tried.is_first:
                end_task(connection, task_id, state=state.value, outcome=text, ended_at=now)
            (shown,) = self._shown(connection, [read_task(connection, task_id) or {}], now)
            listings = self.shop.as_of(connection).listings
        self._note_uses([shown], now)
        return shown, listings

    def _shown(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[TaskShown]:
        """Those whose every field that they rest on may be read."""
        if not rows:
            return []
        rules = {rule.id: rule for rule in rules_of(read_task_rules(connection))}
        read: dict[tuple[str, str], ReadRow] = {}
        ledgers = read_events_of(connection, {row["customer_id"] for row in rows})
        for customer_id, events in ledgers.items():
            hers = [row for row in rows if row["customer_id"] == customer_id]
            read |= self._read(connection, customer_id, events, hers, now)
        shown = []
        for row in rows:
            found = read.get((row["source"], row["source_id"]))
            if found is not None and found.values.keys() >= set(row["fields"]):
                shown.append(TaskShown(row=row, rule=rules[row["rule_id"]], read=found))
        return shown

    def _read(
        self,
        connection: Connection,
        customer_id: str,
        events: Sequence[ConsentEvent],
        rows: Iterable[Mapping[str, Any]],
        now: datetime,
    ) -> dict[tuple[str, str], ReadRow]:
        permission = self.retention.permission(events, customer_id=customer_id, purpose=PURPOSE, at=now)
        ids: dict[str, list[str]] = {After.PURCHASE: [], After.FEEDBACK: []}
        for row in rows:
            ids[row["source"]].append(row["source_id"])
        sales = read_sales(connection, permission, fields=_OF_SALES, ids=ids[After.PURCHASE])
        said = read_feedback(connection, permission, fields=_OF_FEEDBACK, ids=ids[After.FEEDBACK])
        return {(After.PURCHASE.value, one.id): one for one in sales} | {
            (After.FEEDBACK.value, one.id): one for one in said
        }

    def _note_uses(self, shown: Iterable[TaskShown], now: datetime) -> None:
        """One use record a customer."""
        of_customer: dict[str, list[ReadRow]] = defaultdict(list)
        for task in shown:
            of_customer[task.row["customer_id"]].append(task.read)
        for customer_id, read in of_customer.items():
            self.use_recorder.record(
                Use(
                    answer_id=new_id("stf"),
                    customer_id=customer_id,
                    purpose=PURPOSE,
                    consents=consents_of_all(read),
                    used_at=now,
                    kind=UseKind.STAFF,
                )
            )
