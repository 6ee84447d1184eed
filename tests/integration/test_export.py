"""Export: every column of hers comes back, nobody else's does, and no spreadsheet takes a cell for a formula."""

import csv
import io
import json
import tracemalloc
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from consent.chain_links import bound_chain_id
from service import export_in_chinese
from service.db.own_data import OWN_TABLES
from service.db.tables import Search
from service.export import ABOUT, Exports
from service.settings import Clock
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.planting import plant

HER, OTHER = "qqmarker-anna", "zzother-ben"
THING = "a-thing"


def exported(byleave: Byleave, customer_id: str = HER, **headers: str) -> ZipFile:
    answer = byleave.http.get(f"/v1/customers/{customer_id}/export", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{customer_id}.zip"'
    archive = ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def told(archive: ZipFile) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(archive.read("customer.json"))
    return document


def table(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"), newline="")))


@pytest.fixture
def planted(byleave: Byleave, engine: Engine) -> Byleave:
    byleave.product(THING)
    plant(engine, HER, "qqmarker", product_id=THING)
    plant(engine, OTHER, "zzother", product_id=THING)
    return byleave


def test_there_is_a_file_for_each_table_and_words_for_each_file(planted: Byleave) -> None:
    archive = exported(planted)
    files = [ABOUT[name][0] for name in OWN_TABLES]
    assert archive.namelist() == ["README.txt", "customer.json", *files]
    readme = archive.read("README.txt").decode("utf-8")
    assert all(name in readme for name in [HER, "customer.json", *files])
    assert all(about in readme for _, about in ABOUT.values())
    assert all(about in readme for about in export_in_chinese.FILES.values())
    assert list(export_in_chinese.FILES) == files, "say in Chinese, too, what a new file is"
    assert max(len(line) for line in readme.splitlines()) <= 120


@pytest.mark.parametrize("name", OWN_TABLES)
def test_every_column_of_hers_comes_back_as_it_is_stored(planted: Byleave, engine: Engine, name: str) -> None:
    columns = SQLModel.metadata.tables[name].columns
    with engine.connect() as connection:
        stored = [dict(row) for row in connection.execute(SQLModel.metadata.tables[name].select()).mappings()]
    [hers] = [row for row in stored if "zzother" not in str(row)]
    archive = exported(planted)
    [in_json] = told(archive)[ABOUT[name][0].removesuffix(".csv")]
    [in_csv] = table(archive, ABOUT[name][0])
    assert set(in_json) == set(in_csv) == set(columns.keys())
    for column, value in hers.items():
        expected = value
        if hasattr(value, "isoformat"):
            expected = value.isoformat().replace("+00:00", "Z")
        assert in_json[column] == expected, column
        as_text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else expected
        assert in_csv[column] == ("" if as_text is None else str(as_text)), column


def test_nothing_of_anybody_else_is_in_it(planted: Byleave) -> None:
    archive = exported(planted)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert everything.count(b"qqmarker") > 50
    assert b"zzother" not in everything


def test_with_it_she_can_prove_that_the_chain_is_hers(planted: Byleave) -> None:
    [chain] = told(exported(planted))["consent_chain"]
    assert bound_chain_id(HER, chain["salt"]) == chain["chain_id"]


def test_of_one_never_seen_there_is_an_empty_one(byleave: Byleave) -> None:
    archive = exported(byleave, "never-seen")
    document = told(archive)
    assert document.pop("customer_id") == "never-seen"
    assert document.pop("exported_at").startswith("2026-06-10T09:")
    assert set(document) == {file.removesuffix(".csv") for file, _ in ABOUT.values()}
    assert all(rows == [] for rows in document.values())
    assert all(table(archive, file) == [] for file, _ in ABOUT.values())


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\uff1d1",
    "'=1",
    "plain",
    "a,b",
    'say "x"',
    "印表机 é",
    "two\nlines",
]


def test_no_cell_is_a_formula_and_every_value_can_be_had_back(byleave: Byleave, engine: Engine) -> None:
    with engine.begin() as connection:
        rows = [
            {
                "id": f"s-{number:02}",
                "customer_id": HER,
                "query": query,
                "recorded_at": a_moment(),
                "occurred_at": a_moment(),
            }
            for number, query in enumerate(FORMULAS)
        ]
        connection.execute(insert(Search), rows)
    archive = exported(byleave)
    cells = [row["query"] for row in table(archive, "searches.csv")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
    assert [cell.removeprefix("'") for cell in cells] == FORMULAS
    assert [row["query"] for row in told(archive)["searches"]] == FORMULAS


def test_she_has_her_own_with_her_token_and_nobody_elses(planted: Byleave) -> None:
    body = {"customer_id": HER, "scopes": ["customers:read", "consents:read"]}
    token = planted.http.post("/v1/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert told(exported(planted, **headers))["customer_id"] == HER
    assert planted.http.get(f"/v1/customers/{OTHER}/export", headers=headers).status_code == 403


def test_memory_does_not_grow_with_what_she_did(engine: Engine) -> None:
    def most_used(rows: int) -> int:
        with engine.begin() as connection:
            connection.execute(Search.__table__.delete())  # type: ignore[attr-defined]
            connection.execute(
                insert(Search),
                [
                    {
                        "id": f"s-{number}",
                        "customer_id": HER,
                        "query": f"{number:0100}",
                        "recorded_at": a_moment(),
                        "occurred_at": a_moment(),
                    }
                    for number in range(rows)
                ],
            )
        tracemalloc.start()
        try:
            with Exports(engine, Clock(a_moment())).of(HER) as archive:
                assert archive.read(2) == b"PK"
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = most_used(1_000), most_used(20_000)
    assert many < few + 3_000_000, "twenty times the rows, of more than 2 MB"
