"""What every file format is read into: named columns and numbered rows. Knows no format and no meaning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

Cell = str | int | float | bool | datetime | date | None
Fields = Mapping[str, Cell]
"""The cells of one row by what they mean (`customer_id`), not by what the file calls them."""

COLUMNS_MAXIMUM = 1_000


class Row(NamedTuple):
    """One row: `number` is its line or row in the file, from 1; `problem` says why it could not be read."""

    number: int
    cells: Sequence[Cell]
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """An opened file. `total` is the number of rows, as far as it can be told before reading them."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    total: int | None


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message says what to do."""


class RowRejected(ValueError):
    """One row cannot be taken in; the message is the reason that its owner reads.

    `row_id` is the id that the row was given, so that it keeps it when it comes again, corrected.
    """

    def __init__(self, reason: str, *, row_id: str | None = None) -> None:
        super().__init__(reason)
        self.row_id = row_id


def checked_columns(names: Sequence[object]) -> tuple[str, ...]:
    """The column names of a header, or UnreadableFile if it is none."""
    columns = tuple("" if name is None else str(name).strip() for name in names)
    if len(columns) > COLUMNS_MAXIMUM:
        raise UnreadableFile(f"It has {len(columns):,} columns; {COLUMNS_MAXIMUM:,} are the most.")
    if not any(columns):
        raise UnreadableFile("It is empty: the first row must name the columns.")
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise UnreadableFile(f"Its first row names {twice[0]!r} twice; each column needs a name of its own.")
    return columns
