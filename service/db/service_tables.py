"""The tables that the service keeps for its own work: keys, calls that were made, counters."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, UniqueConstraint
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


class TaskRule(SQLModel, table=True):
    """After what a person of the shop follows up, who does, and what to say: the shop's own content."""

    __tablename__ = "task_rules"

    id: str = Field(primary_key=True)
    after: str
    product_id: str | None = None
    category: str | None = None
    touchpoint: str | None = None
    rating_at_most: int | None = None
    role: str
    days: int
    say: dict[str, str] = Field(sa_type=JSON)
    active: bool = True


class Task(SQLModel, table=True):
    """Something for a person to do about a customer. Of her it holds nothing but where that stands: what it rests
    on is read anew, by permission, whenever somebody looks.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("rule_id", "source_id"),
        Index("ix_tasks_customer_id", "customer_id"),
        Index("ix_tasks_state", "state", "due_on", "task_id"),
    )

    task_id: str = kept_for("telling one from another", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    rule_id: str = kept_for("what is to be done")
    source: str = kept_for("which table holds what it rests on")
    source_id: str = kept_for("finding what it rests on")
    fields: list[str] = kept_for("what has to be permitted for it", sa_type=JSON)
    made_at: datetime = kept_for("when it was made", sa_type=UtcDateTime)
    due_on: date = kept_for("by when", sa_type=Date)
    state: str = kept_for("what became of it")
    outcome: str | None = kept_for("what became of it, in the words of who did it", default=None)
    ended_at: datetime | None = kept_for("when it was done or skipped", default=None, sa_type=UtcDateTime)


class Epoch(SQLModel, table=True):
    """Counts changes to something that workers hold in memory, so that they see when it is stale.

    A row that writers lock, not a sequence: sequence numbers become visible out of order.
    """

    __tablename__ = "epochs"

    name: str = Field(primary_key=True)
    epoch: int
