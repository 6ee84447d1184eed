"""`byleave evaluate` from the command line: one command for a shop's file, and a clear word where that fails."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from service.evaluate.orders import FIELDS
from tests.architecture.sources import ROOT
from tests.command_line import CommandLine
from tests.unit.service.evaluate.shops import orders_of_a_shop, orders_with_rhythms

DATA = ROOT.parent / "shared" / "data"
QUICK = ("--draws", "1", "--shares", "50")


@pytest.fixture
def byleave(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    """The command line where no database can be opened: none is needed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BYLEAVE_DATABASE_URL", "sqlite:////nowhere/to/be/found.db")
    return CommandLine()


def a_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return name


def figures(byleave: CommandLine, *words: str) -> dict[str, Any]:
    ended = byleave("evaluate", *words, "--json")
    assert ended.exit_code == 0, ended.output
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_one_command_measures_a_file_and_writes_a_report(byleave: CommandLine) -> None:
    file = a_file("orders.csv", ("Customer ID", "Order date", "SKU"), orders_of_a_shop())
    ended = byleave("evaluate", file, *QUICK, "--report", "report.html")
    assert ended.exit_code == 0, ended.output
    for word in ("All products", "New products only", "EASE", "mean ratio", "Price of consent"):
        assert word in ended.stdout
    assert Path("report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in Path().iterdir()) == ["orders.csv", "report.html"]


def test_whether_it_is_foretold_when_she_buys_again(byleave: CommandLine) -> None:
    file = a_file("orders.csv", ("Customer ID", "Order date", "SKU"), orders_with_rhythms())
    ended = byleave("evaluate", file, "--replenishment")
    assert ended.exit_code == 0, ended.output
    for word in (
        "area under the curve",
        "Her own median interval",
        "Byleave, fitted",
        "What she bought before",
    ):
        assert word in ended.stdout
    told = figures(byleave, file, "--replenishment")["replenishment"]
    assert set(told["methods"]) == {"product_mean", "own_mean", "own_median", "shipped", "fitted"}
    assert told["methods"]["fitted"]["auc"]["14"]["value"] > 0.5
    assert told["again"]["ndcg_at_10"]["shipped"]["value"] > 0.5
    assert told["proposed"]["coefficients"]["due"] >= 0
    shown = re.findall(r"`([^`]+)`", _prose())
    days, constants = {"7", "14", "30"}, set(told["shipped"]["coefficients"])
    assert _keys(told) - days - constants <= set(shown)
    refused = byleave("evaluate", file, "--replenishment", "--report", "report.html")
    assert refused.exit_code != 0
    assert "--json" in refused.output
    assert not Path("report.html").exists()


def test_csv_and_excel_tell_the_same(byleave: CommandLine) -> None:
    columns, lines = ("customer", "date", "sku"), orders_of_a_shop()
    workbook = Workbook()
    for row in (columns, *lines):
        workbook.active.append(row)
    workbook.save("orders.xlsx")
    told = [
        figures(byleave, file, "--draws", "0") for file in (a_file("o.csv", columns, lines), "orders.xlsx")
    ]
    for one in told:
        one.pop("seconds_to_learn")
    assert told[0] == told[1]


def test_columns_of_any_name_are_stated(byleave: CommandLine) -> None:
    file = a_file("orders.csv", ("Kunde", "Tag", "Artikel"), orders_of_a_shop())
    stated = ("--column", "customer=Kunde", "--column", "product=Artikel", "--map", "date=Tag")
    told = figures(byleave, file, *stated, "--draws", "0")
    assert told["orders"]["columns"] == {
        "customer_id": "Kunde",
        "product_id": "Artikel",
        "occurred_at": "Tag",
    }


def test_a_shop_without_dates_is_measured_on_last_baskets(byleave: CommandLine) -> None:
    rows = [(f"c{number}", order, f"p{number * order % 9}") for number in range(30) for order in range(1, 6)]
    file = a_file("orders.csv", ("CUSTOMER_ID", "ORDER_NUMBER", "MATERIAL_NUMBER"), rows)
    ended = byleave("evaluate", file, "--draws", "0")
    assert "no dates: a basket counts as a week" in ended.stdout
    assert figures(byleave, file, "--draws", "0")["windows"][0]["customers"] == 30


def test_windows_go_back_in_time(byleave: CommandLine) -> None:
    file = a_file("orders.csv", ("customer", "date", "sku"), orders_of_a_shop())
    told = figures(byleave, file, "--windows", "2", "--days", "20", "--draws", "0")
    stated = [word for window in told["windows"] for word in ("--from", window["from"])]
    again = figures(byleave, file, *stated, "--days", "20", "--draws", "0")
    assert len(told["windows"]) == 2
    assert again["lists"] == told["lists"]


@pytest.mark.parametrize(
    ("columns", "rows", "words", "told"),
    [
        (("customer", "date"), [("a", "2026-01-01")], (), "No column tells the product_id"),
        (("customer", "sku"), [("a", "x")], (), "No column tells when something was bought"),
        (("customer", "date", "sku"), [], (), "has no rows"),
        (("customer", "date", "sku"), [("", "2026-01-01", "x")], (), "1 no_customer"),
        (("customer", "date", "sku"), [("a", "2026-01-01", "x")], (), "All purchases are of one day"),
        (("customer", "date", "sku"), [("a", "2026-01-01", "x")], ("--from", "May"), "is no day"),
        (("customer", "date", "sku"), [("a", "2026-01-01", "x")], ("--shares", "0"), "no percentages"),
        (("customer", "date", "sku"), [("a", "2026-01-01", "x")], ("--products", "["), "is no pattern"),
        (
            ("customer", "date", "sku"),
            [("a", "2026-01-01", "x")],
            ("--column", "date=Day"),
            "no column 'Day'",
        ),
        (
            ("customer", "date", "sku"),
            [("a", "2026-01-01", "x")],
            ("--report", "a/b.html"),
            "There can be no file",
        ),
        (
            ("customer", "date", "sku"),
            [("a", "2026-01-01", "x")],
            ("--report", "orders.csv"),
            "choose another",
        ),
        (("customer", "order_no", "sku"), [("a", 1, "x")], ("--from", "2026-05-01"), "--from needs dates"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_sentence(
    byleave: CommandLine,
    columns: Sequence[str],
    rows: list[Sequence[object]],
    words: Sequence[str],
    told: str,
) -> None:
    ended = byleave("evaluate", a_file("orders.csv", columns, rows), *words)
    assert ended.exit_code == 1
    assert told in ended.stderr
    assert ended.stderr.startswith("byleave: ")


def test_an_empty_file_and_none_at_all_are_told(byleave: CommandLine) -> None:
    Path("empty.csv").touch()
    assert "It is empty" in byleave("evaluate", "empty.csv").stderr
    assert "There is no such file" in byleave("evaluate", "nothing.csv").stderr


def test_the_page_names_every_column_and_every_key(byleave: CommandLine) -> None:
    page = re.sub("```.*?```", "", _prose(), flags=re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", page))
    assert {one.name for one in FIELDS} <= named
    file = a_file("orders.csv", ("customer", "date", "sku"), orders_of_a_shop())
    told = figures(byleave, file, *QUICK)
    for part in ({"windows": told["windows"]}, told["price_of_consent"], told):
        assert _keys(part) - _of_this_shop(told) <= named


def _keys(told: object) -> set[str]:
    if isinstance(told, dict):
        return set(told).union(*map(_keys, told.values()))
    return set().union(*map(_keys, told)) if isinstance(told, list) else set()


def _of_this_shop(told: dict[str, Any]) -> set[str]:
    return {*told["orders"]["left_out"], *told["orders"]["columns"]}


def test_online_retail_gives_the_figures_that_are_known_of_it(byleave: CommandLine) -> None:
    """Measured by others' code on the same days: what is the same method has to give the same figure."""
    file = DATA / "online_retail.parquet"
    if not file.exists():
        pytest.skip("needs ../shared/data/online_retail.parquet next to the repository")
    told = figures(byleave, str(file), "--products", r"\d{5}[A-Z]*", "--ignore-case", "--draws", "0")
    assert told["orders"]["lines"] == 396_337
    assert (told["orders"]["customers"], told["orders"]["products"]) == (4_334, 3_659)
    (window,) = told["windows"]
    assert (window["from"], window["to"], window["customers"]) == ("2011-11-10", "2011-12-09", 1_375)
    assert window["known"] == {"customers": 4_082, "products": 3_622, "baskets": 14_263}
    assert told["lists"]["new"]["windows"][0]["customers"] == 1_271
    known = {
        "all": {
            "popularity": 0.0808, "recent_popularity": 0.1428, "personal_frequency": 0.3578,
            "item_knn": 0.3089, "ials": 0.2883, "ease": 0.3131,
        },
        "new": {
            "popularity": 0.0340, "recent_popularity": 0.0810, "item_knn": 0.0861, "ials": 0.0973, "ease": 0.0999,
        },
    }  # fmt: skip
    for name, methods in known.items():
        found = told["lists"][name]["windows"][0]["methods"]
        for method, ndcg in methods.items():
            assert found[method]["ndcg_at_10"]["value"] == pytest.approx(ndcg, abs=0.002), (name, method)


def _prose() -> str:
    """The page without its blocks of code."""
    return re.sub(r"```.*?```", "", (ROOT / "docs" / "evaluate.md").read_text("utf-8"), flags=re.DOTALL)
