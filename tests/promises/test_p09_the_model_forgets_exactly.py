"""P9: after a removal the model is, byte for byte, the one that is learned without her, and answers as it does."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from statistics import median, quantiles
from time import process_time

import numpy as np
import pytest

from recommender.catalogue import build_catalogue
from recommender.inputs import ListKind, Product, Purchase
from recommender.learning.contributions import History
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from tests import online_retail
from tests.learned_answers import Asking, Purchases, history_of

REMOVALS = int(os.environ.get("BYLEAVE_TEST_REMOVALS", "20"))
IS_PROOF = REMOVALS >= 1_000
TODAY = date(2011, 11, 10)
OTHERS, PAGES = 100, 20


# On the orders of a real shop


@pytest.fixture(scope="module")
def retail() -> Purchases:
    if not online_retail.FILE.exists():
        pytest.skip(online_retail.MISSING)
    return online_retail.purchases_before(TODAY)


def test_online_retail_forgets_exactly_and_at_once(retail: Purchases) -> None:
    """Between removals customers keep asking, so that columns are there to go stale. Figures are printed: of
    time of the processor, because other tests run at the same time."""
    draw, settings = Random(20111110), LearningSettings()
    customers = draw.sample(sorted(retail), len(retail))
    gone, others = customers[:REMOVALS], customers[REMOVALS : REMOVALS + OTHERS]
    asking, products = _asking(retail, settings), sorted(_products(retail))
    begun = process_time()
    model = learn({id_: history_of(retail[id_]) for id_ in retail}, today=TODAY, settings=settings)
    rebuild = process_time() - begun
    asked, pages = draw.sample(others, 10), draw.sample(products, PAGES)
    first = asking.all_of(model, retail, customers=asked, pages=pages)
    supported, took = np.count_nonzero(model.pairs.customers), list[float]()
    before = model.digest()
    for customer_id in gone:
        asking.lists_for(draw.choice(others), retail[draw.choice(others)], model)
        begun = process_time()
        assert model.forget(customer_id)
        took.append((process_time() - begun) * 1_000)
    fallen = supported - np.count_nonzero(model.pairs.customers)
    left = customers[REMOVALS:][::-1]
    without = learn({id_: history_of(retail[id_]) for id_ in left}, today=TODAY, settings=settings)
    assert model.state() == without.state()
    assert model.digest() == without.digest() != before
    answers = asking.all_of(model, retail, customers=others, pages=pages)
    assert answers == asking.all_of(without, retail, customers=others, pages=pages)
    changed = sum(first[name] != answers[name] for name in first)
    assert fallen > REMOVALS and changed > 0  # else nothing was seen to be forgotten
    _tell(took, rebuild, f"{fallen:,} pairs fell below the floor, {changed} of {len(first)} answers changed")
    assert median(took) < rebuild * 1_000 / 20
    if IS_PROOF:
        assert median(took) <= 1 and quantiles(took, n=100)[98] <= 20


def _tell(took: Sequence[float], rebuild: float, besides: str) -> None:
    middle, last = median(took), quantiles(took, n=100)[98]
    print(
        f"{len(took):,} removals: median {middle:.2f} ms, p99 {last:.1f} ms, most {max(took):.1f} ms; learning"
        f" anew {rebuild * 1_000:,.0f} ms, {rebuild * 1_000 / middle:,.0f} times the median; {besides}"
    )


# On an invented shop, everywhere


# Neighbours and k: as many places as anything could take, and fewer than there are pairs for.
SMALL = [(50, 1), (3, 2), (50, 2), (3, 3), (50, 4), (4, 5), (50, 5)]


@pytest.mark.parametrize(("neighbours", "k"), SMALL)
def test_a_small_shop_forgets_one_customer_after_the_other(neighbours: int, k: int) -> None:
    """Until nobody is left. Those who are gone ask, too: to be suggested something is another purpose."""
    shop, draw = Forgetting(Random(k), LearningSettings(k=k, neighbours=neighbours)), Random(k)
    for customer_id in draw.sample(sorted(shop.histories), len(shop.histories)):
        assert shop.forgets(customer_id, {})
    assert len(shop.model.contributions) == 0
    assert not shop.model.pairs.customers.any() and not shop.model.buyers.any()
    assert shop.fallen > 30 and shop.changed > 50


@pytest.mark.parametrize(("neighbours", "k"), SMALL)
def test_a_small_shop_forgets_a_part_of_what_it_learned_of_each(neighbours: int, k: int) -> None:
    """Some products, or a later day of one: what is left is what is learned from the rest."""
    shop, draw = Forgetting(Random(k), LearningSettings(k=k, neighbours=neighbours)), Random(k)
    for customer_id in draw.sample(sorted(shop.histories), len(shop.histories)):
        shop.forgets(customer_id, dict(_narrowed(shop.histories[customer_id], draw)))
    assert shop.fallen > 20 and shop.changed > 50


def test_what_only_one_other_bought_shows_neither_before_she_leaves_nor_after() -> None:
    """Somebody who forbids learning bought it, too: what she is offered must not tell that another did."""
    purchases = _small_shop(Random(7))
    purchases |= {"her": [_bought("rare", 3)], "forbids": [_bought("rare", 3), _bought("p00", 3)]}
    asking = _asking(purchases, LearningSettings(k=2))
    learned = {id_: history_of(of_hers) for id_, of_hers in purchases.items() if id_ != "forbids"}
    model = learn(learned, today=TODAY, settings=asking.settings)
    told = asking.lists_for("forbids", purchases["forbids"], model)
    model.forget("her")
    del learned["her"]
    answer = asking.lists_for("forbids", purchases["forbids"], model)
    without = learn(learned, today=TODAY, settings=asking.settings)
    assert told == answer == asking.lists_for("forbids", purchases["forbids"], without)
    assert "rare" in told[ListKind.ALL].ids


class Forgetting:
    """A shop that forgets, seen after each time to be what one is that never knew, in state and in answers."""

    def __init__(self, draw: Random, learning: LearningSettings) -> None:
        self.purchases = _small_shop(draw)
        self.histories = {id_: history_of(of_hers) for id_, of_hers in self.purchases.items()}
        self.asking = _asking(self.purchases, learning)
        self.model = self._learned()
        self.fallen = self.changed = 0
        self._draw = draw

    def forgets(self, customer_id: str, rest: History) -> bool:
        pages = self._draw.sample(sorted(_products(self.purchases)), 3)
        asked = [customer_id, *self._draw.sample(sorted(self.purchases), 3)]
        told = self._answers(self.model, asked, pages)
        supported, before = np.count_nonzero(self.model.pairs.customers), self.model.state()
        is_changed = self.model.forget(customer_id, but=rest)
        assert is_changed == (self.model.state() != before)
        self.histories[customer_id] = rest
        without = self._learned()
        assert self.model.state() == without.state()
        assert self.model.digest() == without.digest()
        assert self.model.recounted().state() == without.state()
        answers = self._answers(self.model, asked, pages)
        assert answers == self._answers(without, asked, pages)
        self.fallen += int(supported - np.count_nonzero(self.model.pairs.customers))
        self.changed += sum(told[name] != answers[name] for name in told)
        return is_changed

    def _learned(self) -> Model:
        shuffled = _shuffled(self.histories, Random(len(self.histories)))
        return learn(shuffled, today=TODAY, settings=self.asking.settings)

    def _answers(self, model: Model, asked: Sequence[str], pages: Sequence[str]) -> dict[str, object]:
        return self.asking.all_of(model, self.purchases, customers=asked, pages=pages)


def _asking(purchases: Purchases, settings: LearningSettings) -> Asking:
    products = [Product(id=product_id, title=product_id) for product_id in _products(purchases)]
    return Asking(catalogue=build_catalogue(products, {}), settings=settings, today=TODAY)


def _products(purchases: Purchases) -> set[str]:
    return {purchase.product_id for of_hers in purchases.values() for purchase in of_hers}


def _small_shop(draw: Random) -> dict[str, list[Purchase]]:
    """40 customers of two tastes; a fifth of them may not have their days known, some bought long ago."""
    return {f"c{number:02}": _basket(number, draw) for number in range(40)}


def _basket(number: int, draw: Random) -> list[Purchase]:
    tastes = [f"p{product:02}" for product in range(number % 2 * 8, number % 2 * 8 + 12)]
    chosen = [*draw.sample(tastes, draw.randint(3, 9)), *[f"of-{number}"] * (number % 3 == 0)]
    return [
        _bought(product_id, None if number % 5 == 0 else draw.choice([0, 1, 4, 9, 30, 80, 400]))
        for product_id in chosen
        for _ in range(draw.randint(1, 2))
    ]


def _bought(product_id: str, days_ago: int | None) -> Purchase:
    day = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return Purchase(product_id=product_id, day=day, quantity=1)


def _narrowed(history: History, draw: Random) -> Iterator[tuple[str, date | None]]:
    for product_id, day in history.items():
        match draw.choice(["stays", "older", "goes"]):
            case "stays":
                yield product_id, day
            case "older":
                yield product_id, None if day is None else day - timedelta(days=draw.choice([5, 40, 500]))
            case _:
                pass


def _shuffled(histories: Mapping[str, History], draw: Random) -> dict[str, History]:
    """The same, with customers in another order; and who has nothing is not in it."""
    order = draw.sample(sorted(histories), len(histories))
    return {id_: histories[id_] for id_ in order if histories[id_]}
