"""The two kinds of transaction on both databases: a snapshot sees one state, a write is all or nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from consent.events import EventKind
from consent.scope import Scope
from service.db.catalogue import put_products
from service.db.consent_ledger import NewEvent, lock_ledger, read_entries
from service.db.engine import make_engine, snapshot, write_transaction
from service.db.epochs import CATALOGUE, read_epoch
from service.db.tables import Product
from tests.builders import CUSTOMER, a_moment
from tests.byleave import Byleave, product_ids
from tests.chains import first_bad_entry
from tests.promises.asked_worlds import two_workers


@pytest.fixture
def other_engine(database_url: str) -> Iterator[Engine]:
    """Another worker's way to the same database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_a_second_read_sees_what_the_first_one_saw(engine: Engine, other_engine: Engine) -> None:
    with snapshot(engine) as connection:
        assert _titles(connection) == []
        _put(other_engine, "paper")
        assert _titles(connection) == []
    with snapshot(engine) as connection:
        assert _titles(connection) == ["paper"]


def test_a_second_read_of_another_table_sees_the_state_of_the_first(
    engine: Engine, other_engine: Engine
) -> None:
    with snapshot(engine) as connection:
        before = read_epoch(connection, CATALOGUE)
        _put(other_engine, "paper")
        assert _titles(connection) == []
        assert read_epoch(connection, CATALOGUE) == before


def test_a_default_transaction_does_not_give_this(database_url: str, other_engine: Engine) -> None:
    """If it did, the tests above would prove nothing of `snapshot`."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    as_it_comes = create_engine(url.set(drivername=driver))
    with as_it_comes.connect() as connection, connection.begin():
        assert _titles(connection) == []
        _put(other_engine, "paper")
        assert _titles(connection) == ["paper"]
    as_it_comes.dispose()


def test_a_connection_that_served_a_snapshot_can_write_again(engine: Engine) -> None:
    """The pool hands the same connections to both kinds of transaction."""
    for number in range(20):
        with snapshot(engine) as connection:
            assert len(_titles(connection)) == number
        _put(engine, f"paper-{number:02}")


def test_a_snapshot_holds_while_others_write_and_holds_nobody_up(
    engine: Engine, other_engine: Engine
) -> None:
    with snapshot(engine) as one:
        assert _titles(one) == []
        _put(other_engine, "paper")
        with snapshot(engine) as other:
            assert _titles(other) == ["paper"]
            _put(other_engine, "pens")
            assert _titles(other) == ["paper"]
        assert _titles(one) == []


def test_a_snapshot_writes_nothing_on_postgresql(engine: Engine) -> None:
    """SQLite has no such mode; there the rule is kept by who calls it."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no read-only transactions")
    with pytest.raises(SQLAlchemyError, match="read-only"), snapshot(engine) as connection:
        connection.execute(insert(Product).values(id="paper", title="paper", attributes={}))


def test_a_write_is_all_or_nothing(engine: Engine) -> None:
    with snapshot(engine) as connection:
        before = read_epoch(connection, CATALOGUE)
    with pytest.raises(ZeroDivisionError), write_transaction(engine) as connection:
        put_products(connection, [_product("paper")])
        lock_ledger(connection, CUSTOMER)
        1 / 0  # noqa: B018
    with snapshot(engine) as connection:
        assert _titles(connection) == []
        assert read_epoch(connection, CATALOGUE) == before
        assert connection.execute(text("SELECT count(*) FROM consent_chains")).scalar_one() == 0


def test_a_write_that_fails_halfway_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError), write_transaction(engine) as connection:
        put_products(connection, [_product("paper")])
        connection.execute(insert(Product).values(id="paper", title="twice", attributes={}))
    with snapshot(engine) as connection:
        assert _titles(connection) == []


def test_two_who_append_at_once_get_one_place_after_the_other(engine: Engine, other_engine: Engine) -> None:
    """The second asks for the ledger while the first holds it, waits, and sees what the first appended."""
    first_has_appended, second_asks = Event(), Event()

    def first() -> int:
        with write_transaction(engine) as connection:
            place = _append(connection)
            first_has_appended.set()
            assert second_asks.wait(5)
            return place

    def second() -> int:
        assert first_has_appended.wait(5)
        event.listen(other_engine, "before_cursor_execute", lambda *_: second_asks.set())
        with write_transaction(other_engine) as connection:
            return _append(connection)

    with ThreadPoolExecutor(2) as threads:
        places = [threads.submit(first), threads.submit(second)]
        assert [place.result() for place in places] == [1, 2]
    with snapshot(engine) as connection:
        assert first_bad_entry(read_entries(connection, CUSTOMER)) is None


def test_many_who_append_at_once_make_one_unbroken_chain(engine: Engine) -> None:
    def append(_: int) -> int:
        with write_transaction(engine) as connection:
            return _append(connection)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(append, range(24))) == list(range(1, 25))
    with snapshot(engine) as connection:
        entries = read_entries(connection, CUSTOMER)
    assert len(entries) == 24
    assert first_bad_entry(entries) is None


# One whole request: between two of its statements another worker changes everything.


@pytest.fixture
def workers(database_url: str) -> Iterator[tuple[Byleave, Byleave]]:
    with two_workers(database_url) as both:
        yield both


@pytest.mark.parametrize("after", ["epochs", "consent_events", "purchases", "devices"])
def test_an_answer_is_of_one_state_whatever_happens_in_between(
    workers: tuple[Byleave, Byleave], after: str
) -> None:
    """She withdraws and buys, another allows learning and the shop changes, all after the first, second,
    third or last of the request's reads: the answer knows nothing of it, the next one knows it all."""
    one, other = workers
    consent = _a_shop_with_her_printer(one)
    before = _without_ids(one.suggestions(CUSTOMER))
    assert product_ids(before)[0] == "printer-ink"
    changed: list[str] = []

    def change_everything(_: Any, __: Any, statement: str, *___: Any) -> None:
        if f"FROM {after}" in statement and not changed:
            changed.append(statement)
            other.withdraws(CUSTOMER, consent)
            other.bought(CUSTOMER, "camera")
            other.allows(CUSTOMER, "purchases.product")
            other.bought("ben", "pens")
            other.allows("ben", "purchases", purpose="learning")
            other.product("printer-ink", "Another name", fits=["camera"])

    event.listen(one.app.state.engine, "after_cursor_execute", change_everything)
    assert _without_ids(one.suggestions(CUSTOMER)) == before
    assert changed
    after_it = _without_ids(one.suggestions(CUSTOMER))
    assert after_it == _without_ids(other.suggestions(CUSTOMER))
    reasons = {item["product"]["id"]: item["reason"]["text"] for item in after_it["items"]}
    assert reasons["camera-case"] == "Fits your camera"
    assert reasons["printer-ink"] == "Fits your camera"
    assert reasons["pens"] == "Popular with other customers"
    assert "devices.product" not in [one["field"] for one in after_it["data_used"]]


def _a_shop_with_her_printer(shop: Byleave) -> str:
    for product_id in ("printer", "camera", "pens"):
        shop.product(product_id)
    shop.product("printer-ink", fits=["printer"])
    shop.product("camera-case", fits=["camera"])
    shop.bought("anna", "pens")
    shop.allows("anna", "purchases", purpose="learning")
    shop.bought(CUSTOMER, "printer")
    consent = shop.allows(CUSTOMER, "purchases", "devices")
    shop.owns(CUSTOMER, {"product_id": "printer"})
    return consent


def _without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("personalised", "items", "data_used", "data_not_used")}


def _product(product_id: str) -> dict[str, Any]:
    return {"id": product_id, "title": product_id, "attributes": {}}


def _put(engine: Engine, product_id: str) -> None:
    with write_transaction(engine) as connection:
        put_products(connection, [_product(product_id)])


def _titles(connection: Connection) -> list[str]:
    return list(connection.execute(select(col(Product.title)).order_by(col(Product.id))).scalars())


def _append(connection: Connection) -> int:
    """Lock her ledger, append one event, and give its place."""
    ledger = lock_ledger(connection, CUSTOMER)
    scope = Scope(purpose="recommendations", fields=frozenset({"purchases.product"}))
    new = NewEvent(consent_id="con_1", kind=EventKind.GIVEN, scope=scope)
    return ledger.append(new, now=a_moment()).position
