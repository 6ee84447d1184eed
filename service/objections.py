"""Use cases: object to profiling or marketing, restrict processing, and lift it again (GDPR art. 18 and 21).

Deny-only: whatever was or will be given, nothing that one of them covers is read until it is lifted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from consent.events import ConsentEvent, EventKind
from consent.objections import ObjectionKind, covered_purposes, kind_of
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES
from service.appending import Appending
from service.db.consent_ledger import NewEvent, OpenLedger, read_events
from service.db.engine import snapshot
from service.errors import Problem, ProblemCode
from service.ids import new_id
from service.once import Once
from service.stated_names import known_fields


class ObjectionState(StrEnum):
    """Whether it stands."""

    STANDING = "standing"
    LIFTED = "lifted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """One objection or restriction, with the purposes and data fields that it covers."""

    objection_id: str
    kind: ObjectionKind
    purposes: tuple[str, ...]
    fields: frozenset[str]
    state: ObjectionState
    objected_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Objections:
    """The objections of one shop's customers."""

    engine: Engine
    appending: Appending

    def all_of(self, customer_id: str) -> list[Objection]:
        """All hers, lifted ones too, in the order they were recorded."""
        with snapshot(self.engine) as connection:
            return objections_in(read_events(connection, customer_id))

    def object(
        self, customer_id: str, kind: ObjectionKind, data: Sequence[str], once: Once | None = None
    ) -> Objection:
        """Record an objection to `kind`, for `data` (categories or fields; none: all). In force from now on.

        Raises Problem (422) for unknown data.
        """
        fields = known_fields(data, "data") if data else frozenset(FIELD_CODES)
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            if tried.is_first:
                tried.note(objection=new_id("obj"))
                told = {event.scope.purpose for event in ledger.events}
                purposes = covered_purposes(kind, self.appending.purposes, told)
                _append(ledger, tried.made["objection"], _event_kind(kind), purposes, fields, now)
            objections = objections_in(ledger.events)
        return _by_id(objections, tried.made["objection"])

    def lift(self, customer_id: str, objection_id: str, once: Once | None = None) -> Objection:
        """Lift one of them; twice is the same.

        Raises Problem (404) for one that is not hers.
        """
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            found = _by_id(objections_in(ledger.events), objection_id)
            if tried.is_first and found.state is ObjectionState.STANDING:
                _append(ledger, objection_id, EventKind.LIFTED, found.purposes, found.fields, now)
            return _by_id(objections_in(ledger.events), objection_id)


def objections_in(events: Collection[ConsentEvent]) -> list[Objection]:
    """The objections that a ledger tells of; the events of one share its id."""
    told: dict[str, list[ConsentEvent]] = {}
    for event in events:
        if event.is_objection or event.kind is EventKind.LIFTED:
            told.setdefault(event.consent_id, []).append(event)
    return [_objection(own) for own in told.values()]


def _objection(events: Sequence[ConsentEvent]) -> Objection:
    raised = [event for event in events if event.is_objection]
    purposes = tuple(event.scope.purpose for event in raised)
    is_lifted = any(event.kind is EventKind.LIFTED for event in events)
    return Objection(
        objection_id=raised[0].consent_id,
        kind=kind_of(raised),
        purposes=purposes,
        fields=raised[0].scope.fields,
        state=ObjectionState.LIFTED if is_lifted else ObjectionState.STANDING,
        objected_at=raised[0].recorded_at,
    )


def _event_kind(kind: ObjectionKind) -> EventKind:
    return EventKind.RESTRICTED if kind is ObjectionKind.RESTRICTION else EventKind.OBJECTED


def _append(
    ledger: OpenLedger,
    objection_id: str,
    kind: EventKind,
    purposes: Sequence[str],
    fields: frozenset[str],
    now: datetime,
) -> None:
    for purpose in purposes:
        scope = Scope(purpose=purpose, fields=fields)
        ledger.append(NewEvent(consent_id=objection_id, kind=kind, scope=scope), now=now)


def _by_id(objections: Sequence[Objection], objection_id: str) -> Objection:
    for objection in objections:
        if objection.objection_id == objection_id:
            return objection
    raise Problem(
        ProblemCode.UNKNOWN_OBJECTION,
        "This customer has no such objection; GET /v1/customers/{id}/objections lists hers.",
        status=404,
    )
