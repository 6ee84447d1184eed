"""The tables. Every column that holds something of a customer says which data field it is.

`of_hers` columns can be read by `permitted_reader` and by nothing else in the service that serves a
purpose. A column of a personal table that declares neither a data field nor what it is kept for fails a
test, so a new column is unreadable until somebody has classified it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.column_roles import DATA_FIELD, UtcDateTime, kept_for, of_hers


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
    order_id: str | None = kept_for("scopes by order, once they can be enforced", default=None)
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


class ConsentChain(SQLModel, table=True):
    """Links a customer to her ledger. The chain's id commits to her by the salt; without both it names nobody."""

    __tablename__ = "consent_chains"

    chain_id: str = kept_for("the consent registry", primary_key=True)
    customer_id: str = kept_for("the consent registry", unique=True)
    salt: str | None = kept_for("proving whose the chain is", default=None)


class ConsentEventRow(SQLModel, table=True):
    """The append-only ledger: rows are added, never changed."""

    __tablename__ = "consent_events"
    __table_args__ = (UniqueConstraint("event_id"), Index("ix_consent_events_purpose", "purpose"))

    chain_id: str = Field(primary_key=True, foreign_key="consent_chains.chain_id")
    position: int = Field(primary_key=True)
    event_id: str
    consent_id: str = Field(index=True)
    kind: str
    purpose: str
    fields: list[str] = Field(sa_type=JSON)
    channels: list[str] | None = Field(default=None, sa_type=JSON)
    items: dict[str, list[str]] | None = Field(default=None, sa_type=JSON)
    data_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    uses: int | None = None
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    occurred_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaces: str | None = None
    notice_id: str | None = None
    shown: str | None = None
    captured_via: str | None = None
    method: str | None = None
    locale: str | None = None
    actor: str | None = None
    previous_hash: str
    hash: str


class Erasure(SQLModel, table=True):
    """What stays of a chain that was erased: how far it had come, signed. Whose it was nobody can tell."""

    __tablename__ = "erasures"

    chain_id: str = Field(primary_key=True)
    events: int
    hash: str
    erased_at: datetime = Field(sa_type=UtcDateTime)
    signed: str


class Tombstone(SQLModel, table=True):
    """Somebody was erased then. The mark is an HMAC of her id, under a key that is sealed."""

    __tablename__ = "tombstones"

    mark: str = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=UtcDateTime)


class UseRecord(SQLModel, table=True):
    """A read that happened: which answer, which field, by which consent."""

    __tablename__ = "use_records"
    __table_args__ = (Index("ix_use_records_page", "customer_id", "used_at", "answer_id", "data_field"),)

    answer_id: str = kept_for("accountability", primary_key=True)
    data_field: str = kept_for("accountability", primary_key=True)
    customer_id: str = kept_for("accountability")
    purpose: str = kept_for("accountability")
    consent_id: str = kept_for("accountability")
    used_at: datetime = kept_for("accountability", sa_type=UtcDateTime)


class IdempotencyKey(SQLModel, table=True):
    """A call that was made: by whom, under which key, and a hash of it. Gone after a day."""

    __tablename__ = "idempotency_keys"

    caller: str = kept_for("doing a call once", primary_key=True)
    key: str = kept_for("doing a call once", primary_key=True)
    fingerprint: str = kept_for("telling a repeated call from another one")
    created_at: datetime = kept_for("removing it after a day", sa_type=UtcDateTime, index=True)
    made: dict[str, Any] = kept_for("ids for the answer to a repeated call", sa_type=JSON)


class ApiKey(SQLModel, table=True):
    """A key of the shop; only a hash of it is kept."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    name: str
    scopes: list[str] = Field(sa_type=JSON)
    secret_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SigningKey(SQLModel, table=True):
    """A key pair of the service: the public half for good, the private one sealed, until it is retired."""

    __tablename__ = "signing_keys"
    __table_args__ = (UniqueConstraint("key_id"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key_id: str
    public_key: str
    sealed_private_key: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SealedKey(SQLModel, table=True):
    """A random key of the service, sealed with the admin key."""

    __tablename__ = "sealed_keys"

    name: str = Field(primary_key=True)
    sealed: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class Epoch(SQLModel, table=True):
    """Counts changes to something that workers hold in memory, so that they see when it is stale.

    A row that writers lock, not a sequence: sequence numbers become visible out of order.
    """

    __tablename__ = "epochs"

    name: str = Field(primary_key=True)
    epoch: int
