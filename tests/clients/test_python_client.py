"""A Python client is generated from /openapi.json without a warning, and tells the main story."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import Server

STORY = Path(__file__).parent / "python" / "story.py"
BIN = Path(sys.executable).parent


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with Server(database_url, tmp_path, BYLEAVE_NOW="2026-06-10T09:00:00Z") as running:
        yield running


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_generated_python_client_tells_the_main_story(server: Server, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(httpx.get(f"{server.url}/openapi.json").content)
    generated = tmp_path / "generated" / "byleave_client"
    generated.parent.mkdir()
    # It does not know by itself that an archive is a file.
    config = tmp_path / "config.yaml"
    config.write_text("content_type_overrides: {application/zip: application/octet-stream}\n")
    said = run(
        str(BIN / "openapi-python-client"), "generate", "--fail-on-warning", "--meta", "none",
        "--config", str(config), "--path", str(document), "--output-path", str(generated),
    )  # fmt: skip
    assert "arning" not in said
    assert (
        run(sys.executable, str(STORY), server.url, server.admin_key, python_path=generated.parent)
        == "gone\n"
    )


def run(*command: str, python_path: Path | None = None) -> str:
    # The generator formats what it wrote with the ruff that it finds.
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    ended = subprocess.run(
        command,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(python_path or ""), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
