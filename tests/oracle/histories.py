"""Histories of a customer and points to ask about, drawn so that they meet: few names, few days.

They are such as a ledger can hold, and ask nothing that the contract leaves open: a consent is for one purpose, a
lifting states no time of its own, exceptions do not take away all that the same scope names, and retention is
asked of data whose date is known. Whatever else can be said of an event or a point is drawn.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from consent.events import ConsentEvent, EventKind
from consent.items import UNKNOWN, Item
from consent.scope import Items, Scope
from tests.builders import CUSTOMER, a_moment
from tests.oracle.naive_rule import Point

EVENTS_AT_MOST = 12
POINTS = 8
DAYS = range(9)
CHANNELS = ("email", "web")
# "x" is an order, a product and a category: that they share a name joins nothing.
ORDERS, PRODUCTS, CATEGORIES = ("o1", "o2", "x"), ("p1", "p2", "x"), ("k1", "k2", "x")
PURPOSES = ("recommendations",) * 26 + ("reminders",) * 13 + ("horoscopes",)
FIELDS = (
    ("purchases.product",) * 18 + ("purchases.date",) * 12 + ("devices.product",) * 9 + ("purchases.mood",)
)
CONSENTS = {purpose: tuple(f"{purpose}_{number}" for number in (1, 2, 3)) for purpose in set(PURPOSES)}
OBJECTIONS = ("objection_1", "objection_2")
_HOW_OFTEN = {
    EventKind.GIVEN: 16,
    EventKind.RENEWED: 6,
    EventKind.REFUSED: 1,
    EventKind.DEFERRED: 2,
    EventKind.WITHDRAWN: 2,
    EventKind.REVOKED: 1,
    EventKind.CONSUMED: 6,
    EventKind.OBJECTED: 1,
    EventKind.RESTRICTED: 1,
    EventKind.LIFTED: 4,
}
_LAYERS = {EventKind.OBJECTED, EventKind.RESTRICTED, EventKind.LIFTED}
_GRANTS = {EventKind.GIVEN, EventKind.RENEWED}
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class History:
    seed: int
    ledger: tuple[ConsentEvent, ...]
    points: tuple[Point, ...]


def draw_history(seed: int) -> History:
    """The same for the same seed."""
    draw = random.Random(seed)
    ledger: list[ConsentEvent] = []
    for position in range(1, draw.randint(0, EVENTS_AT_MOST) + 1):
        ledger.append(_an_event(draw, position, ledger))
    points = tuple(_a_point(draw, ledger) for _ in range(POINTS))
    draw.shuffle(ledger)  # the order is their positions, not how they are handed over
    return History(seed=seed, ledger=tuple(ledger), points=points)


def _an_event(draw: random.Random, position: int, before: list[ConsentEvent]) -> ConsentEvent:
    kind = draw.choices(list(_HOW_OFTEN), weights=list(_HOW_OFTEN.values()))[0]
    consent_id, scope = _consent_and_scope(draw, kind, before)
    is_grant = kind in _GRANTS
    return ConsentEvent(
        event_id=f"evt_{position}",
        consent_id=consent_id,
        customer_id=CUSTOMER,
        position=position,
        kind=kind,
        scope=scope,
        recorded_at=_a_day(draw),
        occurred_at=None if kind is EventKind.LIFTED else _maybe(draw, 0.4, _a_day),
        # Only a grant replaces, and only a consent for its own purpose.
        replaces=_maybe(draw, 0.15 if is_grant else 0.05, _any_consent),
        outdated_from=_maybe(draw, 0.15 if is_grant else 0.05, _a_day),
    )


def _consent_and_scope(draw: random.Random, kind: EventKind, before: list[ConsentEvent]) -> tuple[str, Scope]:
    """Often those of an earlier event, or a part of them: so it is withdrawn, lifted, used and renewed."""
    akin = [event for event in before if _is_of(kind, event)]
    if akin and draw.random() < (0.2 if kind in _GRANTS else 0.7):
        earlier = draw.choice(akin)
        return earlier.consent_id, draw.choice((earlier.scope, _a_part_of(draw, earlier.scope)))
    scope = _a_scope(draw)
    return draw.choice(OBJECTIONS if kind in _LAYERS else CONSENTS[scope.purpose]), scope


def _is_of(kind: EventKind, event: ConsentEvent) -> bool:
    """Whether an event of this kind can be about the consent or objection of the earlier `event`."""
    if kind is EventKind.CONSUMED:
        return event.kind in _GRANTS and event.scope.uses is not None
    return (event.kind in _LAYERS) == (kind in _LAYERS)


def _a_part_of(draw: random.Random, scope: Scope) -> Scope:
    """The same purpose; some of its fields, and narrowed anew."""
    fields = frozenset(field for field in scope.fields if draw.random() < 0.6) or scope.fields
    return _a_scope(draw, purpose=scope.purpose, fields=fields)


def _a_scope(draw: random.Random, purpose: str | None = None, fields: frozenset[str] | None = None) -> Scope:
    return Scope(
        purpose=purpose or draw.choice(PURPOSES),
        fields=fields or frozenset(draw.choices(FIELDS, k=draw.randint(1, 4))),
        channels=_maybe(
            draw, 0.2, lambda draw: frozenset(draw.choices(CHANNELS, k=draw.choice((0, 1, 1, 2))))
        ),
        items=_maybe(draw, 0.35, _items),
        data_from=_maybe(draw, 0.15, _a_day),
        uses=_maybe(draw, 0.3, lambda draw: draw.choice((1, 1, 2, 3))),
        expires_at=_maybe(draw, 0.3, _a_day),
    )


def _items(draw: random.Random) -> Items:
    orders, products, categories = (
        _some(draw, chance, names) for chance, names in ((0.3, ORDERS), (0.4, PRODUCTS), (0.3, CATEGORIES))
    )
    exceptions = _some(draw, 0.4, (*ORDERS, *PRODUCTS, *CATEGORIES))
    if any(named and named <= exceptions for named in (orders, products, categories)):
        exceptions = frozenset()
    return Items(orders=orders, products=products, categories=categories, exceptions=exceptions)


def _a_point(draw: random.Random, ledger: list[ConsentEvent]) -> Point:
    """Most of them for the purpose and a field of an event that is there."""
    scope = draw.choice(ledger).scope if ledger and draw.random() < 0.7 else _a_scope(draw)
    purpose, field = scope.purpose, draw.choice(sorted(scope.fields))
    if purpose == "horoscopes" and field == "purchases.mood":
        field = "purchases.product"  # which of the two is said first is nobody's promise
    item = _an_item(draw)
    return Point(
        purpose=purpose,
        field=field,
        channel=draw.choice((None, *CHANNELS)),
        item=item,
        at=_a_day(draw),
        counted=draw.random() < 0.5,
        kept_since=_maybe(draw, 0.15, _a_day) if item.at else None,
    )


def _an_item(draw: random.Random) -> Item:
    sensitive = draw.random() < 0.2
    if draw.random() < 0.15:
        return Item(sensitive=sensitive)
    return Item(
        order=draw.choice((*ORDERS, None, UNKNOWN)),
        product=draw.choice((*PRODUCTS, *PRODUCTS, None, UNKNOWN)),
        category=draw.choice((*CATEGORIES, *CATEGORIES, None, UNKNOWN)),
        at=_maybe(draw, 0.75, _a_day),
        sensitive=sensitive,
    )


def _any_consent(draw: random.Random) -> str:
    return draw.choice(CONSENTS[draw.choice(PURPOSES)])


def _a_day(draw: random.Random) -> datetime:
    return a_moment(draw.choice(DAYS))


def _some(draw: random.Random, chance: float, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(draw.choices(names, k=draw.randint(1, 2))) if draw.random() < chance else frozenset()


def _maybe(draw: random.Random, chance: float, make: Callable[[random.Random], T]) -> T | None:
    return make(draw) if draw.random() < chance else None
