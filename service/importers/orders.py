"""Imports sales and returns. A line without an id gets one from what identifies it, so twice is once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from service.catalogue import CatalogueKeeper
from service.events import EventIntake
from service.importers.columns import Field
from service.importers.kinds import REJECTED, Outcome, RowSkipped
from service.importers.rows import Fields, RowRejected
from service.importers.values import (
    Calendar,
    id_of,
    moment_of,
    price_of,
    required_id,
    short_text_of,
    text_of,
    whole_of,
)
from service.shop_events import EventStatus, EventType, ShopEvent

_ID_LENGTH = 128
_QUANTITY_MAXIMUM = 1_000_000
_SALES = {"purchase", "sale", "order", "sold"}
RETURNS = {"return", "refund", "cancellation", "returned", "cancelled"}
_WHY = {
    "unknown_product": "the catalogue has no such product: import the catalogue first, or map its title",
    "in_the_future": "occurred_at lies in the future",
    "id_reused": "another line with this id was stored before, and says something else",
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A sale or return, and what the product is called, if the file says so."""

    event: ShopEvent
    title: str | None


class OrdersImport:
    """Reads lines of orders and stores them as the API's events are."""

    fields = (
        Field(name="customer_id", required=True, also=("customer", "user_id", "client_id", "buyer_id")),
        Field(name="product_id", required=True, also=("product", "sku", "item_id", "stock_code", "article")),
        Field(name="occurred_at", required=True, also=("date", "order_date", "created_at", "invoice_date")),
        Field(name="order_id", also=("order", "order_number", "order_no", "invoice", "invoice_no")),
        Field(name="id", also=("line_id", "order_line_id", "event_id")),
        Field(name="type", also=("kind", "transaction_type")),
        Field(name="quantity", also=("qty", "units")),
        Field(name="price", also=("unit_price", "amount")),
        Field(name="currency"),
        Field(name="sales_channel", also=("channel",)),
        Field(name="served_by", also=("seller", "staff")),
        Field(name="title", also=("product_title", "product_name", "item_name", "description")),
    )

    def __init__(self, intake: EventIntake, keeper: CatalogueKeeper, calendar: Calendar) -> None:
        self._intake = intake
        self._keeper = keeper
        self._calendar = calendar
        self._lines_seen: set[str] = set()
        self._seen_again: dict[str, int] = {}
        self._products_known: set[str] = set()

    def read(self, fields: Fields) -> OrderLine:
        """Lines without customer count for nothing; a negative quantity is a return."""
        customer_id = id_of(fields, "customer_id")
        if customer_id is None:
            raise RowSkipped("no_customer")
        product_id, order_id = required_id(fields, "product_id"), id_of(fields, "order_id")
        # Counted before anything else is looked at: what a broken line would have been it is once corrected.
        moment = "" if order_id else str(moment_of(fields, "occurred_at", self._calendar))
        row_id = id_of(fields, "id") or self._id_of_line(order_id, customer_id, product_id, moment)
        try:
            event = self._event(fields, row_id, customer_id, product_id, order_id)
        except RowRejected as rejected:
            raise RowRejected(str(rejected), row_id=row_id) from rejected
        return OrderLine(event, text_of(fields, "title"))

    def _event(
        self, fields: Fields, row_id: str, customer_id: str, product_id: str, order_id: str | None
    ) -> ShopEvent:
        occurred_at = moment_of(fields, "occurred_at", self._calendar)
        if occurred_at is None:
            raise RowRejected("occurred_at is empty")
        quantity = whole_of(fields, "quantity")
        quantity = 1 if quantity is None else quantity
        if not 1 <= abs(quantity) <= _QUANTITY_MAXIMUM:
            raise RowRejected(f"quantity {quantity} is not between 1 and {_QUANTITY_MAXIMUM:,}")
        amount, currency = price_of(fields) or (None, None)
        return ShopEvent(
            id=row_id,
            type=_type(fields, quantity),
            customer_id=customer_id,
            product_id=product_id,
            occurred_at=occurred_at,
            quantity=abs(quantity),
            price_amount=amount,
            price_currency=currency,
            order_id=order_id,
            sales_channel=short_text_of(fields, "sales_channel"),
            served_by=short_text_of(fields, "served_by"),
        )

    def store(self, items: Sequence[OrderLine]) -> Sequence[Outcome]:
        """In one transaction. Of a product that the catalogue lacks the title is enough to keep its sales."""
        self._add_products(items)
        results = self._intake.take_in([line.event for line in items])
        return [
            Outcome(status=REJECTED, because=_WHY.get(result.because or "", result.because), row_id=result.id)
            if result.status is EventStatus.REJECTED
            else Outcome(status=result.status.value)
            for result in results
        ]

    def _id_of_line(self, order_id: str | None, customer_id: str, product_id: str, moment: str) -> str:
        """The n-th line of this product in this order; without an order, of this customer at this moment."""
        parts = (order_id, product_id) if order_id else (customer_id, product_id, moment)
        line = ":".join(parts)
        if order_id is None or ":" in order_id or ":" in product_id or len(line) > _ID_LENGTH - 8:
            line = sha256(json.dumps(parts).encode()).hexdigest()
        if line not in self._lines_seen:
            self._lines_seen.add(line)
            return f"{line}:1"
        self._seen_again[line] = self._seen_again.get(line, 1) + 1
        return f"{line}:{self._seen_again[line]}"

    def _add_products(self, items: Sequence[OrderLine]) -> None:
        titles: dict[str, str] = {}
        for line in items:
            product_id = line.event.product_id
            if line.title and product_id and product_id not in self._products_known:
                titles.setdefault(product_id, line.title)
        if titles:
            self._keeper.add_unknown(titles)
            self._products_known.update(titles)


def _type(fields: Fields, quantity: int) -> EventType:
    stated = (text_of(fields, "type") or "").lower()
    if stated in RETURNS or (quantity < 0 and (not stated or stated in _SALES)):
        return EventType.RETURN
    if not stated or stated in _SALES:
        return EventType.PURCHASE
    raise RowRejected(f"type {stated[:60]!r} is neither purchase nor return")
