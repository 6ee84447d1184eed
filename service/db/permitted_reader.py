"""The only door to customer data: reads what a `Permission` covers, column by column and row by row.

For a data field that is not permitted no statement is sent, and a statement names no column that is not
permitted, but to select by what the customer herself has named. Which columns are selected is the security
boundary, so whole rows are never selected here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, and_, case, or_, select, true
from sqlmodel import SQLModel, col

from consent.coverage import Covering, without_repeats
from consent.decision import Permission
from recommender import inputs
from recommender.feedback import HEARD
from service.db.column_roles import columns_by_data_field
from service.db.covered_rows import Kept, covered, covered_by
from service.db.id_list import id_list
from service.db.permitted_documents import PermittedDocument
from service.db.tables import CartAddition, Contact, Device, Feedback, Occasion, Preferences, Purchase, View
from service.db.told_by_her import contact_of, occasion_of, preferences_of

_COLUMNS = columns_by_data_field(SQLModel.metadata)
_BOUGHT, _DATED, _OWNED = "purchases.product", "purchases.date", "devices.product"
_VIEWED, _CARTED, _DAY = "browsing.views", "browsing.carts", "occasions.date"
_SAID, _SAID_OF = "feedback.kind", "feedback.product"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadData:
    """What was read, and by which consents.

    consents    data field -> the consents that it was read by, the preferred one first
    of_product  (data field, product id) -> the consent that this datum was read by
    """

    data: inputs.PermittedData
    consents: Mapping[str, tuple[str, ...]]
    of_product: Mapping[tuple[str, str], str]


def read_permitted(connection: Connection, permission: Permission, *, fields: Collection[str]) -> ReadData:
    """Read the data `fields` of one customer, as far as `permission` covers them.

    Must run in the snapshot that the permission was decided in. A category is read only together with
    its `product`, an occasion with its date: a price of nothing in particular serves nobody. Of preferences and
    contact each field stands for itself. A counted grant that covers no
    datum which is there was not used, and what it alone permits counts as not read.
    """
    purchases = _Table(connection, Purchase, permission, _permitted_of("purchases", permission, fields))
    devices = _Table(connection, Device, permission, _permitted_of("devices", permission, fields))
    views = _Table(connection, View, permission, sorted({_VIEWED} & permission.fields & set(fields)))
    carts = _Table(connection, CartAddition, permission, sorted({_CARTED} & permission.fields & set(fields)))
    feedback = _Table(connection, Feedback, permission, _permitted_of("feedback", permission, fields))
    occasions = _Table(
        connection, Occasion, permission, _permitted_of("occasions", permission, fields, with_="date")
    )
    preferences = PermittedDocument(connection, Preferences, permission, fields)
    contact = PermittedDocument(connection, Contact, permission, fields)
    parts = (purchases, devices, views, carts, feedback)
    consents = {
        field: used
        for part in (*parts, occasions, preferences, contact)
        for field, used in part.consents().items()
    }
    return ReadData(
        data=inputs.PermittedData(
            purchases=tuple(_purchase(row) for row in purchases.rows) if _BOUGHT in consents else None,
            devices=tuple(_device(row) for row in devices.rows) if _OWNED in consents else None,
            views=tuple(map(_browsed, views.rows)) if _VIEWED in consents else None,
            carts=tuple(map(_browsed, carts.rows)) if _CARTED in consents else None,
            preferences=preferences_of(preferences.row) if preferences.consents() else None,
            occasions=tuple(occasion_of(row) for row in occasions.rows) if _DAY in consents else None,
            contact=contact_of(contact.row) if contact.consents() else None,
            feedback=_said(feedback.rows) if {_SAID, _SAID_OF} <= consents.keys() else None,
            fields=frozenset(consents),
        ),
        consents=consents,
        of_product={of: one for part in parts for of, one in part.of_product().items()},
    )


def read_learning_histories(
    connection: Connection, permissions: Iterable[Permission]
) -> dict[str, dict[str, date | None]]:
    """Customer id -> product she bought and kept -> the last day; for those who allow learning from it.

    The second door: other people's data, for everyone's suggestions. The same decision guards it. The day is
    `None` where learning may not read it.
    """
    return read_histories(connection, _for_learning(permissions))


def read_histories(
    connection: Connection, permissions: Iterable[Permission]
) -> dict[str, dict[str, date | None]]:
    """Customer id -> product she bought and kept -> the last day, as far as her permission covers it, for the purpose
    that it is for.
    """
    histories: dict[str, dict[str, date | None]] = defaultdict(dict)
    for (customer_id, product_id), kept in _bought_and_kept(connection, permissions):
        histories[customer_id][product_id] = max((day for day in kept if day is not None), default=None)
    return dict(histories)


def read_learning_purchases(
    connection: Connection, permissions: Iterable[Permission]
) -> dict[tuple[str, str], list[date]]:
    """(Customer id, product she bought and kept) -> all days that learning may know; nothing without a day."""
    dated = [one for one in _for_learning(permissions) if _DATED in one.fields]
    return {
        of_hers: days
        for of_hers, kept in _bought_and_kept(connection, dated)
        if (days := [day for day in kept if day is not None])
    }


def _for_learning(permissions: Iterable[Permission]) -> list[Permission]:
    return [one for one in permissions if one.purpose == "learning"]


def _bought_and_kept(
    connection: Connection, permissions: Iterable[Permission]
) -> Iterator[tuple[tuple[str, str], list[date | None]]]:
    willing = [one for one in permissions if _BOUGHT in one.fields]
    lines: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    for fields in ((_BOUGHT,), (_BOUGHT, _DATED)):
        alike = [one for one in willing if _learned_fields(one) == fields]
        for row in _bought_by(connection, [one for one in alike if _narrows_nothing(one, fields)], fields):
            lines[row.customer_id, row.product_id].append(_line(row._mapping))
        for permission in alike:
            if not _narrows_nothing(permission, fields):
                for hers in _Table(connection, Purchase, permission, fields).rows:
                    lines[permission.customer_id, hers["product_id"]].append(_line(hers))
    return ((of_hers, kept) for of_hers, lines_of_it in lines.items() if (kept := _kept(lines_of_it)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRow:
    """What was read of one sale, or of one thing that she said: data field -> value, and -> the consent that it was
    read by.

    recorded_at  when it was stored
    """

    id: str
    recorded_at: datetime
    values: Mapping[str, Any]
    consents: Mapping[str, str]


def read_feedback(
    connection: Connection,
    permission: Permission,
    *,
    fields: Collection[str],
    ids: Collection[str] | None = None,
) -> list[ReadRow]:
    """What she said, or those of it with these `ids`: of each the `fields` that `permission` covers there.

    Unlike for suggestions each field stands for itself: a rating says something without a product. Must run in
    the snapshot that the permission was decided in.
    """
    return _each(connection, Feedback, permission, fields, ids)


def read_sales(
    connection: Connection, permission: Permission, *, fields: Collection[str], ids: Collection[str]
) -> list[ReadRow]:
    """Those of her purchases with these `ids`, as `read_feedback` does with what she said."""
    return _each(connection, Purchase, permission, fields, ids)


def consents_of_all(read: Iterable[ReadRow]) -> dict[str, tuple[str, ...]]:
    """Data field -> the consents that it was read by, in the order of the rows."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in read:
        for field, consent_id in row.consents.items():
            found[field][consent_id] = None
    return {field: tuple(consents) for field, consents in found.items()}


def covered_ids(connection: Connection, customer_id: str, table: str, kept: Kept) -> set[str]:
    """Ids of those of her sales, or of what she said, of which each field in `kept` is covered."""
    model: type[Purchase | Feedback] = Purchase if table == "purchases" else Feedback
    whole = [covered(connection, of_field, table) for of_field in kept.values()]
    statement = select(col(model.id)).where(col(model.customer_id) == customer_id, *whole)
    return {row.id for row in connection.execute(statement)}


def _each(
    connection: Connection,
    table: type[Purchase | Feedback],
    permission: Permission,
    fields: Collection[str],
    ids: Collection[str] | None,
) -> list[ReadRow]:
    """Row by row, each field by itself."""
    name = str(table.__tablename__)
    wanted = sorted(field for field in permission.fields & set(fields) if field.startswith(f"{name}."))
    if not wanted:
        return []
    coverings = {field: without_repeats(permission.verdict(field).coverings) for field in wanted}
    covers = {
        field: [covered_by(connection, one, name) for one in of_field]
        for field, of_field in coverings.items()
    }
    which = [
        case(*((one, number) for number, one in enumerate(covers[field]))).label(f"by {field}")
        for field in wanted
    ]
    columns = [
        case((or_(*covers[field]), column)).label(column.name)
        for field in wanted
        for column in _COLUMNS[field]
    ]
    hers = col(table.customer_id) == permission.customer_id
    asked = true() if ids is None else col(table.id).in_(id_list(connection, ids))
    told = (col(table.id), col(table.recorded_at))
    statement = select(*told, *columns, *which).where(hers, asked).order_by(col(table.id))
    rows = connection.execute(statement).mappings()
    return [one for row in rows if (one := _read_row(row, wanted, coverings)).values]


def _read_row(row: RowMapping, fields: Sequence[str], coverings: Mapping[str, Sequence[Covering]]) -> ReadRow:
    values = {
        field: row[column.name]
        for field in fields
        for column in _COLUMNS[field][:1]
        if row[column.name] is not None
    }
    by = {field: coverings[field][row[f"by {field}"]].consent_id for field in values}
    return ReadRow(id=row["id"], recorded_at=row["recorded_at"], values=values, consents=by)


_Line = tuple[date | None, bool]  # the day, and whether it was returned


def _line(row: RowMapping) -> _Line:
    bought_at = row.get("purchased_at")
    return (bought_at.date() if bought_at else None, row["returned"])


def _kept(lines: Sequence[_Line]) -> list[date | None]:
    """The days of what was not returned; a return takes back the latest before it."""
    kept: list[date | None] = []
    for day, returned in sorted(lines, key=lambda line: (line[0] or date.min, line[1])):
        if not returned:
            kept.append(day)
        elif kept:
            kept.pop()
    return kept


def _learned_fields(permission: Permission) -> tuple[str, ...]:
    return tuple(field for field in (_BOUGHT, _DATED) if field in permission.fields)


def _bought_by(
    connection: Connection, permissions: Sequence[Permission], fields: Sequence[str]
) -> Iterable[Any]:
    """What all of those bought or returned who narrow nothing: one statement, however many they are."""
    if not permissions:
        return ()
    ids = id_list(connection, (one.customer_id for one in permissions))
    whole = covered(connection, permissions[0].verdict(_BOUGHT).coverings, "purchases")
    columns = [column for field in fields for column in _COLUMNS[field]]
    statement = select(col(Purchase.customer_id), *columns)
    return connection.execute(statement.where(col(Purchase.customer_id).in_(ids), whole))


def _narrows_nothing(permission: Permission, fields: Sequence[str]) -> bool:
    return all(one.is_whole for field in fields for one in permission.verdict(field).coverings)


def _permitted_of(
    category: str, permission: Permission, fields: Collection[str], *, with_: str = "product"
) -> tuple[str, ...]:
    wanted = {field for field in permission.fields & set(fields) if field.startswith(f"{category}.")}
    product = f"{category}.{with_}"
    return (product, *sorted(wanted - {product})) if product in wanted else ()


class _Table:
    """The permitted part of her rows in one table. Of `fields` the first is the one that names the product."""

    def __init__(
        self,
        connection: Connection,
        table: type[Purchase | Device | View | CartAddition | Occasion | Feedback],
        permission: Permission,
        fields: Sequence[str],
    ) -> None:
        self._connection = connection
        self._table = table
        self._name = str(table.__tablename__)
        self._customer_id = permission.customer_id
        self._product_field = fields[0] if fields else ""
        self._coverings = {field: without_repeats(permission.verdict(field).coverings) for field in fields}
        self.rows: Sequence[RowMapping] = self._read() if fields else ()

    def consents(self) -> dict[str, tuple[str, ...]]:
        """Data field -> the consents by which it was read; nothing if none was used."""
        used = {field: self._used(field) for field in self._coverings}
        return {field: consents for field, consents in used.items() if consents and used[self._product_field]}

    def of_product(self) -> dict[tuple[str, str], str]:
        """(Data field, product id) -> the consent that it was read by."""
        found: dict[tuple[str, str], str] = {}
        for row in self.rows:
            for field in self._coverings:
                consent_id = self._consent(field, row)
                if consent_id is not None:
                    found.setdefault((field, row["product_id"]), consent_id)
        return found

    def _read(self) -> Sequence[RowMapping]:
        """Her rows, ordered by what may be read of them: the order tells nothing more."""
        columns = [column for field in self._coverings for column in self._columns(field)]
        which = [column for field in self._coverings if (column := self._which(field)) is not None]
        hers = col(self._table.customer_id) == self._customer_id
        whole = covered(self._connection, self._coverings[self._product_field], self._name)
        statement = select(*columns, *which).where(hers, whole, self._is_of_use()).order_by(*columns)
        return self._connection.execute(statement).mappings().all()

    def _is_of_use(self) -> ColumnElement[bool]:
        """Of what she said: a word on a product from which something follows. No grant is spent on the rest."""
        if self._table is not Feedback:
            return true()
        about_one = col(Feedback.product_id).is_not(None)
        if _SAID not in self._coverings:
            return about_one
        may_be_read = covered(self._connection, self._coverings[_SAID], self._name)
        return and_(about_one, may_be_read, col(Feedback.kind).in_(sorted(HEARD)))

    def _columns(self, field: str) -> list[ColumnElement[Any]]:
        """The columns of a field; empty in rows in which it may not be read, though the product may."""
        columns: list[Column[Any]] = _COLUMNS[field]
        if self._coverings[field] == self._coverings[self._product_field]:
            return list(columns)
        may_be_read = covered(self._connection, self._coverings[field], self._name)
        return [case((may_be_read, column)).label(column.name) for column in columns]

    def _which(self, field: str) -> ColumnElement[Any] | None:
        """The number of the first covering that covers the row, where it is not clear from the start."""
        if self._is_clear(field):
            return None
        covers = [covered_by(self._connection, one, self._name) for one in self._coverings[field]]
        return case(*((one, number) for number, one in enumerate(covers))).label(f"by {field}")

    def _is_clear(self, field: str) -> bool:
        """Whether one consent permits the field in each row that is read at all."""
        coverings = self._coverings[field]
        return len(coverings) == 1 and coverings == self._coverings[self._product_field]

    def _consent(self, field: str, row: RowMapping) -> str | None:
        number = 0 if self._is_clear(field) else row[f"by {field}"]
        return None if number is None else self._coverings[field][number].consent_id

    def _used(self, field: str) -> tuple[str, ...]:
        """The consents by which something of the field was read; if nothing was there, the one looked by."""
        used = {self._consent(field, row) for row in self.rows}
        coverings = self._coverings[field]
        if used == {None} or not used:
            used = {one.consent_id for one in coverings[:1] if one.uses_left is None}
        return tuple(dict.fromkeys(one.consent_id for one in coverings if one.consent_id in used))


def _purchase(row: RowMapping) -> inputs.Purchase:
    return inputs.Purchase(
        product_id=row["product_id"],
        returned=row["returned"],
        day=row["purchased_at"].date() if row.get("purchased_at") else None,
        quantity=row.get("quantity"),
        served_by=row.get("served_by"),
    )


def _browsed(row: RowMapping) -> inputs.Browsed:
    return inputs.Browsed(product_id=row["product_id"], day=row["occurred_at"].date())


def _said(rows: Sequence[RowMapping]) -> tuple[inputs.Said, ...]:
    """What was said in one tap; a rating of a product has no kind."""
    return tuple(
        inputs.Said(kind=row["kind"], product_id=row["product_id"], said_at=row["said_at"])
        for row in rows
        if row["kind"] is not None and row["said_at"] is not None
    )


def _device(row: RowMapping) -> inputs.Device:
    return inputs.Device(
        product_id=row["product_id"],
        since=row.get("owned_since"),
        gone=row.get("ownership") == "gone",
    )
