"""The table of contacts: planned, under way, made, or stopped. No suggestion may read it: it is the log of contacts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, UniqueConstraint
from sqlmodel import SQLModel

from service.db.column_roles import UtcDateTime, kept_for


class OutreachRow(SQLModel, table=True):
    """One contact with one customer. Of marketing there is one a day (`slot`); of a service note one each."""

    __tablename__ = "outreach"
    __table_args__ = (UniqueConstraint("customer_id", "day", "slot"),)

    outreach_id: str = kept_for("telling contacts apart", primary_key=True)
    customer_id: str = kept_for("finding her rows")
    day: date = kept_for("contacting her on that day", sa_type=Date)
    slot: str = kept_for("contacting her once a day")
    purpose: str = kept_for("asking again whether it is permitted")
    kind: str = kept_for("caps on contacts")
    channel: str = kept_for("asking again whether it is permitted")
    about: str = kept_for("not telling her twice")
    message_id: str | None = kept_for("not telling her twice", default=None)
    products: list[str] = kept_for("not telling her twice", sa_type=JSON)
    content: dict[str, Any] = kept_for("the same answer to the same question", sa_type=JSON)
    state: str = kept_for("caps on contacts")
    because: list[str] = kept_for("why it was stopped", sa_type=JSON)
    send_from: datetime = kept_for("her quiet hours", sa_type=UtcDateTime)
    send_until: datetime = kept_for("her quiet hours", sa_type=UtcDateTime)
    planned_at: datetime = kept_for("removing it when its time is over", sa_type=UtcDateTime)
    contacted_on: date | None = kept_for("caps on contacts", sa_type=Date, default=None)
