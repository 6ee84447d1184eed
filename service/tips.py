"""Use cases of care tips: store, list and remove them. A tip that has something to buy in it is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from service.content_rules import assert_known_products, assert_readable, assert_sells_nothing
from service.db.engine import snapshot, write_transaction
from service.db.tips import delete_tip, put_tip, read_tip, read_tips
from service.errors import Problem, ProblemCode
from service.local_texts import texts_of
from service.once import Once, attempt
from service.selling import Selling
from service.settings import Clock

NOT_IN_A_TIP = frozenset(Selling) - {Selling.PERCENTAGE}
"""What no tip may have in it. A percentage may be of humidity; one of a price is a word of offers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tips:
    """The care tips of one shop."""

    engine: Engine
    clock: Clock
    content_locale: str

    def put(self, tip: Mapping[str, Any], once: Once | None = None) -> tuple[bool, dict[str, Any]]:
        """Store a tip, whole; gives whether it is new, and the tip as stored.

        Raises Problem (422) for what sells something, cannot be read by all, or names unknown products.
        """
        texts = texts_of(tip["texts"])
        assert_sells_nothing(
            texts, NOT_IN_A_TIP, ProblemCode.SELLING_IN_A_TIP, "There is nothing to buy in a tip"
        )
        assert_readable(texts, self.content_locale)
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first:
                assert_known_products(connection, tip["products"], "products")
            is_new = tried.is_first and put_tip(connection, tip)
            stored = read_tip(connection, tip["id"])
        if stored is None:
            raise _unknown_tip()
        return is_new, stored

    def get(self, tip_id: str) -> dict[str, Any]:
        """One tip. Raises Problem (404) if there is none."""
        with snapshot(self.engine) as connection:
            tip = read_tip(connection, tip_id)
        if tip is None:
            raise _unknown_tip()
        return tip

    def list(self, *, after: str | None, limit: int) -> Sequence[Mapping[str, Any]]:
        """Tips in the order of their ids, so many behind a place on."""
        with snapshot(self.engine) as connection:
            return read_tips(connection, after=after, limit=limit)

    def remove(self, tip_id: str, once: Once | None = None) -> None:
        """Remove a tip. Raises Problem (404) if there is none."""
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first and not delete_tip(connection, tip_id):
                raise _unknown_tip()


def _unknown_tip() -> Problem:
    return Problem(
        ProblemCode.UNKNOWN_TIP, "There is no such tip; GET /v1/tips lists those that there are.", status=404
    )
