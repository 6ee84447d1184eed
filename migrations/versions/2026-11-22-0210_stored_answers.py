"""A table for answers that can be fetched again, and the counter that tells when others withdrew `learning`."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "stored_answers",
        sa.Column("caller", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("learning_denials", sa.Integer(), nullable=False),
    )
    op.create_index("ix_stored_answers_customer_id", "stored_answers", ["customer_id"])
    op.create_index("ix_stored_answers_created_at", "stored_answers", ["created_at"])
    op.execute("INSERT INTO epochs (name, epoch) VALUES ('learning_denials', 1)")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'learning_denials'")
    op.drop_table("stored_answers")
