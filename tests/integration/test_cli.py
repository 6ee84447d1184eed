"""The command line: keys, migrations and the demo shop, each of which may be asked for twice."""

import re
import socket
from importlib.metadata import version

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import SQLModel

from service.callers import Scope
from service.demo.customers import CUSTOMERS
from tests.builders import ASKED_TOGETHER
from tests.byleave import Byleave
from tests.command_line import CommandLine
from tests.conftest import settings_for


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


def test_a_key_is_printed_once_and_works(command_line: CommandLine, database_url: str) -> None:
    made = command_line("keys", "create", "--name", "web shop", "--scope", "catalogue:read")
    key = made.stdout.strip()
    assert re.fullmatch(r"blk_[0-9A-Z]{26}\.[\w-]{43}", key)
    assert "web shop" in made.stderr
    assert "not shown again" in made.stderr
    with Byleave(settings_for(database_url)) as byleave:
        headers = {"Authorization": f"Bearer {key}"}
        assert byleave.http.get("/v1/purposes", headers=headers).status_code == 200
        assert byleave.http.get("/v1/recommendations", headers=headers).status_code == 403


def test_keys_are_listed_without_their_secrets(command_line: CommandLine) -> None:
    keys = {
        "web shop": command_line.key("recommendations:read", "consents:write", name="web shop"),
        "a name of sixty characters, which is as long as a name can get": command_line.key(
            "events:write", name="a name of sixty characters, which is as long as a name can get"
        ),
    }
    listed = command_line("keys", "list")
    assert listed.exit_code == 0
    for key in keys.values():
        key_id, secret = key.split(".")
        assert key_id in listed.stdout, "an id can be copied whole"
        assert secret not in listed.stdout
    for word in ("recommendations:read", "consents:write", "events:write", "2026-06-10", "web shop"):
        assert word in listed.stdout


def test_a_revoked_key_is_shown_as_such_and_opens_nothing(
    command_line: CommandLine, database_url: str
) -> None:
    key = command_line.key("catalogue:read")
    key_id = key.split(".")[0]
    assert command_line("keys", "revoke", key_id).exit_code == 0
    assert command_line("keys", "list").stdout.count("2026-06-10") == 2
    with Byleave(settings_for(database_url)) as byleave:
        answer = byleave.http.get("/v1/purposes", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401


def test_a_key_that_is_not_there_cannot_be_revoked(command_line: CommandLine) -> None:
    key_id = command_line.key("catalogue:read").split(".")[0]
    command_line("keys", "revoke", key_id)
    for unknown in (key_id, "blk_1", "[red]"):
        refused = command_line("keys", "revoke", unknown)
        assert refused.exit_code == 1
        assert unknown in refused.stderr
        assert "byleave keys list" in refused.stderr


def test_a_name_is_a_name_whatever_is_in_it(command_line: CommandLine) -> None:
    for name in ("[/red]", "[bold]x", ":smile:", "客户", "{x} %s"):
        assert command_line.key("catalogue:read", name=name).startswith("blk_")
        assert name in command_line("keys", "list").stdout


def test_a_key_needs_a_scope_that_exists(command_line: CommandLine, engine: Engine) -> None:
    assert command_line("keys", "create", "--name", "x").exit_code == 2
    unknown = command_line("keys", "create", "--name", "x", "--scope", "everything")
    assert unknown.exit_code == 2
    assert "recommendations:read" in unknown.output, "it says which there are"
    assert rows(engine)["api_keys"] == 0


def test_the_help_names_every_scope_in_one_piece(command_line: CommandLine) -> None:
    """Where a scope is broken over two lines, nobody can read or copy it."""
    words = command_line("keys", "create", "--help").stdout.replace(",", " ").replace(".", " ").split()
    assert set(Scope) <= set(words)
    assert "--scope" in words


def test_migrating_twice_is_once(command_line: CommandLine, engine: Engine) -> None:
    command_line.key("catalogue:read")
    for _ in range(2):
        migrated = command_line("migrate")
        assert (migrated.exit_code, migrated.output) == (0, "")
    assert rows(engine)["api_keys"] == 1


def test_the_demo_shop_is_loaded_once(command_line: CommandLine, engine: Engine, database_url: str) -> None:
    loaded = command_line("demo")
    assert loaded.exit_code == 0, loaded.output
    counted = re.search(r"(\d+) products, (\d+) customers, (\d+) purchases", loaded.stdout)
    assert counted
    after_once = rows(engine)
    assert after_once["products"] == int(counted[1])
    assert after_once["purchases"] == int(counted[3])
    again = command_line("demo")
    assert again.exit_code == 0
    assert "nothing to load" in again.stdout
    assert rows(engine) == after_once
    with Byleave(settings_for(database_url)) as byleave:
        assert byleave.suggestions("c-1001")["items"][0]["product"]["id"] == "hp-950-black"


def test_the_demo_shops_consents_name_the_notice_that_was_shown_in_their_language(
    command_line: CommandLine, database_url: str
) -> None:
    command_line("demo")
    with Byleave(settings_for(database_url)) as byleave:
        notices = {one["locale"]: one for one in byleave.http.get("/v1/notices").json()["notices"]}
        named = {
            one["notice_id"]: (customer.locale, one["notice_binding"])
            for customer in CUSTOMERS
            for one in byleave.http.get(f"/v1/customers/{customer.id}/consents").json()["consents"]
        }
    assert named == {notices[locale]["notice_id"]: (locale, "shown") for locale in ("en", "zh-Hans")}
    assert notices["en"]["version"] == notices["zh-Hans"]["version"]
    assert notices["zh-Hans"]["translation_of"] == notices["en"]["notice_id"]
    assert set(notices["en"]["purposes"]) == ASKED_TOGETHER


def test_a_real_shop_is_not_mixed_with_the_demo(
    command_line: CommandLine, engine: Engine, database_url: str
) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        byleave.product("a-real-product")
    before = rows(engine)
    refused = command_line("demo")
    assert refused.exit_code == 0
    assert "a shop of your own" in refused.stdout
    assert rows(engine) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_without_a_shop_is_refused_and_named(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("BYLEAVE_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    monkeypatch.setenv("BYLEAVE_PORT", str(_free_port()))
    for words in (("demo",), ("keys", "list"), ("serve",)):
        refused = command_line(*words)
        assert refused.exit_code == 1
        assert refused.stderr == (
            f"byleave: There is no shop yet in sqlite:///{tmp_path}/new.db. If it should be there, "
            "BYLEAVE_DATABASE_URL names another place (of SQLite: as seen from this folder); for a new one, run "
            "`byleave migrate`.\n"
        )
    assert command_line("migrate").exit_code == 0
    assert command_line("keys", "list").exit_code == 0


def test_without_a_command_the_commands_are_listed(command_line: CommandLine) -> None:
    listed = command_line()
    for word in ("serve", "migrate", "demo", "keys"):
        assert word in listed.output


def test_the_version_is_that_of_the_package(command_line: CommandLine) -> None:
    assert command_line("--version").stdout == f"byleave {version('byleave')}\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
