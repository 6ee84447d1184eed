"""The demo shop: its parts agree with each other, with the vocabulary and with known facts about printers."""

import csv
import json
import re
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.vocabulary import DATA_FIELDS, PURPOSE_CODES, expand
from service.demo import customers as demo
from service.demo.customers import CUSTOMERS, Bought, Choice, Customer
from tests.builders import ASKED_TOGETHER

REPO = Path(__file__).resolve().parents[3]
HP_SUPPLIES = REPO.parent / "shared" / "data" / "hp_printer_supplies.csv"

CATALOGUE: dict[str, Any] = json.loads((REPO / "service" / "demo" / "products.json").read_text("utf-8"))
PRODUCTS: list[dict[str, Any]] = CATALOGUE["products"]
BY_ID: dict[str, dict[str, Any]] = {product["id"]: product for product in PRODUCTS}
HP_PRINTERS = [
    product["id"] for product in PRODUCTS if product["brand"] == "HP" and product["category"] == "printers"
]
CARTRIDGES = [product for product in PRODUCTS if product["category"] in ("ink", "toner")]
DEVICES = {device for product in PRODUCTS for device in product.get("fits", ())}

ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")
KEYS = {
    "id", "title", "short_title", "brand", "category", "price", "url", "image_url", "attributes",
    "featured_rank", "sensitive", "fits",
}  # fmt: skip

# Our ids in the words of the public list: the printer's model key; the supply's number or, for toner, its
# SKU. It lists 950 and 951 without their XL variants, which share the printers of the number.
MODEL_KEY = {
    "hp-ojp-8600": "officejet_pro_8600",
    "hp-ojp-8100": "officejet_pro_8100",
    "hp-oj-6700": "officejet_6700",
    "hp-oj-7610": "officejet_7610_series",
    "hp-dj-3510": "deskjet_3510_series",
    "hp-envy-120": "envy_120_series",
    "hp-lj-m402n": "hp_laserjet_m402n",
    "hp-lj-m1212nf": "hp_laserjet_professional_m1212nf_mfp",
    "hp-lj-p2035n": "hp_laserjet_p2035n",
    "hp-lj-m425dw": "hp_laserjet_400_mfp_m425dw",
    "hp-clj-m252dw": "hp_color_laserjet_pro_m252dw",
}
SUPPLY = {
    "hp-950-black": "950",
    "hp-950xl-black": "950",
    "hp-951-cyan": "951",
    "hp-951-magenta": "951",
    "hp-951-yellow": "951",
    "hp-951xl-cyan": "951",
    "hp-951xl-magenta": "951",
    "hp-951xl-yellow": "951",
    "hp-932-black": "932",
    "hp-932xl-black": "932XL",
    "hp-933-cyan": "933",
    "hp-933-magenta": "933",
    "hp-933-yellow": "933",
    "hp-61-black": "61",
    "hp-61xl-black": "61XL",
    "hp-61-tri-color": "61",
    "hp-61xl-tri-color": "61XL",
    "hp-60-black": "60",
    "hp-60xl-black": "60XL",
    "hp-60-tri-color": "60",
    "hp-26a-black": "CF226A",
    "hp-26x-black": "CF226X",
    "hp-80x-black": "CF280X",
    "hp-85a-black": "CE285A",
    "hp-05a-black": "CE505A",
    "hp-201a-black": "CF400A",
    "hp-201x-black": "CF400X",
    "hp-201a-cyan": "CF401A",
    "hp-201a-magenta": "CF403A",
    "hp-201a-yellow": "CF402A",
}
COLOUR = {"tri-color": "tricolour"}


def permitted(who: Customer, purpose: str) -> frozenset[str]:
    """The fields that the latest choices on them permit for `purpose`; enough for the demo's plain choices."""
    fields: set[str] = set()
    for choice in who.choices:
        if choice.purpose == purpose:
            expired = choice.expires_in_days is not None and choice.expires_in_days <= choice.days_ago
            if choice.decision == "given" and not expired:
                fields |= expand(choice.data)
            else:
                fields -= expand(choice.data)
    return frozenset(fields)


def customer(customer_id: str) -> Customer:
    return next(each for each in CUSTOMERS if each.id == customer_id)


def last_bought(customer_id: str, product_id: str) -> int:
    return min(line.days_ago for line in customer(customer_id).bought if line.product_id == product_id)


def test_ids_are_unique_and_valid() -> None:
    for ids in ([product["id"] for product in PRODUCTS], [each.id for each in CUSTOMERS]):
        assert len(set(ids)) == len(ids)
        assert [each for each in ids if not ID.match(each)] == []


def test_every_product_has_only_what_its_put_takes_and_is_complete() -> None:
    for product in PRODUCTS:
        assert set(product) <= KEYS
        assert {"id", "title", "short_title", "brand", "category", "price", "url"} <= set(product)
        assert re.fullmatch(r"[0-9]+\.[0-9]{2}", product["price"]["amount"])
        assert product["price"]["currency"] == "USD"
        assert product["url"] == f"https://shop.example/p/{product['id']}"
        assert product["image_url"] == f"https://shop.example/i/{product['id']}.jpg"


def test_titles_and_short_titles_are_short_and_no_short_title_stands_for_two_products() -> None:
    assert [product["id"] for product in PRODUCTS if len(product["title"]) > 80] == []
    assert [product["id"] for product in PRODUCTS if not 1 <= len(product["short_title"]) <= 40] == []
    assert len({product["short_title"] for product in PRODUCTS}) == len(PRODUCTS)


def test_the_catalogue_says_where_its_facts_come_from_and_what_is_invented() -> None:
    assert "HP" in CATALOGUE["source"] and "HPLIP" in CATALOGUE["source"]
    assert "invented" in CATALOGUE["invented"]


def test_some_products_are_featured_each_at_its_own_rank_and_two_are_sensitive() -> None:
    ranks = sorted(product["featured_rank"] for product in PRODUCTS if "featured_rank" in product)
    assert ranks == list(range(1, 9))
    assert sum(product.get("sensitive", False) for product in PRODUCTS) == 2


def test_every_fits_target_exists_and_is_a_device_and_not_a_supply() -> None:
    assert DEVICES <= set(BY_ID)
    assert [device for device in DEVICES if "fits" in BY_ID[device]] == []


def test_what_fits_a_device_says_after_how_many_days_it_is_needed_again() -> None:
    for product in PRODUCTS:
        if "fits" in product:
            assert isinstance(product["attributes"]["usual_interval_days"], int), product["id"]


def test_variants_of_one_thing_share_devices_colour_and_category() -> None:
    groups: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for product in PRODUCTS:
        if "item_group_id" in product["attributes"]:
            shared = (tuple(product.get("fits", ())), product["attributes"].get("color"), product["category"])
            groups[product["attributes"]["item_group_id"]].add(shared)
    assert [group for group, shared in groups.items() if len(shared) > 1] == []
    assert BY_ID["hp-950-black"]["attributes"]["item_group_id"] == "hp-950-black"
    assert BY_ID["hp-950xl-black"]["attributes"]["item_group_id"] == "hp-950-black"


def test_there_are_at_least_eight_hp_printers() -> None:
    assert len(HP_PRINTERS) >= 8


@pytest.mark.parametrize("printer", HP_PRINTERS)
def test_an_hp_printer_has_a_cartridge_that_fits_and_look_alikes_that_do_not(printer: str) -> None:
    fitting = [each["id"] for each in CARTRIDGES if printer in each["fits"]]
    assert fitting
    assert len(fitting) < len(CARTRIDGES)
    kinds = {BY_ID[each]["category"] for each in fitting}
    assert [each["id"] for each in CARTRIDGES if printer not in each["fits"] and each["category"] in kinds]


def test_the_printer_and_the_cartridge_of_the_canonical_case_are_as_told() -> None:
    printer, ink = BY_ID["hp-ojp-8600"], BY_ID["hp-950-black"]
    assert PRODUCTS[0] is printer
    assert printer["title"] == "HP OfficeJet Pro 8600 e-All-in-One Printer"
    assert printer["short_title"] == "HP OfficeJet Pro 8600"
    assert ink["title"] == "HP 950 Black Ink Cartridge"
    assert ink["short_title"] == "HP 950 black ink"
    assert ink["price"] == {"amount": "27.99", "currency": "USD"}
    assert "hp-ojp-8600" in ink["fits"]


def test_every_hp_pair_of_printer_and_supply_occurs_in_the_public_list() -> None:
    if not HP_SUPPLIES.exists():
        pytest.skip("needs ../shared/data/hp_printer_supplies.csv next to the repository")
    listed: set[tuple[str, str, str]] = set()
    with HP_SUPPLIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            listed.add((row["model_key"], row["supply_number"] or row["manufacturer_sku"], row["colour"]))
    pairs = [(each, printer) for each in CARTRIDGES for printer in each["fits"]]
    assert len(pairs) >= len(CARTRIDGES)
    for each, printer in pairs:
        color = each["attributes"]["color"]
        assert (MODEL_KEY[printer], SUPPLY[each["id"]], COLOUR.get(color, color)) in listed, each["id"]


def test_the_mapping_to_the_public_list_covers_exactly_the_demo() -> None:
    assert set(MODEL_KEY) == set(HP_PRINTERS)
    assert set(SUPPLY) == {each["id"] for each in CARTRIDGES}


def test_every_product_that_a_customer_bought_or_owns_exists() -> None:
    bought = {line.product_id for each in CUSTOMERS for line in each.bought}
    owned = {device.product_id for each in CUSTOMERS for device in each.devices}
    assert bought <= set(BY_ID)
    assert owned <= DEVICES


def test_there_are_thirty_customers_with_a_story_each_and_some_hundred_purchases() -> None:
    assert [each.id for each in CUSTOMERS] == [f"c-{number}" for number in range(1001, 1031)]
    assert [each.id for each in CUSTOMERS if not re.fullmatch(r"[^.]+\.", each.story)] == []
    assert 350 <= sum(len(each.bought) for each in CUSTOMERS) <= 600


def test_nothing_lies_in_the_future_or_before_the_shops_first_day() -> None:
    for each in CUSTOMERS:
        days = [line.days_ago for line in each.bought] + [choice.days_ago for choice in each.choices]
        assert [day for day in days if not 0 <= day <= demo.FIRST_DAY] == [], each.id
        assert [device for device in each.devices if (device.since_days_ago or 0) < 0] == []


def test_purchases_and_choices_are_listed_oldest_first() -> None:
    for each in CUSTOMERS:
        for days in ([line.days_ago for line in each.bought], [choice.days_ago for choice in each.choices]):
            assert days == sorted(days, reverse=True), each.id


def test_no_receipt_names_a_product_twice_and_quantities_are_positive() -> None:
    for each in CUSTOMERS:
        lines = [(line.days_ago, line.product_id, line.returned) for line in each.bought]
        assert len(set(lines)) == len(lines), each.id
        assert min((line.quantity for line in each.bought), default=1) >= 1


def test_what_was_returned_had_been_bought_before() -> None:
    for each in CUSTOMERS:
        for line in each.bought:
            if line.returned:
                assert any(
                    other.product_id == line.product_id
                    and not other.returned
                    and other.days_ago > line.days_ago
                    for other in each.bought
                )


def test_choices_use_known_decisions_purposes_and_data() -> None:
    for each in CUSTOMERS:
        for choice in each.choices:
            assert choice.decision in {"given", "refused", "deferred", "withdrawn"}
            assert choice.purpose in PURPOSE_CODES
            assert expand(choice.data)
            assert choice.expires_in_days is None or choice.expires_in_days > 0
    assert set(demo.ALL_PURPOSES) == ASKED_TOGETHER
    assert set(demo.EVERYTHING) == {field.category for field in DATA_FIELDS}


def test_a_withdrawal_takes_back_something_that_had_been_given() -> None:
    for each in CUSTOMERS:
        given: set[tuple[str, tuple[str, ...]]] = set()
        for choice in each.choices:
            if choice.decision == "given":
                given.add((choice.purpose, choice.data))
            elif choice.decision == "withdrawn":
                assert (choice.purpose, choice.data) in given, each.id


def test_declared_devices_are_covered_by_a_permission_in_force() -> None:
    with_devices = [each for each in CUSTOMERS if each.devices]
    assert with_devices
    for each in with_devices:
        assert any("devices.product" in permitted(each, purpose) for purpose in PURPOSE_CODES), each.id


def test_enough_customers_allow_learning_for_popular_products_to_show() -> None:
    learning = [each for each in CUSTOMERS if "purchases.product" in permitted(each, "learning")]
    assert len(learning) >= 14
    buyers: dict[str, set[str]] = defaultdict(set)
    for each in learning:
        for line in each.bought:
            buyers[line.product_id].add(each.id)
    assert len([product_id for product_id, ids in buyers.items() if len(ids) >= 6]) >= 6


def test_the_flagship_bought_one_printer_99_days_ago_and_made_one_choice() -> None:
    flagship = customer("c-1001")
    assert flagship.bought == (Bought(days_ago=99, product_id="hp-ojp-8600"),)
    assert flagship.choices == (
        Choice(
            days_ago=99,
            decision="given",
            purpose="recommendations",
            data=("purchases.product", "purchases.date"),
        ),
    )
    assert flagship.devices == ()


def test_who_allows_everything_allows_it_for_every_purpose_and_is_due_for_ink() -> None:
    every_field = frozenset(field.code for field in DATA_FIELDS)
    assert all(permitted(customer("c-1002"), purpose) == every_field for purpose in ASKED_TOGETHER)
    assert timedelta(weeks=9) <= timedelta(days=last_bought("c-1002", "hp-950-black")) <= timedelta(weeks=10)


def test_who_has_said_no_or_nothing_permits_nothing() -> None:
    for customer_id in ("c-1004", "c-1005", "c-1006", "c-1007", "c-1008"):
        assert all(not permitted(customer(customer_id), purpose) for purpose in PURPOSE_CODES), customer_id
        assert customer(customer_id).bought


@pytest.mark.parametrize(
    ("customer_id", "only"),
    [("c-1009", "learning"), ("c-1010", "recommendations"), ("c-1015", "reminders")],
)
def test_who_allows_one_purpose_allows_no_other(customer_id: str, only: str) -> None:
    assert {purpose for purpose in PURPOSE_CODES if permitted(customer(customer_id), purpose)} == {only}


def test_the_people_of_the_stories_are_as_told() -> None:
    assert permitted(customer("c-1003"), "recommendations") == {"purchases.product"}
    assert permitted(customer("c-1010"), "recommendations") == expand(("devices",))
    assert [device.gone for device in customer("c-1011").devices] == [True]
    assert last_bought("c-1011", customer("c-1011").devices[0].product_id) > 0
    assert last_bought("c-1012", "hp-950-black") <= 7
    assert 20 <= last_bought("c-1013", "kavorno-pods-espresso") <= 30
    bought_1014 = {line.product_id for line in customer("c-1014").bought} & set(HP_PRINTERS)
    assert len(bought_1014 | {device.product_id for device in customer("c-1014").devices}) == 2
    assert [line.product_id for line in customer("c-1016").bought if line.returned] == ["hp-envy-120"]
    assert any(BY_ID[line.product_id].get("sensitive") for line in customer("c-1017").bought)
    assert permitted(customer("c-1017"), "recommendations") == expand(demo.EVERYTHING)
