"""The only door to customer data: reads what a `Permission` covers, column by column.

For a data field that is not permitted no statement is sent, and a statement names no column that is not
permitted. Which columns are selected is the security boundary, so whole rows are never selected here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, SQLColumnExpression, select
from sqlmodel import SQLModel, col

from consent.decision import Permission
from recommender import inputs
from service.db.column_roles import columns_by_data_field
from service.db.tables import Device, Product, Purchase

_COLUMNS = columns_by_data_field(SQLModel.metadata)
_CUSTOMERS_PER_STATEMENT = 500


def read_permitted(
    connection: Connection, permission: Permission, *, fields: Collection[str]
) -> inputs.PermittedData:
    """Read the data `fields` of one customer, as far as `permission` covers them.

    Must run in the snapshot that the permission was decided in. A category is read only together with
    its `product`: a date or a price of nothing in particular serves nobody.
    """
    purchases = _permitted_of("purchases", permission, fields)
    devices = _permitted_of("devices", permission, fields)
    return inputs.PermittedData(
        purchases=_purchases(connection, permission.customer_id, purchases) if purchases else None,
        devices=_devices(connection, permission.customer_id, devices) if devices else None,
        fields=purchases | devices,
    )


def read_learning_baskets(
    connection: Connection, permissions: Iterable[Permission]
) -> dict[str, frozenset[str]]:
    """Customer id -> products bought and kept, for those whose permission is for learning from them.

    The second door: other people's data, for everyone's suggestions. The same decision guards it.
    """
    willing = [
        permission.customer_id
        for permission in permissions
        if permission.purpose == "learning" and "purchases.product" in permission.fields
    ]
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    for start in range(0, len(willing), _CUSTOMERS_PER_STATEMENT):
        some = willing[start : start + _CUSTOMERS_PER_STATEMENT]
        statement = select(col(Purchase.customer_id), col(Purchase.product_id), col(Purchase.returned)).where(
            col(Purchase.customer_id).in_(some), _is_not_sensitive(col(Purchase.product_id))
        )
        for customer_id, product_id, returned in connection.execute(statement):
            kept[customer_id][product_id] += -1 if returned else 1
    return {customer_id: frozenset(+units) for customer_id, units in kept.items() if +units}


def _permitted_of(category: str, permission: Permission, fields: Collection[str]) -> frozenset[str]:
    wanted = {field for field in permission.fields & set(fields) if field.startswith(f"{category}.")}
    return frozenset(wanted) if f"{category}.product" in wanted else frozenset()


def _purchases(
    connection: Connection, customer_id: str, fields: frozenset[str]
) -> tuple[inputs.Purchase, ...]:
    rows = _select(connection, Purchase, customer_id, fields)
    return tuple(
        inputs.Purchase(
            product_id=row["product_id"],
            returned=row["returned"],
            day=row["purchased_at"].date() if "purchased_at" in row else None,
            quantity=row.get("quantity"),
        )
        for row in rows
    )


def _devices(connection: Connection, customer_id: str, fields: frozenset[str]) -> tuple[inputs.Device, ...]:
    rows = _select(connection, Device, customer_id, fields)
    return tuple(
        inputs.Device(
            product_id=row["product_id"],
            since=row.get("owned_since"),
            gone=row.get("ownership") == "gone",
        )
        for row in rows
    )


def _select(
    connection: Connection, table: type[Purchase] | type[Device], customer_id: str, fields: frozenset[str]
) -> list[dict[str, Any]]:
    """The permitted columns of her rows, ordered by themselves: the order tells nothing more."""
    columns: list[Column[Any]] = [column for field in sorted(fields) for column in _COLUMNS[field]]
    hers = col(table.customer_id) == customer_id
    statement = select(*columns).where(hers, _is_not_sensitive(col(table.product_id))).order_by(*columns)
    return [dict(row) for row in connection.execute(statement).mappings()]


def _is_not_sensitive(product_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Products flagged sensitive are never inferred from (a scope that selects them explicitly may)."""
    return product_id.not_in(select(col(Product.id)).where(col(Product.sensitive)))
