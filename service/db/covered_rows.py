"""What `Covering.cover` says of a datum, said of rows in SQL: so that nothing else leaves the database.

`tests/property/test_covered_rows.py` holds the two against each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Date, and_, case, false, not_, or_, select, true
from sqlmodel import col

from consent.coverage import Covering, without_repeats
from consent.scope import Items, Scope
from service.db.id_list import id_list
from service.db.tables import CartAddition, Device, Feedback, Product, Purchase, Search, View, table_of

Kept = Mapping[str, tuple[Covering, ...]]
"""Data field -> what covers it, for those fields of which something may be kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemColumns:
    """The columns of a table that say what a row is about; `None` where the table has no such thing."""

    order: Column[Any] | None = None
    product: Column[Any] | None = None
    at: Column[Any] | None = None


_PURCHASES, _DEVICES = table_of(Purchase).columns, table_of(Device).columns
_FEEDBACK = table_of(Feedback).columns
_VIEWS, _SEARCHES, _CARTS = (table_of(one).columns for one in (View, Search, CartAddition))

ITEM_COLUMNS: Mapping[str, ItemColumns] = {
    "purchases": ItemColumns(
        order=_PURCHASES.order_id, product=_PURCHASES.product_id, at=_PURCHASES.purchased_at
    ),
    "devices": ItemColumns(product=_DEVICES.product_id, at=_DEVICES.owned_since),
    "views": ItemColumns(product=_VIEWS.product_id, at=_VIEWS.occurred_at),
    "searches": ItemColumns(at=_SEARCHES.occurred_at),
    "cart_additions": ItemColumns(product=_CARTS.product_id, at=_CARTS.occurred_at),
    # Of no product and of no day: what a scope selects by either is none of this.
    "preferences": ItemColumns(),
    "occasions": ItemColumns(),
    "contact": ItemColumns(),
    # A journey may be an order: an order that she leaves out takes what she said of it along.
    "feedback": ItemColumns(order=_FEEDBACK.journey, product=_FEEDBACK.product_id, at=_FEEDBACK.recorded_at),
}
"""Table -> its columns that a scope may select by."""


def covered(connection: Connection, coverings: Iterable[Covering], table: str) -> ColumnElement[bool]:
    """Whether one of `coverings` covers a row of `table`. Never NULL."""
    return _any(covered_by(connection, one, table) for one in without_repeats(coverings))


def covered_by(connection: Connection, covering: Covering, table: str) -> ColumnElement[bool]:
    """Whether `covering` covers a row of `table`. Never NULL."""
    rows = _Rows(connection, ITEM_COLUMNS[table])
    return and_(
        rows.surely_in(covering.scope),
        not_(_any(rows.maybe_in(cut) for cut in covering.cuts)),
        rows.within_retention(covering.kept_since),
        rows.not_too_sensitive(covering.scope.items),
    )


def _any(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether one of them holds. As CASE, because SQLite takes no thousand of OR in a row."""
    branches = [(condition, true()) for condition in conditions]
    return (
        case(*branches, else_=false()) if len(branches) > 1 else or_(false(), *(one for one, _ in branches))
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table, and conditions on them that are true or false, but never NULL."""

    connection: Connection
    columns: ItemColumns

    def surely_in(self, scope: Scope) -> ColumnElement[bool]:
        if scope.data_from is None:
            return self._selected(scope.items)
        return and_(self._selected(scope.items), self._from(scope.data_from, if_not_known=false()))

    def maybe_in(self, scope: Scope) -> ColumnElement[bool]:
        if scope.data_from is None:
            return self._selected(scope.items)
        return and_(self._selected(scope.items), self._from(scope.data_from, if_not_known=true()))

    def within_retention(self, kept_since: datetime | None) -> ColumnElement[bool]:
        return true() if kept_since is None else self._from(kept_since, if_not_known=true())

    def not_too_sensitive(self, items: Items | None) -> ColumnElement[bool]:
        if self.columns.product is None:
            return true()
        sensitive = select(col(Product.id)).where(col(Product.sensitive))
        harmless: ColumnElement[bool] = self.columns.product.not_in(sensitive)
        if self.columns.product.nullable:
            harmless = or_(self.columns.product.is_(None), harmless)
        if items is None or not (items.products or items.categories):
            return harmless
        return or_(harmless, self._product_in(items.products), self._category_in(items.categories))

    def _selected(self, items: Items | None) -> ColumnElement[bool]:
        if items is None:
            return true()
        if items.is_nothing:
            return false()
        excepted = or_(
            self._order_in(items.exceptions),
            self._product_in(items.exceptions),
            self._category_in(items.exceptions),
        )
        if not items.names_some:
            return not_(excepted)
        chosen = or_(
            self._order_in(items.orders),
            self._product_in(items.products),
            self._category_in(items.categories),
        )
        return and_(chosen, not_(excepted))

    def _order_in(self, orders: frozenset[str]) -> ColumnElement[bool]:
        if self.columns.order is None or not orders:
            return false()
        return and_(self.columns.order.is_not(None), self.columns.order.in_(id_list(self.connection, orders)))

    def _product_in(self, products: frozenset[str]) -> ColumnElement[bool]:
        if self.columns.product is None or not products:
            return false()
        return self._of_a_product(self.columns.product.in_(id_list(self.connection, products)))

    def _category_in(self, categories: frozenset[str]) -> ColumnElement[bool]:
        if self.columns.product is None or not categories:
            return false()
        named = col(Product.category).in_(id_list(self.connection, categories))
        return self._of_a_product(self.columns.product.in_(select(col(Product.id)).where(named)))

    def _of_a_product(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """The same, and false of a row that is about no product."""
        column = self.columns.product
        return condition if column is None or not column.nullable else and_(column.is_not(None), condition)

    def _from(self, moment: datetime, *, if_not_known: ColumnElement[bool]) -> ColumnElement[bool]:
        column = self.columns.at
        if column is None:
            return if_not_known
        since: ColumnElement[bool] = column >= (
            _first_whole_day(moment) if isinstance(column.type, Date) else moment
        )
        return and_(or_(column.is_not(None), if_not_known), or_(column.is_(None), since))


def _first_whole_day(moment: datetime) -> date:
    """The first day (UTC) that begins at or after `moment`."""
    day = moment.astimezone(UTC).date()
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day if begins >= moment else day + timedelta(days=1)
