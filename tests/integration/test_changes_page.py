"""docs/changes.md does what it says: its programs verify a webhook, and refuse one in which anything is another."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.receiver import SECRET, Receiver

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "changes.md").read_text("utf-8")
PROGRAMS = {"python": "webhook.py", "js": "webhook.mjs"}


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == kind]


@pytest.fixture(scope="module")
def webhook(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One that was really sent."""
    path = tmp_path_factory.mktemp("page") / "byleave.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Receiver() as receiver:
        settings = settings_for(f"sqlite:///{path}", webhook_url=receiver.url, webhook_secret=SECRET)
        with Byleave(settings) as byleave:
            byleave.allows("anna", "purchases", shown="结账")
            receiver.wait_for(1)
    return receiver.requests[0]


def run(folder: Path, kind: str, webhook: dict[str, Any], secret: str = SECRET) -> tuple[bool, str]:
    """Whether the page's command succeeds on this request, and what it prints."""
    [program] = blocks(kind)
    (folder / PROGRAMS[kind]).write_text(program, "utf-8")
    assert f"as `{PROGRAMS[kind]}`" in PAGE
    (folder / "webhook.json").write_text(json.dumps(webhook), "utf-8")
    [command] = [one for one in blocks("sh") if PROGRAMS[kind] in one]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "WEBHOOK_SECRET": secret},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_webhook_is_verified(tmp_path: Path, webhook: dict[str, Any], kind: str) -> None:
    assert run(tmp_path, kind, webhook) == (True, "consent.given\n")


@pytest.mark.parametrize("kind", PROGRAMS)
def test_anything_else_is_refused(tmp_path: Path, webhook: dict[str, Any], kind: str) -> None:
    headers = webhook["headers"]
    for other in (
        webhook | {"body": webhook["body"].replace("anna", "ben1")},
        webhook | {"headers": headers | {"webhook-id": headers["webhook-id"] + "0"}},
        webhook | {"headers": headers | {"webhook-timestamp": "1614265330"}},
        webhook | {"headers": headers | {"webhook-signature": "v1,AAAA"}},
    ):
        assert run(tmp_path, kind, other) == (False, "")
    assert run(tmp_path, kind, webhook, secret=SECRET[:-4] + "AAAA")[0] is False
