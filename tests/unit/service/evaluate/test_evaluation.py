"""A whole evaluation of a small shop: ratios, the price of consent, the report and the JSON."""

import json
import re
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest

from service.evaluate.comparison import Score, WindowScores, compare
from service.evaluate.evaluation import Evaluation, Plan, evaluate
from service.evaluate.machine_readable import as_json
from service.evaluate.metrics import LENGTH, Estimate
from service.evaluate.purchases import Bools, Ints, Purchases
from service.evaluate.report import as_html
from service.evaluate.simple_baselines import PersonalFrequency, RecentPopularity
from service.evaluate.split import starts_of, windows_of
from service.evaluate.verdict import across_windows, of_window
from tests.unit.service.evaluate.shops import orders, orders_of_a_shop

PLAN = Plan(windows=2, percents=(100, 50), draws=2)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(orders(("customer", "date", "sku"), orders_of_a_shop()), PLAN, lambda _: None)


class Oracle:
    """Knows what will be bought: the best that there can be."""

    name = "byleave"

    def __init__(self, everything: Purchases) -> None:
        self._everything = everything

    def fit(self, known: Purchases, today: date, *, allowing: Bools | None = None) -> None:
        day, first = self._everything.day, today.toordinal()
        later = self._everything.where((day >= first) & (day < first + 30))
        self._later, self._before = later.days_bought().toarray(), known.days_bought().toarray()

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        ranks = np.full((len(customers), LENGTH), -1, dtype=np.int64)
        for row, customer in enumerate(customers.tolist()):
            wanted = self._later[customer] > 0
            if new_only:
                wanted &= self._before[customer] == 0
            products = np.flatnonzero(wanted)[:LENGTH]
            ranks[row, : len(products)] = products
        return ranks


def test_who_knows_the_future_is_perfect_and_ahead_of_all_others() -> None:
    shop = orders(("customer", "date", "sku"), orders_of_a_shop()).purchases
    starts = starts_of(shop, days=30, windows=2)
    windows = windows_of(shop, starts=starts, days=30, customers_maximum=1_000, seed=1)
    methods = (RecentPopularity(), PersonalFrequency(), Oracle(shop))
    for one in compare(windows, methods, seed=1, progress=lambda _: None).lists:
        for window in one.windows:
            assert window.of("byleave").ndcg.value == pytest.approx(1)
            assert window.of("personal_frequency").ahead.low > 0
        better = [
            max(window.of(name).ndcg.value for name in ("recent_popularity", "personal_frequency"))
            for window in one.windows
        ]
        assert one.ratio is not None
        assert one.ratio.value == pytest.approx(np.mean([1 / value for value in better]))
        assert 1 < one.ratio.low < one.ratio.value < one.ratio.high
        assert "more than chance" in across_windows(one)
        assert "In no window is another method clearly better" in across_windows(one)
        assert "better than those of Recent popularity and Personal frequency" in of_window(one.windows[0])


@pytest.mark.parametrize(("customers", "told"), [(9, "Of 9 customers, 9"), (250, "Of 100 customers, 100")])
def test_of_few_customers_the_very_number_is_told(customers: int, told: str) -> None:
    surely = Estimate(value=1.0, low=1.0, high=1.0)
    ours = Score(method="byleave", recall=surely, ndcg=surely, hit_rate=surely, coverage=1.0, ahead=surely)
    assert of_window(WindowScores(number=0, customers=customers, scores=(ours,))).startswith(told)


class Nothing(PersonalFrequency):
    """Suggests nothing at all."""

    name = "byleave"

    def rank(self, customers: Ints, *, new_only: bool) -> Ints:
        return np.full((len(customers), LENGTH), -1, dtype=np.int64)


def test_where_others_are_better_it_is_said() -> None:
    shop = orders(("customer", "date", "sku"), orders_of_a_shop()).purchases
    starts = starts_of(shop, days=30, windows=2)
    windows = windows_of(shop, starts=starts, days=30, customers_maximum=1_000, seed=1)
    everything, _ = compare(
        windows, (RecentPopularity(), PersonalFrequency(), Nothing()), seed=1, progress=lambda _: None
    ).lists
    assert "100.0% less NDCG" in across_windows(everything)
    told = "In 2 of them another method is clearly better: Recent popularity, Personal frequency."
    assert told in across_windows(everything)
    assert "worse than those of Recent popularity and Personal frequency" in of_window(everything.windows[0])


def test_each_method_is_scored_in_each_window_of_both_lists(evaluation: Evaluation) -> None:
    for one in evaluation.comparison.lists:
        assert [window.number for window in one.windows] == [0, 1]
        for window in one.windows:
            assert {score.method for score in window.scores} == {
                "popularity", "recent_popularity", "personal_frequency", "item_knn", "ials", "ease",
                "byleave_scores", "byleave",
            }  # fmt: skip
            for score in window.scores:
                assert 0 <= score.ndcg.low <= score.ndcg.value <= score.ndcg.high <= 1
                assert 0 < score.coverage <= 1


def test_the_newest_window_comes_first_however_starts_are_stated(evaluation: Evaluation) -> None:
    starts = tuple(window.start for window in evaluation.windows)
    plan = Plan(starts=starts[::-1], draws=0)
    stated = evaluate(evaluation.orders, plan, lambda _: None)
    assert tuple(window.start for window in stated.windows) == starts == tuple(sorted(starts, reverse=True))
    assert stated.comparison.lists == evaluation.comparison.lists


def test_where_everybody_allows_learning_consent_costs_nothing(evaluation: Evaluation) -> None:
    full = [price for price in evaluation.prices if price.percent == 100]
    assert {(price.change.value, price.change.low, price.change.high) for price in full} == {(0, 0, 0)}
    newest = {one.new_only: one.windows[0] for one in evaluation.comparison.lists}
    for price in full:
        assert price.ndcg.value == pytest.approx(newest[price.new_only].of(price.method).ndcg.value)


def test_the_price_is_what_fewer_permissions_change(evaluation: Evaluation) -> None:
    full = {(one.method, one.new_only): one.ndcg.value for one in evaluation.prices if one.percent == 100}
    half = [price for price in evaluation.prices if price.percent == 50]
    assert len(half) == len(full) > 0
    for price in half:
        lost = price.ndcg.value - full[price.method, price.new_only]
        assert price.change.value == pytest.approx(lost)
    assert any(price.change.value for price in half)
    assert any(price.spread for price in half)


def test_the_json_has_every_figure_and_can_be_read_by_any_parser(evaluation: Evaluation) -> None:
    told = json.loads(json.dumps(as_json(evaluation), allow_nan=False))
    ndcg = evaluation.comparison.lists[1].windows[0].of("ease").ndcg
    assert told["lists"]["new"]["windows"][0]["methods"]["ease"]["ndcg_at_10"] == {
        "value": round(ndcg.value, 6), "low": round(ndcg.low, 6), "high": round(ndcg.high, 6),
    }  # fmt: skip
    assert {price["percent_allow"] for price in told["price_of_consent"]} == {100, 50}
    assert told["windows"][0]["from"] == evaluation.windows[0].start.isoformat()


class _Page(HTMLParser):
    """Notes what a reader who cannot see, and a browser without a network, would stumble over."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.drawings: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.refers += re.findall(r"url\(#([^)]+)\)", " ".join(value or "" for _, value in attrs))
        self.refers += [(found.get(name) or "")[1:] for name in ("href", "xlink:href") if name in found]
        self.refers += (found.get("aria-labelledby") or "").split()
        self.fetched += [value or "" for name, value in attrs if name in {"src", "srcset", "data"}]
        if tag == "svg":
            self.drawings.append(found)


def test_the_report_stands_alone_and_can_be_read_aloud(evaluation: Evaluation) -> None:
    html = as_html(evaluation)
    page = _Page()
    page.feed(html)
    assert len(page.drawings) == 6
    assert all(drawing["role"] == "img" and drawing["aria-labelledby"] for drawing in page.drawings)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.refers) <= set(page.ids)
    assert page.fetched == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.tags.count("table") == page.tags.count("caption") == page.tags.count("thead")
    assert '<html lang="en">' in html
    assert 'name="viewport"' in html


def test_the_report_names_no_customer(evaluation: Evaluation) -> None:
    told = as_html(evaluation) + json.dumps(as_json(evaluation))
    assert not [who for who in evaluation.orders.purchases.customers if re.search(rf"\b{who}\b", told)]


def test_the_same_seed_gives_the_same_report(evaluation: Evaluation) -> None:
    again = evaluate(orders(("customer", "date", "sku"), orders_of_a_shop()), PLAN, lambda _: None)
    assert as_html(again) == as_html(evaluation)


def test_where_nobody_bought_anything_new_the_other_list_is_told_all_the_same() -> None:
    lines = [(f"c{number}", f"2026-0{month}-05", "tea") for number in range(9) for month in (1, 2, 3)]
    found = evaluate(orders(("customer", "date", "sku"), lines), Plan(draws=1), lambda _: None)
    assert found.comparison.lists[1].windows == ()
    assert "Nobody who is tested bought anything new" in as_html(found)
    assert json.loads(json.dumps(as_json(found), allow_nan=False))["lists"]["new"]["windows"] == []


def test_without_dates_the_report_says_what_stands_in_for_them() -> None:
    lines = [(f"c{number}", order, f"p{(number + order) % 7}") for number in range(20) for order in (1, 2, 3)]
    found = evaluate(orders(("customer", "order_number", "sku"), lines), Plan(draws=0), lambda _: None)
    assert "a basket counts as a week" in as_html(found)
    assert "last basket" in as_html(found)
    assert as_json(found)["orders"]["first_day"] is None


def test_without_dates_nothing_was_just_bought_when_the_list_is_made() -> None:
    """All buy the same in each basket: whoever hides what she bought a day ago finds nothing of it."""
    lines = [(f"c{number}", order, f"p{number % 5}") for number in range(40) for order in (1, 2)]
    found = evaluate(orders(("customer", "order_number", "sku"), lines), Plan(draws=0), lambda _: None)
    everything, _ = found.comparison.lists
    assert everything.windows[0].of("byleave").ndcg.value == pytest.approx(1)


def test_without_dates_more_windows_than_baskets_are_refused() -> None:
    lines = [(f"c{number}", order, "tea") for number in range(9) for order in (1, 2)]
    undated = orders(("customer", "order_number", "sku"), lines)
    with pytest.raises(ValueError, match="no customer has the 4 baskets"):
        evaluate(undated, Plan(windows=3), lambda _: None)
