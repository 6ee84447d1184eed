"""The tables of the consent registry: what was decided on which text, what was read by it, what stays of the erased."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.column_roles import UtcDateTime, kept_for


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
    price_limit: dict[str, str] | None = Field(default=None, sa_type=JSON)
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


class NoticeRow(SQLModel, table=True):
    """A version of a notice in one language: rows are added, never changed. Public."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("version", "locale"),)

    notice_id: str = Field(primary_key=True)
    version: int
    locale: str
    purposes: list[str] = Field(sa_type=JSON)
    material_change: bool
    published_at: datetime = Field(sa_type=UtcDateTime)
    translation_of: str | None = Field(default=None, foreign_key="notices.notice_id")
    title: str | None = None
    data: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    recipients: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    retention: str | None = None
    storage_location: str | None = None
    withdrawal_method: str | None = None
    sha256: str
    text: str


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
    """A read that happened: for which answer, which field, by which consent."""

    __tablename__ = "use_records"
    __table_args__ = (
        Index("ix_use_records_page", "customer_id", "used_at", "answer_id", "data_field", "consent_id"),
    )

    answer_id: str = kept_for("accountability", primary_key=True)
    data_field: str = kept_for("accountability", primary_key=True)
    consent_id: str = kept_for("accountability", primary_key=True)
    customer_id: str = kept_for("accountability")
    purpose: str = kept_for("accountability")
    kind: str = kept_for("accountability")
    used_at: datetime = kept_for("accountability", sa_type=UtcDateTime)
