"""What customers have bought, own and looked at is read for a purpose in one file, column by column.

`service/db/permitted_reader.py` is that door. Besides it each personal table has one file that stores it, and
`service/db/covered_rows.py` names the columns by which a scope selects rows, without reading any;
`service/db/own_data.py` has all of them: for herself, to have and to be erased, and for no purpose.
"""

import ast

import pytest
from sqlmodel import SQLModel

from service.db import tables
from service.db.column_roles import DATA_FIELD
from tests.architecture.sources import Source, sources

DOOR = "service/db/permitted_reader.py"
# What the door uses to read documents of one row; nobody else does.
PART_OF_THE_DOOR = "service/db/permitted_documents.py"
SELECTED_BY = "service/db/covered_rows.py"
FOR_HERSELF = "service/db/own_data.py"
DEFINED_IN = "service/db/tables.py"
STORED_BY = {
    "Purchase": "service/db/sales_intake.py",
    "Device": "service/db/devices.py",
    "View": "service/db/browsing.py",
    "Search": "service/db/browsing.py",
    "CartAddition": "service/db/browsing.py",
    "Preferences": "service/db/told_by_her.py",
    "Occasion": "service/db/told_by_her.py",
    "Contact": "service/db/told_by_her.py",
    "Feedback": "service/db/feedback.py",
}
USE_IT_FOR_HERSELF = {f"service/{name}.py" for name in ("corrections", "erasure", "export", "purge")}
# Of no product and of no day, so no scope selects rows of them.
NOT_SELECTED_BY_A_SCOPE = {"Preferences", "Occasion", "Contact"}
# No strategy uses what she searched for, so the door does not know it either.
READ_FOR_NO_PURPOSE = {"Search"}

# Through `metadata` every table can be had without its name. The door asks it for the columns of each field.
MAY_ASK_FOR_ALL_TABLES = {DOOR, PART_OF_THE_DOOR, DEFINED_IN}

PERSONAL = {
    model.__name__: str(model.__tablename__)
    for model in vars(tables).values()
    if isinstance(model, type)
    and issubclass(model, SQLModel)
    and hasattr(model, "__table__")
    and any(DATA_FIELD in column.info for column in model.__table__.columns)
}
SOURCES = sources("service", "consent", "recommender")


def test_each_personal_table_has_its_file() -> None:
    assert set(STORED_BY) == set(PERSONAL)


@pytest.mark.parametrize("table", PERSONAL)
def test_a_personal_table_is_named_by_the_door_and_the_file_that_stores_it_only(table: str) -> None:
    # Whatever module it is taken from: a name that was imported can be imported again from there.
    named = {
        source.path
        for source in SOURCES
        for name, _ in [*source.imports, *source.mentions()]
        if name.startswith("service.db.") and name.endswith(f".{table}")
    }
    doors = set() if table in READ_FOR_NO_PURPOSE else {DOOR}
    selecting = set() if table in NOT_SELECTED_BY_A_SCOPE else {SELECTED_BY}
    assert named == {STORED_BY[table], FOR_HERSELF} | selecting | doors


def test_what_is_for_herself_serves_no_purpose() -> None:
    using = {
        source.path
        for source in SOURCES
        for name, _ in source.imports
        if name.startswith("service.db.own_data.")
    }
    assert using == USE_IT_FOR_HERSELF


def test_nobody_takes_all_tables_at_once() -> None:
    found = [
        f"{source.at(node)} {name}"
        for source in SOURCES
        if source.path not in MAY_ASK_FOR_ALL_TABLES
        for name, node in [*source.imports, *source.mentions()]
        if name in {"service.db.tables", "service.db.tables.*"} or name.endswith((".metadata", ".__table__"))
    ]
    assert found == []


def test_no_sql_in_text_names_a_personal_table() -> None:
    found = [
        f"{source.at(call)} {written}"
        for source in SOURCES
        for name, call in source.calls()
        if name.rpartition(".")[2] in {"text", "exec_driver_sql"}
        for written in _written_in(call)
        if any(table in written for table in PERSONAL.values())
    ]
    assert found == []


def test_nobody_but_the_door_uses_its_part() -> None:
    using = {
        source.path
        for source in SOURCES
        for name, _ in source.imports
        if name.startswith("service.db.permitted_documents.")
    }
    assert using == {DOOR}


@pytest.mark.parametrize("path", [DOOR, PART_OF_THE_DOOR])
def test_the_door_selects_columns_and_never_a_whole_row(path: str) -> None:
    (door,) = (source for source in SOURCES if source.path == path)
    selections = [call for name, call in door.calls() if name.rpartition(".")[2] == "select"]
    assert selections, "the door selects nothing, so nothing was tested"
    found = [
        f"{door.at(call)} {ast.unparse(call)}"
        for call in selections
        for argument in call.args
        if not _is_a_column(door, argument)
    ]
    assert found == []


def test_what_selects_rows_by_a_scope_reads_none_of_hers() -> None:
    (conditions,) = (source for source in SOURCES if source.path == SELECTED_BY)
    read = [ast.unparse(call) for name, call in conditions.calls() if name.rpartition(".")[2] == "select"]
    assert set(read) == {"select(col(Product.id))"}
    assert not [name for name, _ in conditions.calls() if name.rpartition(".")[2] in {"execute", "scalars"}]


@pytest.mark.parametrize("path", [DOOR, PART_OF_THE_DOOR])
def test_the_door_asks_for_no_table_as_a_whole(path: str) -> None:
    (door,) = (source for source in SOURCES if source.path == path)
    ways = {"__table__", "exec_driver_sql", "literal_column", "scalars", "table_of", "tables", "text"}
    found = [
        f"{door.at(node)} {name}"
        for name, node in [*door.imports, *door.mentions()]
        if name.rpartition(".")[2] in ways
    ]
    assert found == []


def _is_a_column(door: Source, argument: ast.expr) -> bool:
    """`col(Table.column)`, or a list of columns that is spread out."""
    if isinstance(argument, ast.Starred):
        return isinstance(argument.value, ast.Name)
    return isinstance(argument, ast.Call) and door.dotted(argument.func) == "sqlmodel.col"


def _written_in(call: ast.Call) -> list[str]:
    return [
        node.value
        for argument in call.args
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
