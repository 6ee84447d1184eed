"""The database of a command: opened as the settings say, and closed however the command ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from service.db.engine import make_engine
from service.db.schema import assert_current
from service.settings import Settings


@contextmanager
def database_of(settings: Settings) -> Iterator[Engine]:
    """The database, whatever its schema."""
    engine = make_engine(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def current_database_of(settings: Settings) -> Iterator[Engine]:
    """The database. Raises SchemaProblem unless its schema is that of this release."""
    with database_of(settings) as engine:
        assert_current(engine)
        yield engine
