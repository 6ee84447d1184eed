"""Runs an import: rows in, outcomes counted, rejected rows kept with their line and reason."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TextIO

from service.importers.columns import ColumnMap, fields_of_rows
from service.importers.kinds import REJECTED, Importer, Item, Outcome, RowSkipped
from service.importers.rows import Fields, Row, RowRejected, Table

ROWS_PER_TRANSACTION = 10_000
_REASONS_SHOWN = 3
_OF_REJECTED = ("line", "reason")


@dataclass(kw_only=True, slots=True)
class Report:
    """How many rows were read, and what became of them: the counts add up to the rows."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)


class RejectedRows:
    """The rows that were not taken in, as a CSV file to correct and import again; made when the first comes.

    If the rows come from such a file, it has its own line and reason in place of theirs. `with_ids` adds a
    column for the ids that rows were given, where they have none of their own.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, with_ids: bool = False) -> None:
        self.path = path
        self.first_reasons: list[str] = []
        self._with_ids = with_ids
        self._from = len(_OF_REJECTED) if tuple(columns[: len(_OF_REJECTED)]) == _OF_REJECTED else 0
        self._columns = columns[self._from :]
        self._file: TextIO | None = None
        self._writer: Any = None

    def add(self, row: Row, reason: str, row_id: str | None = None) -> None:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow((*_OF_REJECTED, *["id"] * self._with_ids, *self._columns))
        if len(self.first_reasons) < _REASONS_SHOWN:
            self.first_reasons.append(f"line {row.number}: {reason}")
        self._writer.writerow((row.number, reason, *[row_id] * self._with_ids, *row.cells[self._from :]))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def remove_those_of_an_earlier_run(self) -> None:
        """After a run that rejected nothing. A device is no file that was left."""
        if self._file is None and self.path.is_file():
            self.path.unlink()


@contextmanager
def rejected_rows(path: Path, columns: Sequence[str], *, with_ids: bool) -> Iterator[RejectedRows]:
    """Where rejected rows go."""
    rejected = RejectedRows(path, columns, with_ids=with_ids)
    try:
        yield rejected
    finally:
        rejected.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Import(Generic[Item]):
    """One run over one table. `progress` is called with the number of rows done since the last call."""

    importer: Importer[Item]
    table: Table
    stated: ColumnMap
    rejected: RejectedRows
    progress: Callable[[int], None]

    def run(self) -> Report:
        """Take in all rows, a transaction for each ten thousand: interrupted and started again, it goes on."""
        report = Report()
        told = fields_of_rows(self.table.columns, self.importer.fields, self.stated)
        while chunk := list(islice(self.table.rows, ROWS_PER_TRANSACTION)):
            for row, outcome in zip(chunk, self._outcomes(chunk, told), strict=True):
                report.counts[outcome.status] += 1
                if outcome.status == REJECTED:
                    self.rejected.add(row, outcome.because or "", outcome.row_id)
            report.rows += len(chunk)
            self.progress(len(chunk))
        self.rejected.remove_those_of_an_earlier_run()
        return report

    def _outcomes(
        self, chunk: Sequence[Row], told: Callable[[Sequence[Any]], Iterable[Fields]]
    ) -> list[Outcome]:
        """One for each row. A row that tells of several things counts as the first that is not as it was."""
        items: list[Item] = []
        spans: list[Outcome | tuple[int, int]] = []
        for row in chunk:
            before = len(items)
            try:
                items.extend(self._read(row, told))
                spans.append((before, len(items)))
            except RowRejected as error:
                spans.append(Outcome(status=REJECTED, because=str(error), row_id=error.row_id))
            except RowSkipped as skipped:
                spans.append(Outcome(status=skipped.status))
        stored = self.importer.store(items) if items else ()
        return [one if isinstance(one, Outcome) else _of_row(stored[one[0] : one[1]]) for one in spans]

    def _read(self, row: Row, told: Callable[[Sequence[Any]], Iterable[Fields]]) -> list[Item]:
        if row.problem is not None:
            raise RowRejected(row.problem)
        return [self.importer.read(fields) for fields in told(row.cells)]


# What says less than another about the same row.
_TELLING = {"repeated": 3, "unchanged": 2, "duplicate": 2, "replaced": 1, REJECTED: -1}


def _of_row(outcomes: Sequence[Outcome]) -> Outcome:
    return min(outcomes, key=lambda outcome: _TELLING.get(outcome.status, 0))
