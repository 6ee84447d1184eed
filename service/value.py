"""Use case: what her permissions have brought her. Counted from records that there are; never an invented figure.

For herself: it serves no purpose of the shop.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from consent.coverage import ANY_CHANNEL
from consent.events import ConsentEvent
from recommender.feedback import FeedbackKind
from recommender.inputs import Purchase
from recommender.outreach.kinds import ContactKind
from service.collecting import what_may_be_kept
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.feedback import read_own_feedback
from service.db.outreach import Row, read_contacts
from service.db.permitted_reader import read_permitted
from service.db.tasks import read_tasks_of
from service.db.use_records import count_answers
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.use_records import UseKind

_CONTACT = "reminders"
_BOUGHT = frozenset({"purchases.product", "purchases.date"})
_SOON = timedelta(days=14)
_REACHED_HER = ("sent", "opened", "declined", "bought")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contacted:
    """Contacts of one kind that reached her, and the last that is known of each: they add up to `contacts`."""

    kind: ContactKind
    contacts: int
    sent: int
    opened: int
    declined: int
    bought: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """The figures.

    since           day of the first answer that rested on her data, of those that are still recorded
    personal        answers that rested on her data
    helpful         how often she said that a suggestion was helpful, as far as she lets that be kept
    followed_up     tasks that a person did for her
    contacted       contacts with her, by kind, as far as it was told what came of them
    bought_after    things that she bought, and kept, within 14 days after a contact had suggested them; as far as her
                    purchases may be read to contact her
    """

    since: date | None
    personal: int
    helpful: int
    followed_up: int
    contacted: tuple[Contacted, ...] = ()
    bought_after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """What the permissions of one shop's customers have brought them."""

    engine: Engine
    clock: Clock
    retention: Retention = NO_LIMIT

    def of(self, customer_id: str) -> Value:
        """The figures as of now."""
        with snapshot(self.engine) as connection:
            answers, first = count_answers(connection, customer_id, kind=UseKind.ANSWER)
            events, now = read_events(connection, customer_id), self.clock.now()
            kept = what_may_be_kept(events, customer_id=customer_id, at=now, retention=self.retention)
            said = read_own_feedback(connection, customer_id, kept)
            tasks = read_tasks_of(connection, customer_id)
            rows = read_contacts(connection, [customer_id]).get(customer_id, [])
            contacts = [row for row in rows if row["state"] in _REACHED_HER]
            bought = self._bought(connection, customer_id, events, now) if contacts else ()
        return Value(
            since=first.date() if first else None,
            personal=answers,
            helpful=sum(row["kind"] == FeedbackKind.HELPFUL for row in said),
            followed_up=sum(task["state"] == "done" for task in tasks),
            contacted=_by_kind(contacts),
            bought_after=sum(
                _is_bought_after(row["contacted_on"], product_id, bought)
                for row in contacts
                for product_id in row["products"]
            ),
        )

    def _bought(
        self, connection: Connection, customer_id: str, events: Sequence[ConsentEvent], now: datetime
    ) -> Sequence[Purchase]:
        """Nothing but what a contact may rest on."""
        permission = self.retention.permission(
            events, customer_id=customer_id, purpose=_CONTACT, at=now, channel=ANY_CHANNEL
        )
        return read_permitted(connection, permission, fields=_BOUGHT).data.purchases or ()


def _by_kind(contacts: Sequence[Row]) -> tuple[Contacted, ...]:
    found = Counter((row["kind"], row["state"]) for row in contacts)
    by_kind = {kind: {state: found[kind.value, state] for state in _REACHED_HER} for kind in ContactKind}
    return tuple(
        Contacted(kind=kind, contacts=sum(states.values()), **states)
        for kind, states in by_kind.items()
        if any(states.values())
    )


def _is_bought_after(contacted_on: date, product_id: str, purchases: Sequence[Purchase]) -> bool:
    """A thing that she gave back since was of no use to her."""
    since = [
        line
        for line in purchases
        if line.product_id == product_id and line.day is not None and line.day >= contacted_on
    ]
    is_kept = not any(line.returned for line in since)
    return is_kept and any(line.day is not None and line.day <= contacted_on + _SOON for line in since)
