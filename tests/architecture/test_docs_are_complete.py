"""What can be set and what can go wrong is written down: all of it, and nothing that is gone."""

import re

import pytest

from consent.events import DECISIONS
from consent.reasons import Because
from consent.records import ConsentState
from recommender.results import ReasonCode
from service.errors import ProblemCode
from service.export import ABOUT
from service.importers.catalogue import CatalogueImport
from service.importers.columns import Field
from service.importers.consents import ConsentsImport
from service.importers.fits import FitsImport
from service.importers.orders import OrdersImport
from service.settings import Settings
from tests.architecture.sources import ROOT

# Read by the tests and by nothing that is served; CONTRIBUTING.md has it.
OF_THE_TESTS = {"BYLEAVE_TEST_PROFILE"}
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)
IMPORTS = {
    "catalogue": CatalogueImport,
    "fits": FitsImport,
    "orders": OrdersImport,
    "consents": ConsentsImport,
}
SETTINGS = {f"BYLEAVE_{name.upper()}" for name in Settings.model_fields}


def test_the_configuration_page_has_a_row_for_every_setting() -> None:
    assert _first_cells("docs/configuration.md", "BYLEAVE_") == SETTINGS


def test_the_problems_page_has_a_row_for_every_code() -> None:
    assert _first_cells("docs/problems.md", "") == {code.value for code in ProblemCode}


def test_the_page_of_reasons_has_a_row_for_every_code() -> None:
    assert _first_cells("docs/reasons.md", "") == {code.value for code in ReasonCode}


def test_the_export_page_has_every_file_of_the_archive() -> None:
    files = {file for file, _ in ABOUT.values()}
    assert _first_cells("docs/export.md", "") == files | {"README.txt", "customer.json"}


def test_the_consents_page_explains_every_decision_state_and_reason() -> None:
    page = (ROOT / "docs/consents.md").read_text("utf-8")
    words = page.split("## Words\n")[1].split("\n## ")[0]
    said, why = words.split("A consent's `state`")
    assert _in_first_cells(said) == {"decision", *DECISIONS}
    assert _in_first_cells(why) == {"because", *Because}
    for state in set(ConsentState) - set(DECISIONS):
        assert f"`{state}`" in why


@pytest.mark.parametrize("kind", IMPORTS)
def test_the_import_page_names_every_column(kind: str) -> None:
    fields: tuple[Field, ...] = IMPORTS[kind].fields
    (row,) = re.findall(
        rf"^\| {kind} \| (.*) \| (.*) \|$", (ROOT / "docs/import.md").read_text("utf-8"), re.MULTILINE
    )
    required, optional = ({*re.findall(r"`([^`]+)`", cell)} for cell in row)
    assert required == {one.name for one in fields if one.required}
    assert optional == {one.name for one in fields if not one.required}


def test_every_moment_is_told_as_a_test_and_has_a_page() -> None:
    told = {path.name[6:8] for path in (ROOT / "tests/moments").glob("test_m*.py")}
    titles = [path.read_text("utf-8").splitlines()[0] for path in (ROOT / "docs/moments").glob("*.md")]
    pages = sorted(int(number) for title in titles for number in re.findall(r"\(M(\d+)\)$", title))
    assert pages == sorted(map(int, told)) == list(range(1, 16))
    assert len(pages) == len(titles)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_setting_that_there_is_not(page: str) -> None:
    named = set(re.findall(r"BYLEAVE_[A-Z_]*[A-Z]", (ROOT / page).read_text("utf-8")))
    assert named - SETTINGS - OF_THE_TESTS == set()


def _first_cells(page: str, prefix: str) -> set[str]:
    return {name for name in _in_first_cells((ROOT / page).read_text("utf-8")) if name.startswith(prefix)}


def _in_first_cells(text: str) -> set[str]:
    """What stands in backticks in the first cell of the rows of its tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", text, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
