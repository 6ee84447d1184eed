"""What the database selects is what `Covering.cover` says of each row: the same rule, written a second time."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from itertools import product

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select
from sqlmodel import SQLModel

from consent.coverage import Covering
from consent.items import Item
from consent.scope import Items, Scope
from service.db.covered_rows import ITEM_COLUMNS, covered
from service.db.engine import snapshot, write_transaction
from service.db.tables import (
    CartAddition,
    Contact,
    Device,
    Feedback,
    Occasion,
    Preferences,
    Product,
    Purchase,
    Search,
    View,
)
from tests.builders import CUSTOMER, a_moment

PRODUCTS = {
    "ink": ("supplies", False),
    "camera": (None, False),
    "pills": ("health", True),
    "o-1": ("o-2", False),
}
NAMES = ["o-1", "o-2", "ink", "camera", "pills", "supplies", "health", "unheard-of"]
MOMENTS = [a_moment(-2), a_moment(-1), a_moment(0)]

names = st.frozensets(st.sampled_from(NAMES), max_size=2)
some_items = st.builds(Items, orders=names, products=names, categories=names, exceptions=names)
scopes = st.builds(
    Scope,
    purpose=st.just("recommendations"),
    fields=st.just(frozenset({"purchases.product"})),
    items=st.none() | some_items,
    data_from=st.none() | st.sampled_from([*MOMENTS, a_moment(-1.5)]),
)
some_coverings = st.lists(
    st.builds(
        Covering,
        consent_id=st.just("con_1"),
        scope=scopes,
        position=st.just(1),
        uses_left=st.none(),
        cuts=st.lists(scopes, max_size=2).map(tuple),
        kept_since=st.none() | st.none() | st.sampled_from([*MOMENTS, a_moment(-1.5)]),
    ),
    max_size=3,
)


KEYS = {
    "devices": "product_id",
    "preferences": "customer_id",
    "occasions": "customer_id",
    "contact": "customer_id",
}


@pytest.fixture
def rows(engine: Engine) -> Iterator[tuple[Connection, dict[str, dict[str, Item]]]]:
    """Table -> key of a row -> what the row is about."""
    about: dict[str, dict[str, Item]] = {name: {} for name in ITEM_COLUMNS}
    with write_transaction(engine) as connection:
        connection.execute(
            insert(Product),
            [
                {"id": id_, "title": id_, "attributes": {}, "category": category, "sensitive": sensitive}
                for id_, (category, sensitive) in PRODUCTS.items()
            ],
        )
        for number, (order, product_id, at) in enumerate(product(("o-1", "o-2", None), PRODUCTS, MOMENTS)):
            _store(connection, about, f"p-{number}", order, product_id, at)
        for table, row in ((Preferences, {}), (Occasion, {"number": 0, "day": "02-14"}), (Contact, {})):
            connection.execute(insert(table), {"customer_id": CUSTOMER, **row})
            # Of no product and of no day.
            about[str(table.__tablename__)][CUSTOMER] = Item(order=None, product=None, category=None)
    with snapshot(engine) as connection:
        yield connection, about


@for_all(st.data())
def _agree(connection: Connection, about: dict[str, dict[str, Item]], data: st.DataObject) -> None:
    coverings = data.draw(some_coverings)
    for table, items in about.items():
        columns = SQLModel.metadata.tables[table].columns
        key = columns[KEYS.get(table, "id")]
        found = set(connection.execute(select(key).where(covered(connection, coverings, table))).scalars())
        expected = {row for row, item in items.items() if any(one.cover(item) for one in coverings)}
        assert found == expected, table
        not_found = connection.execute(select(key).where(~covered(connection, coverings, table))).scalars()
        assert set(not_found) == set(items) - expected, table


def test_the_database_and_the_rule_agree_on_every_row(
    rows: tuple[Connection, dict[str, dict[str, Item]]],
) -> None:
    connection, about = rows
    assert all(about.values()), "each table has rows"
    _agree(connection, about)


def _store(
    connection: Connection,
    about: dict[str, dict[str, Item]],
    id_: str,
    order: str | None,
    product_id: str,
    at: datetime,
) -> None:
    category, sensitive = PRODUCTS[product_id]
    item = Item(order=order, product=product_id, category=category, at=at, sensitive=sensitive)
    common = {"id": id_, "customer_id": CUSTOMER, "recorded_at": at}
    sale = {"order_id": order, "product_id": product_id, "purchased_at": at, "quantity": 1, "returned": False}
    connection.execute(insert(Purchase), common | sale)
    about["purchases"][id_] = item
    said = common | {"place": 1, "journey": order}
    connection.execute(
        insert(Feedback),
        [said | {"product_id": product_id}, said | {"id": f"{id_}-visit", "product_id": None}],
    )
    about["feedback"][id_] = item
    about["feedback"][f"{id_}-visit"] = Item(order=order, product=None, category=None, at=at)
    if order is not None:
        return
    browsed = common | {"occurred_at": at}
    connection.execute(insert(View), browsed | {"product_id": product_id})
    connection.execute(insert(CartAddition), browsed | {"product_id": product_id, "quantity": 1})
    about["views"][id_] = about["cart_additions"][id_] = item
    connection.execute(insert(Search), browsed | {"query": "ink"})
    about["searches"][id_] = Item(order=None, product=None, category=None, at=at)
    if at == MOMENTS[0]:
        since = None if product_id == "camera" else at.date()
        owned = {
            "customer_id": CUSTOMER,
            "product_id": product_id,
            "owned_since": since,
            "ownership": "owned",
        }
        connection.execute(insert(Device), owned)
        about["devices"][product_id] = Item(
            order=None,
            product=product_id,
            category=category,
            at=datetime.combine(since, time.min, UTC) if since else None,
            sensitive=sensitive,
        )
