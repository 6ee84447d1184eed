"""How migrations run: in the transaction that they are handed, and never waiting long for a lock."""

from alembic import context
from sqlalchemy import text

from service.db.tables import SQLModel

_LOCK_TIMEOUT = "5s"
_STATEMENT_TIMEOUT = "60s"

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # A migration that waits for a lock makes everybody behind it wait as well: better to fail and retry.
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
