"""The names of the files are the table of contents, and a file is one idea: short enough to be read whole."""

import ast

from tests.architecture.sources import PACKAGES, Source, sources

# They say that something is in there, not what.
SAY_NOTHING = {
    "base",
    "common",
    "core",
    "general",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "shared",
    "stuff",
    "tools",
    "util",
    "utils",
}

LINES_A_FILE = 260
LINES_A_FUNCTION = 60

# `path` or `path:function` -> why it may be longer.
LONGER: dict[str, str] = {
    "service/api/examples.py": "what /docs shows for each route, one after the other; data, looked up by name",
    "service/db/permitted_reader.py": "the one door to customer data, and there is only one",
    "service/demo/customers.py": "a table of invented people, one after the other; data, looked up by name",
}


def test_every_name_says_what_is_in_there() -> None:
    found = [
        source.path
        for source in sources(*PACKAGES, "tests")
        for part in source.path.removesuffix(".py").replace("/", "_").split("_")
        if part in SAY_NOTHING
    ]
    assert found == []


def test_files_and_functions_can_be_read_at_once() -> None:
    assert {place: lines for place, lines in _too_long().items() if place not in LONGER} == {}


def test_no_exception_outlives_its_reason() -> None:
    assert set(LONGER) - set(_too_long()) == set()
    assert all(LONGER.values())


def _too_long() -> dict[str, int]:
    found: dict[str, int] = {}
    for source in sources("consent", "recommender", "service"):
        lines = source.text.count("\n")
        if lines > LINES_A_FILE:
            found[source.path] = lines
        found |= _long_functions(source)
    return found


def _long_functions(source: Source) -> dict[str, int]:
    sizes = {
        f"{source.path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {place: lines for place, lines in sizes.items() if lines > LINES_A_FUNCTION}
