"""`byleave import KIND FILE`: reads the options, shows how far it is, and says what became of each row."""

import gc
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from service.admin_key import find_or_make_admin_key
from service.appending import Appending
from service.catalogue import CatalogueKeeper
from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.db.engine import Transaction, rehearsal, write_transaction
from service.events import EventIntake
from service.importers.catalogue import CatalogueImport
from service.importers.columns import ColumnMap, columns_read
from service.importers.consents import ConsentsImport
from service.importers.fits import FitsImport
from service.importers.importing import Import, RejectedRows, Report, rejected_rows
from service.importers.kinds import REJECTED, Importer
from service.importers.open_file import Dialect, open_table
from service.importers.orders import OrdersImport
from service.importers.presets import PRESETS
from service.importers.progress import shown_progress
from service.importers.rows import Table, UnreadableFile
from service.importers.stated import checked_date_format, pairs_of, preset_named, zone_named
from service.importers.values import Calendar
from service.papers import PaperRecords
from service.settings import Clock, Settings
from service.tombstones import Tombstones


class Kind(StrEnum):
    """What a file holds."""

    CATALOGUE = "catalogue"
    ORDERS = "orders"
    FITS = "fits"
    CONSENTS = "consents"


# Rows make many objects and no circles of them; looking for circles at the usual pace costs a fifth of the time.
_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000
_STOPPED = 130  # as shells have it after Ctrl+C
_MEANINGS = {
    "recorded": "taken in",
    "held": "taken in, unreadable until the customer permits it",
    "superseded": "taken in as evidence; a younger refusal or withdrawal stands",
    "created": "new in the catalogue",
    "replaced": "in the catalogue before, and different now",
    "unchanged": "in the catalogue before, just so",
    "duplicate": "taken in before",
    "repeated": "an id that this file had already; the first row stands",
    "dropped": "not stored: its customer was erased since, or does not permit it and BYLEAVE_PURCHASES is drop",
    "no_customer": "without a customer: counted for nothing",
    "no_sale": "no sale of a product: left out by the preset",
    REJECTED: "not taken in",
}


def import_file(
    kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="A .csv, .xlsx or .parquet file.")],
    preset: Annotated[str | None, typer.Option(help=f"A known file: {', '.join(PRESETS)}.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN; repeat for several.")
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE, the same for all rows; repeat for several."),
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Of times without one: Europe/Berlin; else UTC.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help="How dates are written, such as '%d/%m/%Y %H:%M'.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV file; found out if not stated.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of a CSV file; found out if not stated.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; else its first.")] = None,
    rejected: Annotated[Path | None, typer.Option(help="Where rejected rows go.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and store nothing.")
    ] = False,
) -> None:
    """Import a file. What was imported before changes nothing, so an interrupted import is started again.

    Rows that cannot be taken in go to FILE.rejected.csv with their line and the reason.
    """
    with foreseen_problems():
        known = preset_named(preset, kind)
        stated = ColumnMap(
            columns={**known.maps[kind].columns, **pairs_of("--map", columns)},
            constants={**known.maps[kind].constants, **pairs_of("--set", constants)},
            tells=known.maps[kind].tells,
        )
        calendar = Calendar(zone_named(time_zone or known.time_zone), checked_date_format(date_format))
        settings = Settings()
        dialect = Dialect(encoding=encoding, delimiter=delimiter, sheet=sheet)
        place = _place_of_rejected(rejected, file)
        try:
            with current_database_of(settings) as engine, open_table(file, dialect) as table:
                transaction = rehearsal if dry_run else write_transaction
                importer = _importer(kind, engine, settings, calendar, transaction)
                read = columns_read(table.columns, importer.fields, stated)
                with_ids = kind is Kind.ORDERS and "id" not in read
                started = perf_counter()
                with rejected_rows(place, table.columns, with_ids=with_ids) as rows:
                    report = _run(importer, table, stated, rows)
        except UnreadableFile as error:
            raise ValueError(f"{file}: {error}") from error
        except KeyboardInterrupt as stop:
            errors.print("Stopped. What was stored until now stays; the same command goes on from there.")
            raise typer.Exit(_STOPPED) from stop
        _print(kind, file, report, rows, perf_counter() - started, dry_run=dry_run)
        _print_columns(read, table.columns, in_full=dry_run)
        if report.counts[REJECTED] == report.rows > 0:
            raise typer.Exit(1)


def _run(importer: Importer[Any], table: Table, stated: ColumnMap, rejected: RejectedRows) -> Report:
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    with shown_progress(table.total) as advanced:
        run = Import(importer=importer, table=table, stated=stated, rejected=rejected, progress=advanced)
        return run.run()


def _place_of_rejected(stated: Path | None, file: Path) -> Path:
    place = stated or Path(f"{file.stem}.rejected.csv")
    if place.exists() and place.samefile(file):
        raise UnreadableFile("Rejected rows cannot go into the file that is read; choose another.")
    return place


def _importer(
    kind: Kind, engine: Engine, settings: Settings, calendar: Calendar, transaction: Transaction
) -> Importer[Any]:
    clock = Clock(settings.now)
    tombstones = Tombstones(find_or_make_admin_key(settings))
    tombstones.assert_opens(engine, settings.former_admin_key)
    keeper = CatalogueKeeper(engine=engine, clock=clock, transaction=transaction)
    if kind is Kind.CATALOGUE:
        return CatalogueImport(keeper)
    if kind is Kind.FITS:
        return FitsImport(keeper)
    if kind is Kind.ORDERS:
        intake = EventIntake(
            engine=engine,
            clock=clock,
            unpermitted_purchases=settings.purchases,
            tombstones=tombstones,
            transaction=transaction,
        )
        return OrdersImport(intake, keeper, calendar)
    appending = Appending(
        clock=clock,
        environment=settings.env,
        unpermitted_purchases=settings.purchases,
        tombstones=tombstones,
    )
    papers = PaperRecords(engine=engine, appending=appending, transaction=transaction)
    return ConsentsImport(papers, calendar)


def _print(
    kind: Kind, file: Path, report: Report, rejected: RejectedRows, seconds: float, *, dry_run: bool
) -> None:
    rate = report.rows / seconds if seconds else 0
    would = "Nothing was stored (--dry-run). It would be:\n" if dry_run else ""
    console.print(f"{would}{kind}: {report.rows:,} rows in {file.name}, {rate:,.0f} rows/s")
    for status, meaning in _MEANINGS.items():
        if report.counts[status]:
            console.print(f"{report.counts[status]:>12,}  {status:<12} {meaning}")
    if report.counts[REJECTED]:
        console.print(f"Rejected rows, each with its line and reason: {rejected.path}")
        for reason in rejected.first_reasons:
            console.print(f"  {reason}")


def _print_columns(read: Mapping[str, str], columns: Sequence[str], *, in_full: bool) -> None:
    """A column that was taken for something else, or not seen, is worse than one that is missing."""
    if in_full:
        told = (name if name == column else f"{name} from {column!r}" for name, column in read.items())
        console.print(f"Columns read: {', '.join(told)}")
    if unread := [column for column in columns if column and column not in read.values()]:
        console.print(f"Columns not read: {', '.join(unread)[:1000]}")
