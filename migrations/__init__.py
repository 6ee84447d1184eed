"""Alembic migrations. Each works on SQLite and PostgreSQL, and is tried up, down and up on both."""
