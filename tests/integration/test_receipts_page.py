"""docs/receipts.md does what it says: its programs verify a receipt, and refuse one in which a byte is another."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.receipts import ReceiptFlaw
from service.settings import Settings
from tests.byleave import Byleave

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "receipts.md").read_text("utf-8")
PROGRAMS = {"python": "verify.py", "js": "verify.mjs"}


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == kind]


@pytest.fixture
def folder(byleave: Byleave, tmp_path: Path) -> Path:
    """What the page has fetched, and its programs under the names that it gives them."""
    consent_id = byleave.allows(
        "c-1001", "purchases", "devices", method="checkbox", locale="zh-Hans", shown="结账"
    )
    byleave.withdraws("c-1001", consent_id)
    answer = byleave.http.get(f"/v1/customers/c-1001/consents/{consent_id}/receipt")
    (tmp_path / "receipt.json").write_bytes(answer.content)
    byleave.app.state.signing.rotate()
    (tmp_path / "jwks.json").write_bytes(byleave.http.get("/.well-known/jwks.json").content)
    for kind, name in PROGRAMS.items():
        [program] = blocks(kind)
        (tmp_path / name).write_text(program, "utf-8")
        assert f"as `{name}`" in PAGE
    return tmp_path


def run(folder: Path, program: str) -> tuple[bool, str]:
    """Whether the page's command for `program` succeeds, and what it prints."""
    [command] = [one for one in blocks("sh") if program in one]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("program", PROGRAMS.values())
def test_a_genuine_receipt_is_verified_without_asking_us(folder: Path, program: str) -> None:
    assert run(folder, program) == (True, "genuine\n")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("program", PROGRAMS.values())
def test_a_changed_byte_is_refused(folder: Path, program: str) -> None:
    answer = json.loads((folder / "receipt.json").read_text("utf-8"))
    header, payload, signature = answer["receipt"].split(".")
    kid = json.loads((folder / "jwks.json").read_text())["keys"][0]["kid"]
    changes: list[dict[str, Any]] = [
        {"record": answer["record"] | {"dct:issued": "2026-06-10T09:00:01Z"}},
        {"receipt": f"{header}.{payload}.{_other(signature)}"},
        {"receipt": f"{header}.{_other(payload)}.{signature}"},
    ]
    for change in changes:
        (folder / "receipt.json").write_text(json.dumps(answer | change), "utf-8")
        succeeded, told = run(folder, program)
        assert not succeeded, change
        assert "genuine" not in told
    # With the keys of another service only, it is not ours.
    (folder / "receipt.json").write_text(json.dumps(answer), "utf-8")
    keys = json.loads((folder / "jwks.json").read_text())["keys"]
    (folder / "jwks.json").write_text(json.dumps({"keys": [one for one in keys if one["kid"] == kid]}))
    assert not run(folder, program)[0]


def test_the_page_names_every_verdict_and_every_setting() -> None:
    rows = re.findall(r"^\| (\w+) \| ", PAGE, flags=re.MULTILINE)
    assert {*rows} - {"because"} == {flaw.value for flaw in ReceiptFlaw}
    stated = {f"BYLEAVE_{name.upper()}" for name in Settings().terms.__slots__}
    assert set(re.findall(r"BYLEAVE_[A-Z_]*[A-Z]", PAGE)) == stated


def _other(part: str) -> str:
    return part[:8] + ("A" if part[8] != "A" else "B") + part[9:]
