"""Tables for what stays of an erasure: the signed end of a chain, a tombstone, and the sealed key of its mark."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("chain_id", sa.String(), primary_key=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.Column("signed", sa.String(), nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.String(), primary_key=True),
        sa.Column("erased_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "sealed_keys",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.execute("INSERT INTO epochs (name, epoch) VALUES ('erasures', 1)")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'erasures'")
    op.drop_table("sealed_keys")
    op.drop_table("tombstones")
    op.drop_table("erasures")
