"""Builders: each makes one ordinary thing, so that a test names only what it is about.

They know no database and no HTTP, and they check nothing: a test may build what the service would refuse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from consent.events import ConsentEvent, EventKind, Evidence
from consent.scope import Items, PriceLimit, Scope
from consent.vocabulary import PURPOSE_CODES, STANDING_ORDERS, expand
from recommender.catalogue import Catalogue, build_catalogue
from recommender.inputs import (
    NOTHING_PERMITTED,
    Browsed,
    Device,
    ListKind,
    Money,
    Occasion,
    PermittedData,
    Preferences,
    Product,
    Purchase,
    Request,
    Said,
    Settings,
    Tastes,
)
from recommender.learning.contributions import History
from recommender.learning.model import Model, learn
from recommender.ranking import situation_of
from recommender.similarity import build_similarity
from recommender.strategy import Situation
from recommender.tips import Age, Interval, Season, Tip

CUSTOMER = "c-1001"


ASKED_TOGETHER = PURPOSE_CODES - {STANDING_ORDERS}
"""The purposes that she may allow in one go, for all data; a standing order is one of one product."""


def a_moment(days: float = 0) -> datetime:
    """The present of the tests (10 June 2026, 09:00 UTC), or so many days after (before, if negative)."""
    return datetime(2026, 6, 10, 9, tzinfo=UTC) + timedelta(days=days)


def an_event(
    kind: EventKind,
    *data: str,
    purpose: str = "recommendations",
    position: int = 1,
    consent_id: str = "con_1",
    customer_id: str = CUSTOMER,
    recorded_at: datetime | None = None,
    occurred_at: datetime | None = None,
    replaces: str | None = None,
    expires_at: datetime | None = None,
    uses: int | None = None,
    channels: Iterable[str] | None = None,
    items: Items | None = None,
    data_from: datetime | None = None,
    price_limit: PriceLimit | None = None,
    evidence: Evidence | None = None,
) -> ConsentEvent:
    """A consent event about `data`, categories or fields; without any it is about all purchases."""
    return ConsentEvent(
        event_id=f"evt_{position}",
        consent_id=consent_id,
        customer_id=customer_id,
        position=position,
        kind=kind,
        scope=Scope(
            purpose=purpose,
            fields=expand(data or ("purchases",)),
            channels=None if channels is None else frozenset(channels),
            items=items,
            data_from=data_from,
            uses=uses,
            expires_at=expires_at,
            price_limit=price_limit,
        ),
        recorded_at=recorded_at or a_moment(),
        occurred_at=occurred_at,
        replaces=replaces,
        evidence=evidence or Evidence(),
    )


given = partial(an_event, EventKind.GIVEN)
renewed = partial(an_event, EventKind.RENEWED)
refused = partial(an_event, EventKind.REFUSED)
deferred = partial(an_event, EventKind.DEFERRED)
withdrawn = partial(an_event, EventKind.WITHDRAWN)
revoked = partial(an_event, EventKind.REVOKED)
consumed = partial(an_event, EventKind.CONSUMED)
objected = partial(an_event, EventKind.OBJECTED)
restricted = partial(an_event, EventKind.RESTRICTED)
lifted = partial(an_event, EventKind.LIFTED)


def ledger(*events: ConsentEvent) -> list[ConsentEvent]:
    """The events as one customer's ledger: positions 1 to n, and event ids that follow them."""
    return [
        replace(event, position=position, event_id=f"evt_{position}")
        for position, event in enumerate(events, start=1)
    ]


PURCHASES = frozenset({"purchases.product", "purchases.date", "purchases.quantity"})
DEVICES = frozenset({"devices.product", "devices.since", "devices.status"})
BROWSING = frozenset({"browsing.views", "browsing.carts"})
OCCASIONS = frozenset(f"occasions.{name}" for name in ("name", "date", "recipient", "lead_days", "budget"))
PREFERENCES = frozenset(f"preferences.{name}" for name in ("likes", "dislikes", "sizes", "budget"))
FEEDBACK = frozenset({"feedback.kind", "feedback.product"})


def a_product(
    product_id: str,
    title: str | None = None,
    *,
    brand: str | None = None,
    category: str | None = None,
    colour: str | None = None,
    group: str | None = None,
    usual_days: object = None,
    available: bool = True,
    sensitive: bool = False,
    sample_of: str | None = None,
    for_newcomers: bool | None = None,
    available_since: str | None = None,
    featured_rank: int | None = None,
    size: object = None,
    price: str | None = None,
    suits: object = None,
) -> Product:
    """A product of the shop, named like its id if it has no `title`; a `price` is in euros."""
    attributes = {
        "color": colour,
        "item_group_id": group,
        "usual_interval_days": usual_days,
        "size": size,
        "suits": suits,
        "for_newcomers": for_newcomers,
        "available_since": available_since,
    }
    return Product(
        id=product_id,
        title=title or product_id,
        brand=brand,
        category=category,
        attributes={name: value for name, value in attributes.items() if value is not None},
        available=available,
        sensitive=sensitive,
        sample_of=sample_of,
        featured_rank=featured_rank,
        price=None if price is None else euros(price),
    )


def a_tip(
    tip_id: str,
    *products: str,
    brands: Iterable[str] = (),
    categories: Iterable[str] = (),
    due: Age | Interval | Season | None = None,
) -> Tip:
    """A care tip, due in summer unless said otherwise."""
    return Tip(
        id=tip_id,
        products=frozenset(products),
        brands=frozenset(brands),
        categories=frozenset(categories),
        due=due or Season(first=(6, 1), last=(8, 31)),
    )


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


def a_catalogue(
    *products: Product | str, fits: Mapping[str, Iterable[str]] | None = None, tips: Iterable[Tip] = ()
) -> Catalogue:
    """A shop with these products (a bare id is an ordinary one); `fits` as in the API: supply -> devices."""
    return build_catalogue(
        [a_product(product) if isinstance(product, str) else product for product in products],
        {supply: frozenset(devices) for supply, devices in (fits or {}).items()},
        tips,
    )


def a_purchase(
    product_id: str, *, days_ago: int | None = 10, quantity: int | None = 1, returned: bool = False
) -> Purchase:
    """A purchase so many days before the present of the tests; `None` is what is not known."""
    day = None if days_ago is None else a_moment(-days_ago).date()
    return Purchase(product_id=product_id, day=day, quantity=quantity, returned=returned)


a_return = partial(a_purchase, returned=True)


def a_device(product_id: str, *, days_ago: int | None = None, gone: bool = False) -> Device:
    """Something that she told us she has, or no longer has if `gone`."""
    since = None if days_ago is None else a_moment(-days_ago).date()
    return Device(product_id=product_id, since=since, gone=gone)


def said(kind: str, product_id: str, *, days_ago: int = 0) -> Said:
    """What she said of a product so many days before the present of the tests."""
    return Said(kind=kind, product_id=product_id, said_at=a_moment(-days_ago))


def browsed(product_id: str, *, days_ago: int = 0) -> Browsed:
    """Something that she looked at, or put into her cart, so many days before the present of the tests."""
    return Browsed(product_id=product_id, day=a_moment(-days_ago).date())


def tells(
    *,
    likes: Iterable[str] = (),
    liked_categories: Iterable[str] = (),
    dislikes: Iterable[str] = (),
    disliked_categories: Iterable[str] = (),
    sizes: Mapping[str, tuple[str, ...]] | None = None,
    budget: str | None = None,
) -> Preferences:
    """What she told of brands and categories, her sizes, and her budget in euros."""
    return Preferences(
        likes=Tastes(brands=tuple(likes), categories=tuple(liked_categories)),
        dislikes=Tastes(brands=tuple(dislikes), categories=tuple(disliked_categories)),
        sizes=sizes or {},
        budget=None if budget is None else euros(budget),
    )


def permitted(
    *rows: Purchase | Device | Said,
    views: Iterable[Browsed] = (),
    carts: Iterable[Browsed] = (),
    preferences: Preferences | None = None,
    occasions: Iterable[Occasion] = (),
    fields: Iterable[str] = PURCHASES | DEVICES,
) -> PermittedData:
    """What is handed over of these rows if she allows `fields`: nothing that they do not cover."""
    allowed = frozenset(fields)
    purchases = [_readable_purchase(row, allowed) for row in rows if isinstance(row, Purchase)]
    devices = [_readable_device(row, allowed) for row in rows if isinstance(row, Device)]
    return PermittedData(
        purchases=tuple(purchases) if "purchases.product" in allowed else None,
        devices=tuple(devices) if "devices.product" in allowed else None,
        views=tuple(views) if "browsing.views" in allowed else None,
        carts=tuple(carts) if "browsing.carts" in allowed else None,
        preferences=_readable_preferences(preferences or Preferences(), allowed),
        feedback=tuple(row for row in rows if isinstance(row, Said)) if allowed >= FEEDBACK else None,
        occasions=_readable_occasions(occasions, allowed),
        fields=frozenset(
            field
            for field in allowed
            if field in BROWSING | PREFERENCES
            or (field in OCCASIONS and "occasions.date" in allowed)
            or f"{field.split('.')[0]}.product" in allowed
        ),
    )


def _readable_occasions(occasions: Iterable[Occasion], fields: frozenset[str]) -> tuple[Occasion, ...] | None:
    if "occasions.date" not in fields:
        return None
    told = ("name", "recipient", "lead_days", "budget")
    return tuple(
        replace(one, **{name: getattr(one, name) if f"occasions.{name}" in fields else None for name in told})
        for one in occasions
    )


def _readable_preferences(told: Preferences, fields: frozenset[str]) -> Preferences | None:
    readable = {
        name: getattr(told, name) for name in Preferences.__slots__ if f"preferences.{name}" in fields
    }
    return Preferences(**readable) if readable else None


def _readable_purchase(row: Purchase, fields: frozenset[str]) -> Purchase:
    return replace(
        row,
        day=row.day if "purchases.date" in fields else None,
        quantity=row.quantity if "purchases.quantity" in fields else None,
    )


def _readable_device(row: Device, fields: frozenset[str]) -> Device:
    return replace(
        row,
        since=row.since if "devices.since" in fields else None,
        gone=row.gone and "devices.status" in fields,
    )


def a_request(*page: str, limit: int = 10, list_kind: ListKind = ListKind.ALL) -> Request:
    """A request for suggestions, with these products on the page or in the cart."""
    return Request(limit=limit, list_kind=list_kind, page=page)


def bought_by_others(
    supporters: Mapping[str, int] | None = None, *, days_ago: int = 10, **baskets: Iterable[str]
) -> dict[str, History]:
    """What is learned from: so many nameless customers who bought each product back then, and named ones."""
    counts = supporters or {}
    nameless = {
        f"other-{number}": [id_ for id_, count in counts.items() if number <= count]
        for number in range(1, max(counts.values(), default=0) + 1)
    }
    day = a_moment(-days_ago).date()
    return {customer_id: dict.fromkeys(basket, day) for customer_id, basket in (nameless | baskets).items()}


def what_was_learned(histories: Mapping[str, History], *, settings: Settings | None = None) -> Model:
    """The model of the tests' present."""
    return learn(histories, today=a_moment().date(), settings=(settings or Settings()).learning)


def a_situation(
    catalogue: Catalogue,
    *,
    data: PermittedData = NOTHING_PERMITTED,
    request: Request | None = None,
    others: Mapping[str, History] | None = None,
    customer_id: str | None = CUSTOMER,
    settings: Settings | None = None,
) -> Situation:
    """What a strategy gets to see, made as ranking makes it."""
    today, settings = a_moment().date(), settings or Settings()
    return situation_of(
        request or a_request(),
        data=data,
        catalogue=catalogue,
        similarity=build_similarity(catalogue),
        learned=what_was_learned(others or {}, settings=settings),
        customer_id=customer_id,
        today=today,
        settings=settings,
    )
