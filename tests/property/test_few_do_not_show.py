"""P2: what fewer than k other customers bought changes nobody's answer, whatever else is known of it.

Two worlds differ only in whether a few customers, fewer than k, bought one product. Everybody has bought
something else besides: how many customers learning counts is told by all of them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from recommender.inputs import ListKind, Purchase, Request
from recommender.learning.contributions import History
from recommender.learning.model import learn
from recommender.ranking import recommend
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
from tests.property.test_recommender_properties import ANNA, SETTINGS, TODAY

K = 3
LEARNING = replace(SETTINGS.learning, k=K, candidates=16)
RARE = "rare"
IDS = ["bread", "cheese", "olives", "wine", RARE]
EVERYBODYS = "a-bag"
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
    """Anna may be one of those who are learned from, and may have bought the rare thing herself."""
    own: dict[str, History] = {} if annas is None else {ANNA: {EVERYBODYS: None, **annas, RARE: annas_rare}}
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


def _answer(asking: Asking, histories: Mapping[str, History]) -> Recommendation:
    views = [browsed(id_) for id_ in asking.views]
    return recommend(
        asking.request,
        data=permitted(*asking.rows, views=views, fields=PURCHASES | BROWSING),
        customer_id=asking.customer_id,
        catalogue=SHOP,
        similarity=SIMILARITY,
        learned=learn(histories, today=a_moment().date(), settings=LEARNING),
        today=TODAY,
        settings=replace(SETTINGS, learning=LEARNING),
    )
