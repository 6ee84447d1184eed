"""Use cases of the catalogue: store products and what they fit; hand out the current shop to a request."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine

from service.db.catalogue import (
    Shop,
    add_fits,
    known_product_ids,
    put_fits,
    put_products,
    read_product,
    read_products,
    read_shop,
)
from service.db.engine import Transaction, snapshot, write_transaction
from service.db.epochs import CATALOGUE, lock_epoch, read_epoch
from service.errors import Problem, ProblemCode, invalid
from service.once import Once, attempt
from service.settings import Clock

_TITLE_LENGTH = 200


class CurrentShop:
    """The shop as of a snapshot; read again only when its epoch has changed. Shared by all threads."""

    def __init__(self) -> None:
        self._held: tuple[int, Shop] | None = None
        self._lock = Lock()

    def as_of(self, connection: Connection) -> Shop:
        """The shop that this snapshot sees."""
        epoch = read_epoch(connection, CATALOGUE)
        held = self._held
        if held is not None and held[0] == epoch:
            return held[1]
        with self._lock:
            if self._held is not None and self._held[0] == epoch:
                return self._held[1]
            shop = read_shop(connection)
            if self._held is None or self._held[0] < epoch:
                self._held = (epoch, shop)
        return shop


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueKeeper:
    """Writes the catalogue of one shop."""

    engine: Engine
    clock: Clock
    transaction: Transaction = write_transaction

    def put(self, products: Sequence[Mapping[str, Any]], once: Once | None = None) -> tuple[int, int]:
        """Store products, all or none; gives how many were created and how many replaced.

        Raises Problem (422) for an id that occurs twice.
        """
        ids = [product["id"] for product in products]
        for number, product_id in enumerate(ids):
            if product_id in ids[:number]:
                raise invalid(ProblemCode.INVALID_REQUEST, f"products.{number}.id", "is in the batch twice")
        with self.transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first:
                tried.note(created=put_products(connection, products))
        created: int = tried.made["created"]
        return created, len(ids) - created

    def put_one(self, product: Mapping[str, Any], once: Once | None = None) -> tuple[bool, dict[str, Any]]:
        """Store one product; gives whether it is new, and the product as stored."""
        with self.transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            is_new = tried.is_first and put_products(connection, [product]) == 1
            stored = read_product(connection, product["id"])
        assert stored is not None
        return is_new, stored

    def put_changed(self, products: Sequence[Mapping[str, Any]]) -> list[str]:
        """Store those that differ from what is there; gives `created`, `replaced` or `unchanged` for each."""
        with self.transaction(self.engine) as connection:
            lock_epoch(connection, CATALOGUE)
            stored = read_products(connection, (product["id"] for product in products))
            changed = [product for product in products if stored.get(product["id"]) != product]
            if changed:
                put_products(connection, changed)
        replaced = {product["id"] for product in changed}
        return [
            "created" if one["id"] not in stored else "replaced" if one["id"] in replaced else "unchanged"
            for one in products
        ]

    def add_unknown(self, titles: Mapping[str, str]) -> None:
        """Add the products (id -> title) that the catalogue lacks, not for sale: it only has to know them."""
        with self.transaction(self.engine) as connection:
            lock_epoch(connection, CATALOGUE)  # what somebody else puts on sale meanwhile stays on sale
            known = known_product_ids(connection, titles)
            new = [
                {
                    "id": id_,
                    "title": title[:_TITLE_LENGTH],
                    "available": False,
                    "sensitive": False,
                    "attributes": {},
                }
                for id_, title in titles.items()
                if id_ not in known
            ]
            if new:
                put_products(connection, new)

    def add_fits(self, pairs: Iterable[tuple[str, str]]) -> tuple[set[tuple[str, str]], set[str]]:
        """Add pairs of product and device; gives those that are new, and the ids that are in no catalogue."""
        asked = set(pairs)
        with self.transaction(self.engine) as connection:
            lock_epoch(connection, CATALOGUE)
            known = known_product_ids(connection, (one for pair in asked for one in pair))
            added = add_fits(connection, [pair for pair in asked if known.issuperset(pair)])
        return added, {one for pair in asked for one in pair} - known

    def put_fits(
        self, product_id: str, device_ids: Collection[str], once: Once | None = None
    ) -> dict[str, Any]:
        """State which products `product_id` is a consumable or accessory for, instead of what was stated.

        Gives the product as stored.

        Raises Problem: 404 for an unknown product, 422 for unknown devices.
        """
        with self.transaction(self.engine) as connection:
            known = known_product_ids(connection, [product_id, *device_ids])
            if product_id not in known:
                raise _unknown_product()
            unknown = sorted(set(device_ids) - known)
            if unknown:
                raise invalid(
                    ProblemCode.UNKNOWN_PRODUCT,
                    "devices",
                    f"are not in the catalogue: {', '.join(unknown[:10])}; PUT /v1/products/{{id}} first",
                )
            if attempt(connection, once, now=self.clock.now()).is_first:
                put_fits(connection, product_id, set(device_ids))
            stored = read_product(connection, product_id)
        assert stored is not None
        return stored

    def get(self, product_id: str) -> dict[str, Any]:
        """One product with what it fits. Raises Problem (404) if there is none."""
        with snapshot(self.engine) as connection:
            product = read_product(connection, product_id)
        if product is None:
            raise _unknown_product()
        return product


def _unknown_product() -> Problem:
    return Problem(ProblemCode.UNKNOWN_PRODUCT, "The catalogue has no such product.", status=404)
