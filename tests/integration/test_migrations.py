"""The schema: up, down and up again on both databases, the same as the tables, and never half of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from service.app import create_app
from service.db.engine import make_engine
from service.db.schema import SchemaProblem, _run, assert_current, downgrade, upgrade
from tests.byleave import Byleave
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]
TABLES = {table.name for table in SQLModel.metadata.sorted_tables}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any tables, of this test's own: what happens to it harms nobody else."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_up_down_and_up_again(empty: Engine) -> None:
    upgrade(empty)
    assert_current(empty)
    assert tables(empty) == TABLES | {"alembic_version"}
    downgrade(empty)
    assert tables(empty) == {"alembic_version"}
    upgrade(empty)
    assert_current(empty)
    assert tables(empty) == TABLES | {"alembic_version"}


def test_what_erasures_need_goes_and_comes_on_tables_with_rows(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        byleave.allows("anna", "purchases")
        byleave.allows("ben", "purchases")
        assert byleave.http.delete("/v1/customers/ben").status_code == 200
    _run(empty, "downgrade", "0004")
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO consent_chains VALUES ('chn_1', 'carl')"))
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        byleave.allows("carl", "purchases")
        for customer_id in ("anna", "carl"):
            path = f"/v1/customers/{customer_id}/consents"
            assert len(byleave.http.get(path).json()["consents"]) == 1
        told = byleave.http.get("/v1/audit/verify").json()
        assert told["first_bad"]["because"] == "wrong_link", "going down gave up what bound her chain"
        assert byleave.http.delete("/v1/customers/anna").status_code == 200
        assert byleave.http.get("/v1/audit/verify").json()["verified"] is True


def test_a_ledger_of_before_there_were_standing_orders_verifies(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        byleave.allows("anna", "purchases")
    _run(empty, "downgrade", "0017")
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        assert byleave.http.get("/v1/audit/verify").json()["verified"] is True
        byleave.orders_regularly("anna", "coffee")
        assert byleave.http.get("/v1/audit/verify").json()["verified"] is True


def test_after_down_and_up_the_service_serves(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    downgrade(empty)
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        byleave.product("ink")
        assert byleave.visitor_suggestions()["items"]


def test_the_migrations_make_what_the_tables_say(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_what_is_stored_stands_in_no_ones_way_down(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        original = byleave.publishes()
        byleave.publishes(locale="de", translation_of=original)
        byleave.allows("anna", "purchases", notice_id=original)
        text = {"title": "Dust it", "text": "A dry cloth is enough."}
        byleave.tip("care", brands=["HP"], due={"every_days": 90}, texts={"en": text})
        named = {"customer_ids": ["anna"]}
        byleave.message("note", kind="service", topic="orders", texts={"en": text}, concerns=named)
    downgrade(empty)
    assert tables(empty) == {"alembic_version"}
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        assert byleave.http.get("/v1/notices").json()["notices"] == []


def test_a_second_upgrade_changes_nothing(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        byleave.product("ink")
        consent_id = byleave.allows("anna", "purchases")
    upgrade(empty)
    with Byleave(settings_for(empty_url)) as byleave:
        assert byleave.http.get("/v1/products/ink").status_code == 200
        assert byleave.withdraws("anna", consent_id)["state"] == "withdrawn"


def test_several_that_upgrade_at_once_do_not_stand_in_each_others_way(
    empty: Engine, empty_url: str, tmp_path: Path
) -> None:
    """As when several containers start together. Processes, because Alembic is not made for threads."""
    environment = os.environ | {"BYLEAVE_DATABASE_URL": empty_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "service", "migrate"]
    running = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        _, told = process.communicate(timeout=60)
        assert (process.returncode, told) == (0, "")
    assert_current(empty)


def test_an_upgrade_that_fails_leaves_nothing_half_done(empty: Engine) -> None:
    def fail_late(*arguments: object) -> None:
        if "CREATE TABLE epochs" in str(arguments[2]):
            raise OperationalError("CREATE TABLE", {}, Exception("disk full"))

    event.listen(empty, "before_cursor_execute", fail_late)
    with pytest.raises(OperationalError):
        upgrade(empty)
    event.remove(empty, "before_cursor_execute", fail_late)
    assert tables(empty) <= {"alembic_version"}
    upgrade(empty)
    assert_current(empty)


def test_a_database_of_a_newer_release_is_refused_and_left_alone(empty: Engine, empty_url: str) -> None:
    upgrade(empty)
    set_revision(empty, "9999")
    for refuse in (
        lambda: upgrade(empty),
        lambda: assert_current(empty),
        lambda: create_app(settings_for(empty_url)),
    ):
        with pytest.raises(SchemaProblem, match=r"schema 9999.*newer Byleave.*Run that release"):
            refuse()
    assert tables(empty) == TABLES | {"alembic_version"}


def test_a_database_that_is_not_migrated_is_refused_with_what_to_do(empty: Engine, empty_url: str) -> None:
    with pytest.raises(SchemaProblem, match="run `byleave migrate`"):
        assert_current(empty)
    with pytest.raises(SchemaProblem, match="run `byleave migrate`"):
        create_app(settings_for(empty_url))
    assert tables(empty) == set()


def test_a_migration_says_when_and_what() -> None:
    versions = ROOT / "migrations" / "versions"
    names = [path.name for path in versions.glob("*.py") if path.name != "__init__.py"]
    assert names
    for name in names:
        assert name[:15].replace("-", "").isdigit(), name
        assert len(name) > 20, name
