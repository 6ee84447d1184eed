"""Generated shops for the promises: pairs of worlds that agree on what is allowed and on nothing else.

What may be read is told here a second time, naively and row by row, from the contract and not from the
code. So a fault in the decision, in the reader or behind them shows as two answers that differ.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from consent.events import ConsentEvent, EventKind
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from consent.scope import Items
from service.db.engine import write_transaction
from service.db.epochs import CATALOGUE, LEARNING, advance_epoch
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import CartAddition, Device, Fit, Product, Purchase, Search, View
from tests.builders import a_moment, an_event, ledger
from tests.byleave import Byleave
from tests.conftest import settings_for

Row = dict[str, Any]

# For what is counted rather than hunted for: that worlds differ at all shows in fewer of them.
A_PART = hypothesis_settings(max_examples=hypothesis_settings.default.max_examples * 2 // 5)

# Where several kinds are drawn, and each of them must have come up.
ENOUGH_FOR_EACH_KIND = hypothesis_settings(max_examples=max(hypothesis_settings.default.max_examples, 100))

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
}
# Columns of no data field: to find rows, to know a repetition, to narrow a scope. Never read for a purpose.
UNREADABLE = {"purchases": ("id", "customer_id", "order_id", "recorded_at"), "devices": ("customer_id",)}

# What no strategy reads, permitted or not: by table.
BROWSING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "views": {"browsing.views": ("product_id", "occurred_at")},
    "searches": {"browsing.searches": ("query", "occurred_at")},
    "cart_additions": {"browsing.carts": ("product_id", "quantity", "occurred_at")},
}


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything in the database but what the service itself records. Rows are in order of insertion."""

    products: Sequence[Row]
    fits: Sequence[Row]
    purchases: Sequence[Row]
    devices: Sequence[Row]
    browsing: Mapping[str, Sequence[Row]]
    ledgers: Mapping[str, Sequence[ConsentEvent]]

    def rows(self, category: str) -> Sequence[Row]:
        return self.purchases if category == "purchases" else self.devices

    def with_ledger(self, customer_id: str, events: Sequence[ConsentEvent]) -> "World":
        return replace(self, ledgers={**self.ledgers, customer_id: ledger(*events)})


# What may be read: the contract's sentence, word by word, for one datum in one row.


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
        and (row["product_id"] not in SENSITIVE or _names(event, row["product_id"]))
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
    order, product = row.get("order_id"), row["product_id"]
    if {order, product} & items.exceptions:
        return False
    chosen = items.orders | items.products
    return order in items.orders or product in items.products if chosen else bool(items.exceptions)


def _moment_of(row: Row) -> datetime:
    if "purchased_at" in row:
        bought_at: datetime = row["purchased_at"]
        return bought_at
    return datetime.combine(row["owned_since"] or date.min, time(), UTC)


def readable(events: Sequence[ConsentEvent], *purposes: str) -> Callable[[str, Row], frozenset[str]]:
    """A function that tells which fields of a row of `category` may be read for one of `purposes`."""

    def fields(category: str, row: Row) -> frozenset[str]:
        return frozenset(
            field
            for field in COLUMNS[category]
            if any(may_be_read(events, purpose, field, row) for purpose in purposes)
        )

    return fields


# The generators.

_hours_ago = st.integers(1, 9_600).map(lambda hours: NOW - timedelta(hours=hours))
_ORDERS = ("order-1", "order-2", "order-3", "order-4")


def _rarely(value: Any, *usual: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([*usual * 5, value])


@st.composite
def _catalogue(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    products = [
        {
            "id": product_id,
            "title": f"The {product_id}",
            "category": draw(st.sampled_from(["ink", "paper", None])),
            "attributes": draw(
                st.sampled_from(
                    [{}, {"color": "black"}, {"item_group_id": "g-1"}, {"usual_interval_days": 40}]
                )
            ),
            "available": draw(_rarely(False, True)),
            "sensitive": product_id in SENSITIVE,
            "featured_rank": draw(st.sampled_from([None, None, None, None, 1])),
        }
        for product_id in PRODUCTS
    ]
    fits = [
        {"product_id": product_id, "device_id": device_id}
        for product_id in (*SUPPLIES, "sens-sup")
        for device_id in draw(st.sets(st.sampled_from([*DEVICES, "sens-dev"]), min_size=1, max_size=2))
    ]
    return products, fits


# One draw for all of these: no strategy reads them, and many rows are drawn.
_DETAILS = [
    {
        "paid_amount": amount,
        "paid_currency": currency,
        "sales_channel": sales_channel,
        "served_by": served_by,
        "order_id": order_id,
        "recorded_at": a_moment(-days),
    }
    for order_id in (None, *_ORDERS)
    for days in (1, 9)
    for served_by in (None, "staff-1", "staff-2")
    for sales_channel in (None, "store", "web")
    for amount, currency in ((None, None), ("5.00", "EUR"), ("99.90", "USD"))
]


@cache
def purchases_of(customer_id: str, *, at_least: int = 0, at_most: int = 8) -> st.SearchStrategy[list[Row]]:
    """Sales and returns with all their columns but the event's id, which `store` makes.

    Of few products, so that she buys one again, returns one of several, and others buy the same.
    """
    bought = [*DEVICES * 2, *SUPPLIES[:3], *THINGS[:2], *SENSITIVE]
    units = [(False, 1), (False, 1), (False, 2), (False, 3), (False, 1), (True, 1)]
    rows = st.builds(
        lambda product_id, purchased_at, unit, details: {
            "customer_id": customer_id,
            "product_id": product_id,
            "purchased_at": purchased_at,
            "returned": unit[0],
            "quantity": unit[1],
            **details,
        },
        st.sampled_from(bought),
        _hours_ago,
        st.sampled_from(units),
        st.sampled_from(_DETAILS),
    )
    return st.lists(rows, min_size=at_least, max_size=at_most)


@cache
def devices_of(customer_id: str) -> st.SearchStrategy[list[Row]]:
    """What she declared to own, or to have no more."""
    row = st.fixed_dictionaries(
        {
            "customer_id": st.just(customer_id),
            "product_id": st.sampled_from([*DEVICES, "sens-dev", "thing-1"]),
            "owned_since": st.none() | _hours_ago.map(datetime.date),
            "ownership": st.sampled_from(["owned", "owned", "gone"]),
        }
    )
    return st.lists(row, max_size=3, unique_by=lambda one: one["product_id"])


@cache
def browsing_of(customer_id: str) -> st.SearchStrategy[dict[str, list[Row]]]:
    """Table -> what she looked at, searched for and put into her cart, but for the event's id."""
    hers = {"customer_id": customer_id, "recorded_at": NOW, "occurred_at": a_moment(-3)}
    of_one_thing = [
        {
            "views": [hers | {"product_id": product_id}] * times,
            "searches": [hers | {"query": f"cheap {product_id}"}] * times,
            "cart_additions": [hers | {"product_id": product_id, "quantity": times}],
        }
        for product_id in (*DEVICES, *SUPPLIES[:3], *THINGS, *SENSITIVE)
        for times in (1, 3)
    ]
    return st.sampled_from([{}, *of_one_thing])


_DATA = (
    ("purchases", "devices"),
    ("purchases",),
    ("purchases.product", "purchases.date"),
    ("purchases.product", "devices.product"),
    ("purchases.product",),
    ("purchases.date", "purchases.quantity", "devices.status"),
    ("devices",),
    ("devices.product", "devices.since", "browsing"),
)
_SOME_DATA = st.sampled_from(_DATA)
_KIND = st.sampled_from([*[EventKind.GIVEN] * 5, *EventKind])
_EXPIRES_IN_DAYS = st.sampled_from([None, None, None, 30, 1, -1, -30])
_TOLD_OF_DAY = st.sampled_from([None, None, -200, -150])
_TWO_CONSENTS = st.sampled_from([(1, None), (2, None), (3, None), (4, None), (1, 2), (2, 3), (3, 1)])
_NARROWED: st.SearchStrategy[Row] = st.sampled_from(
    [
        *[{}] * 12,
        {"uses": 1},
        {"items": Items(orders=frozenset(_ORDERS[:2]))},
        {"items": Items(products=frozenset({"dev-1", "thing-1", "sens-dev"}))},
        {"items": Items(exceptions=frozenset({"order-1", "dev-2"}))},
        {"channels": ["email"]},
        {"data_from": a_moment(-100)},
    ]
)


@cache
@st.composite
def consent_events(draw: st.DrawFn, customer_id: str, purpose: str, *, narrowed: bool = True) -> ConsentEvent:
    """Any event for `purpose`: of every kind, about any data, expiring, replacing, told late, narrowed."""
    kind, (consent, replaced) = draw(_KIND), draw(_TWO_CONSENTS)
    expires_in, told_of = draw(_EXPIRES_IN_DAYS), draw(_TOLD_OF_DAY)
    return an_event(
        kind,
        *draw(_SOME_DATA),
        customer_id=customer_id,
        purpose=purpose,
        consent_id=f"con_{customer_id}_{purpose}_{consent}",
        recorded_at=a_moment(-100),
        occurred_at=_told(told_of),
        expires_at=None if expires_in is None else a_moment(expires_in),
        replaces=f"con_{customer_id}_{purpose}_{replaced}" if replaced and kind == "given" else None,
        **(draw(_NARROWED) if narrowed else {}),
    )


def _told(day: int | None) -> datetime | None:
    return None if day is None else a_moment(day)


def allowing(customer_id: str, purpose: str, *data: str) -> ConsentEvent:
    """A plain grant without end."""
    return an_event(
        EventKind.GIVEN,
        *data,
        customer_id=customer_id,
        purpose=purpose,
        consent_id=f"con_{customer_id}_{purpose}_plain",
        recorded_at=a_moment(-100),
    )


@cache
def histories(
    customer_id: str, purpose: str, *, at_most: int = 4, narrowed: bool = True
) -> st.SearchStrategy[list[ConsentEvent]]:
    """Her events for one purpose, in order."""
    return st.lists(consent_events(customer_id, purpose, narrowed=narrowed), max_size=at_most)


_OTHER_PURPOSES = ("reminders", "service", "experience", "assistance")


@st.composite
def _among_other_purposes(draw: st.DrawFn, events: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """`events` in their order, with events for other purposes in between."""
    mixed = list(events)
    for purpose in draw(st.lists(st.sampled_from(_OTHER_PURPOSES), max_size=2)):
        place = draw(st.integers(0, len(mixed)))
        mixed.insert(place, draw(consent_events(HER, purpose)))
    return ledger(*mixed)


@cache
def learning_histories(customer_id: str) -> st.SearchStrategy[list[ConsentEvent]]:
    """Every second one allows learning plainly; with the others anything may have happened."""
    plainly = st.just([allowing(customer_id, "learning", "purchases.product")])
    return (plainly | histories(customer_id, "learning", at_most=3)).map(lambda events: ledger(*events))


# What she allows plainly, if anything, after whatever happened before: half a category more often than all.
_PLAINLY: st.SearchStrategy[tuple[str, ...]] = st.sampled_from(
    [
        ("purchases.product",),
        ("purchases.product", "devices.product"),
        ("purchases.product", "purchases.date"),
        ("purchases.product", "purchases.quantity", "devices.product", "devices.since"),
        ("devices.product", "devices.status"),
        ("purchases", "devices"),
        (),
        (),
    ]
)


@st.composite
def worlds(draw: st.DrawFn, *, narrowed: bool = True) -> World:
    """A shop, her, and five to twelve others."""
    plainly, told_of = draw(_PLAINLY), draw(_TOLD_OF_DAY)
    products, fits = draw(_catalogue())
    hers = [
        *draw(histories(HER, "recommendations", narrowed=narrowed)),
        *(
            [replace(allowing(HER, "recommendations", *plainly), occurred_at=_told(told_of))]
            if plainly
            else []
        ),
        *draw(histories(HER, "learning", at_most=2)),
    ]
    others = OTHERS[: draw(st.integers(5, len(OTHERS)))]
    purchases = [
        draw(purchases_of(HER, at_least=5)),
        *(draw(purchases_of(other, at_least=1, at_most=5)) for other in others),
    ]
    return World(
        products=products,
        fits=fits,
        purchases=[row for rows in purchases for row in rows],
        devices=draw(devices_of(HER)),
        browsing=draw(browsing_of(HER)),
        ledgers={
            HER: draw(_among_other_purposes(hers)),
            **{other: draw(learning_histories(other)) for other in others},
        },
    )


Fields = Callable[[str, Row], frozenset[str]]


@st.composite
def _other_rows(
    draw: st.DrawFn, world: World, category: str, customer_id: str, fields: Fields, at_most: int = 8
) -> list[Row]:
    """Her rows of `category`, with all that `fields` does not name drawn anew.

    Rows whose product is not among `fields` are replaced by any other rows of that kind, or by none.
    """
    product = f"{category}.product"
    rows = [row for row in world.rows(category) if row["customer_id"] == customer_id]
    kept = [row for row in rows if product in fields(category, row)]
    fresh = draw(_rows_of(category, customer_id, at_most))
    free = [
        row for row in draw(_rows_of(category, customer_id, at_most)) if product not in fields(category, row)
    ]
    # Where too few rows were drawn, her rows exchange among themselves what may not be read of them.
    agreeing = [
        _agreeing(row, other, category, fields) for row, other in zip(kept, fresh + kept[::-1], strict=False)
    ]
    if category == "purchases":
        return agreeing + free
    taken = {row["product_id"] for row in agreeing}
    return agreeing + [row for row in free if row["product_id"] not in taken]


def _rows_of(category: str, customer_id: str, at_most: int) -> st.SearchStrategy[list[Row]]:
    if category == "purchases":
        return purchases_of(customer_id, at_most=at_most)
    return devices_of(customer_id)


def _agreeing(row: Row, other: Row, category: str, fields: Fields) -> Row:
    """`other`, but with what may be read of `row`; what a scope is narrowed by stays if it must."""
    allowed = fields(category, row)
    columns = {column for field in allowed for column in COLUMNS[category][field]}
    made = other | {column: row[column] for column in columns}
    if fields(category, made) != allowed:
        made |= {name: row[name] for name in ("order_id", "purchased_at", "owned_since") if name in row}
    assert fields(category, made) == allowed
    return made


@st.composite
def _in_another_order(draw: st.DrawFn, rows: Sequence[Row]) -> list[Row]:
    seed = draw(st.integers(0, 1_000))
    return Random(seed).sample(rows, len(rows)) if seed else list(rows)


@st.composite
def two_worlds_of_hers(draw: st.DrawFn) -> tuple[World, World]:
    """They agree on what she allows for suggestions and for learning, and differ in all else of hers."""
    one = draw(worlds())
    ours = ("recommendations", "learning")
    fields = readable(one.ledgers[HER], *ours)
    of_others = [row for row in one.purchases if row["customer_id"] != HER]
    purchases = of_others + draw(_other_rows(one, "purchases", HER, fields))
    other = replace(
        one,
        purchases=draw(_in_another_order(purchases)),
        devices=draw(_in_another_order(draw(_other_rows(one, "devices", HER, fields)))),
        browsing=draw(browsing_of(HER)),
    )
    events = [event for event in one.ledgers[HER] if event.scope.purpose in ours]
    return one, other.with_ledger(HER, draw(_among_other_purposes(events)))


@st.composite
def two_worlds_of_others(draw: st.DrawFn) -> tuple[World, World]:
    """They agree on her, and on what each other customer allows for learning: not on who else there is."""
    one = draw(worlds())
    purchases = [row for row in one.purchases if row["customer_id"] == HER]
    ledgers = {HER: one.ledgers[HER]}
    for customer_id in OTHERS[: draw(st.integers(len(one.ledgers) - 1, len(OTHERS)))]:
        events = one.ledgers.get(customer_id, [])
        fields = readable(events, "learning")
        rows = draw(_other_rows(one, "purchases", customer_id, fields, at_most=4))
        if not any("purchases.product" in fields("purchases", row) for row in one.purchases):
            events = draw(_unwilling_histories(customer_id, rows))
        purchases += rows
        ledgers[customer_id] = events
    devices = draw(devices_of(OTHERS[0])) + draw(devices_of(OTHERS[1])) + list(one.devices)
    return one, replace(
        one,
        purchases=draw(_in_another_order(purchases)),
        devices=devices,
        browsing=draw(browsing_of(OTHERS[0])),
        ledgers=ledgers,
    )


@st.composite
def _unwilling_histories(draw: st.DrawFn, customer_id: str, rows: Sequence[Row]) -> list[ConsentEvent]:
    """Any history, ended by a refusal if it would allow something of `rows` to be learned."""
    events = ledger(*draw(histories(customer_id, "learning", at_most=2)))
    if any(readable(events, "learning")("purchases", row) for row in rows):
        end = allowing(customer_id, "learning", "purchases")
        events = ledger(*events, replace(end, kind=EventKind.REFUSED))
    return events


# Queries, the database, and the service.

queries = st.fixed_dictionaries(
    {"limit": st.sampled_from([50, 3, 1])},
    optional={
        "list": st.sampled_from(["again", "new", "all"]),
        "product_id": st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=2),
        "locale": st.sampled_from(["zh-Hans", "en"]),
        "personalised": st.just("false"),
        "touchpoint": st.just("home"),
    },
)
EVERYTHING: Mapping[str, Any] = {"limit": 50}
some_queries = st.lists(queries, min_size=2, max_size=2).map(lambda drawn: [EVERYTHING, *drawn])


def store(engine: Engine, world: World) -> None:
    """Make the database hold `world` and nothing else; workers see by the counters that it changed."""
    with write_transaction(engine) as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "epochs":
                connection.execute(table.delete())
        entries = [entry for customer_id in world.ledgers for entry in _sealed(customer_id, world)]
        chains = [{"chain_id": f"chn_{id_}", "customer_id": id_} for id_ in world.ledgers]
        for model, rows in (
            (Product, world.products),
            (Fit, world.fits),
            (Purchase, _numbered(world.purchases)),
            (Device, world.devices),
            *((_TABLES[table], _numbered(rows)) for table, rows in world.browsing.items()),
            (ConsentChain, chains),
            (ConsentEventRow, [_event_row(entry) for entry in entries]),
        ):
            if rows:
                connection.execute(insert(model), list(rows))
        for counter in (CATALOGUE, LEARNING):
            advance_epoch(connection, counter)


_TABLES: Mapping[str, type[SQLModel]] = {"views": View, "searches": Search, "cart_additions": CartAddition}


def _numbered(rows: Sequence[Row]) -> list[Row]:
    return [{"id": f"event-{number}", **row} for number, row in enumerate(rows)]


def _sealed(customer_id: str, world: World) -> Iterator[LedgerEntry]:
    previous_hash = GENESIS_HASH
    for event in world.ledgers[customer_id]:
        named = replace(event, event_id=f"evt_{customer_id}_{event.position}")
        entry = seal(named, chain_id=f"chn_{customer_id}", previous_hash=previous_hash)
        previous_hash = entry.hash
        yield entry


def _event_row(entry: LedgerEntry) -> Row:
    event, scope = entry.event, entry.event.scope
    return {
        **{name: getattr(entry, name) for name in ("chain_id", "previous_hash", "hash")},
        **{name: getattr(event, name) for name in ("position", "event_id", "consent_id", "replaces")},
        **{name: getattr(event, name) for name in ("recorded_at", "occurred_at")},
        **{name: getattr(scope, name) for name in ("purpose", "data_from", "uses", "expires_at")},
        **asdict(event.evidence),
        "kind": event.kind.value,
        "fields": sorted(scope.fields),
        "channels": None if scope.channels is None else sorted(scope.channels),
        "items": None if scope.items is None else {k: sorted(v) for k, v in asdict(scope.items).items()},
    }


@contextmanager
def two_workers(database_url: str, **settings: object) -> Iterator[tuple[Byleave, Byleave]]:
    """Two instances of the service on one database, each with a memory of its own."""
    made = settings_for(database_url, k=K, **settings)
    with Byleave(made) as one, Byleave(made) as other:
        yield one, other


_CHANGING = re.compile(rb'"(recommendation_id|generated_at)":"[^"]*"')


def answer(byleave: Byleave, customer_id: str | None, query: Mapping[str, Any]) -> bytes:
    """Status, headers and body of an answer, but for its id and its moment."""
    whose = "" if customer_id is None else f"/customers/{customer_id}"
    response = byleave.http.get(f"/v1{whose}/recommendations", params=dict(query))
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return f"{response.status_code} {headers} ".encode() + _CHANGING.sub(rb'"\1":"-"', response.content)
