"""What may be kept at all: data that exists only by consent goes when no purpose may read it any more.

It is deleted when a consent event says so. What a consent that ran out had covered is hidden from that
moment on, and deleted before the next event is recorded. What is restricted (GDPR art. 18), or waits for her
answer to a changed notice, is kept and not read; and nothing is added to it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from consent.coverage import ANY_CHANNEL, Covering, Question, coverings, restricted_fields, restricted_since
from consent.decision import in_ledger_order, verdict_on
from consent.events import ConsentEvent
from consent.items import Item
from consent.reasons import Because
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES, category_of, expand
from service.db.browsing import (
    keep_only_permitted_cart_additions,
    keep_only_permitted_searches,
    keep_only_permitted_views,
)
from service.db.covered_rows import Kept
from service.db.devices import keep_only_permitted_devices
from service.db.feedback import SAID, keep_only_permitted_feedback
from service.db.sales_intake import keep_only_permitted_purchases
from service.db.told_by_her import (
    keep_only_permitted_contact,
    keep_only_permitted_occasions,
    keep_only_permitted_preferences,
)
from service.errors import FieldError, Problem, ProblemCode
from service.retention import NO_LIMIT, Retention
from service.settings import Purchases

KEPT_ONLY_BY_CONSENT: Mapping[str, Callable[[Connection, str, Kept], None]] = {
    "devices": keep_only_permitted_devices,
    "views": keep_only_permitted_views,
    "searches": keep_only_permitted_searches,
    "cart_additions": keep_only_permitted_cart_additions,
    "preferences": keep_only_permitted_preferences,
    "occasions": keep_only_permitted_occasions,
    "contact": keep_only_permitted_contact,
    "feedback": keep_only_permitted_feedback,
}
"""Table -> what deletes from it, for one customer, all that the coverings which may be kept do not cover.

Sales happened anyway: whether they are kept without a permission is the shop's setting.
"""

_FIELDS: Mapping[str, frozenset[str]] = {
    "devices": expand(("devices",)),
    "views": frozenset({"browsing.views"}),
    "searches": frozenset({"browsing.searches"}),
    "cart_additions": frozenset({"browsing.carts"}),
    "preferences": expand(("preferences",)),
    "occasions": expand(("occasions",)),
    "contact": expand(("contact",)),
    "feedback": expand(("feedback",)),
    "purchases": expand(("purchases",)),
}
"""Table -> the data fields that it holds."""

_ADDED_BY: Mapping[str, frozenset[str]] = {
    "devices": frozenset({"devices.product"}),
    "views": frozenset({"browsing.views"}),
    "searches": frozenset({"browsing.searches"}),
    "cart_additions": frozenset({"browsing.carts"}),
    "preferences": expand(("preferences",)),
    "occasions": frozenset({"occasions.date"}),
    "contact": expand(("contact",)),
    "feedback": frozenset(f"feedback.{name}" for name in SAID),
}
"""Table -> the data field without which nothing is added to it, or those that are added each by itself."""

_EVERYTHING = Covering(consent_id="", scope=Scope(purpose="", fields=frozenset()), position=0, uses_left=None)
"""Stands for what is not looked at now: it stays as it is."""


def what_may_be_kept(
    events: Collection[ConsentEvent], *, customer_id: str, at: datetime, retention: Retention = NO_LIMIT
) -> Kept:
    """Data field -> what at least one purpose may read of it, by some channel, if only once; without the others."""
    ledger = in_ledger_order(events, customer_id)
    kept_since = retention.kept_since(at)
    kept = {data_field: _covered(ledger, data_field, at, kept_since) for data_field in FIELD_CODES}
    return {data_field: covering for data_field, covering in kept.items() if covering}


@dataclass(frozen=True, kw_only=True, slots=True)
class Collecting:
    """What may be taken in of several customers at one moment. Each field is decided once: others wait.

    ledgers  customer id -> all her consent events, for those who have any
    """

    ledgers: Mapping[str, Collection[ConsentEvent]]
    at: datetime
    retention: Retention = NO_LIMIT
    _decided: dict[tuple[str, str], tuple[Covering, ...]] = field(default_factory=dict)
    _refused: dict[tuple[str, str, Item], Because | None] = field(default_factory=dict)

    def why_not(self, customer_id: str, data_field: str, item: Item) -> Because | None:
        """Why this datum may not be taken in, or `None` if it may: what stands for suggestions, the purpose that
        she meets first.
        """
        point = (customer_id, data_field)
        events = self.ledgers.get(customer_id, ())
        if not self.retention.days and not any(one.scope.items or one.scope.data_from for one in events):
            # Whatever it is about, the answer is the same: once is enough.
            item = Item(sensitive=item.sensitive)
        if point not in self._decided:
            ledger, kept_since = in_ledger_order(events, customer_id), self.retention.kept_since(self.at)
            self._decided[point] = _covered(ledger, data_field, self.at, kept_since, is_there=False)
        if any(covering.cover(item) for covering in self._decided[point]):
            return None
        if (*point, item) not in self._refused:
            kept_since = self.retention.kept_since(self.at)
            question = _question("recommendations", data_field, self.at, kept_since, is_there=False)
            verdict = verdict_on(events, question, customer_id=customer_id, item=item)
            self._refused[(*point, item)] = verdict.because or Because.OUT_OF_SCOPE
        return self._refused[(*point, item)]


def may_not_be_kept(refused: Mapping[str, Because]) -> Problem:
    """The refusal of what nothing permits. `refused`: data field -> why it may not be taken in."""
    return Problem(
        ProblemCode.NOT_PERMITTED,
        "The customer has not allowed this to be kept. Ask her first, or leave it out.",
        status=409,
        errors=tuple(
            FieldError(path=data_field, message=because.value)
            for data_field, because in sorted(refused.items())
        ),
    )


def delete_what_nothing_permits(
    connection: Connection,
    customer_id: str,
    events: Collection[ConsentEvent],
    now: datetime,
    *,
    unpermitted_purchases: Purchases,
    retention: Retention = NO_LIMIT,
) -> None:
    """Delete consent-only data of hers that no purpose may read any more, and sales if the shop drops them.

    Nothing goes of what is restricted, nor for waiting for her answer to a changed notice.
    """
    kept = what_may_be_kept(events, customer_id=customer_id, at=now, retention=retention)
    delete_all_but(connection, customer_id, kept, events, unpermitted_purchases=unpermitted_purchases)


def delete_all_but(
    connection: Connection,
    customer_id: str,
    kept: Kept,
    events: Collection[ConsentEvent],
    *,
    unpermitted_purchases: Purchases,
) -> None:
    """Delete what is hers by consent alone and is not among what may be `kept`; sales if the shop drops them.

    What her `events` restrict stays.
    """
    for table, keep_only_permitted in KEPT_ONLY_BY_CONSENT.items():
        if not is_restricted(events, customer_id, table):
            keep_only_permitted(connection, customer_id, kept)
    if unpermitted_purchases is Purchases.DROP and not is_restricted(events, customer_id, "purchases"):
        keep_only_permitted_purchases(connection, customer_id, kept)


def delete_what_ended_while_restricted(
    connection: Connection, customer_id: str, events: Sequence[ConsentEvent], retention: Retention = NO_LIMIT
) -> None:
    """Delete what lost its last permission while a restriction kept it: a yes that came after does not bring it
    back. To be called with her events up to where it is lifted; nothing was added to what it covered meanwhile.
    """
    ledger = in_ledger_order(events, customer_id)
    for table, keep_only_permitted in KEPT_ONLY_BY_CONSENT.items():
        for data_field in sorted(_ADDED_BY[table]):
            since = restricted_since(ledger, data_field)
            others = dict.fromkeys(_ADDED_BY[table] - {data_field}, (_EVERYTHING,))
            for number, event in enumerate(ledger):
                if since is not None and event.is_grant and event.position > since:
                    kept = what_may_be_kept(
                        ledger[:number], customer_id=customer_id, at=event.recorded_at, retention=retention
                    )
                    keep_only_permitted(connection, customer_id, {**kept, **others})


def is_restricted(events: Collection[ConsentEvent], customer_id: str, table: str) -> bool:
    """Whether she has restricted the processing of something that this table holds."""
    return bool(_FIELDS[table] & restricted_fields(in_ledger_order(events, customer_id)))


def _covered(
    ledger: Sequence[ConsentEvent],
    data_field: str,
    at: datetime,
    kept_since: Mapping[str, datetime],
    *,
    is_there: bool = True,
) -> tuple[Covering, ...]:
    """What any purpose that she has said anything about may read of the field."""
    purposes = sorted({event.scope.purpose for event in ledger})
    return tuple(
        one
        for purpose in purposes
        for one in coverings(ledger, _question(purpose, data_field, at, kept_since, is_there=is_there))
    )


def _question(
    purpose: str, data_field: str, at: datetime, kept_since: Mapping[str, datetime], *, is_there: bool
) -> Question:
    """Whether it may be read at all: by whichever channel, if only once. What is there already is kept for longer
    than anything is added to it.
    """
    return Question(
        purpose=purpose,
        field=data_field,
        at=at,
        channel=ANY_CHANNEL,
        counted=True,
        to_keep=is_there,
        kept_since=kept_since.get(category_of(data_field)),
    )
