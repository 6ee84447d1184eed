"""A generated shop for the promises, and what of it may be read.

That is told here a second time, naively and row by row, from the contract and not from the code. So a fault in the
decision, in the reader or behind them shows as two answers that differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from consent.events import ConsentEvent
from consent.scope import Items
from tests.builders import a_moment, ledger

Row = dict[str, Any]

HER = "c-1001"
NEVER_SEEN = "c-9999"
OTHERS = tuple(f"c-20{number:02}" for number in range(1, 13))
NOW = a_moment()
K = 2

DEVICES = ("dev-1", "dev-2", "dev-3")
SUPPLIES = ("sup-1", "sup-2", "sup-3", "sup-4", "sup-5", "sup-6")
THINGS = ("thing-1", "thing-2", "thing-3", "thing-4")
SENSITIVE = ("sens-dev", "sens-sup")
PRODUCTS = (*DEVICES, *SUPPLIES, *THINGS, *SENSITIVE)

# Which columns each data field means: stated here again, so that a column declared wrongly shows.
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "purchases": {
        "purchases.product": ("product_id", "returned"),
        "purchases.date": ("purchased_at",),
        "purchases.quantity": ("quantity",),
        "purchases.price": ("paid_amount", "paid_currency"),
        "purchases.sales_channel": ("sales_channel",),
        "purchases.served_by": ("served_by",),
    },
    "devices": {
        "devices.product": ("product_id",),
        "devices.since": ("owned_since",),
        "devices.status": ("ownership",),
    },
    "views": {"browsing.views": ("product_id", "occurred_at")},
    "cart_additions": {"browsing.carts": ("product_id", "quantity", "occurred_at")},
    "feedback": {
        "feedback.product": ("product_id",),
        "feedback.kind": ("kind", "said_at"),
        "feedback.rating": ("rating",),
        "feedback.mood": ("mood",),
        "feedback.importance": ("importance",),
        "feedback.comment": ("comment",),
        "feedback.touchpoint": ("touchpoint",),
        "feedback.journey": ("journey",),
    },
}
# Table -> the field without which nothing of a row is read: the one that says of which product it is.
PRODUCT_FIELD: Mapping[str, str] = {
    "purchases": "purchases.product",
    "devices": "devices.product",
    "views": "browsing.views",
    "cart_additions": "browsing.carts",
    "feedback": "feedback.product",
}
# Columns of no data field: to find rows, to know a repetition, to narrow a scope. Never read for a purpose.
UNREADABLE: Mapping[str, tuple[str, ...]] = {
    "purchases": ("id", "customer_id", "order_id", "recorded_at"),
    "devices": ("customer_id",),
    "views": ("id", "customer_id", "recorded_at"),
    "cart_additions": ("id", "customer_id", "recorded_at"),
    "feedback": ("id", "customer_id", "recorded_at", "place"),
}

# What she told herself, of no product and of no day. Each field stands for itself, but an occasion has a date.
TOLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "preferences": {
        "preferences.likes": ("likes",),
        "preferences.dislikes": ("dislikes",),
        "preferences.sizes": ("sizes",),
        "preferences.budget": ("budget_amount", "budget_currency"),
    },
    "occasions": {
        "occasions.name": ("name",),
        "occasions.date": ("day",),
        "occasions.recipient": ("recipient",),
        "occasions.lead_days": ("lead_days",),
        "occasions.budget": ("budget_amount", "budget_currency"),
    },
    "contact": {
        "contact.channels": ("channels",),
        "contact.time_zone": ("time_zone",),
        "contact.quiet_hours": ("quiet_from", "quiet_until"),
        "contact.rhythm": ("rhythm",),
    },
}

# What no strategy reads, permitted or not: by table.
NEVER_READ: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "searches": {"browsing.searches": ("query", "occurred_at")},
}


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything in the database but what the service itself records. Rows are in order of insertion."""

    products: Sequence[Row]
    fits: Sequence[Row]
    purchases: Sequence[Row]
    devices: Sequence[Row]
    browsing: Mapping[str, Sequence[Row]]
    told: Mapping[str, Sequence[Row]]
    ledgers: Mapping[str, Sequence[ConsentEvent]]

    def rows(self, table: str) -> Sequence[Row]:
        of_table = {"purchases": self.purchases, "devices": self.devices, **self.browsing, **self.told}
        return of_table.get(table, ())

    def with_ledger(self, customer_id: str, events: Sequence[ConsentEvent]) -> "World":
        return replace(self, ledgers={**self.ledgers, customer_id: ledger(*events)})


def may_be_read(events: Sequence[ConsentEvent], purpose: str, field: str, row: Row) -> bool:
    """Some live grant covers it, no refusal, withdrawal or revocation that stands later covers it, and no
    unlifted objection or restriction does. No question of these worlds comes by e-mail.
    """
    covering = [event for event in events if _covers(event, purpose, field, row)]
    if any(event.kind in ("objected", "restricted") and not _lifted(event, events) for event in covering):
        return False
    denials = [event for event in covering if event.kind in ("refused", "withdrawn", "revoked")]
    replaced = {event.replaces for event in events if event.kind in ("given", "renewed")}
    return any(
        event.kind in ("given", "renewed")
        and event.consent_id not in replaced
        and (event.scope.expires_at is None or event.scope.expires_at > NOW)
        and event.scope.channels is None
        and (row.get("product_id") not in SENSITIVE or _names(event, row["product_id"]))
        and event.scope.uses is None  # GET never consumes, so it reads nothing by a counted grant
        and not any(_cuts(denial, event) for denial in denials)
        for event in covering
    )


def _lifted(objection: ConsentEvent, events: Sequence[ConsentEvent]) -> bool:
    return any(
        event.kind == "lifted"
        and event.position > objection.position
        and (event.consent_id, event.scope.purpose) == (objection.consent_id, objection.scope.purpose)
        for event in events
    )


def _names(grant: ConsentEvent, product_id: str) -> bool:
    return grant.scope.items is not None and product_id in grant.scope.items.products


def _cuts(denial: ConsentEvent, grant: ConsentEvent) -> bool:
    if denial.position > grant.position:
        return True
    denied_at = denial.recorded_at if denial.occurred_at is None else denial.occurred_at
    return grant.occurred_at is not None and grant.occurred_at < denied_at


def _covers(event: ConsentEvent, purpose: str, field: str, row: Row) -> bool:
    scope = event.scope
    if scope.purpose != purpose or field not in scope.fields:
        return False
    if scope.items is not None and not _selected(scope.items, row):
        return False
    return scope.data_from is None or _moment_of(row) >= scope.data_from


def _selected(items: Items, row: Row) -> bool:
    order, product = row.get("order_id"), row.get("product_id")
    if {order, product} & items.exceptions:
        return False
    chosen = items.orders | items.products
    return order in items.orders or product in items.products if chosen else bool(items.exceptions)


def _moment_of(row: Row) -> datetime:
    if "product_id" not in row:
        return datetime.min.replace(tzinfo=UTC)  # of no day: no grant from a day on covers it
    if "owned_since" not in row:
        (name,) = {"purchased_at", "occurred_at", "said_at"} & row.keys()
        happened_at: datetime = row["recorded_at"] if name == "said_at" else row[name]
        return happened_at
    return datetime.combine(row["owned_since"] or date.min, time(), UTC)


def readable(events: Sequence[ConsentEvent], purpose: str) -> Callable[[str, Row], frozenset[str]]:
    """A function that tells which fields of a row of `table` may be read for `purpose`."""

    def fields(table: str, row: Row) -> frozenset[str]:
        return frozenset(
            field for field in {**COLUMNS, **TOLD}[table] if may_be_read(events, purpose, field, row)
        )

    return fields
