"""A table that tells workers whose part in what was learned may have become smaller, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learning_changes",
        sa.Column("epoch", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("chain_id", sa.String(), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("learning_changes")
