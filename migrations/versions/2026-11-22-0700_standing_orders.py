"""A column for the price limit of a standing order; empty in all that was recorded before."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_events", sa.Column("price_limit", sa.JSON()))


def downgrade() -> None:
    op.drop_column("consent_events", "price_limit")
