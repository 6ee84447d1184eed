"""Schemathesis holds the running service against its OpenAPI document: examples, boundaries, chance, and sequences.

A few cases an operation here; `make prove` sets `BYLEAVE_TEST_CASES` and runs thousands, drawn anew.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import Server

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "tests" / "schemathesis"
CASES = int(os.environ.get("BYLEAVE_TEST_CASES", "0"))
# One example for each of the operations makes so many cases, and a little more.
CASES_AN_EXAMPLE = 15


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"] if CASES else ["sqlite"], indirect=True)
def test_the_service_is_as_its_document_says(database_url: str, tmp_path: Path) -> None:
    environment = {
        "BYLEAVE_NOW": "2026-06-10T09:00:00Z",
        "BYLEAVE_DEMO": "1",
        "BYLEAVE_STAFF_FEED_SECONDS": "0",
    }
    with Server(database_url, tmp_path, **environment) as server:
        ended = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "schemathesis"), "--config-file"),
                *(str(SETTINGS / "schemathesis.toml"), "run", f"{server.url}/openapi.json"),
                *("--header", f"Authorization: Bearer {server.admin_key}", "--no-color"),
                *("--max-examples", str(max(CASES // CASES_AN_EXAMPLE, 10))),
                *(() if CASES else ("--generation-deterministic",)),
            ],
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.schemathesis.checks", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    generated = re.search(r"([\d,]+) generated", ended.stdout)
    assert generated
    assert int(generated[1].replace(",", "")) >= max(CASES, 500)
    print(ended.stdout)
