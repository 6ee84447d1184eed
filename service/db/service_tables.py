"""The tables that the service keeps for its own work: keys, calls that were made, counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.column_roles import UtcDateTime, kept_for


class IdempotencyKey(SQLModel, table=True):
    """A call that was made: by whom, under which key, and a hash of it. Gone after a day."""

    __tablename__ = "idempotency_keys"

    caller: str = kept_for("doing a call once", primary_key=True)
    key: str = kept_for("doing a call once", primary_key=True)
    fingerprint: str = kept_for("telling a repeated call from another one")
    created_at: datetime = kept_for("removing it after a day", sa_type=UtcDateTime, index=True)
    made: dict[str, Any] = kept_for("ids for the answer to a repeated call", sa_type=JSON)


class StoredAnswer(SQLModel, table=True):
    """An answer that can be fetched again with the same key for a quarter of an hour."""

    __tablename__ = "stored_answers"

    caller: str = kept_for("fetching an answer again", primary_key=True)
    key: str = kept_for("fetching an answer again", primary_key=True)
    customer_id: str = kept_for("removing it when she withdraws", index=True)
    body: str = kept_for("fetching an answer again")
    created_at: datetime = kept_for("removing it after a quarter of an hour", sa_type=UtcDateTime, index=True)
    learning_denials: int = kept_for("refusing it when others have withdrawn since", sa_type=Integer)


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
