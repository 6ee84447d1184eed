"""The second door: other people's purchases, read for everyone's suggestions, by the same decision."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, event, insert

from consent.decision import Permission, decide
from consent.events import ConsentEvent
from consent.scope import Items
from recommender.learning.settings import LearningSettings
from service.db.engine import snapshot, write_transaction
from service.db.epochs import LEARNING, advance_epoch
from service.db.permitted_reader import read_learning_histories
from service.db.tables import Product, Purchase
from service.learning import CurrentLearning
from tests.builders import a_moment, deferred, given, ledger, refused, withdrawn
from tests.byleave import Byleave


@dataclass
class Sent:
    """Statements that name purchases, and all values that went with them."""

    statements: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


@pytest.fixture
def rows(engine: Engine) -> Engine:
    """Three customers who bought paper; one returned it; one bought something sensitive as well."""
    with write_transaction(engine) as connection:
        connection.execute(
            insert(Product),
            [
                {"id": id_, "title": id_, "attributes": {}, "sensitive": id_ == "test"}
                for id_ in ("paper", "test")
            ],
        )
        connection.execute(
            insert(Purchase),
            [
                _sale("anna", "paper"),
                _sale("anna", "paper"),
                _sale("ben", "paper"),
                _sale("ben", "paper", returned=True),
                _sale("ben", "test"),
                _sale("cleo", "paper"),
                _sale("cleo", "test"),
            ],
        )
    return engine


@pytest.mark.parametrize(
    ("allowed", "named_too"),
    [("purchases.product", set[str]()), ("purchases", {"purchased_at"})],
)
def test_it_names_the_customer_the_product_and_whether_it_came_back(
    rows: Engine, allowed: str, named_too: set[str]
) -> None:
    """And the day only where learning may read it."""
    with _reading(rows) as (connection, sent):
        read_learning_histories(connection, [_permission("anna", given(allowed, purpose="learning"))])
    (statement,) = sent.statements
    named = set(re.findall(r"purchases\.(\w+)", statement))
    assert named == {"customer_id", "product_id", "returned"} | named_too
    for column in Purchase.model_fields.keys() - named - {"id"}:
        assert not re.search(rf"\b{column}\b", statement)
    assert "*" not in statement


def test_it_asks_for_those_who_allow_it_and_for_nobody_else(rows: Engine) -> None:
    permissions = [
        _permission("anna", given("purchases.product", purpose="learning")),
        _permission("ben", given("purchases", purpose="learning"), withdrawn(purpose="learning")),
        _permission("cleo", refused("purchases", purpose="learning")),
        _permission("dora"),
    ]
    with _reading(rows) as (connection, sent):
        assert read_learning_histories(connection, permissions) == {"anna": {"paper": None}}
    asked = " ".join(str(value) for value in sent.values)
    assert "anna" in asked
    assert not [name for name in ("ben", "cleo", "dora") if name in asked]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [deferred(purpose="learning")],
        [refused(purpose="learning")],
        [given(purpose="learning"), withdrawn("purchases.product", purpose="learning")],
        [given(purpose="learning", expires_at=a_moment())],
        [given(purpose="learning", uses=1)],
        [given(purpose="learning", channels=["email"])],
        [given(purpose="learning", items=Items())],
        [given("purchases.date", "purchases.quantity", "devices", "browsing", purpose="learning")],
        [given(purpose="recommendations")],
        [given(purpose="experience")],
    ],
)
def test_where_nobody_allows_it_no_statement_is_sent(rows: Engine, events: list[ConsentEvent]) -> None:
    with _reading(rows) as (connection, sent):
        assert read_learning_histories(connection, [_permission("anna", *events)]) == {}
    assert sent.statements == []


def test_a_permission_for_another_purpose_opens_nothing(rows: Engine) -> None:
    """Though it covers the very field: why data is read is a part of what she allowed."""
    permission = _permission("anna", given(purpose="recommendations"), purpose="recommendations")
    assert "purchases.product" in permission.fields
    with _reading(rows) as (connection, sent):
        assert read_learning_histories(connection, [permission]) == {}
    assert sent.statements == []


def test_returned_and_sensitive_things_are_not_learned_from(rows: Engine) -> None:
    permissions = [_permission(id_, given(purpose="learning")) for id_ in ("anna", "ben", "cleo")]
    with _reading(rows) as (connection, _):
        assert _products(connection, permissions) == {"anna": {"paper"}, "cleo": {"paper"}}


def test_however_many_they_are_one_statement_is_sent(rows: Engine) -> None:
    crowd = [f"c-{number:04}" for number in range(1_201)]
    with write_transaction(rows) as connection:
        connection.execute(insert(Purchase), [_sale(customer_id, "paper") for customer_id in crowd])
    willing = {id_ for number, id_ in enumerate(crowd) if number % 3}
    permissions = [
        _permission(id_, given(purpose="learning") if id_ in willing else refused(purpose="learning"))
        for id_ in crowd
    ]
    with _reading(rows) as (connection, sent):
        assert _products(connection, permissions) == {id_: {"paper"} for id_ in willing}
    assert len(sent.statements) == 1
    asked = " ".join(str(value) for value in sent.values)
    assert not [id_ for id_ in crowd if id_ in asked and id_ not in willing]


def test_who_allows_a_part_is_learned_from_by_that_part(rows: Engine) -> None:
    only_tests = Items(products=frozenset({"test"}))
    permissions = [
        _permission("anna", given(purpose="learning")),
        _permission("cleo", given(purpose="learning", items=only_tests)),
        _permission("ben", given(purpose="learning"), withdrawn(purpose="learning", data_from=a_moment(-30))),
    ]
    with _reading(rows) as (connection, _):
        assert _products(connection, permissions) == {"anna": {"paper"}, "cleo": {"test"}}


# What a worker keeps in memory of it.


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("paper")
    for number in range(5):
        byleave.bought(f"c-{number}", "paper")
        byleave.allows(f"c-{number}", "purchases", purpose="learning")
    return byleave


def test_nothing_is_read_again_while_nothing_has_changed(shop: Byleave) -> None:
    first = shop.visitor_suggestions()["items"]
    with _sending(shop.app.state.engine) as sent:
        assert shop.visitor_suggestions()["items"] == first
        assert shop.suggestions("somebody")["items"] == first
    assert sent.statements == []


def test_a_product_flagged_sensitive_is_forgotten_at_the_next_request(shop: Byleave) -> None:
    assert _codes(shop) == {"paper": "popular"}
    shop.product("paper", sensitive=True)
    assert "paper" not in _codes(shop)
    shop.product("paper", sensitive=False)
    assert _codes(shop) == {"paper": "popular"}


def test_a_return_counts_at_the_next_request(shop: Byleave) -> None:
    assert _codes(shop) == {"paper": "popular"}
    shop.bought("c-0", "paper", when="2026-03-09T10:00:00Z", type="return")
    assert _codes(shop) == {"paper": "from_catalogue"}


def test_a_snapshot_is_told_what_it_sees_and_not_what_came_after(shop: Byleave) -> None:
    """A worker that has already learned anew must not answer an older snapshot with it, nor keep the old."""
    engine: Engine = shop.app.state.engine
    learning = CurrentLearning(LearningSettings())
    with snapshot(engine) as before:
        assert _supporters(learning, before) == {"paper": 5}
        shop.withdraws_all("c-0")
        with snapshot(engine) as after:
            assert _supporters(learning, after) == {"paper": 4}
        assert _supporters(learning, before) == {"paper": 5}
    with snapshot(engine) as later, _sending(engine) as sent:
        assert _supporters(learning, later) == {"paper": 4}
    assert sent.statements == []


def test_a_change_that_is_rolled_back_changes_nothing(shop: Byleave) -> None:
    engine: Engine = shop.app.state.engine
    assert _codes(shop) == {"paper": "popular"}
    with pytest.raises(ZeroDivisionError), write_transaction(engine) as connection:
        connection.execute(delete(Purchase))
        advance_epoch(connection, LEARNING)
        1 / 0  # noqa: B018
    assert _codes(shop) == {"paper": "popular"}


def test_an_older_moment_is_not_answered_with_what_was_learned_for_a_later_one(shop: Byleave) -> None:
    """Two threads may read the clock in one order and get here in the other."""
    shop.bought("c-9", "paper")
    shop.allows("c-9", "purchases", purpose="learning", expires_at="2026-06-11T09:00:00Z")
    learning = CurrentLearning(LearningSettings())
    with snapshot(shop.app.state.engine) as connection:
        assert _supporters(learning, connection, a_moment(2)) == {"paper": 5}
        assert _supporters(learning, connection, a_moment(0)) == {"paper": 6}
        assert _supporters(learning, connection, a_moment(1)) == {"paper": 5}


_numbers = count(1)


def _sale(customer_id: str, product_id: str, *, returned: bool = False) -> dict[str, Any]:
    return {
        "id": f"sale-{next(_numbers)}",
        "customer_id": customer_id,
        "recorded_at": a_moment(-10),
        "product_id": product_id,
        "returned": returned,
        "purchased_at": a_moment(-10),
        "quantity": 1,
    }


def _permission(customer_id: str, *events: ConsentEvent, purpose: str = "learning") -> Permission:
    hers = [replace(one, customer_id=customer_id) for one in ledger(*events)]
    return decide(hers, customer_id=customer_id, purpose=purpose, at=a_moment())


def _products(connection: Connection, permissions: list[Permission]) -> dict[str, set[str]]:
    learned_from = read_learning_histories(connection, permissions)
    return {customer_id: set(history) for customer_id, history in learned_from.items()}


def _supporters(
    learning: CurrentLearning, connection: Connection, now: datetime | None = None
) -> dict[str, int]:
    model = learning.as_of(connection, now=now or a_moment())
    return {product_id: int(model.buyers[number]) for product_id, number in model.number.items()}


def _codes(shop: Byleave) -> dict[str, str]:
    items = shop.visitor_suggestions()["items"]
    return {item["product"]["id"]: item["reason"]["code"] for item in items}


@contextmanager
def _reading(engine: Engine) -> Iterator[tuple[Connection, Sent]]:
    with snapshot(engine) as connection, _sending(engine) as sent:
        yield connection, sent


@contextmanager
def _sending(engine: Engine) -> Iterator[Sent]:
    sent = Sent()

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if re.search(r"\bpurchases\b", statement):
            sent.statements.append(statement)
            sent.values.extend(parameters.values() if isinstance(parameters, dict) else parameters)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
