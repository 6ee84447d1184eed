"""Tables for what she looked at, searched for and put into her cart; empty until somebody allows it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("views", "searches", "cart_additions")


def upgrade() -> None:
    for table, columns in zip(_TABLES, (_product(), _query(), _product_and_quantity()), strict=True):
        op.create_table(
            table,
            sa.Column("id", sa.String(), primary_key=True),
            sa.Column("customer_id", sa.String(), nullable=False),
            sa.Column("recorded_at", _MOMENT, nullable=False),
            *columns,
            sa.Column("occurred_at", _MOMENT, nullable=False),
        )
        op.create_index(f"ix_{table}_customer_id", table, ["customer_id"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _product() -> list[sa.Column[str]]:
    return [sa.Column("product_id", sa.String(), sa.ForeignKey("products.id"), nullable=False)]


def _query() -> list[sa.Column[str]]:
    return [sa.Column("query", sa.String())]


def _product_and_quantity() -> list[sa.Column[str] | sa.Column[int]]:
    return [*_product(), sa.Column("quantity", sa.Integer(), nullable=False)]
