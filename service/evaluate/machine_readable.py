"""An evaluation as JSON, for machines. docs/evaluate.md documents its keys; a name here is never reused."""

from typing import Any

from service.evaluate.comparison import ListScores, Score, WindowScores
from service.evaluate.evaluation import Evaluation, WindowFacts
from service.evaluate.metrics import Estimate
from service.evaluate.price_of_consent import Price
from service.evaluate.reasons import WAYS, Held

_LISTS = {False: "all", True: "new"}
_DIGITS = 6


def _reasons(held: Held) -> dict[str, Any]:
    return {
        "list": _LISTS[held.new_only],
        "facts": held.facts,
        "products": held.products,
        **{
            f"{what}_{which}": round(held.share(counted, which), _DIGITS)
            for what, counted in (("leaves_without", held.left), ("stays_with_only", held.stayed))
            for which in WAYS
        },
    }


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """All figures; what could not be told is null."""
    orders = evaluation.orders
    return {
        "orders": {
            "rows": orders.rows,
            "lines": orders.counted,
            "left_out": dict(orders.left_out),
            "columns": dict(orders.columns),
            "dated": orders.dated,
            "customers": len(orders.purchases.customers),
            "products": len(orders.purchases.products),
            "baskets": orders.purchases.baskets(),
            "first_day": orders.purchases.first_day.isoformat() if orders.dated else None,
            "last_day": orders.purchases.last_day.isoformat() if orders.dated else None,
        },
        "days": evaluation.days,
        "seed": evaluation.plan.seed,
        "windows": [_facts(one, dated=orders.dated) for one in evaluation.windows],
        "lists": {_LISTS[one.new_only]: _list(one) for one in evaluation.comparison.lists},
        "reasons": [_reasons(one) for one in evaluation.reasons],
        "price_of_consent": [_price(one) for one in evaluation.prices],
        "seconds_to_learn": {
            name: round(seconds, 3) for name, seconds in evaluation.comparison.seconds_to_learn.items()
        },
    }


def _facts(window: WindowFacts, *, dated: bool) -> dict[str, Any]:
    return {
        "from": window.start.isoformat() if dated else None,
        "to": window.end.isoformat() if dated else None,
        "customers": window.customers,
        "repeat_share": round(window.repeat_share, _DIGITS),
        "known": {
            "customers": window.known_customers,
            "products": window.known_products,
            "baskets": window.known_baskets,
        },
    }


def _list(one: ListScores) -> dict[str, Any]:
    return {
        "ratio_to_better_simple": estimate_as_json(one.ratio),
        "windows": [_window(window) for window in one.windows],
    }


def _window(window: WindowScores) -> dict[str, Any]:
    return {
        "window": window.number,
        "customers": window.customers,
        "methods": {score.method: _score(score) for score in window.scores},
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "recall_at_10": estimate_as_json(score.recall),
        "ndcg_at_10": estimate_as_json(score.ndcg),
        "hit_rate_at_10": estimate_as_json(score.hit_rate),
        "coverage_at_10": round(score.coverage, _DIGITS),
        "byleave_ahead_in_ndcg": estimate_as_json(score.ahead),
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "percent_allow": price.percent,
        "method": price.method,
        "list": _LISTS[price.new_only],
        "ndcg_at_10": estimate_as_json(price.ndcg),
        "change": estimate_as_json(price.change),
        "spread_between_draws": round(price.spread, _DIGITS),
    }


def estimate_as_json(one: Estimate | None) -> dict[str, float | None] | None:
    if one is None:
        return None
    return {
        "value": figure_as_json(one.value),
        "low": figure_as_json(one.low),
        "high": figure_as_json(one.high),
    }


def figure_as_json(value: float) -> float | None:
    return None if value != value else round(value, _DIGITS)  # noqa: PLR0124 - NaN alone differs from itself
