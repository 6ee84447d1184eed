"""What is planned for one customer on one day: one contact of marketing at most, and the service notes for her."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import Connection

from recommender.messages import Message, MessageKind
from recommender.outreach.choosing import Choice, choose
from recommender.outreach.kinds import HeldBack
from recommender.outreach.proposals import Proposal, what_to_say
from service.db.outreach import Row
from service.ids import new_id
from service.outreach.desk import MARKETING, SERVICE, Desk, Order
from service.outreach.looking import Customer, Look
from service.outreach.standing import look_again, why_it_no_longer_stands
from service.outreach.states import State
from service.outreach.stored_content import written

_MARKETING_SLOT = "marketing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A contact with her, or what is against it.

    row       the contact; `is_new` if it is to be stored
    because   what is against it, if there is none
    stopped   the id of a contact that was planned before and may not be made any more
    consents  data field -> the consents by which it was read to find this out
    """

    customer_id: str
    purpose: str
    consents: Mapping[str, tuple[str, ...]]
    row: Row | None = None
    is_new: bool = False
    because: tuple[HeldBack, ...] = ()
    stopped: str | None = None
    message_id: str | None = None

    @property
    def changes_something(self) -> bool:
        return self.is_new or self.stopped is not None


def findings_on(connection: Connection, desk: Desk, order: Order, customer: Customer) -> Iterator[Finding]:
    """Each contact that could be made with her on that day."""
    notes = [one for one in desk.messages.values() if one.kind is MessageKind.SERVICE]
    if not (order.message_id and notes):
        yield _on_marketing(connection, desk, order, customer)
    if notes:
        yield from _on_service(connection, desk, order, customer, notes)


def _on_marketing(connection: Connection, desk: Desk, order: Order, customer: Customer) -> Finding:
    planned = _planned(customer, order.day, _MARKETING_SLOT)
    if planned is not None and order.message_id in (None, planned["message_id"]):
        return _again(connection, desk, customer, planned)
    look = Look(connection, desk, order, customer, MARKETING)
    choice = choose(_marketing(desk, order, look), look.why_not)
    return _new(order, customer, look, _MARKETING_SLOT, choice, order.message_id)


def _marketing(desk: Desk, order: Order, look: Look) -> Iterable[Proposal]:
    items = desk.rules.items_at_most
    campaigns = [one for one in desk.messages.values() if one.kind is MessageKind.CAMPAIGN]
    offers = (look.proposal(message, items_at_most=items) for message in campaigns)
    if order.message_id is not None:
        return offers
    # A campaign is for some: of the others it is not even said that it was not for them.
    for_her = (one for one in offers if HeldBack.DOES_NOT_CONCERN_HER not in one.against)
    return chain(look.follow_ups(), what_to_say(look.situation, look.log, items_at_most=items), for_her)


def _on_service(
    connection: Connection, desk: Desk, order: Order, customer: Customer, notes: Sequence[Message]
) -> Iterator[Finding]:
    look = Look(connection, desk, order, customer, SERVICE)
    for note in notes:
        slot = f"service {note.id}"
        planned = _planned(customer, order.day, slot)
        if planned is not None:
            yield _again(connection, desk, customer, planned)
            continue
        proposal = look.proposal(note, items_at_most=desk.rules.items_at_most)
        if order.message_id is not None or HeldBack.DOES_NOT_CONCERN_HER not in proposal.against:
            yield _new(order, customer, look, slot, choose([proposal], look.why_not), note.id)


def _planned(customer: Customer, day: date, slot: str) -> Row | None:
    """What is still to go. What she had is not planned again: it is in the log, which is against repeating it."""
    there = (row for row in customer.contacts if row["day"] == day and row["slot"] == slot)
    return next((row for row in there if State(row["state"]).is_to_go), None)


def _again(connection: Connection, desk: Desk, customer: Customer, row: Row) -> Finding:
    """What was planned for the day before: the same, if nothing is against it by now. What is under way is left so."""
    look = look_again(connection, desk, row, customer)
    because = why_it_no_longer_stands(desk, row, look)
    return Finding(
        customer_id=customer.id,
        purpose=row["purpose"],
        consents=look.consents,
        row=None if because else row,
        because=because,
        stopped=row["outreach_id"] if because and row["state"] == State.PLANNED else None,
        message_id=row["message_id"],
    )


def _new(
    order: Order, customer: Customer, look: Look, slot: str, choice: Choice, message_id: str | None
) -> Finding:
    proposal = choice.proposal
    row = None if proposal is None else _row(order, customer, look, slot, proposal)
    return Finding(
        customer_id=customer.id,
        purpose=look.purpose,
        consents=look.consents,
        row=row,
        is_new=row is not None,
        because=choice.because,
        message_id=message_id if proposal is None else proposal.message_id,
    )


def _row(order: Order, customer: Customer, look: Look, slot: str, proposal: Proposal) -> Row:
    assert look.stretch is not None  # without one her quiet hours are against every contact
    return {
        "outreach_id": new_id("out"),
        "customer_id": customer.id,
        "day": order.day,
        "slot": slot,
        "purpose": look.purpose,
        "kind": proposal.kind.value,
        "channel": look.channel,
        "about": proposal.about,
        "message_id": proposal.message_id,
        "products": sorted(proposal.content.product_ids),
        "content": written(proposal.content),
        "state": State.PLANNED.value,
        "because": [],
        "send_from": look.stretch.start,
        "send_until": look.stretch.end,
        "planned_at": look.now,
        "contacted_on": None,
    }
