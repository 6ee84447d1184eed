"""The feed of changes, which begins with all events that there are, and the last checkpoint.

What a release before this one appends while both run gets no number: stop it before you migrate.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# In the order of recording, but within a chain always in its own: a clock may have gone back.
_NUMBER_ALL_EVENTS = """
    INSERT INTO changes (number, chain_id, position)
    SELECT row_number() OVER (ORDER BY since, chain_id, position), chain_id, position
    FROM (
        SELECT chain_id, position, max(recorded_at) OVER (PARTITION BY chain_id ORDER BY position) AS since
        FROM consent_events
    ) AS ordered
"""


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("chain_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer()),
    )
    op.create_table(
        "latest_checkpoint",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chains", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("signed", sa.String(), nullable=False),
    )
    op.execute(_NUMBER_ALL_EVENTS)
    op.execute("INSERT INTO epochs (name, epoch) SELECT 'changes', count(*) FROM changes")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'changes'")
    op.drop_table("latest_checkpoint")
    op.drop_table("changes")
