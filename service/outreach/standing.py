"""Whether a contact that was planned may still be made: asked of her permissions and of the rules as they are now."""

from collections.abc import Iterator

from sqlalchemy import Connection

from recommender.outreach.kinds import ContactKind, HeldBack, in_order
from recommender.outreach.proposals import Content, Proposal, what_to_say
from service.db.outreach import Row
from service.outreach.desk import Desk, Order
from service.outreach.looking import Customer, Look
from service.outreach.stored_content import content_of

_ALL_ITEMS = 10_000


def look_again(connection: Connection, desk: Desk, row: Row, customer: Customer) -> Look:
    """What may be read of her for it now, as if it had not been planned."""
    order = Order(day=row["day"], channels=(row["channel"],), message_id=row["message_id"])
    return Look(connection, desk, order, customer, row["purpose"], besides=row["outreach_id"])


def why_it_no_longer_stands(desk: Desk, row: Row, look: Look) -> tuple[HeldBack, ...]:
    """All that is against it by now; empty if it may be made on its day."""
    fresh = next((one for one in _proposals(desk, row, look) if one.about == row["about"]), None)
    content = content_of(row["content"])
    return in_order([*look.why_not(ContactKind(row["kind"])), *_changed(content, fresh, look, row)])


def why_not_this_moment(row: Row, look: Look) -> tuple[HeldBack, ...]:
    """What is against sending it at this very moment, though it may stand: it is another day, or night, for her."""
    if look.today != row["day"]:
        return (HeldBack.NOT_TODAY,)
    is_quiet = look.stretch is None or look.stretch.start > look.now
    return (HeldBack.QUIET_HOURS,) if is_quiet else ()


def _proposals(desk: Desk, row: Row, look: Look) -> Iterator[Proposal]:
    if row["message_id"] is None:
        yield from look.follow_ups()
        yield from what_to_say(look.situation, look.log, items_at_most=_ALL_ITEMS)
    elif row["message_id"] in desk.messages:
        yield look.proposal(desk.messages[row["message_id"]], items_at_most=_ALL_ITEMS)


def _changed(content: Content, fresh: Proposal | None, look: Look, row: Row) -> Iterator[HeldBack]:
    """What it rests on must still be there, and may still be read for this; a note must not have become a campaign."""
    if any(fact.field not in look.fields for fact in content.rests_on):
        yield HeldBack.NO_PERMISSION
    if fresh is None or fresh.kind.is_marketing is not ContactKind(row["kind"]).is_marketing:
        yield HeldBack.NOT_VALID if row["message_id"] else HeldBack.NOT_DUE
        return
    yield from fresh.against
    now = fresh.content
    is_same = content.rests_on <= now.rests_on and set(row["products"]) <= now.product_ids
    # What she has withdrawn meanwhile was taken out: then nothing is left to be said.
    is_empty = not (content.items or content.facts or row["message_id"])
    if (is_empty or not is_same) and not fresh.against:
        yield HeldBack.NOT_DUE
