"""The README's answer is the real one: the demo shop, its clock set, its curl sent to a real server."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server import Server

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
LINES_MAXIMUM = 120


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Any:
    now = re.search(r"BYLEAVE_NOW=(\S+) make run", README)
    assert now
    with Server(database_url, tmp_path, new=True, BYLEAVE_NOW=now[1], BYLEAVE_DEMO="1") as running:
        yield running


# `make run` serves from a file, and what it answers is tested on both elsewhere.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_readmes_curl_gives_the_readmes_answer(server: Server) -> None:
    printed = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert printed
    assert _masked(_curl(server, "?limit=1")) == _masked(json.loads(printed[1]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_readmes_withdrawal_takes_the_printer_out_of_the_answer(server: Server) -> None:
    assert _curl(server, "?limit=1")["personalised"] is True
    _curl(server, "withdraw-all")
    after = _curl(server, "?limit=1")
    assert after["personalised"] is False
    assert "OfficeJet Pro 8600" not in after["items"][0]["reason"]["text"]


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= LINES_MAXIMUM


def _curl(server: Server, ending: str) -> dict[str, Any]:
    """What the README's curl that ends so gets, sent as it stands but for the port and the key's file."""
    commands = re.findall(r"```\n(curl.*?)```", README, re.DOTALL)
    [command] = [one.replace("\\\n", " ") for one in commands if one.rstrip(" '\n").endswith(ending)]
    words = [word for word in shlex.split(command) if word not in ("curl", "-s")]
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    url = words[-1].replace("http://localhost:8000", server.url)
    answer = httpx.request(method, url, headers={"Authorization": f"Bearer {server.admin_key}"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _masked(answer: dict[str, Any]) -> dict[str, Any]:
    """Ids and the second of the answer are new each time."""
    text = re.sub(r"\b(con|rec)_[0-9A-Z]{26}\b", r"\1_…", json.dumps(answer | {"generated_at": "…"}))
    masked: dict[str, Any] = json.loads(text)
    return masked
