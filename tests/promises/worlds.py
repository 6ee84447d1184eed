"""Generates shops for the promises: worlds, and pairs of worlds that agree on what is allowed and on nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consent.events import ConsentEvent, EventKind
from consent.scope import Items
from tests.builders import a_moment, an_event, ledger
from tests.promises.readable_worlds import (
    COLUMNS,
    DEVICES,
    HER,
    NOW,
    OTHERS,
    PRODUCT_FIELD,
    PRODUCTS,
    SENSITIVE,
    SUPPLIES,
    THINGS,
    TOLD,
    Row,
    World,
    may_be_read,
    readable,
)

# For what is counted rather than hunted for: that worlds differ at all shows in fewer of them.
A_PART = hypothesis_settings(max_examples=max(hypothesis_settings.default.max_examples * 2 // 5, 24))

# Where several kinds are drawn, and each of them must have come up.
ENOUGH_FOR_EACH_KIND = hypothesis_settings(max_examples=max(hypothesis_settings.default.max_examples, 100))

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
            "brand": draw(st.sampled_from(["Faber", "HP", None])),
            "category": draw(st.sampled_from(["ink", "paper", None])),
            "attributes": draw(
                st.sampled_from(
                    [
                        {},
                        {"color": "black"},
                        {"item_group_id": "g-1"},
                        {"usual_interval_days": 40},
                        {"size": "S"},
                    ]
                )
            ),
            "available": draw(_rarely(False, True)),
            "sensitive": product_id in SENSITIVE,
            "featured_rank": draw(st.sampled_from([None, None, None, None, 1])),
            "price_amount": "9.90" if product_id in SUPPLIES else None,
            "price_currency": "EUR" if product_id in SUPPLIES else None,
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


# Of what is bought as well, most of it today: what was looked at long ago says nothing any more.
_BROWSED = [
    {"product_id": product_id, "occurred_at": a_moment(-days), "recorded_at": a_moment(-later)}
    for product_id in (*DEVICES, *SUPPLIES[:3], *THINGS[:2], *SENSITIVE)
    for days, later in ((0.1, 0), (1, 0), (1, 1), (9, 8), (80, 80))
]


_SAID = [
    {
        "kind": kind,
        "said_at": a_moment(-days),
        "recorded_at": a_moment(-days),
        "product_id": product_id,
        "rating": rating,
        "comment": comment,
        "place": 1,
        **dict.fromkeys(("mood", "importance", "touchpoint", "journey")),
    }
    for product_id in (*DEVICES, *SUPPLIES[:3], *THINGS[:2], *SENSITIVE)
    for kind in ("not_interested", "have_it", "was_a_gift", "not_now", "helpful")
    for days in (1, 9, 110)
    for rating, comment in ((None, None), (3, "Not so good."))
]


@cache
def browsed_rows(table: str, customer_id: str, *, at_most: int = 4) -> st.SearchStrategy[list[Row]]:
    """What she looked at, put into her cart or searched for, but for the event's id. Often nothing."""
    of_table: dict[str, list[Row]] = {
        "views": _BROWSED,
        "cart_additions": [one | {"quantity": quantity} for one in _BROWSED for quantity in (1, 3)],
        "searches": [
            {"query": query, "occurred_at": a_moment(-days), "recorded_at": NOW}
            for query in (None, "cheap ink")
            for days in (1, 9)
        ],
        "feedback": _SAID,
    }
    hers = [{"customer_id": customer_id, **row} for row in of_table[table]]
    return st.just([]) | st.lists(st.sampled_from(hers), max_size=at_most)


_BROWSING = ("views", "cart_additions", "searches", "feedback")


@cache
def browsing_of(customer_id: str) -> st.SearchStrategy[dict[str, list[Row]]]:
    """Table -> her rows."""
    return st.fixed_dictionaries({table: browsed_rows(table, customer_id) for table in _BROWSING})


_PREFERENCES = st.fixed_dictionaries(
    {
        "likes": st.sampled_from(
            [None, {"brand": ["faber"], "category": []}, {"brand": [], "category": ["Ink"]}]
        ),
        "dislikes": st.sampled_from(
            [None, None, {"brand": ["HP"], "category": []}, {"brand": [], "category": ["paper"]}]
        ),
        "sizes": st.sampled_from([None, {"ink": ["M"]}, {"paper": ["s", "M"]}]),
        "budget_amount": st.sampled_from(["5", "10.00"]),
        "budget_currency": st.sampled_from(["EUR", "EUR", "USD"]),
    }
)
_OCCASION = st.fixed_dictionaries(
    {
        "number": st.just(0),
        "day": st.sampled_from(["02-29", "2026-06-12", "qixi"]),
        "name": st.sampled_from([None, "Our day"]),
        "recipient": st.sampled_from([None, "friend"]),
        "lead_days": st.sampled_from([None, 7]),
        "budget_amount": st.none(),
        "budget_currency": st.none(),
    }
)
_CONTACT = st.fixed_dictionaries(
    {
        "channels": st.sampled_from([None, ["email"], ["sms", "push"]]),
        "time_zone": st.sampled_from([None, "Asia/Shanghai"]),
        "quiet_from": st.just("21:00"),
        "quiet_until": st.just("08:00"),
        "rhythm": st.sampled_from([None, "P1W"]),
    }
)
_TOLD_ROWS = {"preferences": _PREFERENCES, "occasions": _OCCASION, "contact": _CONTACT}


@cache
def told_by(customer_id: str) -> st.SearchStrategy[dict[str, list[Row]]]:
    """Table -> her one row: what she told herself, some of it left out."""
    return st.fixed_dictionaries(
        {
            table: row.map(lambda told: [{"customer_id": customer_id, **told}])
            for table, row in _TOLD_ROWS.items()
        }
    )


_DATA = (
    ("purchases", "devices"),
    ("purchases", "browsing"),
    ("purchases.product", "purchases.date"),
    ("purchases.product", "devices.product", "browsing.views"),
    ("purchases.product",),
    ("purchases.date", "purchases.quantity", "devices.status"),
    ("devices", "browsing.carts"),
    ("devices.product", "devices.since", "browsing"),
    ("preferences", "purchases.product"),
    ("preferences.likes", "preferences.sizes", "occasions", "contact"),
    ("purchases", "feedback"),
    ("feedback.product", "feedback.kind", "devices"),
    ("feedback.product", "feedback.comment"),
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
        ("purchases.product", "devices.product", "feedback.product", "feedback.kind"),
        ("purchases.product", "purchases.date"),
        ("purchases.product", "purchases.quantity", "devices.product", "devices.since"),
        ("devices.product", "devices.status", "browsing.views", "feedback"),
        ("purchases", "devices", "browsing.carts", "preferences.likes"),
        ("purchases.product", "browsing", "feedback"),
        ("purchases", "feedback.kind", "feedback.product", "browsing.views", "preferences"),
        ("browsing.carts", "browsing.views"),
        ("preferences", "purchases.product"),
        ("preferences.likes", "preferences.budget", "devices"),
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
        told=draw(told_by(HER)),
        ledgers={
            HER: draw(_among_other_purposes(hers)),
            **{other: draw(learning_histories(other)) for other in others},
        },
    )


Fields = Callable[[str, Row], frozenset[str]]


@st.composite
def _other_rows(
    draw: st.DrawFn, world: World, table: str, customer_id: str, *readings: Fields, at_most: int = 8
) -> list[Row]:
    """Her rows of `table`, with all drawn anew that none of `readings` names: one for each purpose.

    Rows whose product none of them may read are replaced by any other rows of that kind, or by none.
    """

    def is_read(row: Row) -> bool:
        return any(PRODUCT_FIELD[table] in fields(table, row) for fields in readings)

    rows = [row for row in world.rows(table) if row["customer_id"] == customer_id]
    kept = [row for row in rows if is_read(row)]
    fresh = draw(_rows_of(table, customer_id, at_most))
    free = [row for row in draw(_rows_of(table, customer_id, at_most)) if not is_read(row)]
    # Where too few rows were drawn, her rows exchange among themselves what may not be read of them.
    agreeing = [
        _agreeing(row, other, table, readings) for row, other in zip(kept, fresh + kept[::-1], strict=False)
    ]
    if table != "devices":
        return agreeing + free
    taken = {row["product_id"] for row in agreeing}
    return agreeing + [row for row in free if row["product_id"] not in taken]


def _rows_of(table: str, customer_id: str, at_most: int) -> st.SearchStrategy[list[Row]]:
    if table == "purchases":
        return purchases_of(customer_id, at_most=at_most)
    return devices_of(customer_id) if table == "devices" else browsed_rows(table, customer_id)


def _agreeing(row: Row, other: Row, table: str, readings: Sequence[Fields]) -> Row:
    """`other`, but with what may be read of `row`; what a scope is narrowed by stays if it must.

    For each purpose the same may be read of both: what one of them loses is not made up for by another.
    """
    allowed = [fields(table, row) for fields in readings]
    columns = {column for field in frozenset().union(*allowed) for column in COLUMNS[table][field]}
    made = other | {column: row[column] for column in columns}
    if [fields(table, made) for fields in readings] != allowed:
        when = ("order_id", "purchased_at", "owned_since", *(["recorded_at"] if table == "feedback" else []))
        made |= {name: row[name] for name in when if name in row}
    assert [fields(table, made) for fields in readings] == allowed
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
    readings = [readable(one.ledgers[HER], purpose) for purpose in ours]
    of_others = [row for row in one.purchases if row["customer_id"] != HER]
    purchases = of_others + draw(_other_rows(one, "purchases", HER, *readings))
    other = replace(
        one,
        purchases=draw(_in_another_order(purchases)),
        devices=draw(_in_another_order(draw(_other_rows(one, "devices", HER, *readings)))),
        browsing={
            **draw(browsing_of(HER)),
            **{
                table: draw(_in_another_order(draw(_other_rows(one, table, HER, *readings))))
                for table in ("views", "cart_additions", "feedback")
            },
        },
        told=draw(_told_otherwise(one)),
    )
    events = [event for event in one.ledgers[HER] if event.scope.purpose in ours]
    return one, other.with_ledger(HER, draw(_among_other_purposes(events)))


@st.composite
def _told_otherwise(draw: st.DrawFn, world: World) -> dict[str, list[Row]]:
    """All that she told drawn anew, but for those of her preferences that suggestions may read."""
    (hers,), other = world.told["preferences"], draw(told_by(HER))
    same = {
        column: hers[column]
        for field, columns in TOLD["preferences"].items()
        if may_be_read(world.ledgers[HER], "recommendations", field, hers)
        for column in columns
    }
    return {**other, "preferences": [{**row, **same} for row in other["preferences"]]}


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
        browsing={
            table: draw(_in_another_order([*one.rows(table), *rows]))
            for table, rows in draw(browsing_of(OTHERS[0])).items()
        },
        told={table: [*one.told[table], *rows] for table, rows in draw(told_by(OTHERS[0])).items()},
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
