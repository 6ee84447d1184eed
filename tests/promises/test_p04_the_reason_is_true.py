"""P4: shares add up, what is said to be hers is hers and permitted, and the text names what says most."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from sqlalchemy import Engine

from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.promises import asked_worlds, worlds
from tests.promises.asked_worlds import store
from tests.promises.readable_worlds import HER, NOW, K, World, readable

TABLES = {
    "purchases.product": "purchases",
    "purchases.date": "purchases",
    "devices.product": "devices",
    "browsing.views": "views",
    "browsing.carts": "cart_additions",
}
NAMES_A_PRODUCT = ("for_you", "bought_together", "fits_device", "fits_this", "similar")
IS_ABOUT_ITSELF = ("buy_again", "popular")
HOW_SHE_COMES_HERE = {"for_newcomers", "available_since"}
Item = Mapping[str, Any]


@pytest.fixture
def worker(database_url: str) -> Iterator[Byleave]:
    with Byleave(settings_for(database_url, k=K)) as byleave:
        yield byleave


def test_every_reason_of_every_answer_is_true(engine: Engine, worker: Byleave) -> None:
    seen: Counter[str] = Counter()

    @worlds.A_PART
    @for_all(asked_worlds.some_queries, worlds.worlds().map(_with_much_to_learn))
    def holds(queries: Sequence[Mapping[str, Any]], world: World) -> None:
        store(engine, world)
        for query in queries:
            answer = worker.http.get(f"/v1/customers/{HER}/recommendations", params=dict(query)).json()
            for item in answer["items"]:
                _adds_up(item)
                _is_hers_and_permitted(item, answer["data_used"], world)
                seen.update([item["reason"]["code"]] * _names_what_says_most(item))

    holds()
    assert all(seen[code] for code in ("bought_together", "fits_device", "buy_again", "popular")), seen


def _with_much_to_learn(world: World) -> World:
    """All others let the shop learn, and bought what they bought lately."""
    others = world.ledgers.keys() - {HER}
    allowing = {id_: [worlds.allowing(id_, "learning", "purchases")] for id_ in sorted(others)}
    lately = {"purchased_at": NOW - timedelta(days=1), "returned": False}
    purchases = [{**row, **lately} if row["customer_id"] in others else row for row in world.purchases]
    return replace(world, purchases=purchases, ledgers={**world.ledgers, **allowing})


def _adds_up(item: Item) -> None:
    reason = item["reason"]
    shares = [*(fact["share"] for fact in reason["facts"]), reason["others"]["share"]]
    assert sum(round(share * 10_000) for share in shares) == 10_000, reason
    assert all(round(share, 4) == share >= 0 for share in shares)
    assert len(reason["text"]) <= 80 and len(reason["detail"]) <= 250


def _is_hers_and_permitted(item: Item, data_used: Sequence[Mapping[str, str]], world: World) -> None:
    used = {(one["field"], one["consent"]) for one in data_used}
    read = readable(world.ledgers[HER], "recommendations")
    for fact in item["reason"]["facts"]:
        if fact["source"] == "customer":
            assert (fact["field"], fact["consent"]) in used, fact
            table = TABLES.get(fact["field"])
            is_something = fact["ref"] is not None and fact["value"] != 0
            assert not (table and is_something) or any(
                row["product_id"] == fact["ref"] and fact["field"] in read(table, row)
                for row in world.rows(table)
                if row["customer_id"] == HER
            ), fact


def _names_what_says_most(item: Item) -> bool:
    """Whether it is a reason that names a product; then the one of which all facts together say most."""
    reason, totals = item["reason"], defaultdict[str, int](int)
    if HOW_SHE_COMES_HERE & {fact["field"] for fact in reason["facts"]}:
        return False
    for fact in reason["facts"]:
        totals[str(fact["ref"]).split(" → ")[-1]] += round(fact["share"] * 10_000)
    most = {one for one, total in totals.items() if total == max(totals.values())}
    if reason["code"] in IS_ABOUT_ITSELF:
        assert item["product"]["id"] in most, reason
    elif reason["code"] in NAMES_A_PRODUCT:
        assert any(f"The {one}" in reason["text"] for one in most), reason
    return reason["code"] in (*IS_ABOUT_ITSELF, *NAMES_A_PRODUCT)
