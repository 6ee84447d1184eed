"""Reads a shop's orders to measure on: any file that `byleave import orders` takes, and some more.

Stores nothing. Ids may be of any form here, because they go no further than this process.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np

from service.evaluate.purchases import Ints, Lines, Purchases
from service.importers.columns import ColumnMap, Field, columns_read, fields_of_rows
from service.importers.kinds import REJECTED, RowSkipped
from service.importers.orders import RETURNS, OrdersImport
from service.importers.rows import Cell, Fields, Row, RowRejected, Table, UnreadableFile
from service.importers.values import Calendar, moment_of, text_of

TODAY_WITHOUT_DATES = date(2001, 1, 1)
"""Where a file has no dates, the last basket of each customer is put on this day."""
DAYS_A_BASKET = 7
"""Where a file has no dates, so many lie between a basket and the next."""

_ROWS_AT_ONCE = 10_000
_REASONS_SHOWN = 3
_OF_IMPORT = {one.name: one for one in OrdersImport.fields}
_MORE_NAMES = {
    "customer_id": ("household_id", "household_key", "member_id"),
    "product_id": ("material_number", "material", "article_id", "item"),
}
# Where it tells the order of what a customer bought, it stands in for a date.
_ORDER_NUMBER = Field(
    name="order_number", also=("order_no", "basket_number", "order_sequence", "visit_number")
)
FIELDS = (
    *(
        Field(
            name=name,
            required=name in _MORE_NAMES,
            also=(*_OF_IMPORT[name].also, *_MORE_NAMES.get(name, ())),
        )
        for name in ("customer_id", "product_id", "occurred_at", "type", "quantity", "price")
    ),
    _ORDER_NUMBER,
)


_Told: TypeAlias = Callable[[Sequence[Cell]], Iterable[Fields]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Which lines count, beyond what holds for all files.

    products     a pattern that the whole product id must match
    ignore_case  product ids that differ in nothing but upper and lower case are one
    calendar     how the file writes moments; a day is a day of its time zone
    """

    products: re.Pattern[str] | None = None
    ignore_case: bool = False
    calendar: Calendar


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """What was read, and what was not.

    dated    the file has dates; else the order of baskets stands in for them
    left_out why lines were not counted -> how many
    columns  field -> the file's name for its column
    reasons  the first lines that could not be read, each with the reason
    """

    purchases: Purchases
    dated: bool
    rows: int
    counted: int
    left_out: Mapping[str, int]
    columns: Mapping[str, str]
    unread: tuple[str, ...]
    reasons: tuple[str, ...]


def field_named(name: str) -> str:
    """The field that is meant by `customer`, `Customer ID` and the like; the word itself if there is none."""
    spelling = re.sub(r"[^a-z0-9]", "", name.lower())
    for one in FIELDS:
        if spelling in (re.sub(r"[^a-z0-9]", "", each) for each in (one.name, *one.also)):
            return one.name
    return name


def _check_told(columns: Sequence[str], read: Mapping[str, str]) -> None:
    """Raises UnreadableFile with all that no column tells of who bought what, and when."""
    missing = [one.name for one in FIELDS if one.required and one.name not in read]
    problems = [f"No column tells the {name}: --column {name}=COLUMN says which one." for name in missing]
    if not {"occurred_at", "order_number"} & read.keys():
        problems.append(
            "No column tells when something was bought: neither a date (--column occurred_at=COLUMN) nor the "
            "number of the order in the customer's history (--column order_number=COLUMN)."
        )
    if problems:
        raise UnreadableFile(f"{' '.join(problems)} The columns are: {', '.join(columns)[:1000]}")


def read_orders(
    table: Table, stated: Mapping[str, str], rules: Rules, progress: Callable[[int], None]
) -> Orders:
    """All purchases of a table. Raises UnreadableFile if it does not tell who bought what, and when."""
    column_map = ColumnMap(columns=stated)
    columns = dict(columns_read(table.columns, FIELDS, column_map))
    _check_told(table.columns, columns)
    told = fields_of_rows(table.columns, FIELDS, column_map)
    reader = _Reader(rules=rules, dated="occurred_at" in columns)
    if reader.dated:
        columns.pop("order_number", None)
    for row in table.rows:
        reader.take(row, told)
        if reader.rows % _ROWS_AT_ONCE == 0:
            progress(_ROWS_AT_ONCE)
    if not reader.lines:
        raise UnreadableFile(_nothing_left(reader))
    return Orders(
        purchases=reader.lines.purchases(None if reader.dated else _days_of_baskets),
        dated=reader.dated,
        rows=reader.rows,
        counted=len(reader.lines),
        left_out=dict(reader.left_out),
        columns=columns,
        unread=tuple(one for one in table.columns if one and one not in columns.values()),
        reasons=tuple(reader.reasons),
    )


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Takes in row by row; each line is of a customer, a product, and a day or the number of an order."""

    rules: Rules
    dated: bool
    rows: int = 0
    lines: Lines = field(default_factory=Lines)
    left_out: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)

    def take(self, row: Row, told: _Told) -> None:
        self.rows += 1
        try:
            for fields in _fields_of(row, told):
                self.lines.add(*self._line(fields))
        except RowSkipped as skipped:
            self.left_out[skipped.status] += 1
        except RowRejected as rejected:
            self.left_out[REJECTED] += 1
            if len(self.reasons) < _REASONS_SHOWN:
                self.reasons.append(f"line {row.number}: {rejected}")

    def _line(self, fields: Fields) -> tuple[str, str, int]:
        customer = text_of(fields, "customer_id")
        if customer is None:
            raise RowSkipped("no_customer")
        if _is_return(fields):
            raise RowSkipped("return")
        if _sign(fields, "quantity") == 0 or _sign(fields, "price") in (-1, 0):
            raise RowSkipped("no_sale")
        return customer, self._product(fields), self._when(fields)

    def _product(self, fields: Fields) -> str:
        product = text_of(fields, "product_id")
        if product is None:
            raise RowRejected("product_id is empty")
        product = product.upper() if self.rules.ignore_case else product
        if self.rules.products is not None and not self.rules.products.fullmatch(product):
            raise RowSkipped("no_product")
        return product

    def _when(self, fields: Fields) -> int:
        if not self.dated:
            return _order_number(fields)
        moment = moment_of(fields, "occurred_at", self.rules.calendar)
        if moment is None:
            raise RowRejected("occurred_at is empty")
        return moment.astimezone(self.rules.calendar.zone).toordinal()


def _fields_of(row: Row, told: _Told) -> Iterable[Fields]:
    if row.problem is not None:
        raise RowRejected(row.problem)
    return told(row.cells)


def _is_return(fields: Fields) -> bool:
    return (text_of(fields, "type") or "").lower() in RETURNS or _sign(fields, "quantity") == -1


def _sign(fields: Fields, name: str) -> int | None:
    """Whether a number is negative, zero or positive, however it is written; `None` if there is none."""
    cell = fields.get(name)
    if isinstance(cell, int | float):
        return (cell > 0) - (cell < 0)
    text = text_of(fields, name)
    if text is None:
        return None
    if not re.search("[1-9]", text):
        return 0
    return -1 if text[0] in "-−(" else 1  # noqa: RUF001 - a true minus sign


def _order_number(fields: Fields) -> int:
    text = text_of(fields, "order_number")
    if text is None or not re.fullmatch(r"[0-9]{1,15}", text):
        raise RowRejected("order_number is not a whole number: it must count the orders of each customer")
    return int(text)


def _days_of_baskets(customer: Ints, number: Ints) -> Ints:
    """The last basket of a customer is of today, the one before a week old. An only one is a week old, too:
    there is none before it to learn from.
    """
    numbers, rank = np.unique(number, return_inverse=True)
    baskets, basket = np.unique(customer * len(numbers) + rank, return_inverse=True)
    owner = baskets // len(numbers)
    count = np.bincount(owner)
    ago = (np.cumsum(count) - 1)[owner] - np.arange(len(baskets)) + (count[owner] == 1)
    days: Ints = np.maximum(1, TODAY_WITHOUT_DATES.toordinal() - DAYS_A_BASKET * ago)[basket]
    return days


def _nothing_left(reader: _Reader) -> str:
    if not reader.rows:
        return "It names columns, but has no rows."
    why = ", ".join(f"{rows:,} {status}" for status, rows in reader.left_out.items())
    first = f" The first: {reader.reasons[0]}" if reader.reasons else ""
    return f"None of its {reader.rows:,} rows is a purchase of a customer ({why}).{first}"
