"""Small shops to measure on: purchases from words, tables from rows."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from service.evaluate.orders import Orders, Rules, read_orders
from service.evaluate.purchases import Lines, Purchases
from service.importers.rows import Cell, Row, Table
from service.importers.values import Calendar

UTC_CALENDAR = Calendar(ZoneInfo("UTC"))
FIRST = date(2026, 1, 1)


def purchases(*lines: tuple[str, str, int]) -> Purchases:
    """Customer, product, and how many days after 1 January 2026."""
    collected = Lines()
    for customer, product, days in lines:
        collected.add(customer, product, (FIRST + timedelta(days=days)).toordinal())
    return collected.purchases()


def orders(columns: Sequence[str], rows: Iterable[Sequence[Cell]], **rules: object) -> Orders:
    """What is read of a table; `rules` are those of `Rules`."""
    numbered = (Row(number, cells) for number, cells in enumerate(rows, start=2))
    table = Table(columns=tuple(columns), rows=iter(numbered), total=None)
    return read_orders(table, {}, Rules(**{"calendar": UTC_CALENDAR, **rules}), lambda _: None)  # type: ignore[arg-type]


def orders_of_a_shop(customers: int = 80, *, seed: int = 3) -> list[tuple[str, str, str]]:
    """Lines of a shop whose customers come back for what they like: customer, day, product."""
    chance = random.Random(seed)
    lines = []
    for number in range(customers):
        likes = chance.sample(range(30), 4)
        for day in sorted(chance.sample(range(150), chance.randint(2, 8))):
            products = {chance.choice(likes), chance.choice(likes), int(chance.random() ** 2 * 30)}
            when = (FIRST + timedelta(days=day)).isoformat()
            lines += [(f"c{number}", when, f"p{product:02}") for product in sorted(products)]
    return lines


def orders_with_rhythms(customers: int = 60, *, seed: int = 5) -> list[tuple[str, str, str]]:
    """Each customer has a rhythm of her own; at each visit she takes her favourites, and now and then another."""
    chance = random.Random(seed)
    lines = []
    for number in range(customers):
        likes, every = chance.sample(range(20), 3), chance.choice([10, 20, 45])
        day = chance.randint(0, every)
        while day < 300:
            taken = {one for one in likes if chance.random() < 0.7} | {chance.randint(0, 19)}
            when = (FIRST + timedelta(days=day)).isoformat()
            lines += [(f"c{number}", when, f"p{product:02}") for product in sorted(taken)]
            day += max(1, round(every * chance.uniform(0.6, 1.5)))
    return lines
