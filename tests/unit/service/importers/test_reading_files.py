"""Files as shops have them: every dialect and encoding, broken rows, and things that are no table at all."""

import csv
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from service.importers import csv_file
from service.importers.open_file import Dialect, open_table
from service.importers.rows import Row, UnreadableFile


def read(path: Path, **dialect: str) -> tuple[tuple[str, ...], list[Row]]:
    with open_table(path, Dialect(**dialect)) as table:
        return table.columns, list(table.rows)


def a_file(folder: Path, content: bytes | str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
def test_every_delimiter_and_line_end_is_found_out(tmp_path: Path, delimiter: str, end_of_line: str) -> None:
    lines = [delimiter.join(["id", "title"]), delimiter.join(["a", '"x, y; z | ""q"""']), ""]
    columns, rows = read(a_file(tmp_path, end_of_line.join(lines)))
    assert columns == ("id", "title")
    assert rows == [Row(2, ["a", 'x, y; z | "q"'])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "gb18030"])
def test_encodings_are_found_out(tmp_path: Path, encoding: str) -> None:
    title = "打印机墨盒适合您的办公室" if encoding == "gb18030" else "Käsemesser, geschärft"
    lines = ["id,title", *(f'{number},"{title}"' for number in range(50))]
    _, rows = read(a_file(tmp_path, "\n".join(lines).encode(encoding)))
    assert {row.cells[1] for row in rows} == {title}


def test_a_stated_encoding_is_believed(tmp_path: Path) -> None:
    file = a_file(tmp_path, "id,title\n1,Жуковский\n".encode("koi8-r"))
    assert read(file, encoding="koi8-r")[1][0].cells == ["1", "Жуковский"]
    with pytest.raises(UnreadableFile, match="no encoding 'martian'"):
        read(file, encoding="martian")


def test_a_row_in_another_encoding_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    good = "1,Käse\n2,Brötchen\n3,Müsli\n".encode()
    _, rows = read(a_file(tmp_path, b"id,title\n" + good + "4,Gemüse\n".encode("windows-1252") + b"5,Tee\n"))
    assert [row.problem is None for row in rows] == [True, True, True, False, True]
    assert "another encoding" in (rows[3].problem or "")


def test_a_row_of_another_width_is_rejected_with_its_line(tmp_path: Path) -> None:
    _, rows = read(a_file(tmp_path, 'id,title\n1,"two\nlines"\n2\n3,c,d\n\n4,e\n'))
    assert [(row.number, row.problem is None) for row in rows] == [
        (2, True),
        (4, False),
        (5, False),
        (7, True),
    ]
    assert "1 cells where the header has 2" in (rows[1].problem or "")


def test_a_quote_that_never_ends_is_told_and_does_not_swallow_the_machine(tmp_path: Path) -> None:
    rest = "x" * (csv.field_size_limit() + 10)
    _, rows = read(a_file(tmp_path, f'id,title\n1,a\n2,"{rest}\n'))
    assert rows[0].problem is None
    assert "larger than field limit" in (rows[1].problem or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "must name the columns"),
        ("id,id\n1,2\n", "names 'id' twice"),
        (",".join(f"c{number}" for number in range(1_000_000)), "1,000,000 columns"),
        (b"\x00\x01\x02PK", "is no text"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(a_file(tmp_path, content))


def test_folders_missing_files_and_archives_are_refused_with_advice(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path, "It is no file"),
        (tmp_path / "none.csv", "no such file"),
        (a_file(tmp_path, b"PK\x03\x04", "orders.zip"), "Files ending in .zip are not read"),
        (a_file(tmp_path, b"x", "orders"), "Files ending in nothing are not read"),
        (a_file(tmp_path, b"no workbook", "orders.xlsx"), "no Excel workbook"),
        (a_file(tmp_path, b"PAR1 no table", "orders.parquet"), "no Parquet file"),
    ]:
        with pytest.raises(UnreadableFile, match=message):
            read(path)


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    moment = datetime(2011, 1, 2, 3, 4)
    table = pyarrow.table({"id": ["a", "b"], "when": [moment, None], "n": [1, 2], "price": [1.5, None]})
    parquet.write_table(table, tmp_path / "file.parquet")
    columns, rows = read(tmp_path / "file.parquet")
    assert columns == ("id", "when", "n", "price")
    assert rows == [Row(1, ("a", moment, 1, 1.5)), Row(2, ("b", None, 2, None))]


def a_workbook(path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "when", "price", None])
    sheet.append(["a", datetime(2011, 1, 2, 3, 4), 1.5])
    sheet.append([None, None, None])
    sheet.append([7, 40545.5, None])
    sheet.append([8, None, None, None, "stray"])
    book.create_sheet("other").append(["x"])
    book.save(path)
    return path


def test_a_workbook_is_read_from_its_first_or_the_named_sheet(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    columns, rows = read(path)
    assert columns == ("id", "when", "price")
    assert rows[0] == Row(2, ["a", datetime(2011, 1, 2, 3, 4), 1.5])
    assert rows[1] == Row(4, [7, 40545.5, None])
    assert rows[2].problem == "has 5 cells where the header has 3"
    assert read(path, sheet="other")[0] == ("x",)
    with pytest.raises(UnreadableFile, match="no sheet 'third', but: Sheet, other"):
        read(path, sheet="third")


@pytest.mark.parametrize(
    ("name", "megabytes"), [("xl/sharedStrings.xml", 201), ("xl/styles.xml", 11), ("xl/workbook.xml", 11)]
)
def test_a_workbook_that_explodes_is_not_unpacked(tmp_path: Path, name: str, megabytes: int) -> None:
    book, path = a_workbook(tmp_path / "book.xlsx"), tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(book) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for other in parts.namelist():
            if other != name:
                archive.writestr(other, parts.read(other))
        with archive.open(name, "w", force_zip64=True) as part:
            for _ in range(megabytes):
                part.write(b" " * 1024 * 1024)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(UnreadableFile, match="unpacks to more than can be held"):
        read(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("kept", [0, 100, -30])
def test_a_damaged_workbook_is_one_clear_message(tmp_path: Path, part: str, kept: int) -> None:
    path, damaged = a_workbook(tmp_path / "book.xlsx"), tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(damaged, "w") as changed:
        for name in book.namelist():
            changed.writestr(name, book.read(name)[:kept] if name == part else book.read(name))
    with pytest.raises(UnreadableFile, match="damaged"):
        read(damaged)


def test_a_workbook_whose_entities_unfold_without_end_is_refused(tmp_path: Path) -> None:
    path, bomb = a_workbook(tmp_path / "book.xlsx"), tmp_path / "bomb.xlsx"
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(bomb, "w") as changed:
        for part in book.namelist():
            text = book.read(part)
            if part == "xl/workbook.xml":
                text = laughs.encode() + text
            changed.writestr(part, text)
    with pytest.raises(UnreadableFile, match="no Excel workbook"):
        read(bomb)


def test_the_sample_may_end_inside_a_character(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "_SAMPLE_BYTES", 12)
    _, rows = read(a_file(tmp_path, "id,title\n1,ä\n2,ö\n"))
    assert [row.cells[1] for row in rows] == ["ä", "ö"]
