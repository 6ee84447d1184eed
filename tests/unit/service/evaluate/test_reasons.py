"""Whether reasons are true is found out with the facts that are shown, and with lists as they are served."""

from dataclasses import replace

import pytest

from recommender.results import WHOLE, Fact, Others, Reason, ReasonCode, Source
from service.evaluate.ours import Byleave
from service.evaluate.reasons import SIZES, WAYS, Held, named_by, reasons_hold
from service.evaluate.split import starts_of, windows_of
from tests.unit.service.evaluate.shops import orders, orders_of_a_shop


def a_fact(source: Source, ref: str, share: int, field: str = "purchases.product") -> Fact:
    return Fact(source=source, field=field, ref=ref, share=share)


def test_named_is_what_is_shown_the_largest_product_first_and_each_once() -> None:
    reason = Reason(
        code=ReasonCode.FOR_YOU,
        facts=(
            a_fact(Source.CUSTOMER, "bag", 3_900),
            a_fact(Source.OTHERS, "bag → mat", 0),
            a_fact(Source.CUSTOMER, "tent", 2_500),
            a_fact(Source.OTHERS, "mat", 900),
            a_fact(Source.CUSTOMER, "tent", 2_000, "browsing.views"),
        ),
        others=Others(count=3, share=WHOLE - 9_300),
    )
    assert named_by(reason) == ["tent", "bag", None]


def test_what_the_shop_chose_names_nothing_of_anybody() -> None:
    fact = Fact(source=Source.CATALOGUE, field="available", share=WHOLE)
    assert named_by(Reason(code=ReasonCode.FROM_CATALOGUE, facts=(fact,))) == []


def held_in(ours: Byleave) -> dict[tuple[bool, int], Held]:
    shop = orders(("customer", "date", "sku"), orders_of_a_shop()).purchases
    starts = starts_of(shop, days=30, windows=1)
    window = windows_of(shop, starts=starts, days=30, customers_maximum=25, seed=1)[0]
    return {(one.new_only, one.facts): one for one in reasons_hold(window, ours, seed=1)}


@pytest.fixture(scope="module")
def held() -> dict[tuple[bool, int], Held]:
    return held_in(Byleave())


def test_what_is_named_matters_more_than_as_many_facts_at_random(held: dict[tuple[bool, int], Held]) -> None:
    assert set(held) == {(new_only, size) for new_only in (False, True) for size in SIZES}
    for one in held.values():
        left = {which: one.share(one.left, which) for which in WAYS}
        assert 25 < one.products <= 50
        assert left["named"] > left["random"]
    one = held[True, 1]
    assert one.left["named"] > one.left["contributing"]
    assert one.stayed["named"] >= one.stayed["random"]


class Liar(Byleave):
    """Names what it rests on least, first."""

    def suggested(self, *args: object, **more: object):  # type: ignore[no-untyped-def,override]
        turned = []
        for one in super().suggested(*args, **more):  # type: ignore[arg-type]
            shares = sorted(fact.share for fact in one.reason.facts if fact.share)
            facts = [fact for fact in one.reason.facts if fact.share]
            told = tuple(replace(fact, share=share) for fact, share in zip(facts, shares, strict=True))
            turned.append(replace(one, reason=replace(one.reason, facts=told)))
        return turned


def test_a_reason_that_names_the_wrong_fact_first_is_found_out(held: dict[tuple[bool, int], Held]) -> None:
    honest, lying = held[True, 1], held_in(Liar())[True, 1]
    assert honest.products == lying.products
    assert honest.left["named"] > lying.left["named"]
