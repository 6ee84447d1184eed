"""The tables of what the shop says: care tips and messages. Public, but for whom a message names."""

from datetime import date
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from service.db.column_roles import kept_for


class TipRow(SQLModel, table=True):
    """A care tip: what it is for, when it is due, its texts by language. Public."""

    __tablename__ = "tips"

    id: str = Field(primary_key=True)
    products: list[str] = Field(sa_type=JSON)
    brands: list[str] = Field(sa_type=JSON)
    categories: list[str] = Field(sa_type=JSON)
    due: dict[str, Any] = Field(sa_type=JSON)
    texts: dict[str, Any] = Field(sa_type=JSON)


class MessageRow(SQLModel, table=True):
    """A service note or a campaign message, and the history that makes it concern a customer."""

    __tablename__ = "messages"

    id: str = Field(primary_key=True)
    kind: str
    topic: str | None = None
    texts: dict[str, Any] = Field(sa_type=JSON)
    concerned_products: list[str] = Field(sa_type=JSON)
    concerned_categories: list[str] = Field(sa_type=JSON)
    concerned_served_by: list[str] = Field(sa_type=JSON)
    concerned_since: date | None = None
    known_since: date
    valid_from: date | None = None
    valid_until: date | None = None
    products: list[str] = Field(sa_type=JSON)
    categories: list[str] = Field(sa_type=JSON)
    interval_days: int | None = None


class MessageCustomer(SQLModel, table=True):
    """A customer whom a message names: a line of hers, which goes when she is erased."""

    __tablename__ = "message_customers"

    message_id: str = kept_for("which message names her", primary_key=True)
    customer_id: str = kept_for("finding her rows", primary_key=True, index=True)
