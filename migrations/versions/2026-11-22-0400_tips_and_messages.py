"""Tables for what the shop says: care tips, messages, and the customers whom a message names."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tips",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("concerned_products", sa.JSON(), nullable=False),
        sa.Column("concerned_categories", sa.JSON(), nullable=False),
        sa.Column("concerned_served_by", sa.JSON(), nullable=False),
        sa.Column("concerned_since", sa.Date(), nullable=True),
        sa.Column("known_since", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=True),
    )
    op.create_table(
        "message_customers",
        sa.Column("message_id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), primary_key=True),
    )
    op.create_index("ix_message_customers_customer_id", "message_customers", ["customer_id"])


def downgrade() -> None:
    op.drop_table("message_customers")
    op.drop_table("messages")
    op.drop_table("tips")
