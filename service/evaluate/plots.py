"""Plots of an evaluation as SVG, to be set into a page. Text stays text, so that it can be read aloud and found."""

import re
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.evaluate.comparison import OURS, ListScores, WindowScores
from service.evaluate.metrics import Estimate
from service.evaluate.price_of_consent import Price
from service.evaluate.words import LISTS, TITLES

# Readable side by side for those who see colours differently (Okabe and Ito 2008); shapes differ as well.
_OURS, _OTHERS, _THIRD = "#0072B2", "#8A8A8A", "#D55E00"
_LOOKS = {OURS: (_OURS, "o", "-"), "personal_frequency": (_THIRD, "s", "--")}
_OTHER_LOOKS = (_OTHERS, "^", ":")
_WIDTH_INCHES = 4.8  # a phone shows it at about its own size
_STYLE: dict[Any, Any] = {  # its keys have a type of their own, of a thousand names
    "svg.fonttype": "none",
    "svg.hashsalt": "byleave",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def hit_rate_plot(window: WindowScores, *, name: str, alt: str) -> str:
    """Bars: of a hundred customers, how many bought at least one of the ten."""
    scores = sorted(window.scores, key=lambda score: score.hit_rate.value)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.add_subplot()
        values = [100 * score.hit_rate.value for score in scores]
        colours = [_OURS if score.method == OURS else _OTHERS for score in scores]
        errors = _errors([score.hit_rate for score in scores], factor=100)
        titles = [TITLES[score.method] for score in scores]
        axes.barh(titles, values, xerr=errors, color=colours, error_kw={"ecolor": "#222222", "capsize": 3})
        axes.set_xlabel("customers out of 100")
        axes.set_xlim(0, 100)
        return _svg(figure, name=name, alt=alt)


def windows_plot(one: ListScores, titles: Sequence[str], *, name: str, alt: str) -> str:
    """Points: NDCG of ours and of the simple methods, window by window."""
    oldest_first = one.windows[::-1]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.add_subplot()
        for method in ("recent_popularity", "personal_frequency", OURS):
            estimates = [window.of(method).ndcg for window in oldest_first]
            _line(axes, list(range(len(estimates))), estimates, method)
        labels = [titles[window.number].split(" to ")[0] for window in oldest_first]
        axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
        axes.set_ylabel("NDCG@10")
        axes.set_ylim(bottom=0)
        axes.legend(loc="best", frameon=False)
        return _svg(figure, name=name, alt=alt)


def price_plot(prices: Sequence[Price], *, new_only: bool, name: str, alt: str) -> str:
    """Lines: NDCG against the share of customers who allow learning."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.add_subplot()
        for method in dict.fromkeys(price.method for price in prices):
            mine = [price for price in prices if price.method == method and price.new_only == new_only]
            _line(axes, [price.percent for price in mine], [price.ndcg for price in mine], method)
        axes.set_xlabel("customers who allow learning, in percent")
        axes.set_ylabel(f"NDCG@10, {LISTS[new_only].lower()}")
        axes.set_ylim(bottom=0)
        axes.set_xticks(sorted({price.percent for price in prices}))
        axes.legend(loc="best", frameon=False)
        return _svg(figure, name=name, alt=alt)


def _line(axes: Axes, places: Sequence[int], estimates: Sequence[Estimate], method: str) -> None:
    colour, marker, line = _LOOKS.get(method, _OTHER_LOOKS)
    axes.errorbar(
        places,
        [one.value for one in estimates],
        yerr=_errors(estimates),
        label=TITLES[method],
        color=colour,
        marker=marker,
        linestyle=line,
        capsize=3,
    )


def _errors(estimates: Sequence[Estimate], factor: float = 1) -> tuple[list[float], list[float]]:
    below = [factor * max(0, one.value - one.low) for one in estimates]
    return below, [factor * max(0, one.high - one.value) for one in estimates]


def _svg(figure: Figure, *, name: str, alt: str) -> str:
    """The drawing with its description, and with ids of its own: several stand on one page."""
    written = StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    svg = written.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\g<1>#{name}-", svg)
    described = f'<svg role="img" aria-labelledby="{name}-described"'
    description = f'<title id="{name}-described">{escape(alt)}</title>'
    return re.sub(r"<svg([^>]*)>", rf"{described}\1>\n{description}", svg, count=1)
