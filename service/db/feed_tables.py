"""The tables of the feed of changes and of its delivery: numbers, chain ids and moments, nothing of a customer."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from service.db.column_roles import UtcDateTime


class ChangeRow(SQLModel, table=True):
    """A number for each event of all ledgers, in the order in which they were committed.

    No foreign key: the number stays when a person is erased. `position` is null for her erasure.
    """

    __tablename__ = "changes"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    chain_id: str
    position: int | None = None


class CheckpointRow(SQLModel, table=True):
    """The last checkpoint of all ledgers; one row."""

    __tablename__ = "latest_checkpoint"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    issued_at: datetime = Field(sa_type=UtcDateTime)
    chains: int
    events: int
    root: str
    signed: str


class WebhookDelivery(SQLModel, table=True):
    """How far webhooks have been delivered, and who delivers them until when (seconds since 1970); one row."""

    __tablename__ = "webhook_delivery"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    acknowledged: int
    holder: str | None = None
    held_until: float
    failures: int
    failure: str | None = None


class LearningChange(SQLModel, table=True):
    """Whose part in what was learned may have become smaller at an epoch of learning: her chain, or everybody."""

    __tablename__ = "learning_changes"

    epoch: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    chain_id: str = Field(primary_key=True)
