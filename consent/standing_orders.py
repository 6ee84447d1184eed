"""Standing orders: permissions to propose an order of one product, within limits; and the proposals made by them.

A proposal is a use of such a grant, told in her ledger. Nothing is ordered here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.events import ConsentEvent, EventKind
from consent.scope import Items, PriceLimit, Scope
from consent.vocabulary import STANDING_ORDERS, expand

NEEDED = frozenset({"purchases.product", "purchases.date"})
"""The data without which nobody can tell when it is time."""

PROPOSAL = "standing_order"
"""The `method` of a use that is a proposal."""

_PURCHASES = expand(("purchases",))


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingOrder:
    """What she agreed to: this product, for no more than that."""

    product_id: str
    price_limit: PriceLimit


def standing_order(scope: Scope) -> StandingOrder | None:
    """The order that a grant of this scope names; `None` if it does not name all its limits, and so is none."""
    items = scope.items
    if items is None or len(items.products) != 1 or items != Items(products=items.products):
        return None
    is_limited = scope.uses is not None and scope.expires_at is not None
    is_of_purchases = NEEDED <= scope.fields <= _PURCHASES
    is_one = scope.purpose == STANDING_ORDERS and is_limited and is_of_purchases and scope.channels is None
    if not is_one or scope.price_limit is None:
        return None
    (product_id,) = items.products
    return StandingOrder(product_id=product_id, price_limit=scope.price_limit)


def standing_orders(ledger: Sequence[ConsentEvent]) -> dict[str, StandingOrder]:
    """Consent id -> the order that it names, of all that were ever given. Whether it stands `decide` says."""
    named = {event.consent_id: standing_order(event.scope) for event in ledger if event.is_grant}
    return {consent_id: order for consent_id, order in named.items() if order is not None}


def proposal_of(order: StandingOrder) -> Scope:
    """What a proposal says, in the ledger and wherever it is told."""
    return Scope(
        purpose=STANDING_ORDERS,
        fields=NEEDED,
        items=Items(products=frozenset({order.product_id})),
        price_limit=order.price_limit,
    )


def last_proposed(ledger: Sequence[ConsentEvent], product_id: str) -> datetime | None:
    """When this product was proposed to her last, by whichever consent."""
    proposed = [
        event.recorded_at
        for event in ledger
        if event.kind is EventKind.CONSUMED
        and event.evidence.method == PROPOSAL
        and event.scope.items == Items(products=frozenset({product_id}))
    ]
    return max(proposed, default=None)
