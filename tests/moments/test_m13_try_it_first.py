"""M13, try it first: a sample where the thing itself is new to her, from what she allows and no guess otherwise."""

from typing import Any

import pytest

from tests.byleave import Byleave, product_ids

LENA = "lena"
FRIENDS = [f"friend-{number}" for number in range(5)]


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A perfumery that gives away samples. Five customers bought a soap and a cream, and Lena bought the soap."""
    byleave.product("soap", "Rose soap", category="soap")
    byleave.product("cream", "Rose hand cream", category="cream", brand="Rosa")
    byleave.product("cream-3ml", "Rose hand cream, 3 ml", category="cream", sample_of="cream")
    byleave.product("scent", "Evening scent", category="scent", featured_rank=1)
    byleave.product("scent-1ml", "Evening scent, 1 ml", category="scent", sample_of="scent")
    for friend in FRIENDS:
        byleave.bought(friend, "soap", when="2026-05-20T10:00:00Z")
        byleave.bought(friend, "cream", when="2026-05-28T10:00:00Z")
        byleave.allows(friend, "purchases", purpose="learning")
    byleave.bought(LENA, "soap", when="2026-06-01T10:00:00Z")
    return byleave


def reasons(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["product"]["id"]: one["reason"] for one in answer["items"]}


@pytest.mark.parametrize(
    ("locale", "goes_with", "our_pick", "detail"),
    [
        (
            "en",
            "To try: goes with Rose soap, which you bought",
            "To try: our pick for everyone",
            "A sample of Rose hand cream, which is new to you, as far as we may know.",
        ),
        (
            "zh-Hans",
            "试用：与您买过的Rose soap搭配",  # noqa: RUF001
            "试用：本店精选",  # noqa: RUF001
            "这是Rose hand cream的试用装；据您允许我们了解的信息，您还没有买过它。",  # noqa: RUF001
        ),
    ],
)
def test_she_may_try_what_goes_with_her_soap_before_she_buys_it(
    shop: Byleave, locale: str, goes_with: str, our_pick: str, detail: str
) -> None:
    consent_id = shop.allows(LENA, "purchases")
    answer = shop.suggestions(LENA, locale=locale)
    found = product_ids(answer)
    assert found[0] == "cream-3ml"
    assert found.index("scent-1ml") < found.index("scent") == found.index("cream") + 1 == len(found) - 1
    cream, scent = reasons(answer)["cream-3ml"], reasons(answer)["scent-1ml"]
    assert cream["code"] == scent["code"] == "try_first"
    assert (cream["text"], cream["detail"], scent["text"]) == (goes_with, detail, our_pick)
    none_bought = {"source": "customer", "field": "purchases.product", "ref": "cream", "value": 0}
    assert none_bought | {"share": 0.0, "consent": consent_id} in cream["facts"]
    assert sum(fact["share"] for fact in cream["facts"]) + cream["others"]["share"] == pytest.approx(1)


def test_once_she_tried_it_or_has_it_there_is_no_sample_any_more(shop: Byleave) -> None:
    shop.allows(LENA, "purchases")
    shop.bought(LENA, "cream-3ml", when="2026-06-05T10:00:00Z")
    answer = shop.suggestions(LENA)
    assert product_ids(answer)[0] == "cream"
    assert reasons(answer)["cream"]["text"] == "Goes with Rose soap, which you bought"
    assert "cream-3ml" not in product_ids(answer)

    shop.bought(LENA, "scent", when="2026-06-06T10:00:00Z")
    assert {"scent", "scent-1ml"}.isdisjoint(product_ids(shop.suggestions(LENA)))


def test_what_she_does_not_show_is_not_called_new(shop: Byleave) -> None:
    """Whether she has the scent is hers: who withholds it, and who has it and withholds it, get the same."""
    shop.bought("mia", "scent", when="2026-06-06T10:00:00Z")
    answers = [shop.suggestions(customer_id) for customer_id in (LENA, "mia", "never-seen")]
    assert answers[0]["items"] == answers[1]["items"] == answers[2]["items"]
    assert answers[0]["items"][0]["product"]["id"] == "scent"
    assert "try_first" not in {reason["code"] for reason in reasons(answers[0]).values()}


def test_a_sample_of_what_is_sensitive_is_offered_to_nobody_in_its_place(shop: Byleave) -> None:
    shop.product("scent", "Evening scent", category="scent", featured_rank=1, sensitive=True)
    shop.allows(LENA, "purchases")
    assert reasons(shop.suggestions(LENA))["scent"]["code"] == "featured"
