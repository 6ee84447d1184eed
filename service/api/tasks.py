"""Routes: rules for what a person follows up; the tasks that come of them; what became of each."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, TypeAdapter, model_validator

from service.api.idempotency import OncePerKey
from service.api.locales import AcceptLanguage, Locale, LocaleQuery, explainer_in
from service.api.pages import Page, cursor_behind, place_after
from service.api.shapes import Day, Id, In, Language, LongText, Out, OutOfTen, Text, UtcMoment, problems
from service.auth import ReadsCatalogue, ReadsStaff, WritesCatalogue, WritesStaff
from service.db.catalogue import Listing
from service.explanations import Explainer
from service.task_rules import After, Rule, TaskRules
from service.task_words import what_to_say, why
from service.tasks import TaskBook, TaskShown, TaskState

router = APIRouter(prefix="/v1", tags=["staff"])

_LIST = "tasks"
_PLACE: TypeAdapter[tuple[Day, Id]] = TypeAdapter(tuple[Day, Id])
_RuleId = Annotated[Id, Path(description="The shop's own id of the rule.")]
_TaskId = Annotated[Id, Path(description="`task_id` of a task.")]


class TaskRuleIn(In):
    """After what a person follows up, who, by when, and what to say.

    After a `purchase`: of `product_id`, `category` or both. After `feedback`: of a rating of `rating_at_most`, at
    `touchpoint` or anywhere.
    """

    after: After
    product_id: Id | None = None
    category: Text | None = None
    touchpoint: Text | None = None
    rating_at_most: OutOfTen | None = None
    role: Text = Field(description="Whose work it is where nobody is known to have served her.")
    days: int = Field(ge=0, le=365, description="By when: so many days after it happened.")
    say: dict[Language, LongText] = Field(
        min_length=1, max_length=20, description="What to say, by language."
    )
    active: bool = True

    @model_validator(mode="after")
    def _speaks_of_something(self) -> Self:
        of_sale, of_feedback = (self.product_id, self.category), (self.touchpoint, self.rating_at_most)
        if self.after is After.PURCHASE and not (any(of_sale) and of_feedback == (None, None)):
            raise ValueError("after a purchase takes product_id or category, and nothing of feedback")
        if self.after is After.FEEDBACK and (self.rating_at_most is None or any(of_sale)):
            raise ValueError("after feedback takes rating_at_most, and no product or category")
        return self


class TaskRuleOut(Out):
    id: str
    after: After
    product_id: str | None
    category: str | None
    touchpoint: str | None
    rating_at_most: int | None
    role: str
    days: int
    say: dict[str, str]
    active: bool


class TaskRulesOut(Out):
    rules: list[TaskRuleOut]


class TaskOut(Out):
    """What to do about whom, by when, and why; who served her is named only where she allows it."""

    task_id: str
    customer_id: str
    rule_id: str
    state: TaskState
    assignee: str
    role: str
    due_on: date
    why: str
    say: str
    comment: str | None = Field(description="Her own words, where she lets staff see them.")
    urgency: int | None = Field(description="How urgent it is to her, from 0 to 10.")
    outcome: str | None
    ended_at: UtcMoment | None


class TasksOut(Out):
    tasks: list[TaskOut]
    next_cursor: str | None


class TaskPage(Page):
    state: TaskState = TaskState.OPEN
    assignee: Text | None = Field(default=None, description="Who served her, or a role.")
    locale: Locale = None


class TaskEnded(In):
    outcome: Literal["done", "skipped"]
    text: LongText | None = Field(
        default=None, description="What came of it. She can read it in her archive."
    )


@router.put("/task-rules/{rule_id}", responses={201: {"model": TaskRuleOut}, **problems(401, 403, 413, 422)})
def put_task_rule(
    caller: WritesCatalogue,
    request: Request,
    response: Response,
    rule_id: _RuleId,
    body: TaskRuleIn,
    once: OncePerKey,
) -> TaskRuleOut:
    """Store a rule. It holds for what happens from now on; `active: false` makes no more tasks."""
    rule, is_new = _rules(request).put(Rule(id=rule_id, **body.model_dump()), once)
    response.status_code = 201 if is_new else 200
    return _rule(rule)


@router.get("/task-rules/{rule_id}", responses=problems(401, 403, 404, 422))
def get_task_rule(caller: ReadsCatalogue, request: Request, rule_id: _RuleId) -> TaskRuleOut:
    """One rule as stored."""
    return _rule(_rules(request).get(rule_id))


@router.get("/task-rules", responses=problems(401, 403))
def list_task_rules(caller: ReadsCatalogue, request: Request) -> TaskRulesOut:
    """All rules, by their ids."""
    return TaskRulesOut(rules=[_rule(one) for one in _rules(request).all()])


@router.get("/tasks", responses=problems(401, 403, 422))
def list_tasks(
    caller: ReadsStaff,
    request: Request,
    query: Annotated[TaskPage, Query()],
    accept_language: AcceptLanguage = None,
) -> TasksOut:
    """What a person should do, the most urgent first, about those who allow `assistance` now.

    A page may hold fewer than `limit` tasks, or none, and still have a `next_cursor`.
    """
    explainer = explainer_in(request, query.locale, accept_language)
    tasks, place, listings = _book(request).next_ones(
        state=query.state,
        assignee=query.assignee,
        after=place_after(query, _LIST, _PLACE),
        limit=query.limit,
    )
    next_cursor = cursor_behind(_LIST, [place[0].isoformat(), place[1]]) if place else None
    return TasksOut(tasks=[task_out(one, explainer, listings) for one in tasks], next_cursor=next_cursor)


@router.post("/tasks/{task_id}/outcome", responses=problems(401, 403, 404, 413, 422))
def end_task(
    caller: WritesStaff,
    request: Request,
    task_id: _TaskId,
    body: TaskEnded,
    query: Annotated[LocaleQuery, Query()],
    once: OncePerKey,
    accept_language: AcceptLanguage = None,
) -> TaskOut:
    """What came of it. The last word holds. 404 `unknown_task` if she no longer allows what it rests on."""
    explainer = explainer_in(request, query.locale, accept_language)
    task, listings = _book(request).end(task_id, TaskState(body.outcome), body.text, once)
    return task_out(task, explainer, listings)


def task_out(task: TaskShown, explainer: Explainer, listings: Mapping[str, Listing]) -> TaskOut:
    """A task in the language of the one who does it."""
    return TaskOut(
        task_id=task.row["task_id"],
        customer_id=task.row["customer_id"],
        rule_id=task.rule.id,
        state=task.row["state"],
        assignee=task.assignee,
        role=task.rule.role,
        due_on=task.due_on,
        why=why(explainer, task, listings),
        say=what_to_say(task.rule, explainer.locale),
        comment=task.said.get("feedback.comment"),
        urgency=task.said.get("feedback.importance"),
        outcome=task.row["outcome"],
        ended_at=task.row["ended_at"],
    )


def _rule(rule: Rule) -> TaskRuleOut:
    return TaskRuleOut(**{name: getattr(rule, name) for name in TaskRuleOut.model_fields})


def _rules(request: Request) -> TaskRules:
    rules: TaskRules = request.app.state.task_rules
    return rules


def _book(request: Request) -> TaskBook:
    book: TaskBook = request.app.state.tasks
    return book
