"""Reads Parquet, a batch of rows at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow
from pyarrow import parquet

from service.importers.rows import Row, Table, UnreadableFile, checked_columns

_ROWS_PER_BATCH = 2_000  # a small file may unfold to large cells


@contextmanager
def open_parquet(path: Path) -> Iterator[Table]:
    """The table in a Parquet file."""
    try:
        file = parquet.ParquetFile(path, pre_buffer=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableFile("It is no Parquet file, or only a part of one.") from error
    with file:
        columns = checked_columns(file.schema_arrow.names)
        yield Table(columns=columns, rows=_rows(file), total=parquet.read_metadata(path).num_rows)


def _rows(file: parquet.ParquetFile) -> Iterator[Row]:
    number = 0
    try:
        for batch in file.iter_batches(_ROWS_PER_BATCH, use_threads=False):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield Row(number, cells)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableFile(f"It is damaged after row {number:,}: {error}") from error
