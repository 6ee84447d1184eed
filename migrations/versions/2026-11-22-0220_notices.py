"""A table for the notices that customers were shown, and the counter that their versions come from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("material_change", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("translation_of", sa.String(), sa.ForeignKey("notices.notice_id")),
        sa.Column("title", sa.String()),
        sa.Column("data", sa.JSON()),
        sa.Column("recipients", sa.JSON()),
        sa.Column("retention", sa.String()),
        sa.Column("storage_location", sa.String()),
        sa.Column("withdrawal_method", sa.String()),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.UniqueConstraint("version", "locale"),
    )
    op.execute("INSERT INTO epochs (name, epoch) VALUES ('notices', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM epochs WHERE name = 'notices'")
    op.drop_table("notices")
