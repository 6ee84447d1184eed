"""Imports products: what the shop sells. Only this puts a product on sale; orders and fits never do."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from service.api.products import ProductInBatch, product_row
from service.catalogue import CatalogueKeeper
from service.importers.columns import Field
from service.importers.kinds import Outcome
from service.importers.rows import Fields, RowRejected
from service.importers.values import flag_of, list_of, price_of, required_id, text_of, whole_of

_TEXTS = ("title", "short_title", "brand", "category", "url", "image_url", "sample_of")
_ATTRIBUTES = ("item_group_id", "color", "size", "available_since")


class CatalogueImport:
    """Reads products and stores each as the API does: whole, in place of what was there."""

    fields = (
        Field(name="id", required=True, also=("product_id", "sku", "handle", "stock_code", "item_id")),
        Field(name="title", required=True, also=("name", "product_name", "product_title", "description")),
        Field(name="short_title"),
        Field(name="brand", also=("vendor", "manufacturer")),
        Field(name="category", also=("product_type", "type", "google_product_category")),
        Field(name="price", also=("unit_price", "regular_price")),
        Field(name="currency"),
        Field(name="url", also=("link",)),
        Field(name="image_url", also=("image_link", "image")),
        Field(name="available", also=("availability", "in_stock")),
        Field(name="sensitive", also=("adult",)),
        Field(name="sample_of"),
        Field(name="featured_rank"),
        Field(name="item_group_id"),
        Field(name="color", also=("colour",)),
        Field(name="size"),
        Field(name="suits"),
        Field(name="usual_interval_days"),
        Field(name="for_newcomers"),
        Field(name="available_since", also=("availability_date",)),
    )

    def __init__(self, keeper: CatalogueKeeper) -> None:
        self._keeper = keeper
        self._seen: set[str] = set()

    def read(self, fields: Fields) -> dict[str, Any]:
        """The product as the catalogue stores it."""
        product_id = required_id(fields, "id")
        price = price_of(fields)
        attributes = {name: text_of(fields, name) for name in _ATTRIBUTES}
        stated: dict[str, Any] = {
            "id": product_id,
            **{name: text_of(fields, name) for name in _TEXTS},
            "price": price and dict(zip(("amount", "currency"), price, strict=True)),
            "attributes": attributes
            | {
                "usual_interval_days": whole_of(fields, "usual_interval_days"),
                "for_newcomers": flag_of(fields, "for_newcomers"),
                "suits": list_of(fields, "suits") or None,
            },
            "available": flag_of(fields, "available"),
            "sensitive": flag_of(fields, "sensitive"),
            "featured_rank": whole_of(fields, "featured_rank"),
        }
        try:
            body = ProductInBatch.model_validate({name: v for name, v in stated.items() if v is not None})
        except ValidationError as error:
            raise RowRejected("; ".join(_reason(one) for one in error.errors())) from error
        return product_row(body.id, body)

    def store(self, items: Sequence[dict[str, Any]]) -> Sequence[Outcome]:
        """In one transaction. Of two rows with one id the first stands."""
        outcomes: list[Outcome | None] = []
        first: dict[str, dict[str, Any]] = {}
        for product in items:
            repeated = product["id"] in self._seen
            outcomes.append(Outcome(status="repeated") if repeated else None)
            if not repeated:
                self._seen.add(product["id"])
                first[product["id"]] = product
        changes = self._keeper.put_changed(list(first.values()))
        statuses = iter(changes)
        return [one or Outcome(status=next(statuses)) for one in outcomes]


def _reason(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {str(error['msg']).removeprefix('Value error, ')}"
