"""`byleave import`: a shop's own files, with everything that is wrong in them, as often as it likes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, select
from sqlmodel import SQLModel, col

from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.tables import Fit, Product, Purchase
from tests.byleave import Byleave, product_ids
from tests.command_line import CommandLine, counted, imported
from tests.conftest import settings_for
from tests.import_files import CATALOGUE, ORDERS, a_file, rejected, stored

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_shop_is_imported_and_makes_suggestions(
    command_line: CommandLine, database_url: str, engine: Engine
) -> None:
    assert imported(command_line, "catalogue", a_file("c.csv", CATALOGUE)) == {"created": 3}
    fits = a_file("f.csv", "product_id;device_id\nink;printer\nother-ink;another\n")
    assert imported(command_line, "fits", fits) == {"recorded": 1, "rejected": 1}
    assert rejected("f.rejected.csv")[0]["reason"] == "the catalogue has no product another"
    orders = a_file("o.csv", ORDERS)
    assert imported(command_line, "orders", orders) == {"held": 4, "no_customer": 1}
    with Byleave(settings_for(database_url)) as byleave:
        notice_id = byleave.publishes()
    consents = a_file(
        "p.csv",
        "customer_id,decision,purpose,data,date,method,notice\n"
        f"c-1,given,recommendations,devices;purchases.product,2026-01-05T08:00:00Z,checkbox,{notice_id}\n",
    )
    assert imported(command_line, "consents", consents) == {"recorded": 1}

    returns = [row for row in stored(engine, Purchase) if row["returned"]]
    assert [(row["customer_id"], row["quantity"]) for row in returns] == [("c-2", 1)]
    with snapshot(engine) as connection:
        (given,) = read_events(connection, "c-1")
    assert f"{given.occurred_at:%Y-%m-%d}" == "2026-01-05"
    assert (given.evidence.method, given.evidence.notice_id) == ("checkbox", notice_id)
    with Byleave(settings_for(database_url)) as byleave:
        first = byleave.suggestions("c-1")["items"][0]
        assert (first["product"]["id"], first["reason"]["code"]) == ("ink", "fits_device")
        assert first["reason"]["text"] == "Fits your Office Printer"
        assert byleave.suggestions("c-2")["personalised"] is False
        assert product_ids(byleave.visitor_suggestions()) == ["ink", "printer"]


@pytest.mark.parametrize("kind", ["catalogue", "fits", "orders", "consents"])
def test_a_second_run_changes_nothing(command_line: CommandLine, engine: Engine, kind: str) -> None:
    files = {
        "catalogue": a_file("c.csv", CATALOGUE),
        "fits": a_file("f.csv", "product_id,device_id\nink,printer\nink,printer\n"),
        "orders": a_file("o.csv", ORDERS),
        "consents": a_file(
            "p.csv",
            "customer_id,decision,purpose,data,date\n"
            + "c-1,given,recommendations,purchases,2026-01-05\n" * 2
            + "c-1,refused,learning,purchases,2026-01-05\n",
        ),
    }
    for each in ("catalogue", kind):
        imported(command_line, each, files[each])
    before = {table.name: _all(engine, table.name) for table in SQLModel.metadata.sorted_tables}
    counts = imported(command_line, kind, files[kind])
    assert set(counts) <= {"unchanged", "duplicate", "no_customer"}
    after = {table.name: _all(engine, table.name) for table in SQLModel.metadata.sorted_tables}
    assert after == before


def _all(engine: Engine, table: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(select(SQLModel.metadata.tables[table]))
        return sorted((tuple(row) for row in rows), key=str)


def test_a_dry_run_says_the_same_and_stores_nothing(command_line: CommandLine, engine: Engine) -> None:
    catalogue = a_file("c.csv", CATALOGUE)
    tried = imported(command_line, "catalogue", catalogue, "--dry-run")
    assert stored(engine, Product) == []
    assert imported(command_line, "catalogue", catalogue) == tried
    orders = a_file("o.csv", ORDERS)
    tried = imported(command_line, "orders", orders, "--dry-run")
    assert stored(engine, Purchase) == []
    assert imported(command_line, "orders", orders) == tried


def test_what_is_wrong_with_a_row_is_told_with_its_line_and_nothing_is_lost(
    command_line: CommandLine, engine: Engine
) -> None:
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    rows = [
        "o-1,c-1,ink,2026-03-03,1,1.00",
        "o-1,c-1,unknown,2026-03-03,1,1.00",
        "o-1,anna@example.org,ink,2026-03-03,1,1.00",
        "o-1,c-1,ink,03/04/2026,1,1.00",
        "o-1,c-1,ink,2027-01-01,1,1.00",
        "o-1,c-1,ink,2026-03-03,0,1.00",
        "o-1,c-1,ink,2026-03-03,1,cheap",
        "o-1,c-1,ink,2026-03-03,1",
        "o-1,c-1,,2026-03-03,1,1.00",
        "o-1,c-1,ink,,1,1.00",
    ]
    orders = a_file("o.csv", "order_id,customer_id,product_id,date,quantity,price\n" + "\n".join(rows))
    counts = imported(command_line, "orders", orders, "--set", "currency=EUR")
    assert counts == {"held": 1, "rejected": 9}
    reasons = {int(row["line"]): row["reason"] for row in rejected("o.rejected.csv")}
    for line, part in {
        3: "the catalogue has no such product",
        4: "is no id",
        5: "--date-format",
        6: "lies in the future",
        7: "quantity 0",
        8: "no amount",
        9: "5 cells where the header has 6",
        10: "product_id is empty",
        11: "occurred_at is empty",
    }.items():
        assert part in reasons[line], reasons[line]
    assert [row["product_id"] for row in rejected("o.rejected.csv")][:2] == ["unknown", "ink"]

    corrected = Path("o.rejected.csv").read_text().replace("unknown", "printer")
    counts = imported(command_line, "orders", a_file("again.csv", corrected), "--set", "currency=EUR")
    assert counts["held"] == 1, "the corrected row is taken in from the file of rejected rows"


def test_rejected_rows_can_be_corrected_in_several_rounds(command_line: CommandLine) -> None:
    catalogue = a_file("c.csv", "sku,title,in stock\na/1,First,yes\nb/2,Second,maybe\n")
    assert imported(command_line, "catalogue", catalogue) == {"rejected": 2}
    first_round = Path("c.rejected.csv").read_text().replace(",a/1,", ",a-1,").replace(",b/2,", ",b-2,")
    counts = imported(command_line, "catalogue", a_file("first.csv", first_round))
    assert counts == {"created": 1, "rejected": 1}
    (left,) = rejected("first.rejected.csv")
    assert list(left) == ["line", "reason", "sku", "title", "in stock"]
    assert (left["line"], left["sku"]) == ("3", "b-2")
    second_round = Path("first.rejected.csv").read_text().replace(",maybe", ",yes")
    assert imported(command_line, "catalogue", a_file("second.csv", second_round)) == {"created": 1}


@pytest.mark.parametrize("place", ["c.csv", "./c.csv"])
def test_rejected_rows_never_take_the_place_of_the_file_that_is_read(
    place: str, command_line: CommandLine
) -> None:
    catalogue = a_file("c.csv", CATALOGUE)
    refused = command_line("import", "catalogue", catalogue, "--rejected", place)
    assert refused.exit_code == 1
    assert "choose another" in refused.stderr
    assert Path("c.csv").read_text() == CATALOGUE


def test_a_run_without_rejected_rows_leaves_none_of_the_run_before(command_line: CommandLine) -> None:
    catalogue = a_file("c.csv", CATALOGUE + "bad id,x,,,,,\n")
    assert imported(command_line, "catalogue", catalogue)["rejected"] == 1
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    assert not Path("c.rejected.csv").exists()


def test_for_whom_a_product_is_a_gift_and_its_size_come_from_the_file(
    command_line: CommandLine, engine: Engine
) -> None:
    lines = ["sku,title,size,suits", "shawl,Shawl,,mother; grandparent", "boot,Boot,38,", "mug,Mug,,mum"]
    catalogue = a_file("c.csv", "\n".join(lines))
    assert imported(command_line, "catalogue", catalogue) == {"created": 2, "rejected": 1}
    kept = {one["id"]: one["attributes"] for one in stored(engine, Product)}
    assert kept == {"shawl": {"suits": ["mother", "grandparent"]}, "boot": {"size": "38"}}
    assert imported(command_line, "catalogue", catalogue) == {"unchanged": 2, "rejected": 1}


def test_sales_of_products_that_the_catalogue_lacks_are_kept_if_the_file_names_them(
    command_line: CommandLine, engine: Engine, database_url: str
) -> None:
    orders = a_file("o.csv", "order_id,customer_id,sku,title,date\no-1,c-1,old,Old Printer,2026-03-03\n")
    assert imported(command_line, "orders", orders) == {"held": 1}
    (product,) = stored(engine, Product)
    assert (product["title"], product["available"]) == ("Old Printer", False)
    with Byleave(settings_for(database_url)) as byleave:
        assert product_ids(byleave.visitor_suggestions()) == [], "only the catalogue puts things on sale"
    imported(command_line, "catalogue", a_file("c.csv", "sku,title\nold,Old Printer\n"))
    with Byleave(settings_for(database_url)) as byleave:
        assert product_ids(byleave.visitor_suggestions()) == ["old"]
    imported(command_line, "orders", orders)
    (product,) = stored(engine, Product)
    assert product["available"] is True


def test_lines_that_are_exactly_alike_are_counted_and_a_changed_one_is_told(
    command_line: CommandLine, engine: Engine
) -> None:
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    imported(command_line, "orders", a_file("o.csv", ORDERS))
    assert sorted(str(row["id"]) for row in stored(engine, Purchase)) == [
        "o-1:printer:1",
        "o-2:ink:1",
        "o-2:ink:2",
        "o-4:ink:1",
    ]
    counts = imported(
        command_line, "orders", a_file("o.csv", ORDERS.replace("ink,2026-03-03,2", "ink,2026-03-03,3", 1))
    )
    assert counts == {"duplicate": 3, "no_customer": 1, "rejected": 1}
    assert "says something else" in rejected("o.rejected.csv")[0]["reason"]


def test_ids_that_would_run_into_one_another_stay_apart(command_line: CommandLine, engine: Engine) -> None:
    imported(command_line, "catalogue", a_file("c.csv", "sku,title\nc,C\nb:c,BC\n"))
    lines = "order_id,customer_id,product_id,date\na:b,c-1,c,2026-03-03\na,c-1,b:c,2026-03-03\n"
    without_order = "customer_id,product_id,date\nc-1,c,2026-03-03\nc-1,c,2026-03-04\nc-1,c,2026-03-04\n"
    assert imported(command_line, "orders", a_file("o.csv", lines)) == {"held": 2}
    assert imported(command_line, "orders", a_file("p.csv", without_order)) == {"held": 3}
    assert len(stored(engine, Purchase)) == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["orders", "none.csv"], "There is no such file"),
        (["orders", "."], "It is no file"),
        (["orders", "c.csv"], "No column tells the customer_id or the occurred_at"),
        (["catalogue", "c.csv", "--map", "title=Titel"], "no column 'Titel'"),
        (["catalogue", "c.csv", "--map", "name=title"], "nothing called name"),
        (["catalogue", "c.csv", "--map", "title"], "takes FIELD="),
        (
            ["catalogue", "c.csv", "--map", "in stock=available"],
            "first, then the column: --map available='in stock'",
        ),
        (["orders", "c.csv", "--date-format", "DD.MM.YYYY"], "'DD.MM.YYYY' has no %"),
        (["catalogue", "c.csv", "--preset", "amazon"], "no preset amazon"),
        (["consents", "c.csv", "--preset", "uci-online-retail"], "no preset uci-online-retail for consents"),
        (["catalogue", "c.csv", "--time-zone", "Mars/Base"], "no time zone"),
        (["catalogue", "c.csv", "--time-zone", "../etc/passwd"], "no time zone"),
        (["catalogue", "c.csv", "--encoding", "klingon"], "no encoding"),
    ],
)
def test_what_cannot_be_imported_at_all_is_one_clear_message(
    command_line: CommandLine, words: list[str], message: str
) -> None:
    a_file("c.csv", CATALOGUE)
    result = command_line("import", *words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_it_says_which_columns_it_read_and_which_not(command_line: CommandLine) -> None:
    file = a_file("c.csv", "Handle,Title,Vendor,Variant SKU,Variant Price\nmug,Mug,Acme,MUG-RED,12.90\n")
    rehearsed = command_line("import", "catalogue", file, "--map", "id=Handle", "--dry-run").stdout
    assert "Columns read: id from 'Handle', title from 'Title', brand from 'Vendor'\n" in rehearsed
    done = command_line("import", "catalogue", file, "--map", "id=Variant SKU").stdout
    assert "Columns not read: Handle, Variant Price\n" in done
    assert "not read" not in command_line("import", "catalogue", a_file("d.csv", CATALOGUE)).stdout


def test_who_stops_it_is_told_that_it_can_go_on(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.importers.command.Import.run", stop)
    stopped = command_line("import", "catalogue", a_file("c.csv", CATALOGUE))
    assert stopped.exit_code == 130
    assert "the same command goes on" in stopped.stderr


def test_columns_may_be_named_and_values_set_for_all_rows(command_line: CommandLine, engine: Engine) -> None:
    file = a_file("c.csv", "Artikel\tName\tPreis\nink\tTinte\t19,90\n")
    words = ["--map", "id=Artikel", "--map", "title=Name", "--map", "price=Preis", "--set", "currency=EUR"]
    assert imported(command_line, "catalogue", file, *words) == {"created": 1}
    (product,) = stored(engine, Product)
    assert (product["title"], product["price_amount"]) == ("Tinte", "19.90")


def test_a_workbook_with_serial_dates_is_imported(command_line: CommandLine, engine: Engine) -> None:
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["order", "customer", "sku", "date"], ["o-1", 17850, "ink", 46084.25]):
        sheet.append(row)
    book.save("o.xlsx")
    assert imported(command_line, "orders", "o.xlsx", "--time-zone", "Europe/Berlin") == {"held": 1}
    (purchase,) = stored(engine, Purchase)
    assert purchase["customer_id"] == "17850"
    assert f"{purchase['purchased_at']:%Y-%m-%d %H:%M}" == "2026-03-03 05:00"


def test_two_imports_at_once_are_one(command_line: CommandLine, engine: Engine) -> None:
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    lines = [f"o-{number},c-{number % 7},ink,2026-03-03,1" for number in range(3_000)]
    orders = a_file("o.csv", "\n".join(["order_id,customer,sku,date,qty", *lines]))
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "service", "import", "orders", orders],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    counts = [counted(one.communicate(timeout=60)[0]) for one in both]
    assert sum(each.get("held", 0) for each in counts) == 3_000
    assert sum(each.get("duplicate", 0) for each in counts) == 3_000
    assert len(stored(engine, Purchase)) == 3_000


def test_what_is_put_on_sale_meanwhile_stays_on_sale(command_line: CommandLine, engine: Engine) -> None:
    """A title in a file of fits adds only what is not there."""
    imported(command_line, "catalogue", a_file("c.csv", "sku,title\nink,Ink\n"))
    fits = a_file("f.csv", "product_id,product_title,device_id,device_title\nink,Tinte,printer,Printer\n")
    assert imported(command_line, "fits", fits) == {"recorded": 1}
    products = {row["id"]: (row["title"], row["available"]) for row in stored(engine, Product)}
    assert products == {"ink": ("Ink", True), "printer": ("Printer", False)}
    with engine.connect() as connection:
        assert connection.execute(select(col(Fit.product_id), col(Fit.device_id))).all() == [
            ("ink", "printer")
        ]


@pytest.mark.parametrize("place", ["o.csv", "./o.csv", "same.csv", "hard.csv"])
def test_rejected_rows_never_take_the_place_of_the_file_itself(command_line: CommandLine, place: str) -> None:
    a_file("o.csv", ORDERS)
    Path("same.csv").symlink_to("o.csv")
    Path("hard.csv").hardlink_to("o.csv")
    result = command_line("import", "orders", "o.csv", "--dry-run", "--rejected", place)
    assert result.exit_code == 1
    assert "cannot go into the file that is read" in result.stderr
    assert Path("o.csv").read_text("utf-8") == ORDERS
    assert Path(place).exists()


@pytest.mark.parametrize(
    "words", [("--encoding", "zlib"), ("--encoding", "rot13"), ("--delimiter", "\\t"), ("--delimiter", ";;")]
)
def test_a_dialect_that_is_none_is_one_clear_message(
    command_line: CommandLine, words: tuple[str, str]
) -> None:
    result = command_line("import", "orders", a_file("o.csv", ORDERS), *words)
    assert isinstance(result.exception, SystemExit)
    assert words[0].removeprefix("--") in result.stderr


def test_rejected_rows_may_go_nowhere(command_line: CommandLine) -> None:
    """`/dev/null` is no file that an earlier run left, to be removed."""
    fifo = Path("nowhere")
    os.mkfifo(fifo)
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE), "--rejected", str(fifo))
    assert fifo.is_fifo()


def test_a_line_that_was_broken_keeps_its_place_among_equal_lines(
    command_line: CommandLine, engine: Engine
) -> None:
    imported(command_line, "catalogue", a_file("c.csv", CATALOGUE))
    lines = "order_id,customer_id,sku,date,qty\n" + "o-1,c-1,ink,2026-03-03,1\n" * 2
    broken = lines.replace(",1\n", ",oops\n", 1)
    assert imported(command_line, "orders", a_file("o.csv", broken)) == {"held": 1, "rejected": 1}
    corrected = Path("o.rejected.csv").read_text().replace("oops,", "1,").replace(",oops", ",1")
    assert imported(command_line, "orders", a_file("again.csv", corrected)) == {"held": 1}
    assert imported(command_line, "orders", a_file("o.csv", lines)) == {"duplicate": 2}
    assert sorted(str(row["id"]) for row in stored(engine, Purchase)) == ["o-1:ink:1", "o-1:ink:2"]


def test_rejected_rows_of_an_earlier_run_stay_if_this_one_never_begins(command_line: CommandLine) -> None:
    assert (
        imported(command_line, "catalogue", a_file("c.csv", CATALOGUE + "bad id,x,,,,,\n"))["rejected"] == 1
    )
    before = Path("c.rejected.csv").read_text()
    assert command_line("import", "catalogue", "c.csv", "--map", "title=Titel").exit_code == 1
    assert Path("c.rejected.csv").read_text() == before


def test_the_first_reasons_are_shown_and_nothing_taken_in_is_a_failure(command_line: CommandLine) -> None:
    result = command_line("import", "catalogue", a_file("c.csv", "sku,title\n" + "bad id,x\n" * 5))
    assert result.exit_code == 1
    assert result.stdout.count("is no id") == 3
    assert "line 2: id 'bad id' is no id" in result.stdout
