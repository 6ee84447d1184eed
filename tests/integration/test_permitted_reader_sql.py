"""The door to customer data, seen from the database: which statements are sent, and which columns they name.

Every word of a statement is looked at, wherever it stands: a column in WHERE or ORDER BY tells as much as
one that is selected.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import chain, combinations, product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from consent.decision import decide
from consent.vocabulary import FIELD_CODES
from recommender import inputs
from service.db.engine import snapshot, write_transaction
from service.db.permitted_reader import read_permitted
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
from tests.builders import CUSTOMER, a_moment, given
from tests.byleave import Byleave
from tests.promises.readable_worlds import COLUMNS as OF_PRODUCTS
from tests.promises.readable_worlds import NEVER_READ, PRODUCT_FIELD, TOLD
from tests.promises.readable_worlds import UNREADABLE as UNREADABLE_OF_PRODUCTS

CATEGORIES = {
    category: tuple(field for field in FIELD_CODES if field.startswith(f"{category}."))
    for category in dict.fromkeys(field.split(".")[0] for field in FIELD_CODES)
}
COLUMNS = {**OF_PRODUCTS, **TOLD}
UNREADABLE = {
    **UNREADABLE_OF_PRODUCTS,
    "preferences": ("customer_id",),
    "occasions": ("customer_id", "number"),
    "contact": ("customer_id",),
}
PERSONAL = {*COLUMNS, *NEVER_READ, "consent_chains", "consent_events", "use_records"}

# A value for each column that occurs in it alone, so that it is known again wherever it comes back.
SALE = {
    "id": "marker-id",
    "customer_id": CUSTOMER,
    "order_id": "marker-order",
    "recorded_at": datetime(2026, 1, 7, tzinfo=UTC),
    "product_id": "marker-bought",
    "returned": False,
    "purchased_at": datetime(2026, 3, 3, 14, tzinfo=UTC),
    "quantity": 7777,
    "paid_amount": "8888.88",
    "paid_currency": "XTS",
    "sales_channel": "marker-channel",
    "served_by": "marker-server",
}
OWNED = {
    "customer_id": CUSTOMER,
    "product_id": "marker-owned",
    "owned_since": date(2019, 9, 19),
    "ownership": "gone",
}
VIEWED = {
    "id": "marker-view",
    "customer_id": CUSTOMER,
    "recorded_at": datetime(2026, 1, 8, tzinfo=UTC),
    "product_id": "marker-viewed",
    "occurred_at": datetime(2026, 4, 4, 15, tzinfo=UTC),
}
CARTED = {
    "id": "marker-cart-addition",
    "customer_id": CUSTOMER,
    "recorded_at": datetime(2026, 1, 9, tzinfo=UTC),
    "product_id": "marker-carted",
    "quantity": 6666,
    "occurred_at": datetime(2026, 5, 5, 16, tzinfo=UTC),
}
SEARCHED = {
    "id": "marker-search",
    "customer_id": CUSTOMER,
    "recorded_at": datetime(2026, 1, 10, tzinfo=UTC),
    "query": "marker-query",
    "occurred_at": datetime(2026, 5, 6, 17, tzinfo=UTC),
}
SAID = {
    "id": "marker-feedback",
    "customer_id": CUSTOMER,
    "recorded_at": datetime(2026, 1, 11, tzinfo=UTC),
    "place": 5555,
    "kind": "have_it",
    "said_at": datetime(2026, 5, 7, 18, tzinfo=UTC),
    "product_id": "marker-said",
    "rating": 4444,
    "mood": "marker-mood",
    "importance": 3333,
    "comment": "marker-comment",
    "touchpoint": "marker-touchpoint",
    "journey": "marker-journey",
}
TOLD_ROWS: dict[str, dict[str, Any]] = {
    "preferences": {
        "likes": {"brand": ["marker-liked"], "category": []},
        "dislikes": {"brand": [], "category": ["marker-disliked"]},
        "sizes": {"marker-of": ["marker-size"]},
        "budget_amount": "5555.55",
        "budget_currency": "XTA",
    },
    "occasions": {
        "number": 0,
        "name": "marker-occasion",
        "day": "02-29",
        "recipient": "marker-recipient",
        "lead_days": 4444,
        "budget_amount": "3333.33",
        "budget_currency": "XTB",
    },
    "contact": {
        "channels": ["marker-by"],
        "time_zone": "marker-zone",
        "quiet_from": "21:11",
        "quiet_until": "08:08",
        "rhythm": "P11D",
    },
}
MARKED = ("marker-bought", "marker-owned", "marker-viewed", "marker-carted", "marker-said")


@pytest.fixture
def her_rows(engine: Engine) -> Engine:
    with write_transaction(engine) as connection:
        connection.execute(
            insert(Product),
            [
                {"id": id_, "title": id_, "attributes": {}, "sensitive": id_ == "sensitive"}
                for id_ in (*MARKED, "sensitive")
            ],
        )
        not_hers = {"id": "of-another", "customer_id": "c-1002"}
        not_inferred_from = {"id": "not-inferred-from", "product_id": "sensitive"}
        connection.execute(
            insert(Purchase),
            [SALE, SALE | not_hers, SALE | not_inferred_from],
        )
        connection.execute(
            insert(Device),
            [OWNED, OWNED | {"customer_id": "c-1002"}, OWNED | {"product_id": "sensitive"}],
        )
        not_hers = {"id": "of-another", "customer_id": "c-1002"}
        not_inferred_from = {"id": "not-inferred-from", "product_id": "sensitive"}
        connection.execute(insert(View), [VIEWED, VIEWED | not_hers, VIEWED | not_inferred_from])
        connection.execute(insert(CartAddition), [CARTED, CARTED | not_hers, CARTED | not_inferred_from])
        connection.execute(insert(Feedback), [SAID, SAID | not_hers, SAID | not_inferred_from])
        connection.execute(insert(Feedback), SAID | {"id": "of-a-visit", "product_id": None})
        connection.execute(insert(Search), [SEARCHED, SEARCHED | not_hers])
        for table in (Preferences, Occasion, Contact):
            row = TOLD_ROWS[str(table.__tablename__)]
            connection.execute(insert(table), [{**row, "customer_id": id_} for id_ in (CUSTOMER, "c-1002")])
    return engine


def test_every_set_of_fields_of_one_category(her_rows: Engine) -> None:
    for fields in CATEGORIES.values():
        _read_each(her_rows, _subsets(fields))


def test_every_pair_of_categories(her_rows: Engine) -> None:
    _read_each(
        her_rows, ({*CATEGORIES[one], *CATEGORIES[other]} for one, other in combinations(CATEGORIES, 2))
    )


def test_every_set_of_purchase_fields_with_every_set_of_device_fields(her_rows: Engine) -> None:
    both = product(_subsets(CATEGORIES["purchases"]), _subsets(CATEGORIES["devices"]))
    _read_each(her_rows, ({*some, *others} for some, others in both))


def test_any_set_of_fields(her_rows: Engine) -> None:
    random = Random(20261121)
    _read_each(
        her_rows, (random.sample(FIELD_CODES, random.randint(0, len(FIELD_CODES))) for _ in range(500))
    )


def test_what_is_permitted_is_read_no_further_than_it_is_asked_for(her_rows: Engine) -> None:
    random = Random(20261121)
    for _ in range(200):
        permitted = random.sample(FIELD_CODES, random.randint(0, len(FIELD_CODES)))
        wanted = random.sample(FIELD_CODES, random.randint(0, len(FIELD_CODES)))
        _read(her_rows, permitted, wanted)


def test_what_is_permitted_for_another_purpose_opens_nothing(her_rows: Engine) -> None:
    with snapshot(her_rows) as connection, _statements(her_rows) as sent:
        events = [given(*CATEGORIES, purpose="reminders")]
        permission = decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())
        read = read_permitted(connection, permission, fields=FIELD_CODES)
    assert read.data == inputs.NOTHING_PERMITTED
    assert sent == []


def test_occasions_and_contact_are_read_for_the_purpose_that_they_were_told_for(her_rows: Engine) -> None:
    events = [given("occasions", "contact", purpose="reminders")]
    permission = decide(events, customer_id=CUSTOMER, purpose="reminders", at=a_moment())
    with snapshot(her_rows) as connection:
        read = read_permitted(connection, permission, fields=FIELD_CODES)
    assert read.data.occasions == _expected_occasions(TOLD["occasions"])
    assert read.data.contact == _expected_contact(TOLD["contact"])
    assert read.data.fields == {*TOLD["occasions"], *TOLD["contact"]}


def _read_each(engine: Engine, sets: Iterable[Collection[str]]) -> None:
    for permitted in sets:
        _read(engine, permitted, FIELD_CODES)


def _read(engine: Engine, permitted: Collection[str], wanted: Collection[str]) -> None:
    """Read with a permission for `permitted`, and hold what was sent and what came back against it."""
    events = [given(*permitted)] if permitted else []
    permission = decide(events, customer_id=CUSTOMER, purpose="recommendations", at=a_moment())
    assert permission.fields == set(permitted)
    with snapshot(engine) as connection, _statements(engine) as sent:
        read = read_permitted(connection, permission, fields=wanted)
    readable = set(permitted) & set(wanted)
    for statement in sent:
        _assert_names_only(statement, readable)
    for table, product_field in PRODUCT_FIELD.items():
        # Without its product a date or a price is of nothing, so nothing of that table is read.
        mentions = sum(bool(re.search(rf"\b{table}\b", statement)) for statement in sent)
        assert mentions == (product_field in readable)
    for table, fields in TOLD.items():
        mentions = sum(bool(re.search(rf"FROM {table}\b", statement)) for statement in sent)
        is_read = "occasions.date" in readable if table == "occasions" else not readable.isdisjoint(fields)
        assert mentions == is_read
    assert read.data == _expected(readable)
    assert read.consents == dict.fromkeys(read.data.fields, ("con_1",))


def _expected(readable: Collection[str]) -> inputs.PermittedData:
    """What the marked rows are where only `readable` of them may be read; sensitive things are not."""
    purchases = devices = views = carts = feedback = None
    if "purchases.product" in readable:
        sale = inputs.Purchase(
            product_id="marker-bought",
            day=date(2026, 3, 3) if "purchases.date" in readable else None,
            quantity=7777 if "purchases.quantity" in readable else None,
            served_by="marker-server" if "purchases.served_by" in readable else None,
        )
        purchases = (sale,)
    if "devices.product" in readable:
        device = inputs.Device(
            product_id="marker-owned",
            since=date(2019, 9, 19) if "devices.since" in readable else None,
            gone="devices.status" in readable,
        )
        devices = (device,)
    if "browsing.views" in readable:
        views = (inputs.Browsed(product_id="marker-viewed", day=date(2026, 4, 4)),)
    if "browsing.carts" in readable:
        carts = (inputs.Browsed(product_id="marker-carted", day=date(2026, 5, 5)),)
    if {"feedback.kind", "feedback.product"} <= set(readable):
        said_at = datetime(2026, 5, 7, 18, tzinfo=UTC)
        feedback = (inputs.Said(kind="have_it", product_id="marker-said", said_at=said_at),)
    fields = {
        field
        for field in readable
        for table, product_field in PRODUCT_FIELD.items()
        if field in COLUMNS[table] and product_field in readable
    }
    return inputs.PermittedData(
        purchases=purchases,
        devices=devices,
        views=views,
        carts=carts,
        preferences=_expected_preferences(readable),
        occasions=_expected_occasions(readable),
        contact=_expected_contact(readable),
        feedback=feedback,
        fields=frozenset(fields) | _of_what_she_told(readable),
    )


def _of_what_she_told(readable: Collection[str]) -> set[str]:
    of_occasions = {*TOLD["occasions"]} if "occasions.date" in readable else set[str]()
    return {*readable} & (of_occasions | {*TOLD["preferences"], *TOLD["contact"]})


def _expected_preferences(readable: Collection[str]) -> inputs.Preferences | None:
    told = {
        "likes": inputs.Tastes(brands=("marker-liked",)),
        "dislikes": inputs.Tastes(categories=("marker-disliked",)),
        "sizes": {"marker-of": ("marker-size",)},
        "budget": inputs.Money(amount="5555.55", currency="XTA"),
    }
    read: dict[str, Any] = {name: one for name, one in told.items() if f"preferences.{name}" in readable}
    return inputs.Preferences(**read) if read else None


def _expected_occasions(readable: Collection[str]) -> tuple[inputs.Occasion, ...] | None:
    told = {
        "name": "marker-occasion",
        "recipient": "marker-recipient",
        "lead_days": 4444,
        "budget": inputs.Money(amount="3333.33", currency="XTB"),
    }
    if "occasions.date" not in readable:
        return None
    read: dict[str, Any] = {name: one for name, one in told.items() if f"occasions.{name}" in readable}
    return (inputs.Occasion(day="02-29", **read),)


def _expected_contact(readable: Collection[str]) -> inputs.Contact | None:
    told = {
        "channels": ("marker-by",),
        "time_zone": "marker-zone",
        "quiet_hours": ("21:11", "08:08"),
        "rhythm": "P11D",
    }
    read: dict[str, Any] = {name: one for name, one in told.items() if f"contact.{name}" in readable}
    return inputs.Contact(**read) if read else None


# The same door, from outside: whole requests.


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A shop that has learned from others what it may, and that knows a customer with a history."""
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    for number in range(6):
        byleave.bought(f"other-{number}", "ink")
        byleave.allows(f"other-{number}", "purchases", purpose="learning")
    byleave.bought(CUSTOMER, "printer", order_id="order-1", sales_channel="web", served_by="staff-1")
    byleave.allows(CUSTOMER, "devices", purpose="reminders")
    byleave.owns(CUSTOMER, {"product_id": "printer", "since": "2026-01-01"})
    # What she browses is kept for staff, so that it is there, whatever suggestions may read of it.
    byleave.allows(CUSTOMER, "browsing", purpose="assistance")
    for number, kind in enumerate(("view", "search", "cart_add")):
        answer = byleave.bought(CUSTOMER, "ink", id=f"browsing-{number}", type=kind)
        assert answer["status"] == "recorded"
    byleave.suggestions("somebody-else")
    return byleave


@pytest.mark.parametrize(
    "permitted",
    [
        ["purchases.product"],
        ["purchases.product", "purchases.date"],
        ["purchases.date", "purchases.quantity"],
        ["devices.product"],
        ["devices.since", "devices.status", "purchases.product"],
        ["purchases", "devices"],
        ["browsing.views"],
        ["browsing.carts", "browsing.searches", "purchases.product"],
        [*CATEGORIES],
    ],
)
def test_a_request_names_only_permitted_columns(shop: Byleave, permitted: list[str]) -> None:
    shop.allows(CUSTOMER, *permitted)
    fields = set(given(*permitted).scope.fields)
    with _statements(shop.app.state.engine) as sent:
        used = {one["field"] for one in shop.suggestions(CUSTOMER)["data_used"]}
    for statement in sent:
        _assert_names_only(statement, used)
    assert used <= fields
    assert {"purchases.price", "purchases.sales_channel", "purchases.served_by"}.isdisjoint(used)
    for table, product_field in PRODUCT_FIELD.items():
        is_of_use = product_field in fields and (table != "feedback" or "feedback.kind" in fields)
        assert any(re.search(rf"\b{table}\b", statement) for statement in sent) == is_of_use


@pytest.mark.parametrize(
    ("permitted", "tables"),
    [
        (["purchases", "devices"], {"purchases", "devices"}),
        (["purchases", "browsing.views"], {"purchases", "views"}),
        (["browsing.carts"], {"cart_additions"}),
        (["browsing.searches"], set()),
        (["browsing"], {"views", "cart_additions"}),
        (["preferences.dislikes"], {"preferences"}),
        (["preferences.budget", "occasions", "contact"], {"occasions"}),
        (
            [*CATEGORIES],
            {"purchases", "devices", "views", "cart_additions", "preferences", "feedback", "occasions"},
        ),
    ],
)
def test_what_she_browsed_is_read_if_and_only_if_she_allows_it_and_searches_never(
    shop: Byleave, permitted: list[str], tables: set[str]
) -> None:
    shop.allows(CUSTOMER, *permitted)
    with _statements(shop.app.state.engine) as sent:
        for query in ({}, {"product_id": "ink"}, {"list": "again"}, {"list": "new"}):
            shop.suggestions(CUSTOMER, **query)
    assert _tables(sent) & {*COLUMNS, *NEVER_READ} == tables
    shop.app.state.use_recorder.flush()
    with _statements(shop.app.state.engine) as of_a_visitor:
        shop.visitor_suggestions(product_id="ink")
    assert _tables(of_a_visitor) == set()


def test_a_request_without_permission_reads_her_consents_and_nothing_else(shop: Byleave) -> None:
    with _statements(shop.app.state.engine) as sent:
        shop.suggestions(CUSTOMER)
    assert _tables(sent) == {"consent_chains", "consent_events"}


def test_a_request_after_withdrawal_reads_her_consents_and_nothing_else(shop: Byleave) -> None:
    shop.withdraws(CUSTOMER, shop.allows(CUSTOMER, "purchases", "devices", "browsing"))
    with _statements(shop.app.state.engine) as sent:
        shop.suggestions(CUSTOMER)
    assert _tables(sent) == {"consent_chains", "consent_events"}


@pytest.mark.parametrize(
    ("method", "query", "headers"),
    [
        ("GET", {"personalised": "false"}, {}),
        ("HEAD", {}, {}),
        ("HEAD", {"limit": 1}, {"Sec-Purpose": "prefetch"}),
        ("GET", {}, {"Sec-Purpose": "prefetch"}),
        ("GET", {}, {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"list": "again"}, {"Sec-Purpose": "Prefetch"}),
    ],
)
def test_a_request_that_asks_for_nothing_personal_touches_no_table_of_hers(
    shop: Byleave, method: str, query: dict[str, Any], headers: dict[str, str]
) -> None:
    shop.allows(CUSTOMER, "purchases", "devices", "browsing")
    path = f"/v1/customers/{CUSTOMER}/recommendations"
    with _statements(shop.app.state.engine) as sent:
        response = shop.http.request(method, path, params=query, headers=headers)
    assert response.status_code == 200
    assert sent
    assert _tables(sent) == set()
    shop.app.state.use_recorder.flush()
    assert shop.http.get(f"/v1/customers/{CUSTOMER}/uses").json()["uses"] == []


def test_a_visitor_touches_no_table_of_any_customer(shop: Byleave) -> None:
    with _statements(shop.app.state.engine) as sent:
        shop.visitor_suggestions()
    assert _tables(sent) == set()


# What a statement names.


@pytest.mark.parametrize(
    "leak",
    [
        "SELECT purchases.product_id, purchases.served_by FROM purchases",
        "SELECT product_id, served_by FROM purchases",
        'SELECT purchases.product_id FROM purchases ORDER BY purchases.product_id, "purchases"."purchased_at"',
        "SELECT p.product_id FROM purchases AS p WHERE p.quantity > 1",
        "SELECT count(purchases.id) FROM purchases",
        "SELECT * FROM purchases",
        "SELECT purchases.product_id FROM purchases JOIN devices ON devices.since = 1",
        "SELECT views.product_id FROM views",
        "SELECT quantity FROM cart_additions WHERE customer_id = ?",
        "SELECT query FROM searches",
        "SELECT preferences.likes FROM preferences",
        "SELECT day FROM occasions ORDER BY number",
        "SELECT count(contact.customer_id) FROM contact",
    ],
)
def test_these_tests_see_a_forbidden_column_wherever_it_stands(leak: str) -> None:
    with pytest.raises(AssertionError):
        _assert_names_only(leak, {"purchases.product"})


def _assert_names_only(statement: str, readable: Collection[str]) -> None:
    """No column of a table of hers but the readable ones and the key; counting is done by nobody here."""
    words = re.findall(r'(?:"?(\w+)"?\.)?"?(\w+|\*)"?', statement)
    assert {name for _, name in words}.isdisjoint(NEVER_READ), statement
    tables = {name for _, name in words} & set(COLUMNS)
    public = {"products", "fits", "epochs", "api_keys", "consent_chains", "consent_events"}
    for table in tables:
        allowed = {column for field in readable for column in COLUMNS[table].get(field, ())} | {"customer_id"}
        known = {*chain(*COLUMNS[table].values()), *UNREADABLE[table]}
        for qualifier, name in words:
            elsewhere = qualifier in public or (qualifier in COLUMNS and qualifier != table)
            assert elsewhere or name == table or name not in known - allowed, statement
            assert name != "*", statement
        assert allowed > {"customer_id"}, statement


def _tables(sent: Sequence[str]) -> set[str]:
    return {table for table in PERSONAL for statement in sent if re.search(rf"\b{table}\b", statement)}


def _subsets(fields: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(fields, size) for size in range(len(fields) + 1))


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    """All statements that are sent through `engine` meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
