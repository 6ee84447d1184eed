"""When the service cannot start: one clear line that says what to do, exit code 1, and no traceback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from service.cli import app
from service.db.engine import NotDurable, assert_durable, make_engine
from service.db.schema import upgrade
from service.settings import Settings
from tests.server import Server


@pytest.fixture(autouse=True)
def a_folder_and_a_port_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("service.logs.configure", lambda: None)  # it would hold for all tests that follow
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BYLEAVE_{name.upper()}", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("BYLEAVE_PORT", str(probe.getsockname()[1]))


@pytest.fixture
def port() -> Iterator[int]:
    """A port that something listens on already."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def a_database(path: Path, revision: str | None = None) -> str:
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    if revision:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    engine.dispose()
    return f"sqlite:///{path}"


def assert_refused(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *words: str) -> None:
    """`serve` ends with one line that has these words."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    refused = CliRunner().invoke(app, ["serve"])
    assert_one_clear_line(refused.stderr, refused.exit_code, *words)
    assert refused.stdout == "", "nobody is welcomed before it is sure that they can be served"


def assert_one_clear_line(told: str, exit_code: int, *words: str) -> None:
    assert exit_code == 1
    assert told.startswith("byleave: ")
    assert told.count("\n") == 1, told
    assert "Traceback" not in told
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"BYLEAVE_PORT": "http"}, ["BYLEAVE_PORT", "docs/configuration.md"]),
        ({"BYLEAVE_ADMIN_KEY": "short"}, ["BYLEAVE_ADMIN_KEY", "32"]),
        ({"BYLEAVE_NOW": "noon", "BYLEAVE_K": "1"}, ["BYLEAVE_NOW", "BYLEAVE_K"]),
        (
            {"BYLEAVE_ENV": "production", "BYLEAVE_NOW": "2026-06-10T09:00:00Z"},
            ["BYLEAVE_NOW", "BYLEAVE_ENV=production"],
        ),
        ({"BYLEAVE_HOST": "no.such.host.example"}, ["no.such.host.example"]),
        ({"BYLEAVE_DATABASE_URL": "mysql://shop@db/shop"}, ["mysql", "postgresql://"]),
        ({"BYLEAVE_DATABASE_URL": "byleave.db"}, ["BYLEAVE_DATABASE_URL", "sqlite:///"]),
        ({"BYLEAVE_DATABASE_URL": "postgresql://shop:pw@db:port/shop"}, ["BYLEAVE_DATABASE_URL"]),
        ({"BYLEAVE_DATABASE_URL": "sqlite://"}, ["sqlite:///data/byleave.db"]),
        ({"BYLEAVE_DATABASE_URL": "postgresql://shop:hush@localhost:1/shop"}, ["BYLEAVE_DATABASE_URL"]),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_bad_settings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: list[str]) -> None:
    assert_refused(monkeypatch, environment, *words)


def test_a_password_does_not_end_up_in_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLEAVE_DATABASE_URL", "postgresql://shop:hush@localhost:1/shop")
    assert "hush" not in CliRunner().invoke(app, ["migrate"]).stderr


def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path) -> None:
    environment = {"BYLEAVE_DATABASE_URL": a_database(tmp_path / "x.db"), "BYLEAVE_PORT": str(port)}
    assert_refused(monkeypatch, environment, f"Port {port}", "BYLEAVE_PORT=8001")


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    assert_refused(monkeypatch, {}, "data", "BYLEAVE_DATABASE_URL")


def test_a_database_that_is_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert_refused(monkeypatch, {"BYLEAVE_DATABASE_URL": f"sqlite:///{tmp_path}"}, "BYLEAVE_DATABASE_URL")


def test_a_file_that_is_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("This is no database. " * 100)
    url = f"sqlite:///{tmp_path / 'notes.txt'}"
    assert_refused(monkeypatch, {"BYLEAVE_DATABASE_URL": url}, "BYLEAVE_DATABASE_URL")
    assert (tmp_path / "notes.txt").read_text() == "This is no database. " * 100


def test_a_database_that_is_not_migrated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert_refused(monkeypatch, {"BYLEAVE_DATABASE_URL": "sqlite:///new.db"}, "run `byleave migrate`")


def test_a_database_of_a_newer_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = a_database(tmp_path / "x.db", revision="9999")
    assert_refused(monkeypatch, {"BYLEAVE_DATABASE_URL": url}, "9999", "newer Byleave", "Run that release")


def test_a_key_file_without_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("too short")
    environment = {
        "BYLEAVE_DATABASE_URL": a_database(tmp_path / "x.db"),
        "BYLEAVE_ADMIN_KEY_FILE": str(tmp_path / "key"),
    }
    assert_refused(monkeypatch, environment, str(tmp_path / "key"), "delete it")


def test_a_key_file_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {
        "BYLEAVE_DATABASE_URL": a_database(tmp_path / "x.db"),
        "BYLEAVE_ADMIN_KEY_FILE": str(tmp_path / "file" / "key"),
    }
    assert_refused(monkeypatch, environment, str(tmp_path / "file"), "BYLEAVE_ADMIN_KEY_FILE")


@pytest.mark.parametrize(
    ("database_url", "careless", "advised"),
    [
        ("sqlite", "PRAGMA synchronous = NORMAL", "synchronous = FULL"),
        ("postgresql", "SET SESSION synchronous_commit = off", "synchronous_commit = on"),
    ],
    indirect=["database_url"],
)
def test_a_database_that_may_lose_what_was_acknowledged(engine: Engine, careless: str, advised: str) -> None:
    assert_durable(engine)
    connection = engine.raw_connection()
    connection.cursor().execute(careless)
    connection.commit()
    connection.close()  # back to the pool, which gives the same one out again
    with pytest.raises(NotDurable, match=advised):
        assert_durable(engine)


def test_the_command_itself_shows_one_line_too(tmp_path: Path, port: int) -> None:
    server = Server(a_database(tmp_path / "x.db"), tmp_path, BYLEAVE_PORT=str(port))
    ended = server.run("serve")
    assert_one_clear_line(ended.stderr, ended.returncode, f"Port {port}")
