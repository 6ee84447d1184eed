"""docs/privacy-officer.md does what it says: every command in it, in its order, against a real demo shop."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_integrate_page import blocks, follow
from tests.server import Server

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "privacy-officer.md").read_text("utf-8")
LINES_MAXIMUM = 260


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    [start] = blocks(PAGE, "")
    *settings, make, run = shlex.split(start)
    assert (make, run) == ("make", "run")
    environment = dict(setting.split("=", 1) for setting in settings)
    (tmp_path / "data").mkdir()
    database_url = environment.pop("BYLEAVE_DATABASE_URL")
    with Server(database_url, tmp_path, new=True, BYLEAVE_DEMO="1", **environment) as running:
        yield running


def test_an_officer_finds_what_the_page_shows(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    others = {name: value for name, value in os.environ.items() if not name.startswith("BYLEAVE_")}
    follow(PAGE, tmp_path, others, {"http://localhost:8000": server.url})


def test_the_page_stays_readable() -> None:
    assert len(PAGE.splitlines()) <= LINES_MAXIMUM
