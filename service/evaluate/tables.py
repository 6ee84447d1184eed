"""An evaluation as tables on the console."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from service.evaluate.comparison import OURS, SIMPLE, ListScores, WindowScores
from service.evaluate.evaluation import Evaluation
from service.evaluate.metrics import Estimate
from service.evaluate.price_of_consent import ALL_ALLOW
from service.evaluate.reasons import WAYS, Held
from service.evaluate.words import LEFT_OUT, LISTS, TITLES, window_title


def summary(evaluation: Evaluation) -> Iterator[str]:
    """What was read, line by line."""
    orders, purchases = evaluation.orders, evaluation.orders.purchases
    yield f"{orders.rows:,} rows read, {orders.counted:,} lines of purchases counted"
    for status, rows in orders.left_out.items():
        yield f"{rows:>12,}  left out: {LEFT_OUT[status]}"
    yield from (f"  {reason}" for reason in orders.reasons)
    columns = (
        name if name == column else f"{name} from {column!r}" for name, column in orders.columns.items()
    )
    yield f"Columns read: {', '.join(columns)}"
    if orders.unread:
        yield f"Columns not read: {', '.join(orders.unread)[:1000]}"
    yield (
        f"{len(purchases.customers):,} customers, {len(purchases.products):,} products, "
        f"{purchases.baskets():,} baskets{_span(evaluation)}"
    )
    for number, window in enumerate(evaluation.windows):
        title = window_title(window, number, dated=orders.dated)
        yield (
            f"Window {number + 1}: {title}; {window.customers:,} customers, "
            f"{window.repeat_share:.1%} of what they bought they had bought before"
        )


def score_tables(evaluation: Evaluation) -> Iterator[Table]:
    """For each list and window, all methods; then ratios over the windows, and the price of consent."""
    for one in evaluation.comparison.lists:
        for window in one.windows:
            yield _scores(evaluation, one, window)
    yield _ratios(evaluation)
    if evaluation.prices:
        yield from (_prices(evaluation, one) for one in evaluation.comparison.lists if one.windows)
    if evaluation.reasons:
        yield _reasons(evaluation.reasons)


def _reasons(reasons: Sequence[Held]) -> Table:
    table = empty_table("Are reasons true? What happens to a product of the list", "list, facts")
    titles = ("the named", "contributing ones", "random ones")
    for title in (
        "products",
        *(f"leaves without {which}" for which in titles),
        *(f"stays with {which}" for which in titles),
    ):
        table.add_column(title, justify="right")
    for held in reasons:
        shares = [held.share(counted, which) for counted in (held.left, held.stayed) for which in WAYS]
        name = f"{LISTS[held.new_only]}, {held.facts}"
        table.add_row(name, f"{held.products:,}", *(f"{share:.3f}" for share in shares))
    return table


def _span(evaluation: Evaluation) -> str:
    purchases = evaluation.orders.purchases
    if not evaluation.orders.dated:
        return "; no dates: a basket counts as a week"
    return f", {purchases.first_day} to {purchases.last_day}"


def _scores(evaluation: Evaluation, one: ListScores, window: WindowScores) -> Table:
    when = window_title(evaluation.windows[window.number], window.number, dated=evaluation.orders.dated)
    table = empty_table(
        f"{LISTS[one.new_only]}, {when}: {window.customers:,} customers, ten products each", "method"
    )
    for name in ("recall", "NDCG", "hit rate", "coverage", "Byleave ahead"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in window.scores:
        table.add_row(
            TITLES[score.method],
            cell(score.recall),
            cell(score.ndcg),
            cell(score.hit_rate),
            f"{score.coverage:.3f}",
            "" if score.method == OURS else cell(score.ahead),
        )
    return table


def _ratios(evaluation: Evaluation) -> Table:
    better = " and ".join(TITLES[name].lower() for name in SIMPLE)
    table = empty_table(f"NDCG of Byleave over the better of {better}", "list")
    table.add_column("windows", justify="right", no_wrap=True)
    table.add_column("mean ratio", justify="right", no_wrap=True)
    for one in evaluation.comparison.lists:
        told = cell(one.ratio) if one.ratio else "cannot be told"
        table.add_row(LISTS[one.new_only], str(len(one.windows)), told)
    return table


def _prices(evaluation: Evaluation, one: ListScores) -> Table:
    title = (
        f"Price of consent, {LISTS[one.new_only].lower()}: NDCG, {evaluation.plan.draws} draws of who allows"
    )
    table = empty_table(title, "allow")
    prices = [price for price in evaluation.prices if price.new_only == one.new_only]
    for method in dict.fromkeys(price.method for price in prices):
        table.add_column(TITLES[method], justify="right", no_wrap=True)
    table.add_column("Byleave's change", justify="right", no_wrap=True)
    for percent in dict.fromkeys(price.percent for price in prices):
        row = [price for price in prices if price.percent == percent]
        change = "".join(cell(price.change) for price in row if price.method == OURS and percent != ALL_ALLOW)
        table.add_row(f"{percent}%", *(cell(price.ndcg) for price in row), change)
    return table


def empty_table(title: str, first: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column(first)
    return table


def cell(one: Estimate) -> str:
    """The interval goes below the figure: a terminal is narrow."""
    return f"{one.value:.4f}\n{one.low:.3f}…{one.high:.3f}"
