"""Rules for tasks, which are the shop's, and tasks: rows that point to what they rest on and hold none of it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.db.id_list import id_list
from service.db.service_tables import Task, TaskRule
from service.db.tables import table_of

TaskPlace = tuple[date, str]
"""The order of the list: by when, and the id."""


def put_task_rule(connection: Connection, rule: Mapping[str, Any]) -> bool:
    """Store a rule, whole; whether it is new."""
    known = read_task_rule(connection, rule["id"]) is not None
    if known:
        connection.execute(update(TaskRule).where(col(TaskRule.id) == rule["id"]).values(**rule))
    else:
        connection.execute(insert(TaskRule).values(**rule))
    return not known


def read_task_rule(connection: Connection, rule_id: str) -> dict[str, Any] | None:
    """One rule as stored, or `None`."""
    statement = select(table_of(TaskRule)).where(col(TaskRule.id) == rule_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def read_task_rules(connection: Connection, *, after: str | None = None) -> list[dict[str, Any]]:
    """All rules by id; or those in force that make a task after something."""
    statement = select(table_of(TaskRule)).order_by(col(TaskRule.id))
    if after is not None:
        statement = statement.where(col(TaskRule.after) == after, col(TaskRule.active))
    return [dict(row) for row in connection.execute(statement).mappings()]


def add_tasks(connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Store new tasks; one that a rule has made for the same thing already stays as it is."""
    into = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(into(Task).on_conflict_do_nothing(), [dict(row) for row in rows])


def read_tasks(
    connection: Connection, *, state: str, after: TaskPlace | None, limit: int
) -> list[dict[str, Any]]:
    """The next tasks in this state, the most urgent first, whosever they are."""
    columns = table_of(Task).columns
    place = (columns.due_on, columns.task_id)
    statement = select(table_of(Task)).where(columns.state == state).order_by(*place).limit(limit)
    if after is not None:
        values = [literal(value, column.type) for value, column in zip(after, place, strict=True)]
        statement = statement.where(tuple_(*place) > tuple_(*values))
    return [dict(row) for row in connection.execute(statement).mappings()]


def read_tasks_of(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """All tasks about one customer, the most urgent first."""
    statement = select(table_of(Task)).where(col(Task.customer_id) == customer_id)
    rows = connection.execute(statement.order_by(col(Task.due_on), col(Task.task_id))).mappings()
    return [dict(row) for row in rows]


def read_task(connection: Connection, task_id: str) -> dict[str, Any] | None:
    """One task, or `None`."""
    statement = select(table_of(Task)).where(col(Task.task_id) == task_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def end_task(connection: Connection, task_id: str, **values: Any) -> None:
    """Note what became of it."""
    connection.execute(update(Task).where(col(Task.task_id) == task_id).values(**values))


def remove_tasks(connection: Connection, task_ids: Iterable[str]) -> None:
    """Delete these tasks."""
    connection.execute(delete(Task).where(col(Task.task_id).in_(id_list(connection, task_ids))))
