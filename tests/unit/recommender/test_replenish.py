"""Replenish: what she buys again and again, when it is time and not before."""

from dataclasses import replace
from datetime import date

import pytest

from recommender.buying_again import own_likelihood
from recommender.catalogue import Catalogue
from recommender.inputs import Purchase
from recommender.replenishment.chances import likelihood_of
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategies.replenish import REPLENISH
from tests.builders import (
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_situation,
    bought_by_others,
    permitted,
)

SHOP = a_catalogue("coffee", a_product("tea", usual_days=50))


def proposals(catalogue: Catalogue, *rows: Purchase) -> list[Candidate]:
    return list(REPLENISH.propose(a_situation(catalogue, data=permitted(*rows))))


def proposed(catalogue: Catalogue, *rows: Purchase) -> list[str]:
    return [candidate.product_id for candidate in proposals(catalogue, *rows)]


def day(days_ago: int) -> date:
    return a_moment(-days_ago).date()


@pytest.mark.parametrize(
    ("days_ago", "is_proposed"), [(0, False), (39, False), (40, True), (150, True), (151, False)]
)
def test_silent_before_it_is_due_and_when_she_has_stopped(days_ago: int, is_proposed: bool) -> None:
    assert proposed(SHOP, a_purchase("tea", days_ago=days_ago)) == ["tea"] * is_proposed


def every(product_id: str, days: int, *, times: int) -> list[Purchase]:
    """Bought so many times, always as many days apart, and the last time as long ago."""
    return [a_purchase(product_id, days_ago=days * number) for number in range(1, times + 1)]


def test_her_own_rhythm_tells_the_time_from_three_purchases_on() -> None:
    for times in (3, 4):
        assert proposed(SHOP, *every("coffee", 40, times=times)) == ["coffee"]
    for times in (1, 2):
        assert proposed(SHOP, *every("coffee", 40, times=times)) == []


def test_of_uneven_intervals_it_takes_a_chance_that_is_high_enough() -> None:
    rows = [a_purchase("coffee", days_ago=number) for number in (22, 32, 62, 72, 102, 112, 142, 152)]
    situation = a_situation(SHOP, data=permitted(*rows))
    likely = own_likelihood(situation)[SHOP.group_of("coffee")]
    permille = next(one for one in range(1, 1_000) if likelihood_of(one) > likely)
    found = [
        [
            one.product_id
            for one in REPLENISH.propose(
                replace(situation, settings=replace(situation.settings, likely_due_permille=least))
            )
        ]
        for least in (permille - 1, permille)
    ]
    assert found == [["coffee"], []]


def test_what_was_bought_twice_is_due_by_no_chance() -> None:
    situation = a_situation(SHOP, data=permitted(*every("coffee", 40, times=2)))
    low = replace(situation, settings=replace(situation.settings, likely_due_permille=0))
    assert list(REPLENISH.propose(low)) == []


def test_several_are_proposed_in_the_order_of_ids() -> None:
    many = [f"tea-{number}" for number in range(10)]
    shop = a_catalogue(*(a_product(tea, usual_days=50) for tea in many))
    assert proposed(shop, *(a_purchase(tea, days_ago=50) for tea in reversed(many))) == many


def test_the_likeliest_comes_first() -> None:
    shop = a_catalogue("coffee", "apples", "soap")
    rows = [*every("apples", 70, times=4), *every("soap", 35, times=4), *every("coffee", 35, times=6)]
    assert proposed(shop, *rows) == ["coffee", "soap", "apples"]


def test_what_others_buy_has_no_part_in_what_is_due() -> None:
    shop = a_catalogue("coffee", "soap")
    data = permitted(*every("coffee", 40, times=4), *every("soap", 40, times=4))
    popular = bought_by_others({"soap": 9})
    assert [one.product_id for one in REPLENISH.propose(a_situation(shop, data=data, others=popular))] == [
        "coffee",
        "soap",
    ]


def test_a_supply_of_unknown_interval_has_no_rhythm_to_speak_of() -> None:
    shop = a_catalogue("ink", fits={"ink": ["printer"]})
    assert proposed(shop, a_purchase("ink", days_ago=100)) == []


def test_the_reason_after_one_purchase_is_what_the_shop_says_is_usual() -> None:
    assert proposals(SHOP, a_purchase("tea", days_ago=45))[0].reason == Reason(
        code=ReasonCode.DUE_AGAIN,
        facts=(*_bought("tea", days_ago=45, of_usual=HALF // 2), _usual(50, share=HALF // 2)),
        params={"elapsed_days": 45, "usual_days": 50},
    )


def test_the_reason_after_two_purchases_is_the_time_between_them_and_what_the_shop_says() -> None:
    rows = [a_purchase("tea", days_ago=45), a_purchase("tea", days_ago=85)]
    assert proposals(SHOP, *rows)[0].reason == Reason(
        code=ReasonCode.DUE_AGAIN,
        facts=(*_bought("tea", days_ago=45, of_usual=HALF // 3), _usual(50, share=HALF // 3)),
        params={"elapsed_days": 45, "gap_days": 40, "usual_days": 50},
    )


def test_the_reason_of_her_own_rhythm_alone_names_nothing_of_the_shop() -> None:
    assert proposals(SHOP, *every("coffee", 40, times=4))[0].reason == Reason(
        code=ReasonCode.DUE_AGAIN,
        facts=_bought("coffee", days_ago=40),
        params={"elapsed_days": 40, "times": 4, "interval_days": 40},
    )


def test_the_reason_from_three_purchases_on_is_her_rhythm() -> None:
    rows = [a_purchase("tea", days_ago=number) for number in (40, 80, 120)]
    assert proposals(SHOP, *rows)[0].reason == Reason(
        code=ReasonCode.DUE_AGAIN,
        facts=(*_bought("tea", days_ago=40, of_usual=HALF // 4), _usual(50, share=HALF // 4)),
        params={"elapsed_days": 40, "times": 3, "interval_days": 40, "usual_days": 50},  # hers, not the blend
    )


def test_of_variants_the_one_bought_last_is_proposed_and_it_is_said_that_there_were_others() -> None:
    shop = a_catalogue(
        a_product("small", group="soap", usual_days=50),
        a_product("large", group="soap", usual_days=50),
        a_product("other", group="soap", usual_days=50),
    )
    rows = [a_purchase("large", days_ago=100), a_purchase("small", days_ago=50)]
    found = proposals(shop, *rows)
    assert [candidate.product_id for candidate in found] == ["small"]
    assert found[0].reason.facts[:2] == _bought("small", days_ago=50, of_usual=HALF // 3)
    assert found[0].reason.params["is_mixed"] is True


def test_it_needs_product_and_date() -> None:
    assert REPLENISH.fields_used_of(PURCHASES) == PURCHASES
    assert REPLENISH.is_usable_with(frozenset({"purchases.product", "purchases.date"}))
    assert not REPLENISH.is_usable_with(frozenset({"purchases.product", "purchases.quantity"}))


HALF = WHOLE // 2


def _bought(product_id: str, *, days_ago: int, of_usual: int = 0) -> tuple[Fact, ...]:
    own, dates = Source.CUSTOMER, HALF - of_usual
    return (
        Fact(source=own, field="purchases.product", ref=product_id, share=HALF),
        Fact(source=own, field="purchases.date", ref=product_id, value=day(days_ago), share=dates),
    )


def _usual(days: int, *, share: int) -> Fact:
    return Fact(source=Source.CATALOGUE, field="usual_interval_days", value=days, share=share)
