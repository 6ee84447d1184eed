"""The schema's version: bring a database up to date, and refuse one that does not match this release."""

from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from service.db.engine import write_transaction

_UPGRADE_LOCK = 0x62796C65  # any number that nothing else in this database locks


class SchemaProblem(RuntimeError):
    """The database's schema is not the one that this release works with."""


def upgrade(engine: Engine) -> None:
    """Bring the schema up to this release. Does nothing if it is there already.

    Raises SchemaProblem for a database that a newer release has upgraded.
    """
    if _revision(engine) not in _known_revisions():
        raise _newer(engine)
    _run(engine, "upgrade", "head")


def downgrade(engine: Engine) -> None:
    """Take every table away again, with what is in it."""
    _run(engine, "downgrade", "base")


def assert_current(engine: Engine) -> None:
    """Raises SchemaProblem, with what to do, unless the schema is that of this release."""
    revision, known = _revision(engine), _known_revisions()
    if revision not in known:
        raise _newer(engine)
    if revision is None:
        raise SchemaProblem(
            f"There is no shop yet in {engine.url.render_as_string()}. If it should be there, "
            "BYLEAVE_DATABASE_URL names another place (of SQLite: as seen from this folder); for a new "
            "one, run `byleave migrate`."
        )
    if revision != known[0]:
        raise SchemaProblem("The database is not up to date with this release: run `byleave migrate`.")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def _known_revisions() -> tuple[str | None, ...]:
    """The newest first; at last that of a database with nothing in it."""
    script = ScriptDirectory.from_config(_config())
    return (*(revision.revision for revision in script.walk_revisions()), None)


def _newer(engine: Engine) -> SchemaProblem:
    return SchemaProblem(
        f"The database has schema {_revision(engine)}, which this release does not know: a newer Byleave "
        "has upgraded it. Run that release, or restore the backup made before the upgrade."
    )


def _run(engine: Engine, direction: str, target: str) -> None:
    config = _config()
    with write_transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            # Of several that start together one upgrades; the others wait, and find it done.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        getattr(command, direction)(config, target)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    return config
