"""Of each product that a customer allows to be proposed: whether an order of it may be proposed now. Proposes nothing.

Reads what her standing orders cover, and so no other purchase of hers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from consent.coverage import Covering
from consent.decision import Permission
from consent.events import ConsentEvent
from consent.items import UNKNOWN, Item
from consent.standing_orders import StandingOrder, last_proposed, standing_orders
from consent.vocabulary import STANDING_ORDERS
from recommender.catalogue import Catalogue
from recommender.inputs import Money, Settings
from recommender.standing_orders import NotProposed, why_not_proposed
from recommender.strategy import NEEDS_DAYS_OF_PURCHASES
from service.db.permitted_reader import ReadData, read_permitted
from service.recommendations import Suggesting

_BOUGHT, _DATED = "purchases.product", "purchases.date"
_FIELDS = NEEDS_DAYS_OF_PURCHASES[0].required | NEEDS_DAYS_OF_PURCHASES[0].optional


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What was found of one product that a customer allows to be proposed.

    order      what she agreed to by `consent_id`: the grant that stands, or else the last one that she gave for it
    because    what is against it, or `None`
    consents   data field -> the consents by which it was read
    event_id   the proposal in her ledger, once it is made
    """

    customer_id: str
    consent_id: str
    order: StandingOrder
    because: NotProposed | None
    consents: Mapping[str, tuple[str, ...]]
    uses_left: int = 0
    event_id: str | None = None


def look(
    connection: Connection,
    suggesting: Suggesting,
    customer_id: str,
    events: Sequence[ConsentEvent],
    now: datetime,
) -> list[Looked]:
    """All products that she has ever named in a standing order, by her ledger `events`."""
    orders = standing_orders(events)
    if not orders:
        return []
    permission = suggesting.retention.permission(
        events, customer_id=customer_id, purpose=STANDING_ORDERS, at=now, counted=True
    )
    catalogue = suggesting.shop.as_of(connection).catalogue
    read = read_permitted(connection, permission, fields=_FIELDS)
    return [
        Looked(
            customer_id=customer_id,
            consent_id=consent_id,
            order=orders[consent_id],
            because=_why_not(orders[consent_id], read, catalogue, events, now, suggesting.settings)
            if covering
            else NotProposed.NO_PERMISSION,
            consents=_read_by(read, orders[consent_id].product_id),
            uses_left=(covering and covering.uses_left) or 0,
        )
        for consent_id, covering in _one_a_product(orders, permission, catalogue)
    ]


def _why_not(
    order: StandingOrder,
    read: ReadData,
    catalogue: Catalogue,
    events: Sequence[ConsentEvent],
    now: datetime,
    settings: Settings,
) -> NotProposed | None:
    proposed_at = last_proposed(events, order.product_id)
    return why_not_proposed(
        order.product_id,
        data=read.data,
        catalogue=catalogue,
        price_limit=Money(amount=order.price_limit.amount, currency=order.price_limit.currency),
        proposed_on=None if proposed_at is None else proposed_at.date(),
        today=now.date(),
        settings=settings,
    )


def _one_a_product(
    orders: Mapping[str, StandingOrder], permission: Permission, catalogue: Catalogue
) -> list[tuple[str, Covering | None]]:
    """For each product that she named, in order: the consent that is used and what it covers; where none stands the
    last that she gave.
    """
    dated = {one.consent_id for one in permission.verdict(_DATED).coverings if one.consent_id in orders}
    of_product: dict[str, tuple[str, Covering | None]] = {
        order.product_id: (consent_id, None) for consent_id, order in orders.items()
    }
    # The preferred one last: it stays.
    for one in reversed(permission.verdict(_BOUGHT).coverings):
        product_id = orders[one.consent_id].product_id if one.consent_id in dated else None
        if product_id is not None and one.cover(_item(product_id, catalogue, permission)):
            of_product[product_id] = (one.consent_id, one)
    return [found for _, found in sorted(of_product.items())]


def _item(product_id: str, catalogue: Catalogue, permission: Permission) -> Item:
    """A purchase of it, now and in no order that she named: what stands of a grant covers this, too."""
    product = catalogue.products.get(product_id)
    category = UNKNOWN if product is None else product.category
    return Item(order=None, product=product_id, category=category, at=permission.decided_at)


def _read_by(read: ReadData, product_id: str) -> dict[str, tuple[str, ...]]:
    """Data field -> the consent by which it was read of this product."""
    return {field: (by,) for (field, of), by in read.of_product.items() if of == product_id}
