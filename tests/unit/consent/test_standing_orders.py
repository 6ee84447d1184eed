"""A standing order names one product, how often, until when and for how much; without all of it there is none."""

from dataclasses import replace
from typing import Any

import pytest

from consent.events import Evidence
from consent.scope import Items, PriceLimit, Scope
from consent.standing_orders import (
    PROPOSAL,
    StandingOrder,
    last_proposed,
    proposal_of,
    standing_order,
    standing_orders,
)
from consent.vocabulary import STANDING_ORDERS, expand
from tests.builders import a_moment, consumed, given, ledger, withdrawn

TWENTY = PriceLimit(amount="20.00", currency="EUR")
COFFEE = Items(products=frozenset({"coffee"}))
ORDER = StandingOrder(product_id="coffee", price_limit=TWENTY)
AGREED = Scope(
    purpose=STANDING_ORDERS,
    fields=frozenset({"purchases.product", "purchases.date"}),
    items=COFFEE,
    uses=3,
    expires_at=a_moment(180),
    price_limit=TWENTY,
)
LIMITS: dict[str, Any] = {
    "purpose": STANDING_ORDERS,
    "items": COFFEE,
    "uses": 3,
    "expires_at": a_moment(180),
    "price_limit": TWENTY,
}


@pytest.mark.parametrize("fields", [AGREED.fields, expand(("purchases",))])
def test_it_names_all_its_limits(fields: frozenset[str]) -> None:
    assert standing_order(replace(AGREED, fields=fields)) == ORDER


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "recommendations"},
        {"fields": frozenset({"purchases.product"})},
        {"fields": AGREED.fields | {"devices.product"}},
        {"items": None},
        {"items": Items()},
        {"items": Items(products=frozenset({"coffee", "tea"}))},
        {"items": Items(products=frozenset({"coffee"}), categories=frozenset({"drinks"}))},
        {"items": Items(products=frozenset({"coffee"}), exceptions=frozenset({"order-1"}))},
        {"uses": None},
        {"expires_at": None},
        {"price_limit": None},
        {"channels": frozenset({"email"})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_without_all_of_them_it_is_none(change: dict[str, Any]) -> None:
    assert standing_order(replace(AGREED, **change)) is None


def test_of_a_ledger_the_grants_count_and_nothing_else() -> None:
    events = ledger(
        given("devices"),
        given(**LIMITS),
        consumed(**LIMITS, consent_id="con_2"),
        withdrawn(**LIMITS, consent_id="con_3"),
        given(purpose=STANDING_ORDERS, consent_id="con_4"),
    )
    assert standing_orders(events) == {"con_1": ORDER}


def test_a_proposal_says_what_is_proposed_and_for_how_much_at_most() -> None:
    told = proposal_of(ORDER)
    assert (told.purpose, told.items, told.price_limit) == (STANDING_ORDERS, COFFEE, TWENTY)
    assert (told.uses, told.expires_at) == (None, None)


def test_the_last_proposal_of_a_product_counts_whichever_consent_it_used() -> None:
    proposed = Evidence(method=PROPOSAL)
    events = ledger(
        consumed(items=COFFEE, evidence=proposed, recorded_at=a_moment(2), consent_id="con_2"),
        consumed(items=COFFEE, evidence=proposed, recorded_at=a_moment(1)),
        consumed(items=COFFEE, evidence=Evidence(method="decision"), recorded_at=a_moment(5)),
        consumed(items=Items(products=frozenset({"tea"})), evidence=proposed, recorded_at=a_moment(6)),
        given(items=COFFEE, evidence=proposed, recorded_at=a_moment(7)),
    )
    assert last_proposed(events, "coffee") == a_moment(2)
    assert last_proposed(events, "cake") is None
