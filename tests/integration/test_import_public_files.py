"""The two public files that have a preset, whole: every row is accounted for, and nothing is offered wrongly.

They are data beside the repository (`../shared/data`); where they are not there, these tests say so.
"""

import csv
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from pyarrow import parquet
from sqlalchemy import Engine, func, select
from sqlmodel import col

from service.db.engine import make_engine
from service.db.tables import Product, Purchase, table_of
from service.importers.presets import PRESETS
from tests.byleave import Byleave
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
UCI = ["--preset", "uci-online-retail"]
HP = ["--preset", "hp-printer-supplies"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def public(name: str) -> str:
    if not (DATA / name).exists():
        pytest.skip(f"needs ../shared/data/{name} next to the repository")
    return str(DATA / name)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_all_rows_of_online_retail_are_accounted_for_and_a_second_run_adds_nothing(
    command_line: CommandLine, engine: Engine
) -> None:
    orders = public("online_retail.parquet")
    counts = imported(command_line, "orders", orders, *UCI)
    assert counts == {"held": 406_817, "no_customer": 135_080, "rejected": 12}
    assert sum(counts.values()) == 541_909
    before = purchases(engine)
    assert before["returned"] == 8_905
    counts = imported(command_line, "orders", orders, *UCI)
    assert counts == {"duplicate": 406_817, "no_customer": 135_080, "rejected": 12}
    assert purchases(engine) == before


def purchases(engine: Engine) -> dict[str, int]:
    returned = func.count().filter(col(Purchase.returned))
    with engine.connect() as connection:
        customers = func.count(col(Purchase.customer_id).distinct())
        units = func.sum(col(Purchase.quantity))
        row = connection.execute(select(func.count(), returned, units, customers)).one()
    return dict(zip(("lines", "returned", "units", "customers"), map(int, row), strict=True))


def test_an_import_that_was_killed_goes_on_where_it_was(
    command_line: CommandLine, database_url: str, engine: Engine, tmp_path: Path
) -> None:
    """Killed twice in the middle of a slice of Online Retail, and run a third time."""
    slice_ = parquet.read_table(public("online_retail.parquet")).slice(0, 60_000)
    parquet.write_table(slice_, "slice.parquet")
    command = [sys.executable, "-m", "service", "import", "orders", "slice.parquet", *UCI]
    seen = 0
    for _ in range(2):
        running = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
        )
        seen = _more_than(engine, seen, running)
        running.send_signal(signal.SIGKILL)
        running.wait(timeout=20)
    assert 0 < seen < 39_000, "it was killed in the middle"
    imported(command_line, "orders", "slice.parquet", *UCI)
    interrupted = _all_but_when_it_was_stored(engine)

    at_once = make_engine(database_url)
    with at_once.begin() as connection:
        connection.execute(table_of(Purchase).delete())
    at_once.dispose()
    imported(command_line, "orders", "slice.parquet", *UCI)
    assert interrupted == _all_but_when_it_was_stored(engine)


def _more_than(engine: Engine, seen: int, running: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            now = int(connection.execute(select(func.count()).select_from(table_of(Purchase))).scalar_one())
        if now > seen:
            return now
        assert running.poll() is None, "the import ended before it was killed"
        time.sleep(0.005)
    raise TimeoutError("nothing was imported")


def _all_but_when_it_was_stored(engine: Engine) -> list[tuple[object, ...]]:
    columns = [column for column in table_of(Purchase).columns if column.name != "recorded_at"]
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(col(Purchase.id)))]


def test_of_online_retail_only_merchandise_is_for_sale(command_line: CommandLine, engine: Engine) -> None:
    slice_ = parquet.read_table(public("online_retail.parquet")).slice(0, 30_000)
    parquet.write_table(slice_, "slice.parquet")
    counts = imported(command_line, "catalogue", "slice.parquet", *UCI)
    assert sum(counts.values()) == 30_000
    with engine.connect() as connection:
        kept_back = connection.execute(
            select(col(Product.id)).where(~col(Product.available)).order_by(col(Product.id))
        )
        assert {"POST", "M", "DOT"} <= set(kept_back.scalars())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_printer_gets_a_supply_that_does_not_fit_and_each_gets_one_that_does(
    command_line: CommandLine, database_url: str
) -> None:
    """One customer for each of HPLIP's printers; she bought it, and allows that to be used."""
    supplies = public("hp_printer_supplies.csv")
    imported(command_line, "catalogue", supplies, *HP)
    counts = imported(command_line, "fits", supplies, *HP)
    assert counts == {"recorded": 7_267, "duplicate": 7_620, "rejected": 22}
    fits = _fits(supplies)
    assert len(fits) == 1_237
    printers = {f"c-{number}": printer for number, printer in enumerate(sorted(fits))}
    bought = [[f"o-{customer}", customer, printer, "2026-03-03"] for customer, printer in printers.items()]
    _write("o.csv", ["order_id", "customer_id", "product_id", "date"], bought)
    allowed = [[customer, "given", "recommendations", "purchases", "2026-03-03"] for customer in printers]
    _write("p.csv", ["customer_id", "decision", "purpose", "data", "date"], allowed)
    assert imported(command_line, "consents", "p.csv") == {"recorded": 1_237}
    assert imported(command_line, "orders", "o.csv") == {"recorded": 1_237}
    all_supplies = set().union(*fits.values())
    with Byleave(settings_for(database_url)) as byleave:
        for customer, printer in printers.items():
            items = byleave.suggestions(customer, limit=50)["items"]
            suggested = {item["product"]["id"] for item in items}
            assert suggested & all_supplies <= fits[printer], printer
            assert items[0]["product"]["id"] in fits[printer], printer
            assert items[0]["reason"]["code"] == "fits_device", printer


def _fits(path: str) -> dict[str, set[str]]:
    """Read here once more, by what the data's documentation says, not by the preset."""
    fits: dict[str, set[str]] = defaultdict(set)
    pair = PRESETS["hp-printer-supplies"].maps["fits"].tells
    assert pair is not None
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["printer_name"]:
                sku = "" if row["manufacturer_sku"] == "G" else row["manufacturer_sku"]
                (told,) = pair(row)
                fits[str(told["device_id"])].add(row["supply_number"] or sku)
    return fits


def _write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
