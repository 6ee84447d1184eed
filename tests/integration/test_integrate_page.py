"""docs/integrate.md does what it says: every command and file in it, in its order, against a real server."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import Server

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "integrate.md").read_text("utf-8")
BEFORE_THE_PAGE, AFTER_THE_PAGE = PAGE.split("## 5. ")

# What a browser brings and page.js uses.
BROWSER = """
const elements = {};
const element = () => ({
  parts: [], textContent: "", listeners: {},
  append(...parts) { this.parts.push(...parts); },
  replaceChildren(...parts) { this.parts = parts; },
  addEventListener(kind, listener) { this.listeners[kind] = listener; },
  get text() { return this.textContent + this.parts.map((part) => part.text ?? part).join(""); },
});
globalThis.document = {
  getElementById: (id) => (elements[id] ??= element()),
  createElement: () => element(),
};
await import(process.argv[2]);
const shown = () => elements.suggestions.parts.map((item) => item.text).join("\\n");
console.log(shown());
await elements.stop.listeners.click();
console.log("---\\n" + shown());
globalThis.fetch = async () => Response.json({ detail: "her token has ended" }, { status: 401 });
await elements.stop.listeners.click();
console.log("---\\n" + elements.stop.text);
"""


def blocks(text: str, kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == kind]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """`make run` as the page has it; what make does around it, test_readme and test_startup show."""
    [start] = blocks(PAGE, "")
    *settings, make, run = shlex.split(start)
    assert (make, run) == ("make", "run")
    environment = dict(setting.split("=", 1) for setting in settings)
    (tmp_path / "data").mkdir()
    with Server(environment.pop("BYLEAVE_DATABASE_URL"), tmp_path, new=True, **environment) as running:
        yield running


def test_from_nothing_to_a_page_of_her_own(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    shop_port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BYLEAVE_")}
    places = {"http://localhost:8000": server.url, "5500": str(shop_port)}

    environment = follow(BEFORE_THE_PAGE, tmp_path, environment, places)
    shop = subprocess.Popen(
        [sys.executable, "shop.py"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        before, after, refused = see_the_page(f"http://localhost:{shop_port}", tmp_path)
    finally:
        shop.terminate()
        shop.wait(timeout=10)
    assert before.splitlines()[0] == "Ink 950 Black Fits your Office Printer 8600"
    assert "Ink 301" not in before, "it fits another printer"
    assert "Ink 301" in after, "of her printer nothing is known any more"
    assert "Fits your" not in after
    assert "did not work" in refused, "a withdrawal never fails without a word"
    follow(AFTER_THE_PAGE, tmp_path, environment, places)


def follow(text: str, folder: Path, environment: dict[str, str], places: dict[str, str]) -> dict[str, str]:
    """Run the page's commands in one shell and hold what they print against the page; gives what they export."""
    commands = blocks(text, "sh")
    script = "\n".join(["set -euo pipefail", *commands, "env -0 > exported"])
    for place, here in places.items():
        script = script.replace(place, here)
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout
    expected = "".join(blocks(text, "text"))
    pattern = re.escape(expected).replace("…", r"\S+")
    assert re.fullmatch(pattern, ended.stdout), f"{ended.stdout}\nis not what the page has:\n{expected}"
    return dict(one.split("=", 1) for one in (folder / "exported").read_text().split("\0") if "=" in one)


def see_the_page(url: str, folder: Path) -> tuple[str, str, str]:
    """What its list shows when it is opened, and after its button was pressed; the button, if that failed."""
    page = _answer_of(url)
    assert 'src="/page.js"' in page
    assert 'id="suggestions"' in page
    assert 'id="stop"' in page
    script = httpx.get(f"{url}/page.js").text
    assert "{{" not in script, "the back end filled it in"
    (folder / "page.mjs").write_text(script, "utf-8")
    (folder / "browser.mjs").write_text(BROWSER, "utf-8")
    node = shutil.which("node", path=str(Path(sys.executable).parent))
    assert node, "Node comes with the test environment"
    seen = subprocess.run(
        [node, "browser.mjs", "./page.mjs"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert seen.returncode == 0, seen.stderr
    before, after, refused = seen.stdout.split("---\n")
    return before, after, refused


def test_the_pages_origin_may_ask_and_another_may_not(server: Server) -> None:
    """What a browser asks before it lets page.js call."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    path = f"{server.url}/v1/customers/c-17/consents/withdraw-all"
    for origin, allowed in (("http://localhost:5500", True), ("http://localhost:5501", False)):
        answer = httpx.options(path, headers={"Origin": origin, **asked})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed


def _answer_of(url: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url).text
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
