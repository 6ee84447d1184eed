"""Routes: the catalogue, and what fits what."""

import json
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field, HttpUrl, JsonValue, field_validator, model_validator

from recommender.occasions import Recipient
from service.api.idempotency import OncePerKey
from service.api.shapes import BATCH_MAXIMUM, Id, In, Money, Out, Text, problems
from service.auth import ReadsCatalogue, WritesCatalogue
from service.catalogue import CatalogueKeeper
from service.text_formats import DAY_PATTERN, PRINTABLE

router = APIRouter(prefix="/v1/products", tags=["catalogue"])

_ATTRIBUTES_MAXIMUM_BYTES = 20_000
_ATTRIBUTES_MAXIMUM_DEPTH = 20
_Product = Annotated[Id, Path(description="The shop's own id of the product.")]


class Attributes(In):
    """The shop's own attributes. The named ones have a meaning here, others are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True)

    item_group_id: Text | None = Field(default=None, description="Variants of one thing share it.")
    color: Text | None = Field(default=None, description="Tells the cartridges of one printer apart.")
    usual_interval_days: int | None = Field(
        default=None, ge=1, le=3650, description="After how many days customers usually need it again."
    )
    suits: list[Recipient] | None = Field(
        default=None,
        min_length=1,
        description="For whom it is a gift: one or several.",
        examples=[["mother"]],
    )
    for_newcomers: bool | None = Field(default=None, description="Good to begin with.")
    available_since: str | None = Field(
        default=None,
        pattern=DAY_PATTERN,
        description="The day on which it came into the range.",
        examples=["2026-06-01"],
    )

    @field_validator("suits", mode="before")
    @classmethod
    def _one_or_several(cls, told: object) -> object:
        return [told] if isinstance(told, str) else told

    @field_validator("available_since")
    @classmethod
    def _is_a_day(cls, day: str | None) -> str | None:
        if day is not None:
            date.fromisoformat(day)
        return day

    @model_validator(mode="after")
    def _can_be_stored(self) -> Self:
        """Both databases must take it: no NUL, no lone surrogates, no NaN, and not without end."""
        _check_storable(self.model_extra, depth=0)
        text = json.dumps(self.model_dump(), allow_nan=False, ensure_ascii=False)
        if len(text.encode()) > _ATTRIBUTES_MAXIMUM_BYTES:
            raise ValueError(f"must have {_ATTRIBUTES_MAXIMUM_BYTES} bytes at most")
        return self


def _check_storable(value: object, *, depth: int) -> None:
    """Raises ValueError for what one of the databases, or a reader of JSON, would choke on."""
    if depth > _ATTRIBUTES_MAXIMUM_DEPTH:
        raise ValueError(f"must not be nested deeper than {_ATTRIBUTES_MAXIMUM_DEPTH} levels")
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("must not contain the character NUL")
    if isinstance(value, dict):
        for name, part in value.items():
            _check_storable(name, depth=depth)
            _check_storable(part, depth=depth + 1)
    if isinstance(value, list):
        for part in value:
            _check_storable(part, depth=depth + 1)


class ProductIn(In):
    """One product, whole: what is left out is not kept from before."""

    title: Text
    short_title: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        pattern=PRINTABLE,
        description="For sentences.",
    )
    brand: Text | None = None
    category: Text | None = None
    price: Money | None = None
    url: HttpUrl | None = None
    image_url: HttpUrl | None = None
    attributes: Attributes = Attributes()
    available: bool = True
    sensitive: bool = Field(default=False, description="Health, intimacy: never inferred from.")
    sample_of: Id | None = None
    featured_rank: int | None = Field(default=None, ge=1, le=1_000_000)


class ProductInBatch(ProductIn):
    id: Id


class ProductsIn(In):
    products: list[ProductInBatch] = Field(min_length=1, max_length=BATCH_MAXIMUM)


class ProductOut(Out):
    """One product as stored, and the products that it fits."""

    id: str
    title: str
    short_title: str | None
    brand: str | None
    category: str | None
    price: Money | None
    url: str | None
    image_url: str | None
    attributes: dict[str, JsonValue]
    available: bool
    sensitive: bool
    sample_of: str | None
    featured_rank: int | None
    fits: list[str]


class BatchOut(Out):
    created: int
    replaced: int


class FitsIn(In):
    """The products that this one is a consumable or an accessory for, in place of what was stated before."""

    devices: list[Id] = Field(max_length=BATCH_MAXIMUM)


class FitsOut(Out):
    product_id: str
    devices: list[str]


@router.put(
    "/{product_id}",
    responses={201: {"model": ProductOut}, **problems(401, 403, 413, 422)},
)
def put_product(
    caller: WritesCatalogue,
    request: Request,
    response: Response,
    product_id: _Product,
    body: ProductIn,
    once: OncePerKey,
) -> ProductOut:
    """Store a product. 201 if it is new, 200 if it replaces what was there."""
    is_new, stored = _keeper(request).put_one(product_row(product_id, body), once)
    response.status_code = 201 if is_new else 200
    return _product(stored)


@router.get("/{product_id}", responses=problems(401, 403, 404, 422))
def get_product(caller: ReadsCatalogue, request: Request, product_id: _Product) -> ProductOut:
    """One product as stored."""
    return _product(_keeper(request).get(product_id))


@router.post("/batch", responses=problems(401, 403, 413, 422))
def put_products(caller: WritesCatalogue, request: Request, body: ProductsIn, once: OncePerKey) -> BatchOut:
    """Store up to 1,000 products: all of them or none."""
    created, replaced = _keeper(request).put([product_row(one.id, one) for one in body.products], once)
    return BatchOut(created=created, replaced=replaced)


@router.put("/{product_id}/fits", responses=problems(401, 403, 404, 413, 422))
def put_fits(
    caller: WritesCatalogue, request: Request, product_id: _Product, body: FitsIn, once: OncePerKey
) -> FitsOut:
    """State what a product fits. An empty list says that it fits nothing in particular."""
    stored = _keeper(request).put_fits(product_id, body.devices, once)
    return FitsOut(product_id=product_id, devices=stored["fits"])


def _keeper(request: Request) -> CatalogueKeeper:
    keeper: CatalogueKeeper = request.app.state.catalogue
    return keeper


def product_row(product_id: str, body: ProductIn) -> dict[str, Any]:
    """The product as the catalogue stores it."""
    return {
        "id": product_id,
        "title": body.title,
        "short_title": body.short_title,
        "brand": body.brand,
        "category": body.category,
        "price_amount": body.price.amount if body.price else None,
        "price_currency": body.price.currency if body.price else None,
        "url": str(body.url) if body.url else None,
        "image_url": str(body.image_url) if body.image_url else None,
        "attributes": body.attributes.model_dump(exclude_none=True),
        "available": body.available,
        "sensitive": body.sensitive,
        "sample_of": body.sample_of,
        "featured_rank": body.featured_rank,
    }


def _product(row: dict[str, Any]) -> ProductOut:
    price = None
    if row["price_amount"] is not None:
        price = Money(amount=row["price_amount"], currency=row["price_currency"])
    shown = {name: row[name] for name in ProductOut.model_fields if name != "price"}
    return ProductOut(price=price, **shown)
