"""The first tables: catalogue, purchases, devices, consent ledger, use records, keys, epochs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("short_title", sa.String()),
        sa.Column("brand", sa.String()),
        sa.Column("category", sa.String()),
        sa.Column("price_amount", sa.String()),
        sa.Column("price_currency", sa.String()),
        sa.Column("url", sa.String()),
        sa.Column("image_url", sa.String()),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("sample_of", sa.String()),
        sa.Column("featured_rank", sa.Integer()),
    )
    op.create_table(
        "fits",
        sa.Column("product_id", sa.String(), sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("device_id", sa.String(), sa.ForeignKey("products.id"), primary_key=True),
    )
    op.create_index("ix_fits_device_id", "fits", ["device_id"])
    op.create_table(
        "purchases",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String()),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("product_id", sa.String(), sa.ForeignKey("products.id"), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("purchased_at", _MOMENT, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("paid_amount", sa.String()),
        sa.Column("paid_currency", sa.String()),
        sa.Column("sales_channel", sa.String()),
        sa.Column("served_by", sa.String()),
    )
    op.create_index("ix_purchases_customer_id", "purchases", ["customer_id"])
    op.create_table(
        "devices",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("product_id", sa.String(), sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("owned_since", sa.Date()),
        sa.Column("ownership", sa.String(), nullable=False),
    )
    op.create_table(
        "consent_chains",
        sa.Column("chain_id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False, unique=True),
    )
    op.create_table(
        "consent_events",
        sa.Column("chain_id", sa.String(), sa.ForeignKey("consent_chains.chain_id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.String(), nullable=False, unique=True),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON()),
        sa.Column("items", sa.JSON()),
        sa.Column("data_from", _MOMENT),
        sa.Column("uses", sa.Integer()),
        sa.Column("expires_at", _MOMENT),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("occurred_at", _MOMENT),
        sa.Column("replaces", sa.String()),
        sa.Column("notice_id", sa.String()),
        sa.Column("shown", sa.String()),
        sa.Column("captured_via", sa.String()),
        sa.Column("method", sa.String()),
        sa.Column("locale", sa.String()),
        sa.Column("actor", sa.String()),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index("ix_consent_events_consent_id", "consent_events", ["consent_id"])
    op.create_index("ix_consent_events_purpose", "consent_events", ["purpose"])
    op.create_table(
        "use_records",
        sa.Column("answer_id", sa.String(), primary_key=True),
        sa.Column("data_field", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_use_records_customer_id", "use_records", ["customer_id"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
    )
    epochs = op.create_table(
        "epochs",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
    )
    op.bulk_insert(epochs, [{"name": "catalogue", "epoch": 1}, {"name": "learning", "epoch": 1}])


def downgrade() -> None:
    for table in (
        "epochs",
        "api_keys",
        "use_records",
        "consent_events",
        "consent_chains",
        "devices",
        "purchases",
        "fits",
        "products",
    ):
        op.drop_table(table)
