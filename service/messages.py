"""Use cases of messages: store, list and remove them. A campaign that calls itself a service note is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine

from recommender.messages import MessageKind
from service.content_rules import assert_known_products, assert_readable, assert_sells_nothing
from service.db.engine import snapshot, write_transaction
from service.db.epochs import ERASURES, share_epoch
from service.db.messages import delete_message, put_message, read_message, read_messages
from service.errors import FieldError, Problem, ProblemCode
from service.local_texts import texts_of
from service.once import Once, attempt
from service.selling import Selling
from service.settings import Clock
from service.tombstones import Tombstones

NOT_IN_A_SERVICE_NOTE = frozenset(Selling)
"""What no service note may have in it."""
_MARKETING = ("products", "categories", "interval_days")
_CALLS_ITSELF = "This is a campaign message that calls itself a service note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Messages:
    """The messages of one shop."""

    engine: Engine
    clock: Clock
    content_locale: str
    tombstones: Tombstones = field(default_factory=Tombstones)

    def put(
        self, message: Mapping[str, Any], customer_ids: Sequence[str], once: Once | None = None
    ) -> tuple[bool, dict[str, Any]]:
        """Store a message, whole; gives whether it is new, and the message as stored.

        Raises Problem (422) for a service note with marketing in it, for texts that not all can read, for unknown
        products, and where it names somebody who was erased since it is known.
        """
        if message["kind"] == MessageKind.SERVICE:
            _assert_no_marketing(message)
        assert_readable(texts_of(message["texts"]), self.content_locale)
        with write_transaction(self.engine) as connection:
            # Before all else: nobody whom it names is erased halfway.
            share_epoch(connection, ERASURES)
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first:
                assert_known_products(connection, message["products"], "products")
                assert_known_products(connection, message["concerned_products"], "concerns.products")
                self._refuse_who_was_erased_since(connection, message["known_since"], customer_ids)
            is_new = tried.is_first and put_message(connection, message, customer_ids)
            stored = read_message(connection, message["id"])
        if stored is None:
            raise unknown_message()
        return is_new, stored

    def get(self, message_id: str) -> dict[str, Any]:
        """One message. Raises Problem (404) if there is none."""
        with snapshot(self.engine) as connection:
            message = read_message(connection, message_id)
        if message is None:
            raise unknown_message()
        return message

    def list(self, *, after: str | None, limit: int) -> Sequence[Mapping[str, Any]]:
        """Messages in the order of their ids, so many behind a place on."""
        with snapshot(self.engine) as connection:
            return read_messages(connection, after=after, limit=limit)

    def remove(self, message_id: str, once: Once | None = None) -> None:
        """Remove a message. Raises Problem (404) if there is none."""
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first and not delete_message(connection, message_id):
                raise unknown_message()

    def _refuse_who_was_erased_since(
        self, connection: Connection, known_since: date, customer_ids: Sequence[str]
    ) -> None:
        """On the day itself nobody can tell which of the two was first, so she stays out."""
        erased = self.tombstones.moments(connection, customer_ids)
        named = tuple(
            FieldError(path=f"concerns.customer_ids.{number}", message="was erased since; leave her out")
            for number, customer_id in enumerate(customer_ids)
            if customer_id in erased and known_since <= erased[customer_id].date()
        )
        if named:
            raise Problem(
                ProblemCode.ERASED,
                "This message is from before customers whom it names were erased. Leave them out.",
                status=422,
                errors=named,
            )


def _assert_no_marketing(message: Mapping[str, Any]) -> None:
    code = ProblemCode.MARKETING_IN_SERVICE_NOTE
    offered = tuple(
        FieldError(path=name, message="is for a campaign; leave it out, or make this one")
        for name in _MARKETING
        if message[name]
    )
    if offered:
        named = ", ".join(one.path for one in offered)
        raise Problem(code, f"{_CALLS_ITSELF}: it has {named}.", status=422, errors=offered)
    assert_sells_nothing(texts_of(message["texts"]), NOT_IN_A_SERVICE_NOTE, code, _CALLS_ITSELF)


def unknown_message() -> Problem:
    return Problem(
        ProblemCode.UNKNOWN_MESSAGE,
        "There is no such message; GET /v1/messages lists those that there are.",
        status=404,
    )
