"""Tables for what she tells us herself: preferences, occasions, contact; empty until somebody allows it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("customer_id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.JSON()) for name in ("likes", "dislikes", "sizes")),
        *_texts("budget_amount", "budget_currency"),
    )
    op.create_table(
        "occasions",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("lead_days", sa.Integer()),
        *_texts("name", "recipient", "budget_amount", "budget_currency"),
    )
    op.create_table(
        "contact",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("channels", sa.JSON()),
        *_texts("time_zone", "quiet_from", "quiet_until", "rhythm"),
    )


def downgrade() -> None:
    for table in ("contact", "occasions", "preferences"):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String()) for name in names]
