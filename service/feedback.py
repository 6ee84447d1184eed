"""Use case: what she says of a suggestion or a visit, and what is done about it.

Kept field by field only while some purpose may read it. `stop_using_this` is a withdrawal: it works always, and is
recorded in her ledger like any other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from consent.coverage import ANY_CHANNEL
from consent.decision import Permission
from consent.events import ConsentEvent
from consent.reasons import Because
from recommender.feedback import NOT_HERS, WHOSE, FeedbackKind
from recommender.inputs import ListKind
from service.appending import Appending
from service.collecting import Collecting, what_may_be_kept
from service.controls import Thing
from service.db.catalogue import Listing, read_traits
from service.db.consent_ledger import OpenLedger, read_events
from service.db.covered_rows import Kept
from service.db.engine import snapshot
from service.db.feedback import SAID, FeedbackPlace, read_last_words, read_own_feedback
from service.errors import ProblemCode, invalid
from service.feedback_effects import Effects
from service.feedback_intake import NewFeedback, keep, row_of
from service.ids import new_id
from service.narrowing import Narrowed, narrow, narrowed_by
from service.once import Once
from service.recommendations import PURPOSE, Suggesting
from service.things import ThingsOfHers, all_about
from service.use_records import Use, UseKind

ABOUT_NOTHING = {FeedbackKind.HELPFUL, FeedbackKind.TOO_OFTEN}
"""What can be said without naming a product."""
CONTACT = "reminders"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldFeedback:
    """What she said, as far as it is kept.

    row          the columns; empty for what is not kept
    is_read      whether it is read now, for suggestions or, "too often", to contact her
    is_outdated  whether she said something else since, which holds in its place
    """

    feedback_id: str
    row: Mapping[str, Any]
    is_read: bool
    is_outdated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenFeedback:
    """What became of what she said. `not_kept`: data field -> why it is not; `narrowed`: what she took back."""

    told: ToldFeedback
    not_kept: Mapping[str, Because]
    narrowed: Narrowed | None
    listings: Mapping[str, Listing]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackBook:
    """What the customers of one shop say."""

    engine: Engine
    appending: Appending
    suggesting: Suggesting

    def take(
        self, customer_id: str, new: NewFeedback, *, channel: str | None = None, once: Once | None = None
    ) -> TakenFeedback:
        """Store what may be kept of it, and take back what she takes back, in one transaction.

        Raises Problem: 409 for what no purpose may read; 422 for a suggestion that was not made for her, an unknown
        product, or a thing that has to be named.
        """
        list_kind = self._check(customer_id, new)
        with self.appending.in_one_call(self.engine, customer_id, once) as (ledger, now, tried):
            if tried.is_first:
                tried.note(**self._take(ledger, new, now, channel, list_kind))
            feedback_id = str(tried.made["feedback_id"])
            told = self._told(ledger, now, feedback_id)
            listings = self.suggesting.shop.as_of(ledger.connection).listings
            narrowed = narrowed_by(ledger.events, tried.made["narrowed"])
        not_kept = {field: Because(because) for field, because in tried.made["not_kept"].items()}
        return TakenFeedback(told=told, not_kept=not_kept, narrowed=narrowed, listings=listings)

    def of(
        self, customer_id: str, *, after: FeedbackPlace | None = None, limit: int | None = None
    ) -> tuple[list[ToldFeedback], Mapping[str, Listing]]:
        """What she said, newest first, as far as it may be kept; and how the products are called."""
        now = self.appending.clock.now()
        with snapshot(self.engine) as connection:
            events = read_events(connection, customer_id)
            shop = self.suggesting.shop.as_of(connection)
            kept = what_may_be_kept(
                events, customer_id=customer_id, at=now, retention=self.appending.retention
            )
            rows = read_own_feedback(connection, customer_id, kept, after=after, limit=limit)
            told = self._all_told(connection, events, customer_id, now, rows, kept)
        return told, shop.listings

    def _check(self, customer_id: str, new: NewFeedback) -> ListKind | None:
        """Which list she saw, if she says it of one."""
        if all(getattr(new, name) is None for name in SAID):
            raise invalid(
                ProblemCode.INCOMPLETE_FEEDBACK, "kind", f"is missing; send one of {', '.join(SAID)} at least"
            )
        if new.kind is not None and new.kind not in ABOUT_NOTHING and new.product_id is None:
            raise invalid(
                ProblemCode.INCOMPLETE_FEEDBACK,
                "product_id",
                f"is missing; {new.kind.value} is said of a product",
            )
        if new.recommendation_id is None:
            return None
        list_kind = self.suggesting.ids.list_of(new.recommendation_id, customer_id)
        if list_kind is None:
            raise invalid(
                ProblemCode.UNKNOWN_RECOMMENDATION,
                "recommendation_id",
                "names no suggestions that were made for this customer; leave it out if you do not have it",
            )
        return list_kind

    def _take(
        self,
        ledger: OpenLedger,
        new: NewFeedback,
        now: datetime,
        channel: str | None,
        list_kind: ListKind | None,
    ) -> dict[str, Any]:
        """What is noted of it: enough to tell a repeated call the same."""
        connection, feedback_id = ledger.connection, new_id("fbk")
        things = ThingsOfHers(
            self.suggesting,
            connection,
            ledger.events,
            ledger.customer_id,
            now,
            channel,
            list_kind or ListKind.ALL,
        )
        traits = read_traits(connection, [new.product_id] if new.product_id else [])
        if new.product_id is not None and new.product_id not in traits:
            raise invalid(
                ProblemCode.UNKNOWN_PRODUCT,
                "product_id",
                "is no product of the catalogue; PUT /v1/products/{id} first",
            )
        try:
            product_id, thing = self._meant(new, things)
        finally:
            # Also where that is not found: that it was looked for is a use.
            if things.consents:
                self._note_use(feedback_id, ledger.customer_id, things.consents, now)
        narrowed = None if thing is None else narrow(ledger, thing, shown=new.recommendation_id, now=now)
        collecting = Collecting(
            ledgers={ledger.customer_id: ledger.events}, at=now, retention=self.appending.retention
        )
        row = row_of(new, product_id, now)
        not_kept = keep(ledger, row, feedback_id, collecting, is_withdrawal=narrowed is not None)
        return {"feedback_id": feedback_id, "not_kept": not_kept, "narrowed": narrowed}

    @staticmethod
    def _meant(new: NewFeedback, things: ThingsOfHers) -> tuple[str | None, Thing | None]:
        """The product that it is about, and the thing that she takes back, if she does."""
        if new.product_id is None:
            return None, None
        if new.kind in NOT_HERS and new.recommendation_id:
            return things.named_by(new.product_id), None
        if new.kind is not FeedbackKind.STOP_USING_THIS:
            return new.product_id, None
        thing = things.behind(new.product_id) if new.recommendation_id else all_about(new.product_id)
        return thing.product_id or new.product_id, thing

    def _note_use(
        self, feedback_id: str, customer_id: str, consents: Mapping[str, tuple[str, ...]], now: datetime
    ) -> None:
        self.suggesting.use_recorder.record(
            Use(
                answer_id=feedback_id,
                customer_id=customer_id,
                purpose=PURPOSE,
                consents=consents,
                used_at=now,
                kind=UseKind.FEEDBACK,
            )
        )

    def _told(self, ledger: OpenLedger, now: datetime, feedback_id: str) -> ToldFeedback:
        connection, customer_id, events = ledger.connection, ledger.customer_id, ledger.events
        kept = what_may_be_kept(events, customer_id=customer_id, at=now, retention=self.appending.retention)
        rows = read_own_feedback(connection, customer_id, kept, feedback_id=feedback_id)
        told = self._all_told(connection, events, customer_id, now, rows, kept)
        return told[0] if told else ToldFeedback(feedback_id=feedback_id, row={}, is_read=False)

    def _all_told(
        self,
        connection: Connection,
        events: Collection[ConsentEvent],
        customer_id: str,
        now: datetime,
        rows: Sequence[Mapping[str, Any]],
        kept: Kept,
    ) -> list[ToldFeedback]:
        """By whichever channel it is read; of two words on whose a thing is, the later one holds."""
        effects = Effects(
            suggestions=self._permission(events, customer_id, now, PURPOSE),
            contact=self._permission(events, customer_id, now, CONTACT),
            catalogue=self.suggesting.shop.as_of(connection).catalogue,
        )
        named = {row["product_id"] for row in rows if row["product_id"] is not None}
        last = read_last_words(connection, customer_id, kept, named, WHOSE) if named else {}
        return [
            ToldFeedback(
                feedback_id=row["id"],
                row=row,
                is_read=effects.is_heard(row),
                is_outdated=row["kind"] in WHOSE and last.get(row["product_id"], row["id"]) != row["id"],
            )
            for row in rows
        ]

    def _permission(
        self, events: Collection[ConsentEvent], customer_id: str, now: datetime, purpose: str
    ) -> Permission:
        return self.suggesting.retention.permission(
            events, customer_id=customer_id, purpose=purpose, at=now, channel=ANY_CHANNEL
        )
