"""A table for contacts: planned, made or stopped; empty until the first plan."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outreach",
        sa.Column("outreach_id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_texts("slot", "purpose", "kind", "channel", "about", "state"),
        sa.Column("message_id", sa.String()),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("products", "content", "because")),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("send_from", "send_until", "planned_at")
        ),
        sa.Column("contacted_on", sa.Date()),
        sa.UniqueConstraint("customer_id", "day", "slot"),
    )


def downgrade() -> None:
    op.drop_table("outreach")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
