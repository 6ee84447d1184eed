"""M12, new or regular: a fitting answer for how she comes here, from what she allows, and never a worse one."""

from typing import Any

import pytest

from tests.byleave import Byleave, product_ids

NINA, RITA, LARA = "nina", "rita", "lara"  # new, regular, lapsed
DAYS = {
    NINA: ["2026-06-01"],
    RITA: ["2026-04-01", "2026-05-01", "2026-06-01"],
    LARA: ["2025-03-01", "2025-04-01"],
}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A coffee shop with a tasting box for beginners, and two things that came in this month."""
    byleave.product("beans", "House blend", category="coffee")
    byleave.product("tasting", "Tasting box", category="boxes", attributes={"for_newcomers": True})
    byleave.product("harvest", "New harvest", category="coffee", attributes={"available_since": "2026-06-05"})
    byleave.product("teapot", "Teapot", category="tea", attributes={"available_since": "2026-06-06"})
    byleave.product("mug", "Mug", category="mugs", featured_rank=1)
    for customer_id, days in DAYS.items():
        for day in days:
            byleave.bought(customer_id, "beans", when=f"{day}T10:00:00Z")
    return byleave


def reasons(answer: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {
        one["product"]["id"]: (one["reason"]["code"], one["reason"]["text"], one["reason"]["detail"])
        for one in answer["items"]
    }


@pytest.mark.parametrize(
    ("customer_id", "product_id", "locale", "text", "detail"),
    [
        (
            NINA,
            "tasting",
            "en",
            "A good place to start",
            "You have bought here once, and this is our suggestion for those who are new here.",
        ),
        (NINA, "tasting", "zh-Hans", "适合初次选购", "您在本店购买过一次；这是本店给新顾客的推荐。"),  # noqa: RUF001
        (
            RITA,
            "harvest",
            "en",
            "New, and of a kind that you buy",
            "You often buy here, and this came in after the last time, 9 days ago.",
        ),
        (
            RITA,
            "harvest",
            "zh-Hans",
            "您常买的品类有新品",
            "您常来本店购买；这件商品在您9天前的上次购买之后到货。",  # noqa: RUF001
        ),
        (LARA, "teapot", "en", "New since you last bought here", "You last bought here 62 weeks ago."),
        (LARA, "teapot", "zh-Hans", "您上次购买之后的新品", "您上次在本店购买是62周前。"),
    ],
)
def test_each_gets_what_fits_how_she_comes_here(
    shop: Byleave, customer_id: str, product_id: str, locale: str, text: str, detail: str
) -> None:
    consent_id = shop.allows(customer_id, "purchases")
    answer = shop.suggestions(customer_id, locale=locale)
    due = [one for one in answer["items"] if one["reason"]["code"] == "due_again"]
    first = answer["items"][len(due)]
    assert first["product"]["id"] == product_id
    assert (first["reason"]["code"], first["reason"]["text"], first["reason"]["detail"]) == (
        "for_you",
        text,
        detail,
    )
    hers = [fact for fact in first["reason"]["facts"] if fact["source"] == "customer"]
    assert [(fact["field"], fact["share"], fact["consent"]) for fact in hers] == [
        ("purchases.date", 0.5, consent_id)
    ]


@pytest.mark.parametrize(
    ("locale", "detail"),
    [
        ("en", "Our suggestion for those who are new here."),
        ("zh-Hans", "这是本店给新顾客的推荐。"),
    ],
)
def test_who_has_bought_nothing_yet_and_says_so_is_new(shop: Byleave, locale: str, detail: str) -> None:
    shop.allows("somebody", "purchases")
    first = shop.suggestions("somebody", locale=locale)["items"][0]
    assert (first["product"]["id"], first["reason"]["detail"]) == ("tasting", detail)


def test_nobody_is_served_worse(shop: Byleave) -> None:
    """The same things for each of them as for a visitor, but for what she has at home."""
    everything = set(product_ids(shop.visitor_suggestions(limit=50)))
    for customer_id in DAYS:
        shop.allows(customer_id, "purchases")
        assert set(product_ids(shop.suggestions(customer_id, limit=50))) | {"beans"} == everything


@pytest.mark.parametrize("allowed", [(), ("purchases.product",), ("purchases.date",)])
def test_without_the_days_nobody_is_new_or_regular(shop: Byleave, allowed: tuple[str, ...]) -> None:
    """Three who came in quite different ways, and get the same."""
    for customer_id in DAYS:
        if allowed:
            shop.allows(customer_id, *allowed)
    answers = [shop.suggestions(customer_id) for customer_id in DAYS]
    told = [{text for _, text, _ in reasons(answer).values()} for answer in answers]
    assert not {"A good place to start", "New since you last bought here"} & set().union(*told)
    kinds = [[one for one in reasons(answer).items() if one[0] != "beans"] for answer in answers]
    assert kinds[0] == kinds[1] == kinds[2]
