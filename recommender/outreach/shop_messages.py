"""A message of the shop, for one customer: whether it concerns her, and what is against telling her.

A service note may have nothing to buy in it. A campaign is not for who knows it already, has the thing, said no to
it, or is not due for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from recommender.messages import Message, MessageKind, why_it_concerns
from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack, in_order
from recommender.outreach.proposals import Content, Proposal, has_declined, was_told
from recommender.preferences import is_ruled_out
from recommender.results import Fact
from recommender.strategy import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class _Offer:
    """What a campaign offers: of each product, why it is nothing for her; nothing if it is."""

    against: dict[str, HeldBack | None]

    @property
    def good(self) -> list[str]:
        return [product_id for product_id, why in self.against.items() if why is None]


def as_proposal(
    message: Message,
    situation: Situation,
    log: tuple[PastContact, ...],
    *,
    customer_id: str,
    items_at_most: int,
) -> Proposal:
    """The message as a contact with her."""
    facts = why_it_concerns(
        message.concern, customer_id=customer_id, data=situation.data, catalogue=situation.catalogue
    )
    about = f"message {message.id}"
    offer = _Offer(
        against={id_: _why_not_this(id_, message, situation, log) for id_ in _offered(message, situation)}
    )
    return Proposal(
        kind=ContactKind.SERVICE if message.kind is MessageKind.SERVICE else ContactKind.SUGGESTION,
        about=about,
        content=Content(offers=tuple(offer.good[:items_at_most]), facts=facts),
        message_id=message.id,
        against=in_order(_against(message, facts, offer, situation, about, log)),
    )


def _against(
    message: Message,
    facts: tuple[Fact, ...],
    offer: _Offer,
    situation: Situation,
    about: str,
    log: tuple[PastContact, ...],
) -> Iterator[HeldBack]:
    if message.kind is MessageKind.SERVICE and offer.against:
        yield HeldBack.MARKETING_IN_SERVICE
    if not message.is_valid_on(situation.today):
        yield HeldBack.NOT_VALID
    if was_told(about, log):
        yield HeldBack.ALREADY_TOLD
    if not facts:
        yield HeldBack.DOES_NOT_CONCERN_HER
        return
    if _was_here_since(message.known_since, situation):
        yield HeldBack.KNOWS_ALREADY
    if offer.against and not offer.good:
        yield from (why for why in offer.against.values() if why is not None)


def _was_here_since(day: date, situation: Situation) -> bool:
    """Whether she bought something on that day or later, as far as days may be read."""
    lines = situation.data.purchases or ()
    return any(not line.returned and line.day is not None and line.day >= day for line in lines)


def _offered(message: Message, situation: Situation) -> Iterator[str]:
    """What it names, and what of its categories can be had; nothing sensitive among those."""
    products = situation.catalogue.products
    yield from (id_ for id_ in sorted(message.products) if situation.catalogue.is_offered(id_))
    of_categories = (id_ for id_ in situation.catalogue.shelf if products[id_].category in message.categories)
    yield from (id_ for id_ in of_categories if id_ not in message.products)


def _why_not_this(
    product_id: str, message: Message, situation: Situation, log: tuple[PastContact, ...]
) -> HeldBack | None:
    product, possessions = situation.catalogue.products[product_id], situation.possessions
    group = situation.catalogue.group_of(product_id)
    own = possessions.rhythms.get(group)
    has_said_no = has_declined(product_id, log) or product_id in possessions.declined
    if has_said_no or is_ruled_out(product, situation.data.preferences):
        return HeldBack.DECLINED
    if group in possessions.put_off or _had_lately(product_id, message, situation):
        return HeldBack.NOT_DUE
    if group not in possessions.has:
        return None
    return HeldBack.HAS_IT if own is None or own.interval_days is None else HeldBack.NOT_DUE


def _had_lately(product_id: str, message: Message, situation: Situation) -> bool:
    """Whether she had this, or another of the kind, less than the campaign's interval ago."""
    if message.interval_days is None:
        return False
    since = situation.today - timedelta(days=message.interval_days)
    products = situation.catalogue.products
    category = products[product_id].category
    return any(
        day is not None and day > since
        for id_, days in situation.possessions.days.items()
        if id_ == product_id
        or (category is not None and id_ in products and products[id_].category == category)
        for day in days
    )
