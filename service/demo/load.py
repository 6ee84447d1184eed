"""Loads the demo shop through the same use cases that the API calls, dated back from the present."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine

from consent.events import EventKind, Evidence
from service.api.products import ProductInBatch, product_row
from service.api.tips import TipIn, tip_row
from service.appending import Appending
from service.catalogue import CatalogueKeeper
from service.consents import ConsentRegistry
from service.db.catalogue import any_product, known_product_ids
from service.db.engine import snapshot
from service.demo.customers import CUSTOMERS, FIRST_DAY, Choice, Customer
from service.demo.notices import ENGLISH, NOTICES
from service.demo.tips import TIPS
from service.devices import DevicesDocument, OwnDevice, Ownership
from service.events import EventIntake
from service.notices import Draft, NoticeBoard
from service.own_documents import OwnDocuments
from service.settings import Clock, Environment, Purchases
from service.shop_events import EventType, ShopEvent
from service.stated_decisions import Decision
from service.tips import Tips

FLAGSHIP = "c-1001"
"""The customer whose story the README tells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """How much there is in the demo shop."""

    products: int
    customers: int
    purchases: int


def load_demo_shop(engine: Engine, clock: Clock) -> Loaded | None:
    """Load what is missing of the demo shop; gives `None` if nothing was, or if this is a real shop.

    Each customer comes last in her own load with her consents, so an interrupted load goes on.
    """
    products = _products()
    with snapshot(engine) as connection:
        known = known_product_ids(connection, (product["id"] for product in products))
        is_a_real_shop = not known and any_product(connection)
    if is_a_real_shop:
        return None
    missing = [one for one in CUSTOMERS if one.choices and not _registry(engine, clock).history(one.id)]
    if len(known) == len(products) and not missing:
        return None
    _put_products(engine, clock, [product for product in products if product["id"] not in known], products)
    _put_tips(engine, clock)
    present = clock.now()
    _put_purchases(engine, clock, present)
    notices = _published_notices(engine, present)
    for customer in missing:
        _put_choices(engine, customer, present, notices[customer.locale])
    return Loaded(
        products=len(products),
        customers=len(CUSTOMERS),
        purchases=sum(len(customer.bought) for customer in CUSTOMERS),
    )


def _products() -> list[dict[str, Any]]:
    text = files("service").joinpath("demo", "products.json").read_text("utf-8")
    products: list[dict[str, Any]] = json.loads(text)["products"]
    return products


def _put_products(
    engine: Engine, clock: Clock, new: list[dict[str, Any]], products: list[dict[str, Any]]
) -> None:
    keeper = CatalogueKeeper(engine=engine, clock=clock)
    bodies = TypeAdapter(list[ProductInBatch]).validate_python(
        [{name: value for name, value in product.items() if name != "fits"} for product in new]
    )
    if bodies:
        keeper.put([product_row(body.id, body) for body in bodies])
    for product in products:
        if product.get("fits"):
            keeper.put_fits(product["id"], product["fits"])


def _put_tips(engine: Engine, clock: Clock) -> None:
    tips = Tips(engine=engine, clock=clock, content_locale=ENGLISH)
    for tip_id, tip in TIPS.items():
        tips.put(tip_row(tip_id, TipIn.model_validate(tip)))


def _put_purchases(engine: Engine, clock: Clock, present: datetime) -> None:
    intake = EventIntake(engine=engine, clock=clock, unpermitted_purchases=Purchases.HOLD)
    intake.take_in([event for customer in CUSTOMERS for event in _sales(customer, present)])


def _sales(customer: Customer, present: datetime) -> list[ShopEvent]:
    return [
        ShopEvent(
            id=f"demo-{customer.id}-{number}",
            type=EventType.RETURN if line.returned else EventType.PURCHASE,
            customer_id=customer.id,
            product_id=line.product_id,
            occurred_at=present - timedelta(days=line.days_ago),
            quantity=line.quantity,
            order_id=f"demo-{customer.id}-day-{line.days_ago}",
            sales_channel=line.sales_channel,
            served_by=line.served_by,
        )
        for number, line in enumerate(customer.bought, start=1)
    ]


def _published_notices(engine: Engine, present: datetime) -> dict[str, str]:
    """Language -> the notice that was shown from the first day on; published unless it is there already."""
    board = NoticeBoard(engine=engine, clock=Clock(present - timedelta(days=FIRST_DAY)))
    there = {one.sha256: one.notice_id for one in board.current()}
    ids: dict[str, str] = {}
    for locale, draft in NOTICES.items():
        known = there.get(sha256(draft.text.encode()).hexdigest())
        original = None if locale == ENGLISH else ids[ENGLISH]
        ids[locale] = known or board.publish(_translating(draft, original)).notice_id
    return ids


def _translating(draft: Draft, original: str | None) -> Draft:
    stated = {name: getattr(draft, name) for name in Draft.__slots__}
    return Draft(**stated | {"translation_of": original})


def _put_choices(engine: Engine, customer: Customer, present: datetime, notice_id: str) -> None:
    evidence = Evidence(
        notice_id=notice_id, captured_via="account page", method="checkbox", locale=customer.locale
    )
    for days_ago, choices in groupby(customer.choices, key=lambda choice: choice.days_ago):
        moment = present - timedelta(days=days_ago)
        registry = _registry(engine, Clock(moment))
        registry.record(customer.id, [_decision(choice, moment, evidence) for choice in choices])
    if customer.devices:
        devices = tuple(
            OwnDevice(
                product_id=one.product_id,
                since=None
                if one.since_days_ago is None
                else (present - timedelta(days=one.since_days_ago)).date(),
                status=Ownership.GONE if one.gone else Ownership.OWNED,
            )
            for one in customer.devices
        )
        documents = OwnDocuments(engine=engine, clock=Clock(present), kind=DevicesDocument())
        documents.put(customer.id, devices, if_match="*")


def _decision(choice: Choice, moment: datetime, evidence: Evidence) -> Decision:
    expires = None if choice.expires_in_days is None else moment + timedelta(days=choice.expires_in_days)
    return Decision(
        kind=EventKind(choice.decision),
        purpose=choice.purpose,
        data=choice.data,
        expires_at=expires,
        evidence=evidence,
    )


def _registry(engine: Engine, clock: Clock) -> ConsentRegistry:
    return ConsentRegistry(
        engine=engine,
        appending=Appending(
            clock=clock, environment=Environment.DEVELOPMENT, unpermitted_purchases=Purchases.HOLD
        ),
    )
