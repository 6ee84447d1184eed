"""Reads one sheet of an Excel workbook, row by row. Never unpacks what would not fit into memory."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from service.importers.rows import Cell, Row, Table, UnreadableFile, checked_columns

# What openpyxl and the parsers below it raise for what is no workbook; it checks little itself.
_DAMAGED = (
    InvalidFileException, BadZipFile, ParseError, zlib.error, EOFError, OSError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
_UNPACKED_MAXIMUM_BYTES = 2 * 1024**3
_TEXTS_MAXIMUM_BYTES = 200 * 1024**2
_PART_MAXIMUM_BYTES = 10 * 1024**2
_TEXTS = "xl/sharedStrings.xml"
_READ_ROW_BY_ROW = "xl/worksheets/"  # all other parts are held whole: styles, names, the list of sheets


@contextmanager
def open_excel(path: Path, *, sheet: str | None) -> Iterator[Table]:
    """The table in a sheet: the one named, or the first."""
    _refuse_what_explodes(path)
    with path.open("rb") as file, _book(file) as book:
        if sheet is not None and sheet not in book.sheetnames:
            raise UnreadableFile(f"It has no sheet {sheet!r}, but: {', '.join(book.sheetnames)}.")
        worksheet = book[sheet or book.sheetnames[0]]
        cells = worksheet.iter_rows(values_only=True)
        columns = checked_columns(_without_empty_end(_first(cells)))
        total = worksheet.max_row - 1 if worksheet.max_row else None
        yield Table(columns=columns, rows=_rows(cells, len(columns)), total=total)


@contextmanager
def _book(file: BinaryIO) -> Iterator[Workbook]:
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _DAMAGED as error:
        raise UnreadableFile("It is no Excel workbook (.xlsx), or a damaged one.") from error
    try:
        yield book
    finally:
        book.close()


def _refuse_what_explodes(path: Path) -> None:
    """A workbook is a zip archive, and says how large its parts will be."""
    try:
        with ZipFile(path) as archive:
            sizes = {part.filename: part.file_size for part in archive.infolist()}
    except (BadZipFile, OSError) as error:
        raise UnreadableFile("It is no Excel workbook (.xlsx), or a damaged one.") from error
    if sum(sizes.values()) > _UNPACKED_MAXIMUM_BYTES or any(
        size > _most(part) for part, size in sizes.items()
    ):
        raise UnreadableFile("It unpacks to more than can be held; export it as CSV instead.")


def _most(part: str) -> int:
    if part.startswith(_READ_ROW_BY_ROW) or not part.endswith((".xml", ".rels")):
        return _UNPACKED_MAXIMUM_BYTES
    return _TEXTS_MAXIMUM_BYTES if part == _TEXTS else _PART_MAXIMUM_BYTES


def _first(cells: Iterator[tuple[object, ...]]) -> tuple[object, ...]:
    try:
        return next(cells, ())
    except _DAMAGED as error:
        raise UnreadableFile("Its sheet is damaged.") from error


def _rows(found: Iterator[tuple[object, ...]], width: int) -> Iterator[Row]:
    for number, values in enumerate(_as_far_as_it_goes(found), start=2):
        if any(value is not None for value in values):
            cells = _without_empty_end(values)
            problem = f"has {len(cells)} cells where the header has {width}" if len(cells) > width else None
            yield Row(number, [*map(_cell, cells), *[None] * (width - len(cells))], problem)


def _as_far_as_it_goes(found: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    number = 1
    try:
        for values in found:
            number += 1
            yield values
    except _DAMAGED as error:
        raise UnreadableFile(f"It is damaged after row {number:,}.") from error


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float | bool | datetime | date | None) else str(value)


def _without_empty_end(values: tuple[object, ...]) -> tuple[object, ...]:
    width = max((place for place, value in enumerate(values, start=1) if value is not None), default=0)
    return values[:width]
