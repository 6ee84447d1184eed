"""Opens a file as a table, by its ending: one module for each format."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from service.importers.csv_file import open_csv
from service.importers.rows import Table, UnreadableFile

_CSV = {".csv", ".tsv", ".txt"}
_PARQUET = {".parquet", ".pq"}
_EXCEL = {".xlsx", ".xlsm"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How to read a file, as far as its owner says so; the rest is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


def open_table(path: Path, dialect: Dialect) -> AbstractContextManager[Table]:
    """The table in a file. Raises UnreadableFile, with what to do, here or when the table is entered."""
    if not path.exists():
        raise UnreadableFile("There is no such file.")
    if not path.is_file():
        raise UnreadableFile("It is no file; name the file in it that is to be read.")
    if path.stat().st_size == 0:
        raise UnreadableFile("It is empty.")
    kind = path.suffix.lower()
    if kind in _CSV:
        return open_csv(path, encoding=dialect.encoding, delimiter=dialect.delimiter)
    if kind in _PARQUET:
        from service.importers.parquet_file import open_parquet  # takes a while to load, and few need it

        return open_parquet(path)
    if kind in _EXCEL:
        from service.importers.excel_file import open_excel  # as above

        return open_excel(path, sheet=dialect.sheet)
    raise UnreadableFile(
        f"Files ending in {kind or 'nothing'} are not read: save it as .csv, .xlsx or .parquet, unpacked."
    )
