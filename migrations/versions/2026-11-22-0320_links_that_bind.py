"""A salt for each chain, by which its id commits to her. Chains from before stay unbound and verify as such."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_chains", sa.Column("salt", sa.String()))


def downgrade() -> None:
    # Without its salt a bound chain cannot be told from a swapped one: going down gives that up for good.
    op.drop_column("consent_chains", "salt")
