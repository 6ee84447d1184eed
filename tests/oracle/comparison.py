"""Asks two rules about the same history, and makes a history that they disagree on small enough to be read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from consent.events import ConsentEvent
from tests.oracle.histories import History
from tests.oracle.naive_rule import Answer, Point

Ledger = Sequence[ConsentEvent]
Rule = Callable[[Ledger, Point], Answer]

# What an event can say beyond its kind, purpose and fields.
PARTS = (
    *("channels", "items", "exceptions", "data_from", "uses", "expires_at"),
    *("replaces", "occurred_at", "outdated_from"),
)


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    seed: int
    ledger: Ledger
    point: Point
    by_contract: Answer
    by_rule: Answer

    def __str__(self) -> str:
        told = [f"  {_told(event)}" for event in self.ledger]
        lines = [f"seed {self.seed}, as few events as it takes:", *told, f"asked: {_told(self.point)}"]
        return "\n".join([*lines, f"contract: {self.by_contract}", f"rule:     {self.by_rule}"])


def find_disagreement(history: History, contract: Rule, rule: Rule) -> Disagreement | None:
    """The first point of the history on which the two differ; `None` if there is none."""
    for point in history.points:
        if contract(history.ledger, point) != rule(history.ledger, point):
            return _disagreement(history, point, contract, rule)
    return None


def without(event: ConsentEvent, part: str) -> ConsentEvent:
    """The event as if it did not say this: a part of it, of its scope, or the exceptions of its items."""
    if part in {"replaces", "occurred_at", "outdated_from"}:
        return replace(event, **{part: None})
    if part != "exceptions":
        return replace(event, scope=replace(event.scope, **{part: None}))
    items = event.scope.items
    if items is None or not items.exceptions:
        return event
    names_some = items.orders or items.products or items.categories
    rest = replace(items, exceptions=frozenset()) if names_some else None
    return replace(event, scope=replace(event.scope, items=rest))


def _disagreement(history: History, point: Point, contract: Rule, rule: Rule) -> Disagreement:
    ledger = _shrunk(history.ledger, lambda smaller: contract(smaller, point) != rule(smaller, point))
    return Disagreement(
        seed=history.seed,
        ledger=ledger,
        point=point,
        by_contract=contract(ledger, point),
        by_rule=rule(ledger, point),
    )


def _shrunk(ledger: Ledger, differs: Callable[[Ledger], bool]) -> Ledger:
    """Leaves out event by event, then what the events say, as long as the two rules still differ."""
    smaller = next((less for less in _smaller(ledger) if differs(less)), None)
    return sorted(ledger, key=lambda event: event.position) if smaller is None else _shrunk(smaller, differs)


def _smaller(ledger: Ledger) -> Iterator[Ledger]:
    for place in range(len(ledger)):
        yield [*ledger[:place], *ledger[place + 1 :]]
    for place, event in enumerate(ledger):
        for part in PARTS:
            simpler = without(event, part)
            if simpler != event:
                yield [*ledger[:place], simpler, *ledger[place + 1 :]]


def _told(told: ConsentEvent | Point) -> str:
    """All that it says, without the names of the shop's own bookkeeping and what it does not say."""
    said = asdict(told) | {"evidence": None, "customer_id": None, "event_id": None}
    said |= said.pop("scope", {})
    return ", ".join(f"{name}={_shown(value)}" for name, value in said.items() if value is not None)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%d %B}"
    if isinstance(value, dict):
        return f"({', '.join(f'{name}={_shown(part)}' for name, part in value.items() if part)})"
    return str(sorted(value)) if isinstance(value, frozenset) else str(value)
