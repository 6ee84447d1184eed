"""Makes tasks for staff when something happens, and deletes them when she no longer allows what they rest on.

By `assistance` alone: whoever does not allow it is followed up by nobody, and nobody can tell that there was a case.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from consent.coverage import ANY_CHANNEL, Question, coverings
from consent.decision import Permission, in_ledger_order
from consent.events import ConsentEvent
from consent.items import Item
from consent.vocabulary import category_of
from service.db.catalogue import Traits
from service.db.permitted_reader import covered_ids
from service.db.tasks import add_tasks, read_task_rules, read_tasks_of, remove_tasks
from service.ids import new_id
from service.retention import NO_LIMIT, Retention
from service.task_rules import After, Rule, rules_of

PURPOSE = "assistance"
SALE_FIELDS = ("purchases.product", "purchases.date")
"""Without the day nobody knows by when, and an old sale that is taken in late would call for a visit."""
TABLE_OF: Mapping[str, str] = {After.PURCHASE: "purchases", After.FEEDBACK: "feedback"}


def make_tasks_after_sales(
    connection: Connection,
    sales: Iterable[Mapping[str, Any]],
    traits: Mapping[str, Traits],
    ledgers: Mapping[str, Collection[ConsentEvent]],
    *,
    at: datetime,
    retention: Retention = NO_LIMIT,
) -> None:
    """A task for each sale that a rule speaks of, of those who allow it. `ledgers` are locked or read before."""
    rules = rules_of(read_task_rules(connection, after=After.PURCHASE))
    permissions: dict[str, Permission] = {}
    made = []
    for row in sales if rules else ():
        product = traits[row["product_id"]]
        called = [rule for rule in rules if rule.is_for_sale_of(row["product_id"], product.category)]
        if row["returned"] or not called:
            continue
        hers = row["customer_id"]
        if hers not in permissions:
            permissions[hers] = _permission(hers, ledgers.get(hers, ()), at, retention)
        item = product.item(row["product_id"], order=row["order_id"], at=row["purchased_at"])
        if _covers(permissions[hers], SALE_FIELDS, item):
            made += [_task(rule, row, SALE_FIELDS, row["purchased_at"], at) for rule in called]
    add_tasks(connection, [task for task in made if task["due_on"] >= at.date()])


def make_tasks_after_feedback(
    connection: Connection,
    row: Mapping[str, Any],
    item: Item,
    events: Collection[ConsentEvent],
    *,
    at: datetime,
    retention: Retention = NO_LIMIT,
) -> None:
    """A task for each rule that speaks of such a rating, if she allows it.

    `row` is what was stored of it, `item` what it is about.
    """
    if row.get("rating") is None:
        return
    permission: Permission | None = None
    made = []
    for rule in rules_of(read_task_rules(connection, after=After.FEEDBACK)):
        fields = feedback_fields(rule)
        if rule.is_for_feedback(row["rating"], row.get("touchpoint")):
            permission = permission or _permission(row["customer_id"], events, at, retention)
            if _covers(permission, fields, item):
                made.append(_task(rule, row, fields, at, at))
    add_tasks(connection, made)


def feedback_fields(rule: Rule) -> tuple[str, ...]:
    """What a rule looks at."""
    return ("feedback.rating", "feedback.touchpoint") if rule.touchpoint else ("feedback.rating",)


def delete_tasks_without_permission(
    connection: Connection,
    customer_id: str,
    events: Collection[ConsentEvent],
    at: datetime,
    retention: Retention = NO_LIMIT,
) -> None:
    """Delete each task of hers that rests on something which `assistance` no longer covers, or which is gone.

    What is restricted, or waits for her answer to a changed notice, is kept and shown to nobody.
    """
    tasks = read_tasks_of(connection, customer_id)
    ledger, kept_since = in_ledger_order(events, customer_id), retention.kept_since(at)
    there: dict[tuple[str, ...], set[str]] = {}
    for task in tasks:
        fields = tuple(task["fields"])
        if fields not in there:
            kept = {
                field: coverings(
                    ledger,
                    Question(
                        purpose=PURPOSE,
                        field=field,
                        at=at,
                        channel=ANY_CHANNEL,
                        counted=True,
                        to_keep=True,
                        kept_since=kept_since.get(category_of(field)),
                    ),
                )
                for field in fields
            }
            # What a task rests on that no rule of this release knows is not known to be permitted.
            table = TABLE_OF.get(task["source"])
            there[fields] = covered_ids(connection, customer_id, table, kept) if table else set()
    gone = [task["task_id"] for task in tasks if task["source_id"] not in there[tuple(task["fields"])]]
    if gone:
        remove_tasks(connection, gone)


def _permission(
    customer_id: str, events: Collection[ConsentEvent], at: datetime, retention: Retention
) -> Permission:
    return retention.permission(events, customer_id=customer_id, purpose=PURPOSE, at=at)


def _covers(permission: Permission, fields: Iterable[str], item: Item) -> bool:
    return all(any(one.cover(item) for one in permission.verdict(field).coverings) for field in fields)


def _task(
    rule: Rule, row: Mapping[str, Any], fields: Iterable[str], happened: datetime, at: datetime
) -> dict[str, Any]:
    return {
        "task_id": new_id("tsk"),
        "customer_id": row["customer_id"],
        "rule_id": rule.id,
        "source": rule.after.value,
        "source_id": row["id"],
        "fields": list(fields),
        "made_at": at,
        "due_on": (happened + timedelta(days=rule.days)).date(),
        "state": "open",
    }
