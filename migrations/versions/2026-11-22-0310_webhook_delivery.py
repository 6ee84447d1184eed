"""A table for how far webhooks have been delivered, and by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("acknowledged", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String()),
        sa.Column("held_until", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String()),
    )


def downgrade() -> None:
    op.drop_table("webhook_delivery")
