"""The tables. Every column that holds something of a customer says which data field it is.

`of_hers` columns can be read by `permitted_reader` and by nothing else in the service that serves a
purpose. A column of a personal table that declares neither a data field nor what it is kept for fails a
test, so a new column is unreadable until somebody has classified it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, Table
from sqlmodel import Field, SQLModel

from service.db.column_roles import DATA_FIELD, UtcDateTime, kept_for, of_hers

# What she did not tell is NULL, and not the word null.
_JSON_OR_NULL = JSON(none_as_null=True)


def table_of(model: type[SQLModel]) -> Table:
    """All columns of a table. For the registry's own tables and public ones, never for customer data."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


class Product(SQLModel, table=True):
    """What the shop sells. Public."""

    __tablename__ = "products"

    id: str = Field(primary_key=True)
    title: str
    short_title: str | None = None
    brand: str | None = None
    category: str | None = None
    price_amount: str | None = None
    price_currency: str | None = None
    url: str | None = None
    image_url: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    available: bool = True
    sensitive: bool = False
    sample_of: str | None = None
    featured_rank: int | None = None


class Fit(SQLModel, table=True):
    """This product is a consumable or an accessory for that one. Public."""

    __tablename__ = "fits"

    product_id: str = Field(primary_key=True, foreign_key="products.id")
    device_id: str = Field(primary_key=True, foreign_key="products.id", index=True)


class Purchase(SQLModel, table=True):
    """One line of a sale or of a return."""

    __tablename__ = "purchases"
    __table_args__ = (Index("ix_purchases_customer_id", "customer_id"),)

    id: str = kept_for("telling a repeated event", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    order_id: str | None = kept_for("scopes by order", default=None)
    recorded_at: datetime = kept_for("when it was stored", sa_type=UtcDateTime)
    product_id: str = of_hers("purchases.product", foreign_key="products.id")
    returned: bool = Field(sa_column_kwargs={"info": {DATA_FIELD: "purchases.product"}})
    purchased_at: datetime = of_hers("purchases.date", sa_type=UtcDateTime)
    quantity: int = Field(sa_column_kwargs={"info": {DATA_FIELD: "purchases.quantity"}})
    paid_amount: str | None = of_hers("purchases.price", default=None)
    paid_currency: str | None = of_hers("purchases.price", default=None)
    sales_channel: str | None = of_hers("purchases.sales_channel", default=None)
    served_by: str | None = of_hers("purchases.served_by", default=None)


class Device(SQLModel, table=True):
    """Something that she said she owns. Kept only while some purpose may read it."""

    __tablename__ = "devices"

    customer_id: str = kept_for("finding her rows", primary_key=True)
    product_id: str = of_hers("devices.product", primary_key=True, foreign_key="products.id")
    owned_since: date | None = Field(default=None, sa_column_kwargs={"info": {DATA_FIELD: "devices.since"}})
    ownership: str = of_hers("devices.status")


class View(SQLModel, table=True):
    """A product that she looked at. Kept only while some purpose may read it."""

    __tablename__ = "views"
    __table_args__ = (Index("ix_views_customer_id", "customer_id"),)

    id: str = kept_for("telling a repeated event", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    recorded_at: datetime = kept_for("when it was stored", sa_type=UtcDateTime)
    product_id: str = of_hers("browsing.views", foreign_key="products.id")
    occurred_at: datetime = of_hers("browsing.views", sa_type=UtcDateTime)


class Search(SQLModel, table=True):
    """What she searched for. Kept only while some purpose may read it."""

    __tablename__ = "searches"
    __table_args__ = (Index("ix_searches_customer_id", "customer_id"),)

    id: str = kept_for("telling a repeated event", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    recorded_at: datetime = kept_for("when it was stored", sa_type=UtcDateTime)
    query: str | None = of_hers("browsing.searches", default=None)
    occurred_at: datetime = of_hers("browsing.searches", sa_type=UtcDateTime)


class CartAddition(SQLModel, table=True):
    """Something that she put into her cart. Kept only while some purpose may read it."""

    __tablename__ = "cart_additions"
    __table_args__ = (Index("ix_cart_additions_customer_id", "customer_id"),)

    id: str = kept_for("telling a repeated event", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    recorded_at: datetime = kept_for("when it was stored", sa_type=UtcDateTime)
    product_id: str = of_hers("browsing.carts", foreign_key="products.id")
    quantity: int = of_hers("browsing.carts", sa_type=Integer)
    occurred_at: datetime = of_hers("browsing.carts", sa_type=UtcDateTime)


class Preferences(SQLModel, table=True):
    """What she said she likes and dislikes, her sizes, her budget. Kept only while some purpose may read it."""

    __tablename__ = "preferences"

    customer_id: str = kept_for("finding her rows", primary_key=True)
    likes: dict[str, Any] | None = of_hers("preferences.likes", sa_type=_JSON_OR_NULL, default=None)
    dislikes: dict[str, Any] | None = of_hers("preferences.dislikes", sa_type=_JSON_OR_NULL, default=None)
    sizes: dict[str, Any] | None = of_hers("preferences.sizes", sa_type=_JSON_OR_NULL, default=None)
    budget_amount: str | None = of_hers("preferences.budget", default=None)
    budget_currency: str | None = of_hers("preferences.budget", default=None)


class Occasion(SQLModel, table=True):
    """An occasion that she told us of. Kept only while some purpose may read it."""

    __tablename__ = "occasions"

    customer_id: str = kept_for("finding her rows", primary_key=True)
    number: int = kept_for("the order of her list", sa_type=Integer, primary_key=True)
    name: str | None = of_hers("occasions.name", default=None)
    day: str = of_hers("occasions.date")
    recipient: str | None = of_hers("occasions.recipient", default=None)
    lead_days: int | None = of_hers("occasions.lead_days", sa_type=Integer, default=None)
    budget_amount: str | None = of_hers("occasions.budget", default=None)
    budget_currency: str | None = of_hers("occasions.budget", default=None)


class Contact(SQLModel, table=True):
    """How, when and how often she wants to be reached. Kept only while some purpose may read it."""

    __tablename__ = "contact"

    customer_id: str = kept_for("finding her rows", primary_key=True)
    channels: list[str] | None = of_hers("contact.channels", sa_type=_JSON_OR_NULL, default=None)
    time_zone: str | None = of_hers("contact.time_zone", default=None)
    quiet_from: str | None = of_hers("contact.quiet_hours", default=None)
    quiet_until: str | None = of_hers("contact.quiet_hours", default=None)
    rhythm: str | None = of_hers("contact.rhythm", default=None)


class Feedback(SQLModel, table=True):
    """What she said of a suggestion or of a visit. Kept only while some purpose may read it, field by field."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_customer_id", "customer_id"), Index("ix_feedback_place", "place"))

    id: str = kept_for("telling one from another", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    recorded_at: datetime = kept_for("when it was stored; scopes by date", sa_type=UtcDateTime)
    place: int = kept_for("its place in the feed for staff", sa_type=Integer)
    kind: str | None = of_hers("feedback.kind", default=None)
    said_at: datetime | None = of_hers("feedback.kind", default=None, sa_type=UtcDateTime)
    product_id: str | None = of_hers("feedback.product", default=None, foreign_key="products.id")
    rating: int | None = of_hers("feedback.rating", default=None, sa_type=Integer)
    mood: str | None = of_hers("feedback.mood", default=None)
    importance: int | None = of_hers("feedback.importance", default=None, sa_type=Integer)
    comment: str | None = of_hers("feedback.comment", default=None)
    touchpoint: str | None = of_hers("feedback.touchpoint", default=None)
    journey: str | None = of_hers("feedback.journey", default=None)
