"""What may be read of one customer for one purpose on one day, and what the pure rules make of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from consent.events import ConsentEvent
from recommender.feedback import FeedbackKind
from recommender.inputs import PermittedData, Request
from recommender.messages import Message
from recommender.outreach.follow_ups import follow_ups
from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.policy import Lately, why_not_contact
from recommender.outreach.proposals import Proposal, fields_to_decide_by
from recommender.outreach.shop_messages import as_proposal
from recommender.ranking import situation_of
from recommender.strategy import Situation
from service.db.outreach import Row
from service.db.permitted_reader import ReadData, ReadRow, consents_of_all, read_feedback, read_permitted
from service.follow_up_questions import is_bad
from service.outreach.desk import Desk, Order
from service.outreach.experiences import RATING, read_experiences
from service.outreach.reaching import Reached, reach_by
from service.outreach.sending_time import sending_stretch
from service.outreach.states import State

_KIND = "feedback.kind"


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """One customer: her consent events, and the contacts with her so far."""

    id: str
    events: Collection[ConsentEvent]
    contacts: Sequence[Row]


class Look:
    """What may be read of her for one purpose, and what follows.

    log      the contacts with her that were made or hold their place
    stretch  when on the day she may be contacted; `None` if the day has no time left for it
    """

    def __init__(
        self,
        connection: Connection,
        desk: Desk,
        order: Order,
        customer: Customer,
        purpose: str,
        *,
        besides: str | None = None,
    ) -> None:
        """`besides`: a contact that is left out of the log, to look at it as if it had not been planned."""
        self._desk, self._order, self._customer, self.purpose = desk, order, customer, purpose
        self._reached = reach_by(
            connection, desk, customer.id, customer.events, purpose=purpose, channels=order.channels
        )
        self._read = _read(connection, self._reached)
        self._feedback = read_feedback(connection, self._reached.permission, fields=(_KIND, RATING))
        self._experiences = read_experiences(
            connection, self._reached.permission, self._feedback, day=order.day, rules=desk.rules
        )
        self.log = tuple(
            _past(row) for row in customer.contacts if _counts(row) and row["outreach_id"] != besides
        )
        self.situation = _situation(self._read.data, desk, order.day, customer.id)
        self.stretch = sending_stretch(order.day, self._reached.zone, self._reached.quiet_hours, now=desk.now)

    @property
    def channel(self) -> str:
        return self._reached.channel

    @property
    def now(self) -> datetime:
        return self._desk.now

    @property
    def consents(self) -> dict[str, tuple[str, ...]]:
        """Data field -> the consents by which it was read."""
        of_feedback = consents_of_all([*self._feedback, *self._experiences.read])
        return of_feedback | {**self._reached.read.consents, **self._read.consents}

    @property
    def fields(self) -> frozenset[str]:
        """What was read of her."""
        of_feedback = consents_of_all(self._experiences.read).keys()
        return self._reached.read.data.fields | self._read.data.fields | of_feedback

    @property
    def today(self) -> date:
        """Which day it is for her now."""
        return self._desk.now.astimezone(self._reached.zone).date()

    def proposal(self, message: Message, *, items_at_most: int) -> Proposal:
        return as_proposal(
            message, self.situation, self.log, customer_id=self._customer.id, items_at_most=items_at_most
        )

    def follow_ups(self) -> Iterator[Proposal]:
        """What she is to be asked after."""
        return follow_ups(self._experiences.said, self.log, day=self._order.day, rules=self._desk.rules)

    def why_not(self, kind: ContactKind) -> tuple[HeldBack, ...]:
        """The contact policy, at the moment from which on it could be sent."""
        return why_not_contact(
            kind,
            at=self._moment(),
            reach=self._reached.reach,
            lately=self._lately(),
            log=self.log,
            rules=self._desk.rules,
        )

    def _lately(self) -> Lately:
        """What has happened up to that day, as far as it was read.

        Purchases have the day that it was in Greenwich: west of it, what she bought this evening is dated tomorrow.
        """
        day = self._order.day
        latest = max(day, self.now.date())
        lines = [line for line in self._read.data.purchases or () if not line.returned]
        bought = [min(line.day, day) for line in lines if line.day is not None and line.day <= latest]
        complained = [one for one in self._feedback if is_bad(one.values.get(RATING))]
        too_often = [one for one in self._feedback if one.values.get(_KIND) == FeedbackKind.TOO_OFTEN]
        return Lately(
            bought=max(bought, default=None),
            complained=self._last(complained),
            asked_less_often=self._last(too_often),
        )

    def _last(self, feedback: Sequence[ReadRow]) -> date | None:
        """The last day, where she is, on which she said something of this."""
        days = (one.recorded_at.astimezone(self._reached.zone).date() for one in feedback)
        return max(days, default=None)

    def _moment(self) -> datetime:
        """If the day has no time left for her, her quiet hours have begun."""
        if self.stretch is None:
            return datetime.combine(self._order.day, self._reached.quiet_hours.start)
        return self.stretch.start.astimezone(self._reached.zone)


def _read(connection: Connection, reached: Reached) -> ReadData:
    """All that helps to decide what to say; her contact was read before."""
    return read_permitted(
        connection, reached.permission, fields=fields_to_decide_by(reached.permission.fields)
    )


def _situation(data: PermittedData, desk: Desk, today: date, customer_id: str) -> Situation:
    return situation_of(
        Request(),
        data=data,
        customer_id=customer_id,
        catalogue=desk.shop.catalogue,
        learned=desk.learned,
        similarity=desk.similarity,
        today=today,
        settings=desk.settings,
    )


def _counts(row: Row) -> bool:
    """What was stopped, or failed, never reached her."""
    return not State(row["state"]).has_ended


def _past(row: Row) -> PastContact:
    return PastContact(
        kind=ContactKind(row["kind"]),
        day=row["contacted_on"] or row["day"],
        about=row["about"],
        items=frozenset(row["products"]),
        declined=row["state"] == State.DECLINED,
    )
