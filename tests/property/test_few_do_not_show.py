"""P2: what fewer than k other customers bought changes nobody's answer, whatever else is known of it.

Two worlds differ only in whether a few customers, fewer than k, bought one product; or in which two products
the same few bought both of. Everybody has bought something else besides: how many customers learning counts is
told by all of them together.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from recommender.inputs import ListKind, Purchase, Request
from recommender.learning.contributions import History
from recommender.learning.model import learn
from recommender.ranking import recommend, situation_of
from recommender.results import Recommendation
from recommender.similarity import build_similarity
from tests.builders import (
    BROWSING,
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    browsed,
    permitted,
)
from tests.learned_answers import Asking as AskingAll
from tests.property.test_recommender_properties import ANNA, SETTINGS, TODAY

K = 3
LEARNING = replace(SETTINGS.learning, k=K, candidates=16)
RARE = "rare"
IDS = ["bread", "cheese", "olives", "wine", RARE]
EVERYBODYS = "a-bag"
MANY = [f"p{number}" for number in range(8)]
ANNAS = MANY[:4]
SHOP = a_catalogue(*(a_product(id_, id_, usual_days=None) for id_ in [*IDS, EVERYBODYS]))
SIMILARITY = build_similarity(SHOP)

some_days = st.sampled_from([TODAY - timedelta(days=days) for days in (0, 0, 3, 20)])
baskets_ = st.dictionaries(st.sampled_from(IDS[:-1]), some_days, min_size=2)
crowds_ = st.lists(baskets_, min_size=4, max_size=8)
few_ = st.dictionaries(st.integers(0, 3), some_days, min_size=1, max_size=K - 1)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The data of somebody, and what she asks."""

    customer_id: str
    rows: tuple[Purchase, ...]
    views: tuple[str, ...]
    request: Request


asking_ = st.builds(
    Asking,
    customer_id=st.sampled_from([ANNA, ANNA, "stranger"]),
    rows=st.lists(
        st.builds(a_purchase, st.sampled_from([*IDS, RARE]), days_ago=st.sampled_from([None, 0, 9, 90])),
        min_size=1,
        max_size=4,
    ).map(tuple),
    views=st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
    request=st.builds(
        Request,
        list_kind=st.sampled_from([ListKind.ALL, *ListKind]),
        page=st.lists(st.sampled_from([*IDS, RARE]), unique=True, max_size=2).map(tuple),
    ),
)


@settings(max_examples=150)
@for_all(crowds_, few_, st.none() | baskets_, some_days, asking_)
def test_what_too_few_others_bought_changes_nothing(
    crowd: list[Mapping[str, date | None]],
    few: Mapping[int, date],
    annas: Mapping[str, date | None] | None,
    annas_rare: date,
    asking: Asking,
) -> None:
    """Anna may be one of those who are learned from, and may have bought the rare thing herself. Not if
    somebody else asks: to a stranger she would be one of the few."""
    rare = {RARE: annas_rare} if asking.customer_id == ANNA else {}
    own: dict[str, History] = {} if annas is None else {ANNA: {EVERYBODYS: None, **annas, **rare}}
    nobody: dict[str, History] = {f"c{n}": {EVERYBODYS: None, **of} for n, of in enumerate(crowd)}
    some = {id_: {**of, RARE: few[n]} if n in few else of for n, (id_, of) in enumerate(nobody.items())}
    assert _answer(asking, own | some) == _answer(asking, own | nobody)


def test_what_enough_others_bought_does_change_something() -> None:
    """Else nothing above says anything."""
    asking = Asking(
        customer_id=ANNA, rows=(a_purchase("wine"),), views=(), request=Request(list_kind=ListKind.NEW)
    )
    nobody: dict[str, History] = {f"c{n}": {EVERYBODYS: None, "wine": TODAY} for n in range(6)}
    few, enough = (
        nobody | {f"c{n}": {**nobody[f"c{n}"], RARE: TODAY} for n in range(count)} for count in (K - 1, K)
    )
    assert _answer(asking, few) == _answer(asking, nobody) != _answer(asking, enough)


@pytest.mark.parametrize("candidates", [8, 400])
@pytest.mark.parametrize("neighbours", [1, 2, 3, 50])
def test_which_two_products_too_few_others_bought_both_of_changes_nothing(
    neighbours: int, candidates: int
) -> None:
    """Two customers swap a product: each is bought as often as before, and on the same day. Of what more than
    a few others bought, Anna is told the same; only as one of the few herself does she make enough of them."""
    draw = Random(neighbours)
    learning = replace(SETTINGS.learning, k=K, neighbours=neighbours, candidates=candidates)
    asking = AskingAll(catalogue=a_catalogue(*MANY), settings=learning, today=TODAY)
    hers = [a_purchase(id_, days_ago=0) for id_ in ANNAS]
    for _ in range(12):
        worlds = _alike_to_anna(draw)
        models = [learn(world, today=TODAY, settings=learning) for world in worlds]
        assert models[0].state() != models[1].state()
        told, told_then = (
            (
                asking.lists_for(ANNA, hers, model),
                [asking.on_page(id_, model, ANNA) for id_ in MANY],
                list(model.most_popular(ANNA)),
            )
            for model in models
        )
        assert told == told_then


World = Mapping[str, History]


def _alike_to_anna(draw: Random) -> tuple[World, World]:
    """Two worlds that differ in nothing but pairs that fewer than k others bought, and k with her."""
    while True:
        crowd = {f"c{n}": draw.sample(MANY, draw.randint(2, 4)) for n in range(draw.randint(8, 14))}
        before = {id_: dict.fromkeys(bought, TODAY) for id_, bought in [*crowd.items(), (ANNA, ANNAS)]}
        after = _swapped(before, draw)
        others, others_then = ({id_: world[id_] for id_ in crowd} for world in (before, after))
        if _pairs(others) == _pairs(others_then) and _pairs(before) != _pairs(after):
            return before, after


def _swapped(world: World, draw: Random) -> World:
    """One product of one customer for one of another, neither of whom is Anna."""
    while True:
        one, other = draw.sample(sorted(world.keys() - {ANNA}), 2)
        gives, takes = sorted(world[one].keys() - world[other]), sorted(world[other].keys() - world[one])
        if gives and takes:
            given, taken = draw.choice(gives), draw.choice(takes)
            swapped = {one: {*world[one]} - {given} | {taken}, other: {*world[other]} - {taken} | {given}}
            return {**world, **{id_: dict.fromkeys(sorted(ids), TODAY) for id_, ids in swapped.items()}}


def _pairs(world: World) -> Mapping[tuple[str, str], int]:
    """How many bought both of two products, of those pairs that enough of them did."""
    both = Counter(pair for bought in world.values() for pair in combinations(sorted(bought), 2))
    return {pair: count for pair, count in both.items() if count >= K}


def _answer(asking: Asking, histories: Mapping[str, History]) -> Recommendation:
    views = [browsed(id_) for id_ in asking.views]
    return recommend(
        situation_of(
            asking.request,
            data=permitted(*asking.rows, views=views, fields=PURCHASES | BROWSING),
            customer_id=asking.customer_id,
            catalogue=SHOP,
            similarity=SIMILARITY,
            learned=learn(histories, today=a_moment().date(), settings=LEARNING),
            today=TODAY,
            settings=replace(SETTINGS, learning=LEARNING),
        )
    )
