"""How long it takes to compare a catalogue's texts, and to answer a request that has products on its page.

    python -m benchmarks.similar [--products 50000]

Each figure stands next to a plain way to the same end, measured in the same run: the ratio is what can be
compared between machines. The shop is invented and the same in every run.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random
from time import perf_counter

import numpy as np

from recommender.catalogue import Catalogue, build_catalogue
from recommender.inputs import NOTHING_PERMITTED, Product, Request, Settings
from recommender.learning.model import Model, learn
from recommender.learning.settings import LearningSettings
from recommender.ranking import recommend, situation_of
from recommender.similarity import Similarity, build_similarity

KINDS = [
    "mug",
    "vase",
    "lamp",
    "chair",
    "desk",
    "shelf",
    "kettle",
    "toaster",
    "razor",
    "jug",
    "scarf",
    "mouse",
]
WORDS = ["slim", "soft", "steel", "oak", "glass", "grey", "blue", "red", "large", "small", "travel", "office"]
CUSTOMERS, BASKET = 20_000, 15
TODAY = date(2026, 6, 10)


def a_shop(size: int) -> Catalogue:
    draw = Random(20260610)
    products = []
    for number in range(size):
        kind, brand = draw.choice(KINDS), f"Brand{draw.randrange(size // 100 + 1)}"
        title = f"{brand} {' '.join(draw.sample(WORDS, 3))} {kind} {draw.randrange(1_000)}"
        color = {"color": draw.choice(WORDS), "usual_interval_days": 60}
        products.append(
            Product(
                id=f"p{number:06}",
                title=title.title(),
                brand=brand,
                category=f"{kind}s",
                attributes=color,
            )
        )
    return build_catalogue(products, {})


def learned(catalogue: Catalogue) -> Model:
    draw, ids = Random(20260611), list(catalogue.products)
    histories = {f"c{n}": dict.fromkeys(draw.choices(ids, k=BASKET), TODAY) for n in range(CUSTOMERS)}
    return learn(histories, today=TODAY, settings=LearningSettings())


def took(work: Callable[[], object], times: int = 1) -> float:
    """Milliseconds a time."""
    begun = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - begun) * 1_000 / times


def counted(catalogue: Catalogue) -> Counter[str]:
    """The least that any comparison has to do: look at every word once."""
    return Counter(word for one in catalogue.products.values() for word in one.title.casefold().split())


def against_all(similarity: Similarity, page: tuple[str, ...]) -> list[np.ndarray]:
    """The plain way: each product on the page against every product of the shop."""
    rows = (similarity.vectors[similarity.rows[product_id]] for product_id in page)
    return [np.argsort(-(similarity.vectors @ row.toarray()[0]), kind="stable") for row in rows]


def line(what: str, ours: float, plain: float) -> None:
    print(f"{what:<48} {ours:>10.2f} ms {plain:>10.2f} ms   {ours / plain:>6.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--products", type=int, default=50_000)
    catalogue = a_shop(arguments.parse_args().products)
    build_similarity(a_shop(10))  # what is loaded once is not counted
    print(f"{len(catalogue.products):,} products{'':<33} {'Byleave':>13} {'plain':>13}   {'ratio':>6}")
    made: list[Similarity] = []
    build = took(lambda: made.append(build_similarity(catalogue)))
    (similarity,) = made
    words = took(lambda: counted(catalogue))
    line("compare all texts (plain: count the words)", build, words)
    line("the same texts again", took(lambda: build_similarity(catalogue, before=similarity), 5), words)
    model, pages = learned(catalogue), list(catalogue.products)[:: max(len(catalogue.products) // 60, 1)]

    def request(*page: str) -> None:
        recommend(
            situation_of(
                Request(page=page),
                data=NOTHING_PERMITTED,
                customer_id="c1",
                catalogue=catalogue,
                learned=model,
                similarity=similarity,
                today=TODAY,
                settings=Settings(),
            )
        )

    for size in (1, 3, 20):
        carts = [tuple(pages[at : at + size]) for at in range(0, 40, 2)]
        ours = sum(took(partial(request, *cart)) for cart in carts) / len(carts)
        plain = sum(took(partial(against_all, similarity, cart)) for cart in carts) / len(carts)
        line(f"a request with {size} on the page (plain: all by all)", ours, plain)


if __name__ == "__main__":
    main()
