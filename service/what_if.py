"""Use case: what would change in her suggestions, before she changes anything. Records no decision, uses nothing up.

A hypothetical withdrawal shows less than she sees anyway. A hypothetical grant shows what her data would say before
she has allowed it: so it is for herself only, and a use record says that it was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.events import ConsentEvent, EventKind
from consent.scope import Scope
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from recommender.inputs import Request
from recommender.strategies import fields_used_of
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.permitted_reader import read_permitted
from service.ids import new_id
from service.recommendations import Answer, Suggesting, use_of
from service.stated_names import known_fields, known_purpose
from service.use_records import IMAGINED, UseKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A decision that she might make."""

    kind: EventKind
    purpose: str
    data: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """Her suggestions as they are and as they would be, with the products that would go and come."""

    before: Answer
    after: Answer

    @property
    def lost(self) -> list[str]:
        return _missing(self.before, self.after)

    @property
    def gained(self) -> list[str]:
        return _missing(self.after, self.before)


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """Previews for the customers of one shop."""

    suggesting: Suggesting
    purposes: PurposeCatalogue = BUILT_IN

    def preview(
        self, customer_id: str, changes: Sequence[Change], request: Request, *, channel: str | None = None
    ) -> Preview:
        """Before and after `changes`, on one state of the database.

        Raises Problem (422) for an unknown purpose or unknown data.
        """
        suggesting = self.suggesting
        suggesting.prepare(request)
        with snapshot(suggesting.engine) as connection:
            now = suggesting.clock.now()
            shop, learned = suggesting.shop_and_learning(connection, now)
            events = read_events(connection, customer_id)
            answers: list[Answer] = []
            for ledger in (events, [*events, *_imagined(changes, events, customer_id, now, self.purposes)]):
                permission = suggesting.permission(ledger, customer_id, now, channel)
                read = read_permitted(
                    connection, permission, fields=fields_used_of(permission.fields, request)
                )
                answers.append(suggesting.answer(request, permission, read, shop, learned))
        for answer in answers:
            suggesting.use_recorder.record(use_of(answer, customer_id, UseKind.PREVIEW))
        before, after = answers
        return Preview(before=before, after=after)


def _imagined(
    changes: Sequence[Change],
    events: Sequence[ConsentEvent],
    customer_id: str,
    now: datetime,
    purposes: PurposeCatalogue,
) -> list[ConsentEvent]:
    """The events that would follow in her ledger."""
    last = max((event.position for event in events), default=0)
    return [
        ConsentEvent(
            event_id=new_id(IMAGINED),
            consent_id=new_id(IMAGINED),
            customer_id=customer_id,
            position=last + number,
            kind=change.kind,
            scope=_scope(number - 1, change, purposes),
            recorded_at=now,
        )
        for number, change in enumerate(changes, start=1)
    ]


def _scope(number: int, change: Change, purposes: PurposeCatalogue) -> Scope:
    path = f"changes.{number}"
    purpose = known_purpose(change.purpose, f"{path}.purpose", purposes)
    return Scope(purpose=purpose, fields=known_fields(change.data, f"{path}.data"))


def _missing(answer: Answer, other: Answer) -> list[str]:
    there = {item.product_id for item in other.recommendation.products}
    return [item.product_id for item in answer.recommendation.products if item.product_id not in there]
