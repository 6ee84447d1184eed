"""Keys of calls that were made, and an index that finds a page of a customer's use records."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_index(
        "ix_use_records_page", "use_records", ["customer_id", "used_at", "answer_id", "data_field"]
    )
    # The new index begins with the same column and does its work.
    op.drop_index("ix_use_records_customer_id", "use_records")


def downgrade() -> None:
    op.create_index("ix_use_records_customer_id", "use_records", ["customer_id"])
    op.drop_index("ix_use_records_page", "use_records")
    op.drop_table("idempotency_keys")
