"""The pages that are written here: each decision has a number of its own, links lead somewhere, lines are short."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, sources

WIDTH = 120
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Written by `make prove`.
MADE_BY_A_MACHINE = {ROOT / "docs" / "proof.md"}


def test_decisions_are_numbered_one_by_one() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{n:04}-" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_headed_by_its_number(decision: Path) -> None:
    assert decision.read_text("utf-8").startswith(f"# {int(decision.name[:4])}. ")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in linked if not (page.parent / link).exists()] == []


def test_the_pages_name_no_code_that_there_is_not() -> None:
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(
            r"\b(?:consent|recommender|service|tests)/[\w/]+\.\w+", page.read_text("utf-8")
        )
    }
    assert named
    assert {(page, path) for page, path in named if not (ROOT / path).exists()} == set()


def test_the_code_names_no_page_that_there_is_not() -> None:
    named = {
        (source.path, page)
        for source in sources(*PACKAGES, "tests", "benchmarks")
        for page in re.findall(r"docs/[\w/-]+\.md", source.text)
    }
    assert named
    assert {(path, page) for path, page in named if not (ROOT / page).exists()} == set()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in MADE_BY_A_MACHINE], ids=lambda p: p.name
)
def test_prose_is_no_wider_than_code(page: Path) -> None:
    wide = [(number, len(line)) for number, line in _prose(page) if len(line) > WIDTH]
    assert wide == []


def _prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines that can be broken: not those of tables and of what is shown as it is."""
    shown = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            shown = not shown
        elif not shown and not line.startswith("|"):
            yield number, line
