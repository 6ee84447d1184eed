"""Small documents that a customer edits herself: GET with an `ETag`, PUT with `If-Match`, kept only by consent.

What is in a document, and what of it makes no sense, is told by its kind; when it may be stored is decided here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar

import rfc8785
from sqlalchemy import Connection, Engine

from consent.events import ConsentEvent
from consent.items import Item
from service.collecting import Collecting, may_not_be_kept, what_may_be_kept
from service.db.consent_ledger import lock_ledger, read_events
from service.db.covered_rows import Kept
from service.db.engine import snapshot, write_transaction
from service.errors import Problem, ProblemCode
from service.once import Once, attempt
from service.settings import Clock

Content = TypeVar("Content")
OF_NO_PRODUCT = Item(order=None, product=None, category=None)
"""What a datum is about that no scope can select by product, order or category."""


class DocumentKind(Protocol[Content]):
    """What is particular to one kind of document."""

    def read(self, connection: Connection, customer_id: str, kept: Kept) -> Content:
        """Hers, as far as it may be kept; where nothing is there, the empty one."""

    def replace(self, connection: Connection, customer_id: str, content: Content) -> None:
        """Store it in place of the one that was there."""

    def added(self, connection: Connection, content: Content, current: Content) -> Iterable[tuple[str, Item]]:
        """The data that `content` has and `current` has not: data field, and what it is about.

        What stands there already may go on standing there: it is not taken in anew.
        """

    def check(self, connection: Connection, content: Content) -> None:
        """Raises Problem (422) for what makes no sense."""

    def as_json(self, content: Content) -> Any:
        """The whole content, for its entity tag."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagged(Generic[Content]):
    """A document, and the entity tag of its content."""

    content: Content
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDocuments(Generic[Content]):
    """The documents of one kind of one shop's customers."""

    engine: Engine
    clock: Clock
    kind: DocumentKind[Content]

    def get(self, customer_id: str) -> Tagged[Content]:
        """Hers; empty when no purpose may read it."""
        with snapshot(self.engine) as connection:
            return self._current(connection, customer_id, read_events(connection, customer_id))

    def put(
        self, customer_id: str, content: Content, *, if_match: str | None, once: Once | None = None
    ) -> Tagged[Content]:
        """Replace hers.

        Raises Problem: 428 without `if_match`, 412 when it is another by now, 409 for data that no purpose may
        read, 422 for what makes no sense.
        """
        if if_match is None:
            raise Problem(
                ProblemCode.PRECONDITION_REQUIRED,
                "Send If-Match with the ETag of what you changed, or * for the first one.",
                status=428,
            )
        with write_transaction(self.engine) as connection:
            is_first = attempt(connection, once, now=self.clock.now()).is_first
            events = lock_ledger(connection, customer_id).events
            current = self._current(connection, customer_id, events)
            if not is_first:
                return current
            if if_match != "*" and current.etag not in _tags(if_match):
                raise Problem(
                    ProblemCode.PRECONDITION_FAILED,
                    "It has changed since you read it. GET it again and repeat your change.",
                    status=412,
                )
            self._refuse_unpermitted(
                customer_id, self.kind.added(connection, content, current.content), events
            )
            self.kind.check(connection, content)
            self.kind.replace(connection, customer_id, content)
            return self._current(connection, customer_id, events)

    def _current(
        self, connection: Connection, customer_id: str, events: Sequence[ConsentEvent]
    ) -> Tagged[Content]:
        kept = what_may_be_kept(events, customer_id=customer_id, at=self.clock.now())
        content = self.kind.read(connection, customer_id, kept)
        digest = sha256(rfc8785.dumps(self.kind.as_json(content))).hexdigest()
        return Tagged(content=content, etag=f'"{digest[:32]}"')

    def _refuse_unpermitted(
        self, customer_id: str, added: Iterable[tuple[str, Item]], events: Sequence[ConsentEvent]
    ) -> None:
        collecting = Collecting(ledgers={customer_id: events}, at=self.clock.now())
        refused = {
            data_field: because
            for data_field, item in added
            if (because := collecting.why_not(customer_id, data_field, item))
        }
        if refused:
            raise may_not_be_kept(refused)


def _tags(if_match: str) -> list[str]:
    return [tag.strip() for tag in if_match.split(",")]
