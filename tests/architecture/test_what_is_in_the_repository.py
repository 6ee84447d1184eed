"""The repository holds what people wrote, and nothing that a tool made on the way."""

import re
import subprocess

import pytest

from tests.architecture.sources import ROOT


def test_what_make_clean_removes_is_ignored() -> None:
    (removed,) = re.findall(
        r"^clean:.*\n\trm -rf \$\(VENV\) (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    ignored = {line.strip("/*") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
    assert set(removed.split()) - ignored == set()


def test_nothing_that_is_ignored_was_put_in() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository: this is a copy of its files")
    put_in = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert put_in.stdout.splitlines() == []
