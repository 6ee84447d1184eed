"""Reads CSV of any sensible dialect and encoding. A row that cannot be read is given as such, not lost."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from service.importers.rows import Row, Table, UnreadableFile, checked_columns

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

_SAMPLE_BYTES = 1_000_000
_HEADER_CHARACTERS = 100_000  # below what one cell may hold, so that each delimiter can be tried
_DELIMITERS = ",;\t|"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def open_csv(path: Path, *, encoding: str | None, delimiter: str | None) -> Iterator[Table]:
    """The table in a CSV file. What is not stated is found out from the file's beginning."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if b"\0" in sample and not _marked(sample):
        raise UnreadableFile("It is no text: save it as CSV, or give it the ending of what it is.")
    encoding = encoding or _marked(sample) or _guessed(sample)
    if delimiter and len(delimiter) > 1:
        raise UnreadableFile(
            f"{delimiter!r} is no delimiter: it is one character. For a tab: --delimiter $'\\t'."
        )
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # which knows, unlike codecs, what is none of text
    except LookupError as error:
        raise UnreadableFile(f"There is no encoding {encoding!r}; try utf-8 or windows-1252.") from error
    # Bytes that the encoding does not have become lone surrogates: the row is rejected, the file goes on.
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        delimiter = delimiter or _delimiter(text.readline(_HEADER_CHARACTERS))
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        columns = checked_columns(_header(reader))
        yield Table(columns=columns, rows=_rows(reader, len(columns)), total=_lines(path) - 1)


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return next(reader, [])
    except (csv.Error, UnicodeError) as error:
        raise UnreadableFile(f"Its first row cannot be read ({error}); is it a CSV file?") from error


def _rows(reader: "CsvReader", width: int) -> Iterator[Row]:
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, (), f"cannot be read: {error}")
            continue
        except UnicodeError as error:
            yield Row(number, (), f"breaks off the encoding, nothing after it can be read: {error.args[-1]}")
            return
        if cells:
            yield Row(number, cells, _problem(cells, width))


def _problem(cells: list[str], width: int) -> str | None:
    if len(cells) != width:
        return f"has {len(cells)} cells where the header has {width}; look for a missing quote"
    line = "".join(cells)
    if line.isascii():
        return None
    if any("\udc80" <= character <= "\udcff" for character in line):
        return "has characters in another encoding than the rest of the file"
    return None


def _marked(sample: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if sample.startswith(mark)), None)


def _guessed(sample: bytes) -> str:
    """UTF-8 if it can be; the sample may end inside a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        # One wrong byte does not make a file of UTF-8 into something else: most of its lines tell.
        lines = sample.splitlines()
        broken = sum(not _is_utf8(line) for line in lines)
        foreign = sum(not line.isascii() for line in lines)
        if broken * 2 < foreign:
            return "utf-8"
        guess = from_bytes(sample).best()
        return guess.encoding if guess else "windows-1252"
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(header: str) -> str:
    """The one that the header, read with it, gives most columns by."""
    widths = {each: len(next(csv.reader(io.StringIO(header), delimiter=each), [])) for each in _DELIMITERS}
    return max(_DELIMITERS, key=lambda each: widths[each])


def _lines(path: Path) -> int:
    """The number of lines: of rows, unless a cell holds a line break."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(1 << 20), b"")
        return sum(block.count(b"\n") for block in blocks)
