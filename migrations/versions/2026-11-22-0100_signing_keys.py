"""A table for the keys that receipts and checkpoints are signed with, and the counter that lets one be made."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sealed_private_key", sa.String()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("retired_at", _MOMENT),
        sa.UniqueConstraint("key_id"),
    )
    op.execute("INSERT INTO epochs (name, epoch) VALUES ('signing_keys', 1)")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'signing_keys'")
    op.drop_table("signing_keys")
