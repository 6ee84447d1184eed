"""Whether a contact that was planned may still be made: asked of her permissions and of the rules as they are now."""

from collections.abc import Iterator

from sqlalchemy import Connection

from recommender.outreach.kinds import ContactKind, HeldBack, in_order
from recommender.outreach.proposals import Proposal, what_to_say
from service.db.outreach import Row
from service.outreach.desk import Desk, Order
from service.outreach.looking import Customer, Look
from service.outreach.stored_content import Content, content_of

_ALL_ITEMS = 10_000


def why_it_no_longer_stands(
    connection: Connection, desk: Desk, row: Row, customer: Customer
) -> tuple[HeldBack, ...]:
    """All that is against it by now; empty if it may be made on its day."""
    order = Order(day=row["day"], channels=(row["channel"],), message_id=row["message_id"])
    look = Look(connection, desk, order, customer, row["purpose"], besides=row["outreach_id"])
    fresh = next((one for one in _proposals(desk, row, look) if one.about == row["about"]), None)
    content = content_of(row["content"])
    return in_order([*look.why_not(ContactKind(row["kind"])), *_changed(content, fresh, look, row)])


def why_not_this_moment(
    connection: Connection, desk: Desk, row: Row, customer: Customer
) -> tuple[HeldBack, ...]:
    """What is against sending it at this very moment, though it may stand: it is another day, or night, for her."""
    order = Order(day=row["day"], channels=(row["channel"],), message_id=row["message_id"])
    look = Look(connection, desk, order, customer, row["purpose"], besides=row["outreach_id"])
    if look.today != row["day"]:
        return (HeldBack.NOT_TODAY,)
    is_quiet = look.stretch is None or look.stretch.start > desk.now
    return (HeldBack.QUIET_HOURS,) if is_quiet else ()


def _proposals(desk: Desk, row: Row, look: Look) -> Iterator[Proposal]:
    if row["message_id"] is None:
        yield from look.follow_ups()
        yield from what_to_say(look.situation, look.log, items_at_most=_ALL_ITEMS)
    elif row["message_id"] in desk.messages:
        yield look.proposal(desk.messages[row["message_id"]], items_at_most=_ALL_ITEMS)


def _changed(content: Content, fresh: Proposal | None, look: Look, row: Row) -> Iterator[HeldBack]:
    """What it rests on must still be there, and still be hers to be read for this."""
    if any(fact.field not in look.fields for fact in content.rests_on):
        yield HeldBack.NO_PERMISSION
    if fresh is None:
        yield HeldBack.NOT_VALID if row["message_id"] else HeldBack.NOT_DUE
        return
    yield from fresh.against
    is_same = set(content.rests_on) <= set(fresh.rests_on) and set(row["products"]) <= fresh.product_ids
    if not (is_same or fresh.against):
        yield HeldBack.NOT_DUE
