"""What was measured of buying again, as tables on the console and as JSON. docs/evaluate.md documents the keys."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table

from service.evaluate.machine_readable import estimate_as_json, figure_as_json
from service.evaluate.metrics import Estimate
from service.evaluate.replenishment.measured import FREQUENCIES, OURS, MethodScores, Replenishment
from service.evaluate.tables import cell, empty_table

_TITLES = {
    "product_mean": "Mean interval of the product",
    "own_mean": "Her own mean interval",
    "own_median": "Her own median interval",
    "shipped": "Byleave, shipped",
    "fitted": "Byleave, fitted",
    "frequency_ties_by_popularity": "How often, ties by popularity",
    "frequency_ties_by_recent_popularity": "How often, ties by recent popularity",
}


def replenishment_summary(measured: Replenishment) -> Iterator[str]:
    """What was foretold, line by line, and what is proposed for this shop."""
    yield (
        f"{measured.days} days from {measured.start}: {measured.pairs:,} pairs of a customer and what she had bought "
        f"at least twice, {measured.repeated:,} of them again; {measured.customers:,} customers"
    )
    for name, settings in zip(OURS, (measured.shipped, measured.proposed), strict=True):
        constants = ", ".join(f"{key} {value}" for key, value in asdict(settings.coefficients).items())
        yield (
            f"{_TITLES[name]}: usual days {settings.usual_days}, repeats {settings.repeat_permille} in a "
            f"thousand; {constants}"
        )


def replenishment_tables(measured: Replenishment) -> Iterator[Table]:
    """How well all methods foretell, how far ours are ahead, and the list of what she bought before."""
    yield _areas(measured)
    yield _foretold(measured)
    yield _ahead(measured)
    yield _again(measured)


def replenishment_as_json(measured: Replenishment) -> dict[str, Any]:
    """All figures."""
    return {
        "replenishment": {
            "from": measured.start.isoformat(),
            "days": measured.days,
            "days_calibrated": measured.days_calibrated,
            "pairs": measured.pairs,
            "bought_again": measured.repeated,
            "customers": measured.customers,
            "methods": {one.method: _method(one) for one in measured.methods},
            "again": {
                "customers": measured.lists,
                "ndcg_at_10": _estimates(measured.again),
                "byleave_ahead": {name: _estimates(one) for name, one in measured.ahead.items()},
            },
            "shipped": asdict(measured.shipped),
            "proposed": asdict(measured.proposed),
        }
    }


def _method(one: MethodScores) -> dict[str, Any]:
    return {
        "log_likelihood": estimate_as_json(one.likelihood),
        "byleave_ahead": _estimates(one.ahead),
        "auc": {str(days): estimate_as_json(area) for days, area in one.area.items()},
        "brier": figure_as_json(one.brier),
        "calibration_slope": figure_as_json(one.slope),
    }


def _estimates(found: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: estimate_as_json(one) for name, one in found.items()}


def _areas(measured: Replenishment) -> Table:
    table = empty_table("When she buys again: area under the curve", "method")
    for days in measured.methods[0].area:
        table.add_column(f"{days} days", justify="right", no_wrap=True)
    for one in measured.methods:
        table.add_row(_TITLES[one.method], *(cell(area) for area in one.area.values()))
    return table


def _foretold(measured: Replenishment) -> Table:
    days = measured.days_calibrated
    table = empty_table("How likely the method found what happened, and are its chances true?", "method")
    for title in ("log-likelihood", f"Brier, {days} days", f"slope, {days} days"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in measured.methods:
        table.add_row(_TITLES[one.method], cell(one.likelihood), f"{one.brier:.4f}", f"{one.slope:.2f}")
    return table


def _ahead(measured: Replenishment) -> Table:
    table = empty_table("How far ahead in log-likelihood, per pair", "of")
    for name in OURS:
        table.add_column(_TITLES[name], justify="right", no_wrap=True)
    for one in measured.methods:
        if one.method not in OURS:
            table.add_row(_TITLES[one.method], *(cell(one.ahead[name]) for name in OURS))
    return table


def _again(measured: Replenishment) -> Table:
    table = empty_table(f"What she bought before, in order: {measured.lists:,} customers", "ordered by")
    for title in ("NDCG", *(f"{_TITLES[name]} ahead" for name in OURS)):
        table.add_column(title, justify="right", no_wrap=True)
    for name, one in measured.again.items():
        ahead = (cell(measured.ahead[us][name]) if name in FREQUENCIES else "" for us in OURS)
        table.add_row(_TITLES[name], cell(one), *ahead)
    return table
