"""Engines, and the two kinds of transaction: a snapshot to read in, and a write that is all or nothing.

The default transaction is a snapshot on neither database: a second read sees what was committed in
between. Consent decided on one state and data read from another would be a leak, so every read of
customer data goes through `snapshot`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

Transaction = Callable[[Engine], AbstractContextManager[Connection]]

_BEGIN = "byleave_sqlite_begin"
_ADDRESSES = "sqlite:///path/to/file.db or postgresql://user:password@host/database"
_STATEMENT_TIMEOUT_MS = 15_000
_LOCK_TIMEOUT_MS = 5_000
_LONG_STATEMENT_TIMEOUT_MS = 600_000
_CHECKPOINT_TIMEOUT_MS = 200
_VALUES_STAY_OUT_OF_ERRORS = True  # An error may end in a log, and the values of a statement are hers.
_CONNECT_TIMEOUT_SECONDS = 5


class NotDurable(RuntimeError):
    """The database does not promise that a committed write survives a crash."""


def make_engine(database_url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`.

    Raises ValueError for another database, or for SQLite in memory, which would vanish between threads.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"BYLEAVE_DATABASE_URL is no address of a database; use {_ADDRESSES}") from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(url.set(drivername="sqlite"))
    if url.get_backend_name() == "postgresql":
        return _postgresql(url.set(drivername="postgresql+psycopg"))
    raise ValueError(f"BYLEAVE_DATABASE_URL names {url.get_backend_name()}; use {_ADDRESSES}")


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Read-only, and every statement in it sees the same committed state."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


@contextmanager
def long_snapshot(engine: Engine) -> Iterator[Connection]:
    """A snapshot for what reads much, which nobody waits for: a statement in it may take minutes."""
    with snapshot(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {_LONG_STATEMENT_TIMEOUT_MS}"))
        yield connection


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """All of it is committed, durably, or nothing. SQLite admits one writer from its first statement on."""
    with engine.connect() as connection:
        connection = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        if engine.dialect.name == "postgresql":
            # Whatever the server's default is: who waited for a lock must see what its holder wrote.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            yield connection


def drop_old_pages(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log, which keeps what pages said before; whether that could be done now.

    Readers that are at it prevent it. On PostgreSQL old rows go by VACUUM, and its log by its own retention.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        # Outside of a transaction, and not for long: whoever wants to write waits meanwhile.
        driver.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT_MS}")
        try:
            (is_busy, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            driver.execute(f"PRAGMA busy_timeout = {_LOCK_TIMEOUT_MS}")
    return not is_busy


def vacuum(engine: Engine, tables: Iterable[str]) -> None:
    """Let PostgreSQL overwrite the rows that were deleted from these tables; SQLite has done so at once."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SET statement_timeout = 0"))
        try:
            for table in tables:
                connection.execute(text(f"VACUUM {table}"))
        finally:
            connection.execute(text(f"SET statement_timeout = {_STATEMENT_TIMEOUT_MS}"))


@contextmanager
def rehearsal(engine: Engine) -> Iterator[Connection]:
    """A write transaction of which nothing stays: to see what would happen."""
    with write_transaction(engine) as connection:
        yield connection
        connection.rollback()


def assert_durable(engine: Engine) -> None:
    """Check that commits are synced to disk before they are acknowledged.

    Raises NotDurable with what to change.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            level = connection.execute(text("PRAGMA synchronous")).scalar_one()
            if level < 2:
                raise NotDurable("SQLite must run with PRAGMA synchronous = FULL")
            return
        for setting in ("fsync", "synchronous_commit"):
            value = connection.execute(text(f"SHOW {setting}")).scalar_one()
            if value == "off":
                raise NotDurable(f"PostgreSQL must run with {setting} = on, it is {value}")


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("BYLEAVE_DATABASE_URL must name a SQLite file, such as sqlite:///data/byleave.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": _LOCK_TIMEOUT_MS / 1000}, hide_parameters=_VALUES_STAY_OUT_OF_ERRORS
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: it opens none before a SELECT.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


def _postgresql(url: URL) -> Engine:
    options = (
        f"-c statement_timeout={_STATEMENT_TIMEOUT_MS} -c lock_timeout={_LOCK_TIMEOUT_MS} -c timezone=UTC"
        " -c datestyle=ISO"
    )
    connect_args: dict[str, Any] = {"options": options, "connect_timeout": _CONNECT_TIMEOUT_SECONDS}
    return create_engine(
        url,
        connect_args=connect_args,
        hide_parameters=_VALUES_STAY_OUT_OF_ERRORS,
        pool_size=16,
        max_overflow=24,
        pool_pre_ping=True,
    )
