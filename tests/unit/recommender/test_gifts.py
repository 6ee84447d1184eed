"""Gifts for an occasion: what suits, what is like what she gave before, within what she wants to spend."""

from dataclasses import replace

import pytest

from recommender.gifts import Gift, gifts_for
from recommender.inputs import Occasion, Product
from recommender.occasion_days import coming
from recommender.strategies.occasion import OCCASION
from recommender.strategy import Situation
from tests.builders import (
    OCCASIONS,
    PREFERENCES,
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_situation,
    euros,
    permitted,
    tells,
)

SHOP: tuple[Product, ...] = (
    a_product("scarf", category="scarves", price="40.00", suits=["mother", 7]),
    a_product("shawl", category="scarves", price="30.00", brand="Faber"),
    a_product("watch", category="watches", price="900.00", suits="mother"),
    a_product("tie", category="ties", suits=["father"]),
    a_product("bracket", suits={"mother": True}),
    a_product("nameless", suits=["mother"]),
)
MOTHER = Occasion(day="06-14", recipient="mother", budget=euros("50"))


def gifts(occasion: Occasion, situation: Situation) -> dict[str, Gift]:
    (one,) = coming([occasion], situation.today, None)
    return {gift.product_id: gift for gift in gifts_for(one, situation)}


def a_customer(*rows: object, likes: tuple[str, ...] = (), fits: object = None) -> Situation:
    data = permitted(
        *rows,  # type: ignore[arg-type]
        preferences=tells(likes=likes) if likes else None,
        fields=OCCASIONS | PURCHASES | (PREFERENCES if likes else frozenset()),
    )
    return a_situation(a_catalogue(*SHOP, fits=fits), data=data)  # type: ignore[arg-type]


def test_what_suits_the_recipient_and_is_not_too_dear() -> None:
    found = gifts(MOTHER, a_customer())

    assert list(found) == ["scarf", "nameless"]
    assert found["scarf"] == Gift(product_id="scarf", recipient="mother", budget=euros("50"))
    assert found["nameless"].budget is None, "what it costs is not known"


def test_without_a_recipient_nothing_is_known_to_suit() -> None:
    assert gifts(replace(MOTHER, recipient=None), a_customer()) == {}


def test_what_is_like_what_she_gave_before_this_day() -> None:
    bought = a_purchase("scarf", days_ago=370)
    found = gifts(MOTHER, a_customer(bought, likes=("faber",)))

    assert list(found) == ["nameless", "shawl"]
    day = a_moment(-370).date()
    assert found["shawl"] == Gift(
        product_id="shawl", before=("scarf", day), liked="faber", budget=euros("50")
    )
    assert found["nameless"].liked is None


@pytest.mark.parametrize("days_ago", [10, 200, 340, 400])
def test_what_she_bought_at_another_time_says_nothing(days_ago: int) -> None:
    assert "shawl" not in gifts(MOTHER, a_customer(a_purchase("scarf", days_ago=days_ago)))


def test_what_the_shop_no_longer_knows_or_has_in_no_category_says_nothing() -> None:
    rows = (a_purchase("gone", days_ago=370), a_purchase("nameless", days_ago=370))
    assert list(gifts(MOTHER, a_customer(*rows))) == ["scarf"]


def test_the_reason_names_the_feast() -> None:
    data = permitted(
        occasions=[Occasion(day="fathers_day", recipient="father", lead_days=20)], fields=OCCASIONS
    )
    (candidate,) = OCCASION.propose(a_situation(a_catalogue(*SHOP), data=data))

    assert candidate.product_id == "tie"
    assert candidate.reason.params["feast"] == "fathers_day"


def test_a_supply_is_nobodys_present() -> None:
    assert list(gifts(MOTHER, a_customer(fits={"nameless": ["watch"]}))) == ["scarf"]
