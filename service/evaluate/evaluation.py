"""A whole measurement of one shop: windows, comparison, price of consent. Prints and writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.evaluate.comparison import OURS, SIMPLE, Comparison, compare
from service.evaluate.learned_baselines import Ease, Ials, ItemKnn
from service.evaluate.orders import DAYS_A_BASKET, Orders
from service.evaluate.ours import Byleave, ScoresAlone
from service.evaluate.price_of_consent import Price, price_of_consent
from service.evaluate.ranker import Ranker
from service.evaluate.reasons import Held, reasons_hold
from service.evaluate.simple_baselines import PersonalFrequency, Popularity, RecentPopularity
from service.evaluate.split import Window, starts_of, windows_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How to measure.

    days       length of a window; a file without dates has its own: one basket
    starts     first days of the windows; if there are none, the last days of the file and `windows` - 1 before
    customers  at most so many are tested in each window, drawn at random
    reasons    whether to see if reasons hold
    percents   shares of customers who allow learning, for the price of consent; drawn `draws` times
    """

    days: int = 30
    windows: int = 1
    starts: tuple[date, ...] = ()
    customers: int = 10_000
    percents: tuple[int, ...] = (100, 75, 50, 25, 10)
    draws: int = 3
    seed: int = 1
    reasons: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowFacts:
    """What there is to foretell in a window, and from what."""

    start: date
    end: date
    customers: int
    repeat_share: float
    known_customers: int
    known_products: int
    known_baskets: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What was measured. The newest window comes first; it is the one that prices are of."""

    orders: Orders
    plan: Plan
    days: int
    windows: tuple[WindowFacts, ...]
    comparison: Comparison
    prices: tuple[Price, ...]
    reasons: tuple[Held, ...] = ()


def evaluate(orders: Orders, plan: Plan, progress: Callable[[str], None]) -> Evaluation:
    """Measure all methods. Raises ValueError where the orders hold nothing that could be foretold."""
    windows = _windows(orders, plan)
    methods = all_methods()
    comparison = compare(windows, methods, seed=plan.seed, progress=progress)
    prices: tuple[Price, ...] = ()
    if plan.draws:
        prices = price_of_consent(
            windows[0],
            [method for method in methods if method.name in (OURS, *SIMPLE)],
            percents=plan.percents,
            draws=plan.draws,
            seed=plan.seed,
            progress=progress,
        )
    reasons: tuple[Held, ...] = ()
    if plan.reasons:
        progress(f"{windows[0].start}: are reasons true")
        reasons = reasons_hold(windows[0], Byleave(), seed=plan.seed)
    return Evaluation(
        orders=orders,
        plan=plan,
        days=_days(orders, plan),
        windows=tuple(map(_facts, windows)),
        comparison=comparison,
        prices=prices,
        reasons=reasons,
    )


def all_methods() -> Sequence[Ranker]:
    """Every method that is measured, ours last."""
    others = (Popularity(), RecentPopularity(), PersonalFrequency(), ItemKnn(), Ials(), Ease())
    return (*others, ScoresAlone(), Byleave())


def _windows(orders: Orders, plan: Plan) -> tuple[Window, ...]:
    days = _days(orders, plan)
    if plan.starts and not orders.dated:
        raise ValueError("--from needs dates, and the file has none: use --windows.")
    starts = sorted(set(plan.starts), reverse=True) or _last_starts(orders, plan)
    try:
        return windows_of(
            orders.purchases, starts=starts, days=days, customers_maximum=plan.customers, seed=plan.seed
        )
    except ValueError as error:
        if orders.dated:
            raise
        raise ValueError(
            f"Without dates a window is one basket, and no customer has the {plan.windows + 1} baskets that it "
            "takes. Choose fewer windows (--windows), or a file that goes back further."
        ) from error


def _last_starts(orders: Orders, plan: Plan) -> tuple[date, ...]:
    """Without dates a list is made on the day of the basket itself: the one before is a week old."""
    if orders.dated:
        return starts_of(orders.purchases, days=plan.days, windows=plan.windows)
    weeks = (timedelta(days=DAYS_A_BASKET * number) for number in range(plan.windows))
    return tuple(orders.purchases.last_day - week for week in weeks)


def _days(orders: Orders, plan: Plan) -> int:
    return plan.days if orders.dated else DAYS_A_BASKET


def _facts(window: Window) -> WindowFacts:
    return WindowFacts(
        start=window.start,
        end=window.end,
        customers=len(window.everything.customers),
        repeat_share=window.repeat_share,
        known_customers=len(set(window.known.customer.tolist())),
        known_products=len(set(window.known.product.tolist())),
        known_baskets=window.known.baskets(),
    )
