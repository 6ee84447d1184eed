"""What of a visitor's choices holds for the customer she turns out to be: her denials, and never a grant.

The more restrictive of both. An anonymous id may have been somebody else's (a shared screen), so what it
allowed says nothing of her; what it denied is heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.events import DENIALS, OBJECTIONS, ConsentEvent, EventKind
from consent.scope import Scope

_DENYING = DENIALS | OBJECTIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenOver:
    """A denial of the visitor's, with what of it still stands and the customer has not denied herself."""

    source: ConsentEvent
    scope: Scope

    @property
    def kind(self) -> EventKind:
        return self.source.kind


def denials_to_take_over(
    visitor: Sequence[ConsentEvent], customer: Sequence[ConsentEvent]
) -> list[TakenOver]:
    """What is to be appended to the customer's ledger. Both are given in ledger order."""
    denied = _standing(customer)
    taken: list[TakenOver] = []
    for denial in _standing(visitor):
        known = frozenset().union(
            *(one.scope.fields for one in [*denied, *taken] if _denies_as_much(one, denial))
        )
        if missing := denial.scope.fields - known:
            taken.append(TakenOver(source=denial.source, scope=denial.scope.to_deny(missing)))
    return taken


def _standing(ledger: Sequence[ConsentEvent]) -> list[TakenOver]:
    """The denials with the fields that nothing after them has opened again."""
    found = []
    for denial in ledger:
        if denial.kind in _DENYING:
            fields = frozenset(
                field
                for field in denial.scope.fields
                if not any(_reopens(later, denial, field) for later in ledger)
            )
            found.append(TakenOver(source=denial, scope=denial.scope.to_deny(fields)))
    return [one for one in found if one.scope.fields]


def _reopens(later: ConsentEvent, denial: ConsentEvent, field: str) -> bool:
    """A grant that is narrowed, counted, or told late leaves the denial standing for the rest: so, as a whole."""
    scope = later.scope
    is_after = later.position > denial.position and scope.purpose == denial.scope.purpose
    is_late = later.occurred_at is not None and later.occurred_at < denial.happened_at
    is_whole = all(one is None for one in (scope.channels, scope.items, scope.data_from, scope.uses))
    grants = later.is_grant and field in scope.fields and is_whole and not is_late
    lifts = later.kind is EventKind.LIFTED and later.consent_id == denial.consent_id
    return is_after and (lifts if denial.kind in OBJECTIONS else grants)


def _denies_as_much(one: TakenOver, other: TakenOver) -> bool:
    """Whether `one` denies, for its fields, all that `other` does."""
    alike = one.kind == other.kind or (one.kind in DENIALS and other.kind in DENIALS)
    pairs = [
        (getattr(one.scope, name), getattr(other.scope, name)) for name in ("channels", "items", "data_from")
    ]
    return (
        alike
        and one.scope.purpose == other.scope.purpose
        and all(mine is None or mine == theirs for mine, theirs in pairs)
    )
