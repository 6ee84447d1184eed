"""Use case: all that is stored of a customer, as one archive that she can read without us.

Read in one snapshot, row by row, into a file that has no name: memory does not grow with what she did.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine

from consent.moments import rfc3339
from service import export_in_chinese
from service.db.engine import snapshot
from service.db.own_data import OWN_TABLES, columns_of, read_own_rows
from service.settings import Clock

IN_MEMORY_BYTES = 4 * 1024 * 1024

# What a spreadsheet would take for a formula, also as East Asian keyboards write it; and the guard itself.
_GUARD = "'"
_GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", _GUARD)

ABOUT: Mapping[str, tuple[str, str]] = {
    "purchases": ("purchases.csv", "what you bought and returned"),
    "devices": ("devices.csv", "what you said that you own"),
    "views": ("views.csv", "products that you looked at"),
    "searches": ("searches.csv", "what you searched for"),
    "cart_additions": ("cart_additions.csv", "what you put into your cart"),
    "preferences": ("preferences.csv", "what you said that you like and dislike, your sizes and your budget"),
    "occasions": ("occasions.csv", "occasions that you told us of"),
    "contact": ("contact.csv", "how, when and how often you want to be reached"),
    "feedback": ("feedback.csv", "what you said of suggestions and visits"),
    "outreach": ("contacts.csv", "when, how and about what we contacted you, or planned to"),
    "tasks": ("tasks.csv", "what staff were asked to do for you, and what came of it"),
    "use_records": ("uses.csv", "which answer used which of your data, for what, by which of your consents"),
    "stored_answers": (
        "answers.csv",
        "suggestions made for you in the last quarter of an hour, for the case that one got lost on its way",
    ),
    "message_customers": ("messages.csv", "messages of the shop that name you"),
    "consent_events": (
        "consents.csv",
        "what you allowed, refused and withdrew, in order; each line holds a hash that the next one repeats",
    ),
    "consent_chains": (
        "consent_chain.csv",
        "the id of that chain and the secret (salt) that proves it yours; both are deleted if you are",
    ),
    "idempotency_keys": (
        "calls.csv",
        "calls that you made in the last day, as hashes, so that none counts twice",
    ),
}
"""Table -> the file that holds it, and what it is, in plain words."""


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of one shop."""

    engine: Engine
    clock: Clock

    def of(self, customer_id: str) -> IO[bytes]:
        """The archive, to be read from its beginning. Closing it removes it."""
        now = self.clock.now()
        file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        try:
            with snapshot(self.engine) as connection, ZipFile(file, "w", ZIP_DEFLATED) as archive:
                _Archive(archive, connection, customer_id, now).write()
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file


class _Archive:
    """One archive that is being written."""

    def __init__(self, archive: ZipFile, connection: Connection, customer_id: str, now: datetime) -> None:
        self._archive = archive
        self._connection = connection
        self._customer_id = customer_id
        self._now = now

    def write(self) -> None:
        with self._entry("README.txt") as write:
            write(_readme(self._customer_id, self._now))
            write("\n\n" + export_in_chinese.readme(self._customer_id, _written(self._now)))
        with self._entry("customer.json") as write:
            self._write_json(write)
        for name in OWN_TABLES:
            with self._entry(ABOUT[name][0]) as write:
                self._write_csv(name, write)

    def _write_json(self, write: Callable[[str], object]) -> None:
        write(f'{{"customer_id": {json.dumps(self._customer_id)}, "exported_at": "{_written(self._now)}"')
        for name in OWN_TABLES:
            write(f",\n{json.dumps(ABOUT[name][0].removesuffix('.csv'))}: [")
            for number, row in enumerate(self._rows(name)):
                told = {column: _written(value) for column, value in row.items()}
                write(("\n" if number == 0 else ",\n") + json.dumps(told, ensure_ascii=False))
            write("]")
        write("}\n")

    def _write_csv(self, name: str, write: Callable[[str], object]) -> None:
        writer = csv.writer(_Lines(write))
        writer.writerow(columns_of(name))
        for row in self._rows(name):
            writer.writerow([_cell(value) for value in row.values()])

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        return read_own_rows(self._connection, self._customer_id, name)

    @contextmanager
    def _entry(self, name: str) -> Iterator[Callable[[str], object]]:
        at = self._now.astimezone(UTC)
        info = ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        info.compress_type = ZIP_DEFLATED
        with (
            self._archive.open(info, "w", force_zip64=True) as entry,
            TextIOWrapper(entry, encoding="utf-8", newline="") as text,
        ):
            yield text.write


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the csv module writes to."""

    write: Callable[[str], object]


def _written(value: Any) -> Any:
    """A moment or day as text; the rest JSON has."""
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Any) -> Any:
    told = _written(value)
    if isinstance(told, dict | list):
        told = json.dumps(told, ensure_ascii=False)
    return _GUARD + told if isinstance(told, str) and told.startswith(_GUARDED) else told


def _readme(customer_id: str, now: datetime) -> str:
    files = "\n".join(f"{file:<20} {about}" for file, about in ABOUT.values())
    return f"""(中文说明见下)

All that is stored here about the customer {customer_id}, as of {_written(now)}.

customer.json        everything below in one file, for programs (JSON)
{files}

The .csv files are tables for any spreadsheet program: UTF-8, a comma between two cells, names in the first
row. Moments are in UTC. An empty table means that nothing of this kind is stored.

A cell that begins with one of = + - @ or ' (or a wide form of them, a tab, a line break) has a ' put before it,
so that no spreadsheet takes it for a formula and runs it. Take that first ' away to have the value as it is stored;
customer.json has every value as it is stored.

A signed receipt of each consent is to be had one by one: /v1/customers/{customer_id}/consents/.../receipt
"""
