"""An evaluation as one HTML page for people who know the shop and no statistics. It names no customer."""

from collections.abc import Iterator

from service.evaluate import page
from service.evaluate.comparison import OURS, SIMPLE, ListScores, Score, WindowScores
from service.evaluate.evaluation import Evaluation
from service.evaluate.learned_baselines import EASE_PRODUCTS_MAXIMUM
from service.evaluate.metrics import RESAMPLES, Estimate
from service.evaluate.plots import hit_rate_plot, price_plot, windows_plot
from service.evaluate.price_of_consent import ALL_ALLOW
from service.evaluate.verdict import across_windows, of_price, of_window
from service.evaluate.words import LEFT_OUT, LISTS, MEANINGS, TITLES, window_title

_TITLE = "What suggestions would have foretold in this shop"
_MEASURES = (
    ("Hit rate", "Of all customers, the share who bought at least one of the ten products on their list."),
    (
        "Recall",
        "Of all that a customer bought, the share that was on her list. Ten places cannot hold it all.",
    ),
    ("NDCG", "Like recall, but what stands further up the list counts more. 1 would be a perfect list."),
    (
        "Coverage",
        "The share of all products that is on anybody's list. Low: everybody is shown the same few.",
    ),
    (
        "[low to high]",
        "Had other customers like these been in the file, the figure would mostly lie in here.",
    ),
)


def as_html(evaluation: Evaluation) -> str:
    """The whole report."""
    return page.page(_TITLE, _parts(evaluation))


def _parts(evaluation: Evaluation) -> Iterator[str]:
    yield from _what_is_measured(evaluation)
    yield page.heading("How to read the figures")
    yield page.explained(_MEASURES)
    for one in evaluation.comparison.lists:
        yield from _list(evaluation, one)
    if evaluation.prices:
        yield from _price_of_consent(evaluation)
    yield from _how_it_was_done(evaluation)


def _what_is_measured(evaluation: Evaluation) -> Iterator[str]:
    orders, window = evaluation.orders, evaluation.windows[0]
    when = (
        f"from {window.start} to {window.end}"
        if orders.dated
        else "in the last basket of each of these customers"
    )
    yield page.paragraph(
        "A good list of suggestions holds what a customer is about to buy anyway, and what she would have looked "
        f"for. So each method was shown only what had happened before, and made a list of ten products for each of "
        f"{window.customers:,} customers. Then it was compared with what they bought {when}."
    )
    yield page.paragraph(
        f"Of what they bought then, {window.repeat_share:.0%} were products that they had bought before. The first "
        "list may hold anything; the second only what is new to the customer, and only new products count there."
    )
    yield page.paragraph(
        "No figure here says what people would have bought because of a suggestion: only a trial in the shop can."
    )


def _list(evaluation: Evaluation, one: ListScores) -> Iterator[str]:
    yield page.heading(LISTS[one.new_only])
    if not one.windows:
        yield page.paragraph(
            "Nobody who is tested bought anything new, so this list cannot be measured here."
        )
        return
    newest, name = one.windows[0], f"{'new' if one.new_only else 'all'}"
    yield page.paragraph(of_window(newest), kind="answer")
    alt = "Bar chart, customers out of 100 who bought one of the ten: " + _told(newest)
    yield page.figure(
        hit_rate_plot(newest, name=f"hits-{name}", alt=alt),
        "Of 100 customers, how many bought at least one of the ten products. Thin lines: 95% intervals.",
    )
    for window in one.windows:
        yield _scores(evaluation, one, window)
    if len(one.windows) > 1:
        titles = [
            window_title(each, number, dated=evaluation.orders.dated)
            for number, each in enumerate(evaluation.windows)
        ]
        alt = (
            "Line chart, NDCG of Byleave and the two simple methods in each window; the tables above have it."
        )
        yield page.figure(
            windows_plot(one, titles, name=f"windows-{name}", alt=alt),
            "Was it the season? NDCG window by window.",
        )
    yield page.paragraph(across_windows(one), kind="answer")


def _told(window: WindowScores) -> str:
    return (
        "; ".join(f"{TITLES[score.method]} {100 * score.hit_rate.value:.0f}" for score in window.scores) + "."
    )


def _scores(evaluation: Evaluation, one: ListScores, window: WindowScores) -> str:
    when = window_title(evaluation.windows[window.number], window.number, dated=evaluation.orders.dated)
    head = ("method", "hit rate", "recall", "NDCG", "coverage", "Byleave ahead")
    rows = [
        (
            TITLES[score.method],
            _cell(score.hit_rate, 3),
            _cell(score.recall),
            _cell(score.ndcg),
            f"{score.coverage:.3f}",
            "" if score.method == OURS else _cell(score.ahead),
        )
        for score in window.scores
    ]
    caption = f"{LISTS[one.new_only]}, {when}: {window.customers:,} customers"
    return page.table(caption, head, rows, marked=TITLES[OURS])


def _price_of_consent(evaluation: Evaluation) -> Iterator[str]:
    yield page.heading("The price of consent")
    yield page.paragraph(
        "Byleave learns only from customers who allow it. Here it learned from fewer and fewer of them, drawn at "
        f"random {evaluation.plan.draws} times. Each customer's own purchases still served for her own list."
    )
    for one in evaluation.comparison.lists:
        if not one.windows:
            continue
        prices = [price for price in evaluation.prices if price.new_only == one.new_only]
        yield page.paragraph(of_price(prices), kind="answer")
        name = f"price-{'new' if one.new_only else 'all'}"
        alt = "Line chart, NDCG against the share of customers who allow learning; the table below has its figures."
        plot = price_plot(evaluation.prices, new_only=one.new_only, name=name, alt=alt)
        yield page.figure(plot, f"{LISTS[one.new_only]}: how good the list is when fewer allow learning.")
        rows = [
            (
                f"{price.percent}%",
                TITLES[price.method],
                _cell(price.ndcg),
                "" if price.percent == ALL_ALLOW else _cell(price.change),
                "" if price.percent == ALL_ALLOW else f"{price.spread:.4f}",
            )
            for price in prices
        ]
        head = ("allow", "method", "NDCG", "change", "spread of draws (standard deviation)")
        yield page.table(f"{LISTS[one.new_only]}: price of consent", head, rows)
    yield page.paragraph(
        "Who refuses matters as much as how many: if your best customers refuse, the price is higher than this."
    )


def _how_it_was_done(evaluation: Evaluation) -> Iterator[str]:
    orders, purchases = evaluation.orders, evaluation.orders.purchases
    yield page.heading("How it was done")
    yield page.paragraph(
        f"The file has {orders.rows:,} rows. Counted were {orders.counted:,}: {len(purchases.customers):,} customers, "
        f"{len(purchases.products):,} products, {purchases.baskets():,} baskets (all that one customer buys on one "
        "day)."
    )
    if not orders.dated:
        yield page.paragraph(
            "The file has no dates. The number of the order in the customer's history stands in for them: a basket "
            "counts as a week, so what she bought two baskets ago is two weeks old, and “recent” are the last four "
            "baskets of everybody. Tested is the last basket of each customer who has at least two."
        )
    if orders.left_out:
        yield page.paragraph("Left out were:")
        yield page.listed(f"{rows:,} rows {LEFT_OUT[status]}" for status, rows in orders.left_out.items())
    facts = [
        (
            window_title(window, number, dated=orders.dated),
            f"{window.customers:,}",
            f"{window.repeat_share:.1%}",
            f"{window.known_customers:,}",
            f"{window.known_products:,}",
            f"{window.known_baskets:,}",
        )
        for number, window in enumerate(evaluation.windows)
    ]
    head = ("window", "tested", "bought before", "known customers", "known products", "known baskets")
    yield page.table("Windows: who was tested, and what was known before", head, facts)
    yield page.heading("The methods", 3)
    yield page.explained((TITLES[score.method], MEANINGS[score.method]) for score in _any_scores(evaluation))
    yield page.paragraph(
        "Item-kNN, iALS and EASE run with settings that did best on a public data set (UCI Online Retail), and EASE "
        f"with the {EASE_PRODUCTS_MAXIMUM:,} most bought products. The settings of all methods, Byleave included, "
        "were there before: nothing was tuned on this file, unless it is that public one."
    )
    yield page.paragraph(
        "“Byleave ahead” is in NDCG; an interval without 0 in it is a difference that is more than chance. Tested are "
        f"customers with at least one purchase before. Intervals hold 95% of {RESAMPLES:,} samples of these "
        "customers; coverage, which is a count of products, has none."
    )
    simple = " and ".join(TITLES[name].lower() for name in SIMPLE)
    yield page.paragraph(
        f"The ratio over windows is the NDCG of Byleave over that of the better of {simple}, window by window, and "
        "then their mean. A customer who is in several windows is drawn in all of them or in none. "
        f"Seed of all draws: {evaluation.plan.seed}."
    )


def _any_scores(evaluation: Evaluation) -> tuple[Score, ...]:
    return evaluation.comparison.lists[0].windows[0].scores


def _cell(one: Estimate, digits: int = 4) -> str:
    return f"{one.value:.{digits}f} <br><small>[{one.low:.3f} to {one.high:.3f}]</small>"
