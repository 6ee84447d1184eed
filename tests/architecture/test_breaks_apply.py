"""The planted leaks of tests/breaks are leaks in the code of today: a patch that no longer applies proves nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

PATCHES = sorted((ROOT / "tests" / "breaks").glob("*.patch"))


def test_there_are_planted_leaks() -> None:
    assert len(PATCHES) >= 27


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_leak_can_be_planted(patch: Path) -> None:
    tried = subprocess.run(
        ["git", "apply", "--check", str(patch)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_leak_says_what_it_is_and_which_tests_notice_it(patch: Path) -> None:
    what, named = patch.read_text("utf-8").splitlines()[:2]
    assert what.startswith("# ")
    assert named.startswith("# noticed by: ")
    for test in named.removeprefix("# noticed by: ").split():
        assert (ROOT / test).is_file(), test
