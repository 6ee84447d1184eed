"""A table for what customers say of suggestions and visits; empty until somebody allows it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("said_at", _MOMENT),
        sa.Column("product_id", sa.String(), sa.ForeignKey("products.id")),
        sa.Column("rating", sa.Integer()),
        sa.Column("mood", sa.String()),
        sa.Column("importance", sa.Integer()),
        sa.Column("comment", sa.String()),
        sa.Column("touchpoint", sa.String()),
        sa.Column("journey", sa.String()),
    )
    op.create_index("ix_feedback_customer_id", "feedback", ["customer_id"])
    op.create_index("ix_feedback_place", "feedback", ["place"])
    op.execute("INSERT INTO epochs (name, epoch) VALUES ('feedback', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'feedback'")
    op.drop_table("feedback")
