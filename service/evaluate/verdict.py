"""What the figures mean for the shop, in sentences: no more than the figures bear."""

from collections.abc import Sequence

from service.evaluate.comparison import OURS, SCORES_ALONE, SIMPLE, ListScores, Score, WindowScores
from service.evaluate.price_of_consent import ALL_ALLOW, Price
from service.evaluate.words import TITLES

_OF = 100
"""Of fewer customers their very number is told: a percentage would sound surer than it is."""


def of_window(window: WindowScores) -> str:
    """How many customers find something, and whether the simple methods or others do better."""
    ours = window.of(OURS)
    of = min(window.customers, _OF)
    hits = f"Of {of} customers, {of * ours.hit_rate.value:.0f} bought at least one of the ten that Byleave suggests. "
    others = _others(window)
    ahead = [score for score in others if score.ahead.low > 0]
    behind = [score for score in others if score.ahead.high < 0]
    even = [score for score in others if score not in ahead and score not in behind]
    told = [
        f"Its lists are {word} those of {_names(scores)}."
        for word, scores in (
            ("better than", ahead),
            ("not clearly different from", even),
            ("worse than", behind),
        )
        if scores
    ]
    return hits + " ".join(told)


def across_windows(one: ListScores) -> str:
    """The ratio to the better simple method."""
    simple = " and ".join(TITLES[name].lower() for name in SIMPLE)
    if one.ratio is None:
        return f"Whether Byleave is better than {simple} cannot be told: they foretold nothing here."
    windows = "In this window" if len(one.windows) == 1 else f"Over {len(one.windows)} windows"
    percent = 100 * (one.ratio.value - 1)
    sure = "more than chance" if one.ratio.low > 1 or one.ratio.high < 1 else "no more than chance may do"
    more = f"{abs(percent):.1f}% {'more' if percent >= 0 else 'less'}"
    return (
        f"{windows}, Byleave reaches {more} NDCG than the better of {simple}: a ratio of {one.ratio.value:.3f} "
        f"[{one.ratio.low:.3f} to {one.ratio.high:.3f}], {sure}.{_where_others_win(one)}"
    )


def of_price(prices: Sequence[Price]) -> str:
    """What is left of the list's worth at each share."""
    ours = [price for price in prices if price.method == OURS]
    full = next(price for price in ours if price.percent == ALL_ALLOW)
    if not full.ndcg.value:
        return "Byleave's list foretold nothing here, so there is nothing that fewer permissions could cost."
    left = [
        f"{100 * price.ndcg.value / full.ndcg.value:.0f}% when {price.percent}% of the customers allow learning"
        for price in ours
        if price.percent != ALL_ALLOW
    ]
    if not left:
        return "Only the case that everybody allows learning was measured."
    return f"Of what the list is worth when everybody allows learning, there is left: {'; '.join(left)}."


def _where_others_win(one: ListScores) -> str:
    """A mean may hide a window in which something else is clearly better."""
    lost = [window for window in one.windows if any(score.ahead.high < 0 for score in _others(window))]
    if not lost:
        return " In no window is another method clearly better."
    winners = {score.method for window in lost for score in _others(window) if score.ahead.high < 0}
    titles = ", ".join(title for method, title in TITLES.items() if method in winners)
    return f" In {len(lost)} of them another method is clearly better: {titles}."


def _others(window: WindowScores) -> list[Score]:
    """What could be served in its place: ours without regard to what she has is no other method."""
    return [score for score in window.scores if score.method not in (OURS, SCORES_ALONE)]


def _names(scores: Sequence[Score]) -> str:
    titles = [TITLES[score.method] for score in scores]
    if len(titles) == 1:
        return titles[0]
    return f"{', '.join(titles[:-1])} and {titles[-1]}"
