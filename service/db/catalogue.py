"""The shop's products and what fits what. Public data: no permission is involved."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlmodel import col

from consent.items import Item, Unknown
from recommender import inputs
from recommender.catalogue import Catalogue, build_catalogue
from service.db.epochs import CATALOGUE, advance_epoch
from service.db.id_list import id_list
from service.db.learning_changes import CATEGORIES, EVERYBODY, learning_changed
from service.db.tables import Fit, Product, table_of
from service.db.tips import read_tips, tip_of
from service.local_texts import LocalText, texts_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """How a product is shown."""

    id: str
    title: str
    short_title: str | None
    brand: str | None
    url: str | None
    image_url: str | None
    price_amount: str | None
    price_currency: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """The catalogue as the recommender needs it, and as customers see it."""

    catalogue: Catalogue
    listings: Mapping[str, Listing]
    tip_texts: Mapping[str, Mapping[str, LocalText]]


def read_shop(connection: Connection) -> Shop:
    """The whole catalogue. Workers keep it until its epoch changes."""
    rows = connection.execute(select(table_of(Product))).mappings().all()
    fits: dict[str, set[str]] = defaultdict(set)
    for product_id, device_id in connection.execute(select(col(Fit.product_id), col(Fit.device_id))):
        fits[product_id].add(device_id)
    products = [_product(row) for row in rows]
    tips = read_tips(connection)
    return Shop(
        catalogue=build_catalogue(
            products, {id_: frozenset(devices) for id_, devices in fits.items()}, map(tip_of, tips)
        ),
        listings={row["id"]: _listing(row) for row in rows},
        tip_texts={row["id"]: texts_of(row["texts"]) for row in tips},
    )


def read_product(connection: Connection, product_id: str) -> dict[str, Any] | None:
    """One product as stored, with the devices that it fits, or `None`."""
    statement = select(table_of(Product)).where(col(Product.id) == product_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    devices = select(col(Fit.device_id)).where(col(Fit.product_id) == product_id).order_by(Fit.device_id)
    return {**row, "fits": list(connection.execute(devices).scalars())}


def read_products(connection: Connection, product_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Id -> product as stored, without what it fits, of those that the catalogue has."""
    statement = select(table_of(Product)).where(col(Product.id).in_(id_list(connection, product_ids)))
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


def known_product_ids(connection: Connection, product_ids: Iterable[str]) -> set[str]:
    """Those of `product_ids` that the catalogue has."""
    statement = select(col(Product.id)).where(col(Product.id).in_(id_list(connection, product_ids)))
    return set(connection.execute(statement).scalars())


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What of a product decides on whether data about it may be kept or read."""

    category: str | None
    sensitive: bool

    def item(self, product_id: str | None, *, order: str | Unknown | None, at: datetime | None) -> Item:
        """A datum about this product, in the words of a scope."""
        return Item(order=order, product=product_id, category=self.category, at=at, sensitive=self.sensitive)


NO_TRAITS = Traits(category=None, sensitive=False)
"""Of no product, or of one that the catalogue does not know."""


def read_traits(connection: Connection, product_ids: Iterable[str]) -> dict[str, Traits]:
    """Id -> traits, of those of `product_ids` that the catalogue has."""
    columns = select(col(Product.id), col(Product.category), col(Product.sensitive))
    rows = connection.execute(columns.where(col(Product.id).in_(id_list(connection, product_ids))))
    return {row.id: Traits(category=row.category, sensitive=row.sensitive) for row in rows}


def put_products(connection: Connection, products: Collection[Mapping[str, Any]]) -> int:
    """Store each product as given, whole; gives how many of them are new."""
    advance_epoch(connection, CATALOGUE)
    known = read_traits(connection, (product["id"] for product in products))
    new = [dict(product) for product in products if product["id"] not in known]
    changed = [
        (was, is_) for one in products if (was := known.get(one["id"])) and was != (is_ := _traits_of(one))
    ]
    if changed:
        # What is sensitive, or not in a category that she selected, is not learned from, from the next answer on.
        is_about_all = any(was.sensitive != is_.sensitive for was, is_ in changed)
        learning_changed(connection, [EVERYBODY if is_about_all else CATEGORIES])
    if new:
        connection.execute(insert(Product), new)
    for product in products:
        if product["id"] in known:
            connection.execute(update(Product).where(col(Product.id) == product["id"]).values(**product))
    return len(new)


def put_fits(connection: Connection, product_id: str, device_ids: Collection[str]) -> None:
    """Replace what `product_id` fits."""
    advance_epoch(connection, CATALOGUE)
    connection.execute(delete(Fit).where(col(Fit.product_id) == product_id))
    if device_ids:
        rows = [{"product_id": product_id, "device_id": device_id} for device_id in sorted(device_ids)]
        connection.execute(insert(Fit), rows)


def add_fits(connection: Connection, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Add pairs of known product and device; gives those that were not there."""
    asked = id_list(connection, (product_id for product_id, _ in pairs))
    stored = select(col(Fit.product_id), col(Fit.device_id)).where(col(Fit.product_id).in_(asked))
    new = set(pairs) - {(product_id, device_id) for product_id, device_id in connection.execute(stored)}
    if new:
        advance_epoch(connection, CATALOGUE)
        rows = [{"product_id": product_id, "device_id": device_id} for product_id, device_id in sorted(new)]
        connection.execute(insert(Fit), rows)
    return new


def _traits_of(product: Mapping[str, Any]) -> Traits:
    return Traits(category=product.get("category"), sensitive=bool(product.get("sensitive")))


def _product(row: RowMapping) -> inputs.Product:
    return inputs.Product(
        id=row["id"],
        title=row["title"],
        short_title=row["short_title"],
        brand=row["brand"],
        category=row["category"],
        attributes=row["attributes"],
        available=row["available"],
        sensitive=row["sensitive"],
        sample_of=row["sample_of"],
        featured_rank=row["featured_rank"],
        price=_price(row["price_amount"], row["price_currency"]),
    )


def _price(amount: str | None, currency: str | None) -> inputs.Money | None:
    return inputs.Money(amount=amount, currency=currency) if amount and currency else None


def _listing(row: RowMapping) -> Listing:
    return Listing(**{name: row[name] for name in Listing.__slots__})


def any_product(connection: Connection) -> bool:
    """Whether the catalogue has any product at all."""
    return connection.execute(select(col(Product.id)).limit(1)).first() is not None
