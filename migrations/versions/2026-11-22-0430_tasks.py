"""Tables for what a person of the shop follows up: rules, which are the shop's, and tasks about customers."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "task_rules",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("product_id", sa.String()),
        sa.Column("category", sa.String()),
        sa.Column("touchpoint", sa.String()),
        sa.Column("rating_at_most", sa.Integer()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("say", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("ended_at", _MOMENT),
        sa.UniqueConstraint("rule_id", "source_id"),
    )
    op.create_index("ix_tasks_customer_id", "tasks", ["customer_id"])
    op.create_index("ix_tasks_state", "tasks", ["state", "due_on", "task_id"])


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_table("task_rules")
