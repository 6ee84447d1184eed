"""Use cases: the shop's rules for what a person follows up, and which of them something calls for."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from service.db.engine import snapshot, write_transaction
from service.db.tasks import put_task_rule, read_task_rule, read_task_rules
from service.errors import Problem, ProblemCode
from service.once import Once, attempt
from service.settings import Clock


class After(StrEnum):
    """What a task comes after."""

    PURCHASE = "purchase"
    FEEDBACK = "feedback"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Who says what, by when, after what.

    product_id, category  of a purchase; both must match where both are given
    touchpoint            of what she said; `None` is any
    rating_at_most        of what she said, from 0 to 10
    role                  who it falls to where nobody is known to have served her
    days                  how many days after it happened it has to be done
    say                   language tag -> what to say
    """

    id: str
    after: After
    role: str
    days: int
    say: Mapping[str, str]
    product_id: str | None = None
    category: str | None = None
    touchpoint: str | None = None
    rating_at_most: int | None = None
    active: bool = True

    def is_for_sale_of(self, product_id: str, category: str | None) -> bool:
        return self.product_id in (None, product_id) and self.category in (None, category)

    def is_for_feedback(self, rating: int, touchpoint: str | None) -> bool:
        is_bad = self.rating_at_most is not None and rating <= self.rating_at_most
        return is_bad and self.touchpoint in (None, touchpoint)


def rule_of(row: Mapping[str, Any]) -> Rule:
    """A rule as it is stored."""
    return Rule(**{**row, "after": After(row["after"])})


def rules_of(rows: Iterable[Mapping[str, Any]]) -> list[Rule]:
    return [rule_of(row) for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRules:
    """The rules of one shop."""

    engine: Engine
    clock: Clock

    def put(self, rule: Rule, once: Once | None = None) -> tuple[Rule, bool]:
        """Store a rule in place of what was there; gives it as stored, and whether it is new."""
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            is_new = tried.is_first and put_task_rule(connection, asdict(rule) | {"say": dict(rule.say)})
            stored = read_task_rule(connection, rule.id)
        assert stored is not None
        return rule_of(stored), is_new

    def get(self, rule_id: str) -> Rule:
        """One rule. Raises Problem (404) if there is none."""
        with snapshot(self.engine) as connection:
            stored = read_task_rule(connection, rule_id)
        if stored is None:
            raise Problem(
                ProblemCode.UNKNOWN_TASK_RULE,
                "There is no such rule; GET /v1/task-rules lists all.",
                status=404,
            )
        return rule_of(stored)

    def all(self) -> list[Rule]:
        with snapshot(self.engine) as connection:
            return rules_of(read_task_rules(connection))
