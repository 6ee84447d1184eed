"""P1: two worlds that agree on what she allows give byte-identical answers, whatever else differs of her.

They agree on her consents for `recommendations` and `learning`, on the data that these allow to be read,
on everybody else and on the catalogue. They differ in her other columns, rows and consents, in ids and
moments of storing, and in the order in which rows were stored.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import given as for_all
from sqlalchemy import Engine
from sqlmodel import SQLModel

from service.db.column_roles import columns_by_data_field
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.promises import asked_worlds, readable_worlds, worlds
from tests.promises.asked_worlds import EVERYTHING, answer, store
from tests.promises.readable_worlds import HER, OTHERS, Row, World

Queries = Sequence[Mapping[str, Any]]


@pytest.fixture
def workers(database_url: str) -> Iterator[tuple[Byleave, Byleave]]:
    """Each world is asked at a worker of its own, so that none can answer from memory of the other."""
    with asked_worlds.two_workers(database_url) as both:
        yield both


def test_the_worlds_know_every_column_of_hers() -> None:
    """Fails for a new column of personal data, until the worlds of these tests differ in it as well."""
    declared = {
        field: {column.name for column in columns}
        for field, columns in columns_by_data_field(SQLModel.metadata).items()
    }
    assert declared == {
        field: set(columns)
        for tables in (readable_worlds.COLUMNS, readable_worlds.TOLD, readable_worlds.NEVER_READ)
        for fields in tables.values()
        for field, columns in fields.items()
    }


def test_what_she_withholds_changes_no_byte(engine: Engine, workers: tuple[Byleave, Byleave]) -> None:
    seen: Counter[str] = Counter()

    @for_all(asked_worlds.some_queries, worlds.two_worlds_of_hers())
    def holds(queries: Queries, pair: tuple[World, World]) -> None:
        one, other = (_answers(engine, *asked, queries) for asked in zip(workers, pair, strict=True))
        seen.update(_tell(pair, one[0]))
        assert one == other

    holds()
    assert seen["differ"] > 0.9 * seen["all"]
    assert seen["not empty"] > 0.9 * seen["all"]
    assert seen["read something"] > 0.4 * seen["all"]
    assert seen["read what she browsed"] > 0.1 * seen["all"]
    assert seen["read what she told"] > 0.1 * seen["all"]
    assert seen["read what she said"] > 0.1 * seen["all"]
    assert seen["personalised"] > 0.3 * seen["all"]


def test_the_same_data_would_change_the_answer_if_she_allowed_it(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """The same pairs of worlds, but with one consent to everything: the test above is no empty talk."""
    seen: Counter[str] = Counter()
    everything = [worlds.allowing(HER, "recommendations", "purchases", "devices")]

    @worlds.A_PART
    @for_all(worlds.two_worlds_of_hers())
    def count(pair: tuple[World, World]) -> None:
        one, other = (world.with_ledger(HER, everything) for world in pair)
        assume(_what_strategies_look_at(one) != _what_strategies_look_at(other))
        answers = [
            _answers(engine, *asked, [EVERYTHING]) for asked in zip(workers, (one, other), strict=True)
        ]
        seen.update(["all", "changed" if answers[0] != answers[1] else "same"])

    count()
    assert seen["changed"] > 0.5 * seen["all"], seen


def test_what_she_browsed_would_change_the_answer_if_she_allowed_it(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """Two worlds that differ in what she browsed alone, in a shop whose customers let it learn.

    While she allows her purchases and not that, what she browsed changes no byte of the same answers.
    """
    seen: Counter[str] = Counter()
    allowed = [worlds.allowing(HER, "recommendations", "purchases", "browsing")]
    but_browsing = [worlds.allowing(HER, "recommendations", "purchases", "browsing.searches")]

    @worlds.A_PART
    @for_all(worlds.worlds(), worlds.browsing_of(HER))
    def count(drawn: World, browsing: Mapping[str, Sequence[Row]]) -> None:
        one = _in_which_everybody_lets_learn(drawn).with_ledger(HER, allowed)
        other = replace(one, browsing=browsing)
        assume(_what_she_browsed(one) != _what_she_browsed(other))
        pair = (one, other)
        answers = [_answers(engine, *asked, [EVERYTHING]) for asked in zip(workers, pair, strict=True)]
        withheld = [world.with_ledger(HER, but_browsing) for world in pair]
        silent = [_answers(engine, *asked, [EVERYTHING]) for asked in zip(workers, withheld, strict=True)]
        assert silent[0] == silent[1]
        seen.update(["all", "changed" if answers[0] != answers[1] else "same"])

    count()
    assert seen["changed"] > 0.2 * seen["all"], seen


def test_what_she_told_would_change_the_answer_if_she_allowed_it(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """Two worlds that differ in her preferences alone; told for another purpose they change no byte."""
    seen: Counter[str] = Counter()
    allowed = [worlds.allowing(HER, "recommendations", "purchases", "preferences")]
    elsewhere = [
        worlds.allowing(HER, "recommendations", "purchases", "occasions", "contact"),
        worlds.allowing(HER, "reminders", "preferences"),
    ]

    @worlds.A_PART
    @for_all(worlds.worlds(), worlds.told_by(HER))
    def count(drawn: World, told: Mapping[str, Sequence[Row]]) -> None:
        assume(drawn.told["preferences"] != told["preferences"])
        pair = [replace(drawn, told=one).with_ledger(HER, allowed) for one in (drawn.told, told)]
        answers = [_answers(engine, *asked, [EVERYTHING]) for asked in zip(workers, pair, strict=True)]
        withheld = [world.with_ledger(HER, elsewhere) for world in pair]
        silent = [_answers(engine, *asked, [EVERYTHING]) for asked in zip(workers, withheld, strict=True)]
        assert silent[0] == silent[1]
        seen.update(["all", "changed" if answers[0] != answers[1] else "same"])

    count()
    assert seen["changed"] > 0.2 * seen["all"], seen


def _in_which_everybody_lets_learn(world: World) -> World:
    """All others allow learning; and four of them bought each thing that a customer may have looked at."""
    ledgers = {other: [worlds.allowing(other, "learning", "purchases")] for other in OTHERS}
    basket = (*readable_worlds.SUPPLIES[:3], *readable_worlds.THINGS)
    bought = [_a_sale(other, product_id) for other in OTHERS[:4] for product_id in basket]
    return replace(world, purchases=[*world.purchases, *bought], ledgers={HER: world.ledgers[HER], **ledgers})


def _a_sale(customer_id: str, product_id: str) -> Row:
    return {
        "customer_id": customer_id,
        "product_id": product_id,
        "purchased_at": a_moment(-5),
        "returned": False,
        "quantity": 1,
        "recorded_at": a_moment(-5),
        **dict.fromkeys(("order_id", "paid_amount", "paid_currency", "sales_channel", "served_by")),
    }


def _what_she_browsed(world: World) -> Counter[tuple[Any, ...]]:
    return Counter(
        (table, row["product_id"], row["occurred_at"].date())
        for table in ("views", "cart_additions")
        for row in world.rows(table)
    )


def _what_strategies_look_at(world: World) -> Counter[tuple[Any, ...]]:
    """Of her data, what some strategy can use: the days and products of sales, her devices."""
    sales = [
        (row["product_id"], row["returned"], row["purchased_at"].date(), row["quantity"])
        for row in world.purchases
        if row["customer_id"] == HER and row["product_id"] not in readable_worlds.SENSITIVE
    ]
    owned = [
        (row["product_id"], row["owned_since"], row["ownership"])
        for row in world.devices
        if row["product_id"] not in readable_worlds.SENSITIVE
    ]
    return Counter([*sales, *owned])


def _answers(engine: Engine, byleave: Byleave, world: World, queries: Queries) -> list[bytes]:
    store(engine, world)
    return [answer(byleave, HER, query) for query in queries]


def _tell(pair: tuple[World, World], first_answer: bytes) -> list[str]:
    body = json.loads(first_answer[first_answer.index(b"} {") + 2 :])
    tables = (*readable_worlds.COLUMNS, *readable_worlds.TOLD, *readable_worlds.NEVER_READ)
    differ = any(pair[0].rows(table) != pair[1].rows(table) for table in tables)
    used = {one["field"] for one in body["data_used"]}
    return [
        "all",
        *["differ"] * differ,
        *["not empty"] * bool(body["items"]),
        *["read something"] * bool(used),
        *["read what she told"] * any(field.startswith(("preferences.", "occasions.")) for field in used),
        *["read what she said"] * ("feedback.kind" in used),
        *["read what she browsed"] * any(field.startswith("browsing.") for field in used),
        *["personalised"] * body["personalised"],
    ]
