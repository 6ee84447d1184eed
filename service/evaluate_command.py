"""`byleave evaluate FILE`: measures suggestions on a shop's own orders. Opens no database and stores nothing."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.console import console, errors, foreseen_problems
from service.evaluate.evaluation import Evaluation, Plan, evaluate
from service.evaluate.machine_readable import as_json
from service.evaluate.orders import FIELDS, Orders, Rules, field_named, read_orders
from service.evaluate.replenishment.measured import Replenishment as Measured
from service.evaluate.replenishment.measured import measure_replenishment
from service.evaluate.replenishment.told import (
    replenishment_as_json,
    replenishment_summary,
    replenishment_tables,
)
from service.evaluate.tables import score_tables, summary
from service.importers.open_file import Dialect, open_table
from service.importers.presets import PRESETS, Preset
from service.importers.progress import shown_progress
from service.importers.rows import UnreadableFile
from service.importers.stated import checked_date_format, pairs_of, preset_named, zone_named
from service.importers.values import Calendar

File = Annotated[Path, typer.Argument(help="Orders: a .csv, .xlsx or .parquet file.")]
PresetName = Annotated[str | None, typer.Option(help=f"A known file: {', '.join(PRESETS)}.")]
Columns = Annotated[list[str] | None, typer.Option("--column", "--map", help="FIELD=COLUMN, repeatable.")]
Products = Annotated[str | None, typer.Option(help="Only product ids that match this pattern as a whole.")]
IgnoreCase = Annotated[bool, typer.Option("--ignore-case", help="In product ids, a is the same as A.")]
TimeZone = Annotated[str | None, typer.Option(help="Of times without one: Europe/Berlin; else UTC.")]
DateFormat = Annotated[str | None, typer.Option(help="How dates are written: '%d/%m/%Y %H:%M'.")]
Encoding = Annotated[str | None, typer.Option(help="Of a CSV file; found out if not stated.")]
Delimiter = Annotated[str | None, typer.Option(help="Of a CSV file; found out if not stated.")]
Sheet = Annotated[str | None, typer.Option(help="Of a workbook; else its first.")]
Days = Annotated[int, typer.Option(min=1, max=3_650, help="Length of a test window.")]
Windows = Annotated[int, typer.Option(min=1, max=50, help="Number of windows, back from the end.")]
Starts = Annotated[list[str] | None, typer.Option("--from", help="First day of a window, repeatable.")]
Customers = Annotated[int, typer.Option(min=1, help="Test at most so many, drawn at random.")]
Shares = Annotated[str, typer.Option(help="Percent of customers who allow learning.")]
Draws = Annotated[int, typer.Option(min=0, max=100, help="Of who allows it; 0: no price of consent.")]
Seed = Annotated[int, typer.Option(min=0, help="Of all draws: the same seed gives the same figures.")]
Report = Annotated[Path | None, typer.Option(help="Write an HTML report with plots there.")]
Reasons = Annotated[bool, typer.Option("--reasons", help="See whether reasons are true; takes minutes.")]
Replenishment = Annotated[
    bool, typer.Option("--replenishment", help="Only: is it foretold when she buys again? Needs dates.")
]
ForMachines = Annotated[bool, typer.Option("--json", help="Print figures as JSON, and no tables.")]


def evaluate_file(
    file: File,
    preset: PresetName = None,
    columns: Columns = None,
    products: Products = None,
    ignore_case: IgnoreCase = False,
    time_zone: TimeZone = None,
    date_format: DateFormat = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    days: Days = 30,
    windows: Windows = 1,
    starts: Starts = None,
    customers: Customers = 10_000,
    shares: Shares = "100,75,50,25,10",
    draws: Draws = 3,
    seed: Seed = 1,
    report: Report = None,
    reasons: Reasons = False,
    replenishment: Replenishment = False,
    for_machines: ForMachines = False,
) -> None:
    """Measure suggestions on your own orders, beside other methods: what they foretell, and what consent costs.

    The last days of the file are foretold from the days before. Nothing is stored, and no database is needed.
    """
    with foreseen_problems():
        plan = Plan(
            days=days,
            windows=windows,
            starts=tuple(_day(start) for start in starts or ()),
            customers=customers,
            percents=_percents(shares),
            draws=draws,
            seed=seed,
            reasons=reasons,
        )
        known = preset_named(preset, "orders")
        calendar = Calendar(zone_named(time_zone or known.time_zone), checked_date_format(date_format))
        rules = Rules(products=_pattern(products), ignore_case=ignore_case, calendar=calendar)
        if replenishment and report is not None:
            raise ValueError("There is no report of --replenishment: read the tables, or take --json.")
        _check_can_be_written(report, file)
        dialect = Dialect(encoding=encoding, delimiter=delimiter, sheet=sheet)
        orders = _read(file, dialect, {**_of_preset(known), **_columns(columns)}, rules)
        with errors.status("Measuring …") as status:
            told = measure_replenishment if replenishment else evaluate
            measured = told(orders, plan, lambda doing: status.update(f"{doing} …"))
        if isinstance(measured, Measured):
            _tell_replenishment(measured, for_machines=for_machines)
        else:
            _tell(measured, report, for_machines=for_machines)


def _read(file: Path, dialect: Dialect, columns: Mapping[str, str], rules: Rules) -> Orders:
    try:
        with open_table(file, dialect) as table, shown_progress(table.total) as advanced:
            return read_orders(table, columns, rules, advanced)
    except UnreadableFile as error:
        raise ValueError(f"{file}: {error}") from error


def _tell(evaluation: Evaluation, report: Path | None, *, for_machines: bool) -> None:
    if report is not None:
        from service.evaluate.report import as_html  # plots take a while to load

        report.write_text(as_html(evaluation), encoding="utf-8")
    if for_machines:
        typer.echo(json.dumps(as_json(evaluation), indent=2))
    else:
        _print(evaluation)
    if report is not None:
        errors.print(f"Report: {report}")


def _tell_replenishment(measured: Measured, *, for_machines: bool) -> None:
    if for_machines:
        typer.echo(json.dumps(replenishment_as_json(measured), indent=2))
        return
    for line in replenishment_summary(measured):
        console.print(line)
    for table in replenishment_tables(measured):
        console.print()
        console.print(table)


def _print(evaluation: Evaluation) -> None:
    for line in summary(evaluation):
        console.print(line)
    for table in score_tables(evaluation):
        console.print()
        console.print(table)


def _of_preset(preset: Preset) -> Mapping[str, str]:
    known = {one.name for one in FIELDS}
    return {name: column for name, column in preset.maps["orders"].columns.items() if name in known}


def _columns(stated: list[str] | None) -> Mapping[str, str]:
    return {field_named(name): column for name, column in pairs_of("--column", stated).items()}


def _day(stated: str) -> date:
    try:
        return datetime.strptime(stated, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise ValueError(f"--from {stated!r} is no day; write it as 2026-05-01.") from error


def _pattern(stated: str | None) -> re.Pattern[str] | None:
    try:
        return None if stated is None else re.compile(stated)
    except re.error as error:
        raise ValueError(
            f"--products {stated!r} is no pattern: {error}. It is a regular expression."
        ) from error


def _percents(stated: str) -> tuple[int, ...]:
    words = [word.strip().removesuffix("%") for word in stated.split(",")]
    if not all(word.isdigit() and 1 <= int(word) <= 100 for word in words):
        raise ValueError(f"--shares {stated!r} are no percentages from 1 to 100, such as 75,50,10.")
    return tuple(int(word) for word in words)


def _check_can_be_written(report: Path | None, file: Path) -> None:
    """Before minutes are spent on measuring."""
    if report is None:
        return
    if report.exists() and file.exists() and report.samefile(file):
        raise ValueError("The report cannot go into the file that is read; choose another.")
    if report.is_dir() or not report.absolute().parent.is_dir():
        raise ValueError(f"There can be no file {report}: name one in a folder that there is.")
