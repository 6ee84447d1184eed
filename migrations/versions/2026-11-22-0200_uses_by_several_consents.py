"""A field may be read by several consents for one answer; and a use says what kind of answer it was for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_PAGE = ["customer_id", "used_at", "answer_id", "data_field"]
_KEPT = "answer_id, data_field, consent_id, customer_id, purpose, used_at"


def upgrade() -> None:
    _replace(["answer_id", "data_field", "consent_id"], sa.Column("kind", sa.String(), nullable=False))
    op.create_index("ix_use_records_page", "use_records", [*_PAGE, "consent_id"])


def downgrade() -> None:
    # Of several consents one is left: the earlier release knows no more.
    op.execute(
        "DELETE FROM use_records WHERE EXISTS (SELECT 1 FROM use_records AS other WHERE "
        "other.answer_id = use_records.answer_id AND other.data_field = use_records.data_field "
        "AND other.consent_id < use_records.consent_id)"
    )
    _replace(["answer_id", "data_field"])
    op.create_index("ix_use_records_page", "use_records", _PAGE)


def _replace(key: list[str], *more: sa.Column[str]) -> None:
    """Move all rows to a table with another primary key: SQLite cannot change that of a table."""
    op.drop_index("ix_use_records_page", "use_records")
    op.rename_table("use_records", "use_records_before")
    op.create_table(
        "use_records",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("answer_id", "data_field", "consent_id")),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        *more,
        sa.Column("used_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*key, name=f"pk_use_records_{len(key)}"),
    )
    names, values = _KEPT, _KEPT
    if more:
        names, values = f"{_KEPT}, kind", f"{_KEPT}, 'answer'"
    op.execute(f"INSERT INTO use_records ({names}) SELECT {values} FROM use_records_before")  # noqa: S608 - no input
    op.drop_table("use_records_before")
