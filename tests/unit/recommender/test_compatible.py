"""Compatible: supplies for devices that she owns, due or never bought for them."""

from datetime import date
from functools import partial

from recommender.catalogue import Catalogue
from recommender.inputs import Device, PermittedData, Purchase
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategies.compatible import COMPATIBLE
from tests.builders import (
    DEVICES,
    PURCHASES,
    a_catalogue,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    a_return,
    a_situation,
    permitted,
)

SHOP = a_catalogue(
    "printer",
    "fax",
    a_product("black", usual_days=50),
    a_product("cyan", usual_days=50),
    a_product("roll", usual_days=50),
    "paper",
    fits={"black": ["printer"], "cyan": ["printer"], "roll": ["fax"]},
)
OWN = Source.CUSTOMER


def proposals(catalogue: Catalogue, data: PermittedData) -> list[Candidate]:
    return list(COMPATIBLE.propose(a_situation(catalogue, data=data)))


def proposed(catalogue: Catalogue, *rows: Purchase | Device) -> list[str]:
    return [candidate.product_id for candidate in proposals(catalogue, permitted(*rows))]


def day(days_ago: int) -> date:
    return a_moment(-days_ago).date()


def test_supplies_for_a_device_of_hers_and_for_no_other() -> None:
    assert proposed(SHOP, a_purchase("printer")) == ["black", "cyan"]
    assert proposed(SHOP, a_device("fax")) == ["roll"]


def test_nothing_without_a_device() -> None:
    assert proposed(SHOP) == []
    assert proposed(SHOP, a_purchase("paper")) == []
    assert proposed(SHOP, a_purchase("printer", days_ago=9), a_return("printer", days_ago=5)) == []
    assert proposed(SHOP, a_purchase("printer"), a_device("printer", gone=True)) == []


def test_what_is_in_stock_is_not_proposed_and_comes_back_when_it_is_due() -> None:
    assert proposed(SHOP, a_device("printer"), a_purchase("black", days_ago=39)) == ["cyan"]
    assert proposed(SHOP, a_device("printer"), a_purchase("black", days_ago=40)) == ["black", "cyan"]


def test_what_is_due_comes_before_what_she_never_had() -> None:
    assert proposed(SHOP, a_device("printer"), a_purchase("cyan", days_ago=99)) == ["cyan", "black"]


def test_one_supply_of_each_device_comes_before_the_second_of_any() -> None:
    assert proposed(SHOP, a_device("fax"), a_device("printer")) == ["roll", "black", "cyan"]


def test_what_is_sold_out_takes_no_place() -> None:
    shop = a_catalogue(
        a_product("a1", available=False),
        a_product("a2", available=False),
        "a3",
        "b1",
        "b2",
        fits={"a1": ["a"], "a2": ["a"], "a3": ["a"], "b1": ["b"], "b2": ["b"]},
    )
    assert proposed(shop, a_device("a"), a_device("b")) == ["a3", "b1", "b2"]


a_black_ink = partial(a_product, brand="HP", category="ink", colour="black", usual_days=50)
VARIANTS = a_catalogue(
    a_black_ink("950"),
    a_black_ink("950xl"),
    a_product("cyan"),
    fits={"950": ["printer"], "950xl": ["printer"], "cyan": ["printer"]},
)


def test_a_variant_of_what_is_in_stock_is_not_proposed() -> None:
    assert proposed(VARIANTS, a_device("printer"), a_purchase("950xl", days_ago=5)) == ["cyan"]


def test_the_variant_that_she_bought_last_comes_first_when_due() -> None:
    bought = [a_purchase("950", days_ago=300), a_purchase("950xl", days_ago=150)]
    assert proposed(VARIANTS, a_device("printer"), *bought) == ["950xl", "950", "cyan"]


def test_the_reason_for_a_supply_of_a_device_that_she_bought() -> None:
    first = proposals(SHOP, permitted(a_purchase("printer", days_ago=99)))[0]
    assert first.reason == Reason(
        code=ReasonCode.FITS_DEVICE,
        facts=(
            Fact(source=OWN, field="purchases.product", ref="printer", share=WHOLE),
            Fact(source=OWN, field="purchases.date", ref="printer", value=day(99)),
            Fact(source=Source.CATALOGUE, field="fits", ref="black → printer"),
        ),
        params={"device": "printer", "known_from": "purchases.product", "since": day(99)},
    )


def test_the_reason_without_the_date_names_no_date() -> None:
    data = permitted(a_purchase("printer"), fields=["purchases.product"])
    assert proposals(SHOP, data)[0].reason == Reason(
        code=ReasonCode.FITS_DEVICE,
        facts=(
            Fact(source=OWN, field="purchases.product", ref="printer", share=WHOLE),
            Fact(source=Source.CATALOGUE, field="fits", ref="black → printer"),
        ),
        params={"device": "printer", "known_from": "purchases.product"},
    )


def test_the_reason_for_a_supply_of_a_device_that_she_told_us_of() -> None:
    assert proposals(SHOP, permitted(a_device("fax", days_ago=400)))[0].reason == Reason(
        code=ReasonCode.FITS_DEVICE,
        facts=(
            Fact(source=OWN, field="devices.product", ref="fax", share=WHOLE),
            Fact(source=OWN, field="devices.since", ref="fax", value=day(400)),
            Fact(source=Source.CATALOGUE, field="fits", ref="roll → fax"),
        ),
        params={"device": "fax", "known_from": "devices.product", "since": day(400)},
    )


def test_where_nothing_tells_whether_she_still_has_it_the_reason_says_so() -> None:
    fields = (DEVICES | PURCHASES) - {"devices.status"}
    data = permitted(a_device("fax"), a_purchase("printer"), fields=fields)
    by_device = {one.reason.params["device"]: one.reason.params for one in proposals(SHOP, data)}
    assert by_device["fax"]["status_unknown"] is True
    assert "status_unknown" not in by_device["printer"]


def test_the_reason_for_what_is_due_says_when_she_last_bought_it() -> None:
    first = proposals(SHOP, permitted(a_device("printer"), a_purchase("black", days_ago=60)))[0]
    assert first.reason == Reason(
        code=ReasonCode.FITS_DEVICE,
        facts=(
            Fact(source=OWN, field="devices.product", ref="printer", share=WHOLE),
            Fact(source=OWN, field="purchases.product", ref="black"),
            Fact(source=OWN, field="purchases.date", ref="black", value=day(60)),
            Fact(source=Source.CATALOGUE, field="fits", ref="black → printer"),
        ),
        params={
            "device": "printer",
            "known_from": "devices.product",
            "bought": "black",
            "elapsed_days": 60,
        },
    )


def test_of_a_variant_that_she_did_not_buy_it_is_not_said_that_she_did() -> None:
    data = permitted(a_device("printer"), a_purchase("950", days_ago=60))
    by_id = {one.product_id: one.reason for one in proposals(VARIANTS, data)}
    assert by_id["950"].params["elapsed_days"] == 60
    assert "elapsed_days" not in by_id["950xl"].params
    assert {fact.ref for fact in by_id["950xl"].facts} == {"printer", "950", "950xl → printer"}


def test_it_needs_purchases_or_devices_and_uses_of_each_what_it_may() -> None:
    assert COMPATIBLE.fields_used_of(PURCHASES | DEVICES) == PURCHASES | DEVICES
    assert COMPATIBLE.fields_used_of(PURCHASES) == PURCHASES
    assert COMPATIBLE.fields_used_of(DEVICES - {"devices.since"}) == DEVICES - {"devices.since"}
    assert COMPATIBLE.fields_used_of(frozenset({"purchases.date", "devices.since"})) == frozenset()
