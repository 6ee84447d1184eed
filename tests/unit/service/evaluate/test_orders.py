"""Orders as shops have them: what counts as a purchase, without dates as well, and what cannot be read."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.evaluate.orders import TODAY_WITHOUT_DATES, Orders, field_named
from service.importers.rows import UnreadableFile
from service.importers.values import Calendar
from tests.unit.service.evaluate.shops import orders

DATED = ("CustomerID", "StockCode", "InvoiceDate", "Quantity", "UnitPrice")
UNDATED = ("CUSTOMER_ID", "ORDER_NUMBER", "MATERIAL_NUMBER")


def lines(found: Orders) -> list[tuple[str, str, str]]:
    rows = found.purchases
    return [
        (rows.customers[customer], rows.products[product], datetime.fromordinal(day).date().isoformat())
        for customer, product, day in zip(
            rows.customer.tolist(), rows.product.tolist(), rows.day.tolist(), strict=True
        )
    ]


def days_ago(found: Orders) -> list[tuple[str, str, int]]:
    today = TODAY_WITHOUT_DATES
    return [(who, what, (today - datetime.fromisoformat(day).date()).days) for who, what, day in lines(found)]


def test_usual_names_of_columns_need_no_flag() -> None:
    found = orders(DATED, [(17850, "85123A", datetime(2010, 12, 1, 8, 26), 6, 2.55)])
    assert found.dated
    assert lines(found) == [("17850", "85123A", "2010-12-01")]


def test_what_is_repeated_on_one_day_counts_once() -> None:
    found = orders(DATED, [("a", "x", "2026-01-05T08:00", 1, 1), ("a", "x", "2026-01-05T19:00", 2, 1)])
    assert lines(found) == [("a", "x", "2026-01-05")]
    assert found.counted == 2


@pytest.mark.parametrize(
    ("customer", "quantity", "price", "why"),
    [
        (None, 1, 1, "no_customer"),
        ("", 1, 1, "no_customer"),
        ("a", -1, 1, "return"),
        ("a", "-3", 1, "return"),
        ("a", 0, 1, "no_sale"),
        ("a", 1, 0.0, "no_sale"),
        ("a", 1, "0,00", "no_sale"),
        ("a", 1, -5.5, "no_sale"),
    ],
)
def test_what_is_no_sale_to_a_customer_is_left_out(
    customer: str | None, quantity: int | str, price: float | str, why: str
) -> None:
    good = ("b", "y", "2026-01-06", 1, "1.234,50")
    found = orders(DATED, [(customer, "x", "2026-01-05", quantity, price), good])
    assert found.left_out == {why: 1}
    assert lines(found) == [("b", "y", "2026-01-06")]


def test_a_line_that_says_it_is_a_return_is_left_out() -> None:
    columns = ("customer", "sku", "date", "type")
    found = orders(columns, [("a", "x", "2026-01-05", "Refund"), ("a", "y", "2026-01-05", "sale")])
    assert found.left_out == {"return": 1}


def test_a_pattern_says_which_products_count_and_upper_and_lower_case_may_be_one() -> None:
    rows = [("a", product, "2026-01-05", 1, 1) for product in ("85123a", "85123A", "POST", "M")]
    found = orders(DATED, rows, products=re.compile(r"\d{5}[A-Z]*"), ignore_case=True)
    assert found.purchases.products == ("85123A",)
    assert found.left_out == {"no_product": 2}
    assert orders(DATED, rows).purchases.products == ("85123A", "85123a", "M", "POST")


def test_a_day_is_one_of_the_stated_time_zone() -> None:
    row = ("a", "x", "2026-01-05T23:30:00+00:00", 1, 1)
    calendar = Calendar(ZoneInfo("Europe/Berlin"))
    assert lines(orders(DATED, [row], calendar=calendar)) == [("a", "x", "2026-01-06")]


def test_without_dates_a_basket_counts_as_a_week() -> None:
    found = orders(UNDATED, [("a", "1", "x"), ("a", "3", "y"), ("a", "10", "z"), ("a", "10", "x")])
    assert not found.dated
    assert days_ago(found) == [("a", "x", 14), ("a", "x", 0), ("a", "y", 7), ("a", "z", 0)]


def test_an_only_basket_is_known_and_not_tested() -> None:
    assert days_ago(orders(UNDATED, [("a", 1, "x"), ("b", 1, "x"), ("b", 2, "y")])) == [
        ("a", "x", 7), ("b", "x", 7), ("b", "y", 0),
    ]  # fmt: skip


def test_numbers_of_orders_count_within_a_customer_only() -> None:
    found = orders(UNDATED, [("a", 900, "x"), ("a", 950, "y"), ("b", 1, "x"), ("b", 2, "y")])
    assert days_ago(found) == [("a", "x", 7), ("a", "y", 0), ("b", "x", 7), ("b", "y", 0)]


def test_where_there_is_a_date_the_number_of_the_order_says_nothing() -> None:
    found = orders((*UNDATED, "date"), [("a", "B-77", "x", "2026-01-05")])
    assert found.dated
    assert "order_number" not in found.columns
    assert found.unread == ("ORDER_NUMBER",)


def test_a_row_that_cannot_be_read_is_counted_with_its_line_and_without_its_customer() -> None:
    rows = [
        ("secret", "x", "05/01/2026", 1, 1),
        ("b", None, "2026-01-05", 1, 1),
        ("b", "x", "2026-01-05", 1, 1),
    ]
    found = orders(DATED, rows)
    assert found.left_out == {"rejected": 2}
    assert found.reasons[0].startswith("line 2: occurred_at '05/01/2026' is no date")
    assert found.reasons[1] == "line 3: product_id is empty"
    assert "secret" not in "".join(found.reasons)


def test_ids_may_be_of_any_form() -> None:
    found = orders(DATED, [("anna@example.com", "MUG/RED", "2026-01-05", 1, 1)])
    assert lines(found) == [("anna@example.com", "MUG/RED", "2026-01-05")]


@pytest.mark.parametrize(
    ("columns", "rows", "told"),
    [
        (("sku", "date"), [("x", "2026-01-05")], "No column tells the customer_id"),
        (("customer", "date"), [("a", "2026-01-05")], "No column tells the product_id"),
        (("customer", "sku"), [("a", "x")], "No column tells when something was bought"),
        (
            ("Kunde", "Tag"),
            [("a", "x")],
            r"customer_id: --column .* product_id: --column .* when something .*: Kunde, Tag",
        ),
        (DATED, [], "It names columns, but has no rows"),
        (DATED, [(None, "x", "2026-01-05", 1, 1)], r"None of its 1 rows is a purchase.*1 no_customer"),
        (DATED, [("a", "x", "soon", 1, 1)], "The first: line 2: occurred_at 'soon' is no date"),
        (UNDATED, [("a", "first", "x")], "order_number is not a whole number"),
    ],
)
def test_a_file_that_does_not_tell_who_bought_what_and_when_says_what_is_missing(
    columns: tuple[str, ...], rows: list[tuple[object, ...]], told: str
) -> None:
    with pytest.raises(UnreadableFile, match=told):
        orders(columns, rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("customer", "customer_id"),
        ("Customer ID", "customer_id"),
        ("product", "product_id"),
        ("date", "occurred_at"),
        ("order_number", "order_number"),
        ("nonsense", "nonsense"),
    ],
)
def test_fields_may_be_named_as_people_name_them(said: str, meant: str) -> None:
    assert field_named(said) == meant
