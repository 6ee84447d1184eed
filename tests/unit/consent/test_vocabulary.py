"""The catalogues are those of the contract, and a category is expanded when a consent is recorded."""

import pytest

from consent.vocabulary import (
    BUILT_IN,
    DATA_FIELDS,
    FIELD_CODES,
    PURPOSE_CODES,
    PURPOSES,
    DataField,
    Purpose,
    PurposeCatalogue,
    UnknownData,
    expand,
)

FIELDS_OF_THE_CONTRACT = {
    "purchases": ["product", "date", "quantity", "price", "sales_channel", "served_by"],
    "devices": ["product", "since", "status"],
    "browsing": ["views", "searches", "carts"],
    "preferences": ["likes", "dislikes", "sizes", "budget"],
    "occasions": ["name", "date", "recipient", "lead_days", "budget"],
    "feedback": ["kind", "product", "rating", "mood", "importance", "comment", "touchpoint", "journey"],
    "contact": ["channels", "time_zone", "quiet_hours", "rhythm"],
}


def test_there_are_exactly_the_purposes_of_the_contract() -> None:
    assert [purpose.code for purpose in PURPOSES] == [
        "recommendations",
        "reminders",
        "service",
        "learning",
        "experience",
        "assistance",
        "standing_orders",
    ]
    assert len(PURPOSE_CODES) == len(PURPOSES)


def test_there_are_exactly_the_data_fields_of_the_contract() -> None:
    assert list(FIELD_CODES) == [
        f"{category}.{name}" for category, names in FIELDS_OF_THE_CONTRACT.items() for name in names
    ]
    assert len(set(FIELD_CODES)) == len(FIELD_CODES)


def test_a_field_is_written_category_dot_name() -> None:
    assert DataField(category="purchases", name="date", meaning="when").code == "purchases.date"


def test_every_purpose_says_what_the_customer_is_asked() -> None:
    assert all(purpose.question for purpose in PURPOSES)
    assert len({purpose.question for purpose in PURPOSES}) == len(PURPOSES)


def test_every_field_says_what_it_means() -> None:
    assert all(field.meaning for field in DATA_FIELDS)


@pytest.mark.parametrize("category", FIELDS_OF_THE_CONTRACT)
def test_a_category_expands_to_its_own_fields_and_no_others(category: str) -> None:
    assert expand((category,)) == {f"{category}.{name}" for name in FIELDS_OF_THE_CONTRACT[category]}


@pytest.mark.parametrize("code", FIELD_CODES)
def test_a_field_expands_to_itself(code: str) -> None:
    assert expand((code,)) == {code}


def test_categories_and_fields_can_be_mixed_and_repeated() -> None:
    assert expand(("browsing", "devices.product", "browsing.views")) == {
        "browsing.views",
        "browsing.searches",
        "browsing.carts",
        "devices.product",
    }


def test_nothing_expands_to_nothing() -> None:
    assert expand(()) == frozenset()


@pytest.mark.parametrize("name", ["health", "purchases.colour", "product", "Purchases", "purchases.", ""])
def test_an_unknown_name_is_refused_and_named(name: str) -> None:
    with pytest.raises(UnknownData, match="unknown data category or field: ") as refused:
        expand(("purchases", name))
    assert refused.value.name == name
    assert str(refused.value).endswith(f": {name}")


def test_a_shop_adds_purposes_to_the_built_in_ones() -> None:
    added = Purpose(code="fraud_check", question="May we?", dpv="https://w3id.org/dpv#FraudPrevention")
    catalogue = PurposeCatalogue(purposes=(*PURPOSES, added))
    assert catalogue.codes == PURPOSE_CODES | {"fraud_check"}
    assert catalogue.listed.endswith("standing_orders, fraud_check")
    assert (catalogue.get("fraud_check"), catalogue.get("resale")) == (added, None)
    assert BUILT_IN.codes == PURPOSE_CODES
