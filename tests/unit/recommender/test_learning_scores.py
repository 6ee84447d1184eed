"""Scores are sums of facts; of what others did, her own part is left out; ties and limits."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from recommender.learning.contributions import History
from recommender.learning.model import Model, learn
from recommender.learning.neighbourhood import NO_PRODUCT
from recommender.learning.scores import Part, Profile, Scores, Summand, frequency_of
from recommender.learning.settings import SCORE_UNIT, STRENGTH_UNIT, LearningSettings, PartWeights
from recommender.learning.tables import LOGARITHMS

TODAY = date(2026, 6, 10)
SETTINGS = LearningSettings(k=3)
EVERYTHING = SETTINGS.everything
LEARNED_ONLY = PartWeights(learned=1, personal=0, popular=0)


def learned(settings: LearningSettings = SETTINGS, **histories: History) -> Model:
    return learn(histories, today=TODAY, settings=settings)


def bought(*product_ids: str, days_ago: int = 3) -> History:
    return dict.fromkeys(product_ids, TODAY - timedelta(days=days_ago))


def a_profile(
    model: Model, *sources: str, customer_id: str | None = None, own: Sequence[str] = (), visits: int = 1
) -> Profile:
    return Profile(
        customer_id=customer_id,
        sources=np.array([model.number[id_] for id_ in sources], dtype=np.int64),
        strengths=np.full(len(sources), STRENGTH_UNIT),
        own=tuple(sorted(own)),
        frequency=np.full(len(own), visits * STRENGTH_UNIT),
    )


def offered(model: Model, profile: Profile, weights: PartWeights = LEARNED_ONLY) -> dict[str, int]:
    scores = Scores(model, profile, weights)
    return dict(zip(scores.products, scores.totals.tolist(), strict=True))


def popular(model: Model, customer_id: str | None = None) -> dict[str, int]:
    """The part of what is popular in the score of each product, of which she bought all."""
    profile = a_profile(model, customer_id=customer_id, own=model.products)
    scores = Scores(model, profile, PartWeights(learned=0, personal=1, popular=1))
    return {
        product_id: summand.amount
        for rank, product_id in enumerate(scores.products)
        for summand in scores.summands(rank)
        if summand.part is Part.POPULAR
    }


def a_crowd(count: int = 40) -> dict[str, History]:
    draw = Random(4)
    tastes = (["tent", "bag", "stove", "lamp"], ["pen", "ink", "pad", "lamp"])
    return {
        f"c{n}": bought(*draw.sample(tastes[n % 2], draw.randint(2, 4)), days_ago=draw.randint(0, 60))
        for n in range(count)
    }


# Sums


def test_summands_add_up_to_the_total_and_the_largest_stands_first() -> None:
    model = learned(**a_crowd())
    profile = a_profile(model, "tent", "pen", "lamp", own=["tent", "pen", "lamp"], customer_id="c0")
    scores = Scores(model, profile, EVERYTHING)
    parts = set()
    for rank, total in enumerate(scores.totals.tolist()):
        summands = list(scores.summands(rank))
        amounts = [summand.amount for summand in summands]
        assert sum(amounts) == total
        assert amounts == sorted(amounts, reverse=True) and min(amounts) > 0
        parts |= {summand.part for summand in summands}
    assert parts == set(Part)


def test_each_source_is_a_fact_of_its_own_even_where_two_are_the_same_product() -> None:
    model = learned(**a_crowd())
    profile = a_profile(model, "tent", "tent")
    once, twice = (Scores(model, one, LEARNED_ONLY) for one in (a_profile(model, "tent"), profile))
    assert twice.totals.tolist() == [2 * total for total in once.totals.tolist()]
    places = [summand.place for summand in twice.summands(0)]
    assert places == [0, 1]


def test_best_first_ties_to_the_smaller_id_and_nothing_without_a_score() -> None:
    model = learned(**{f"c{n}": bought("tent", "bag", "axe") for n in range(5)}, d=bought("lone"))
    assert list(offered(model, a_profile(model, "tent"))) == ["axe", "bag"]
    assert "lone" not in offered(model, a_profile(model, "tent", "lone"), EVERYTHING)


def test_the_whole_order_is_by_total_then_id() -> None:
    model = learned(**a_crowd())
    scores = Scores(model, a_profile(model, "tent", "pen", own=["tent"]), EVERYTHING)
    pairs = list(zip((-scores.totals).tolist(), scores.products, strict=True))
    assert pairs == sorted(pairs) and len(pairs) > 4


# Her own purchases


def test_how_often_she_bought_it_counts_by_its_logarithm() -> None:
    model = learned(**a_crowd())
    personal = PartWeights(learned=0, personal=1, popular=0)
    totals = [
        offered(model, a_profile(model, own=["pen"], visits=visits), personal)["pen"] for visits in (1, 3)
    ]
    assert totals == [round(SCORE_UNIT * np.log(2)), round(SCORE_UNIT * np.log(4))]


def test_more_visits_than_the_table_has_count_as_its_last() -> None:
    model = learned(**a_crowd())
    personal = PartWeights(learned=0, personal=1, popular=0)
    assert offered(model, a_profile(model, own=["pen"], visits=1_000), personal) == {"pen": LOGARITHMS[-1]}


def test_the_later_visits_count_more() -> None:
    assert frequency_of([[0], [7], [0, 7], [10_000]], SETTINGS).tolist() == [256, 128, 384, 0]


def test_what_she_bought_has_its_score_whether_or_not_the_model_knows_it() -> None:
    alone, with_others = learned(), learned(ben=bought("pen"), cleo=bought("pad"))
    for weights in (EVERYTHING, PartWeights(learned=0, personal=1, popular=0)):
        totals = [
            offered(model, a_profile(model, own=["pen", "axe"], visits=2), weights)
            for model in (alone, with_others)
        ]
        assert totals[0] == totals[1]
        assert list(totals[0]) == ["axe", "pen"]


def test_a_source_that_the_model_does_not_know_says_nothing() -> None:
    model = learned(**a_crowd())
    stranger = Profile(
        customer_id=None,
        sources=np.array([NO_PRODUCT]),
        strengths=np.array([STRENGTH_UNIT]),
        own=("axe",),
        frequency=np.array([STRENGTH_UNIT]),
    )
    assert offered(model, stranger) == {}
    scores = Scores(model, stranger, EVERYTHING)
    place = scores.products.index("axe")
    assert [one.part for one in scores.summands(place)] == [Part.OWN]


# What others did, without her


def test_a_pair_that_only_just_enough_support_is_hidden_from_each_of_them() -> None:
    """To everybody else three bought both; to each of the three it is two others."""
    model = learned(**{f"c{n}": bought("tent", "bag") for n in range(3)}, d=bought("tent"))
    for visitor in (None, "stranger", "d"):
        assert "bag" in offered(model, a_profile(model, "tent", customer_id=visitor))
    for customer_id in ("c0", "c1", "c2"):
        assert offered(model, a_profile(model, "tent", customer_id=customer_id)) == {}


def test_with_one_supporter_more_it_shows_to_all() -> None:
    model = learned(**{f"c{n}": bought("tent", "bag") for n in range(4)})
    for customer_id in (None, "c0"):
        assert "bag" in offered(model, a_profile(model, "tent", customer_id=customer_id))


def test_a_purchase_too_long_ago_to_count_makes_nobody_a_supporter() -> None:
    histories = {f"c{n}": bought("tent", "bag") for n in range(2)}
    assert offered(learned(**histories, d=bought("tent", "bag", days_ago=900)), a_profile(
        learned(**histories), "tent")) == {}  # fmt: skip


def test_a_purchase_of_three_half_lives_ago_still_supports_a_pair_and_an_older_one_does_not() -> None:
    """One who bought today cannot be all of a pair that four others bought long ago."""
    for days_ago, told in ((90, True), (93, False), (150, False)):
        long_ago = {f"c{n}": bought("tent", "bag", days_ago=days_ago) for n in range(2)}
        model = learned(**long_ago, one=bought("tent", "bag", days_ago=0))
        assert bool(offered(model, a_profile(model, "tent"))) is told


def test_what_is_popular_is_so_among_others() -> None:
    model = learned(**{f"c{n}": bought("tent", days_ago=0) for n in range(3)}, d=bought("pen", days_ago=0))
    assert popular(model) == {"tent": SCORE_UNIT}
    assert popular(model, "c0") == {}


def test_popularity_is_a_part_of_the_most_popular_of_what_enough_support() -> None:
    tent = {f"c{n}": bought("tent", days_ago=0) for n in range(4)}
    pen = {f"d{n}": bought("pen", days_ago=7) for n in range(4)}
    model = learned(**tent, **pen)
    assert popular(model) == {"tent": SCORE_UNIT, "pen": SCORE_UNIT // 2}
    # Of the tent's four, three are others to her: the tent has 3 x 64, the pen 4 x 32.
    assert popular(model, "c0") == {"tent": SCORE_UNIT, "pen": SCORE_UNIT * 2 // 3}


@pytest.mark.parametrize("width", [1, 2, 50])
def test_a_pair_that_is_hidden_from_her_takes_no_other_pairs_place(width: int) -> None:
    """She and two others bought both the tent and a lamp; three others the tent and a bag. Whether the two did
    is nothing that she may see: not by the lamp, and not by the bag either."""
    settings = LearningSettings(k=3, neighbours=width)
    crowd = {"her": bought("tent", "lamp", days_ago=0)}
    crowd |= {f"c{n}": bought("tent", "bag", days_ago=20) for n in range(3)}
    models = []
    for together, apart in (("lamp", "pen"), ("pen", "lamp")):
        two = {f"d{n}": bought("tent", together, days_ago=0) for n in range(2)}
        two |= {f"e{n}": bought(apart, days_ago=0) for n in range(2)}
        models.append(learned(settings, **crowd, **two))
    did, did_not = (offered(model, a_profile(model, "bag", "lamp", customer_id="her")) for model in models)
    assert did == did_not and list(did) == ["tent"]
    assert "lamp" in offered(models[0], a_profile(models[0], "tent"))  # to anybody else three did


def test_each_pair_of_just_enough_is_a_fact_of_its_own() -> None:
    """However many: none of them stands in another's way, nor in that of what many support."""
    crowd = {f"{id_}-{n}": bought("tent", id_) for id_ in ("bag", "lamp", "pan") for n in range(3)}
    many = {f"many-{n}": bought("tent", "axe") for n in range(9)}
    model = learned(LearningSettings(k=3, neighbours=2), **crowd, **many)
    scores = Scores(model, a_profile(model, "bag", "lamp", "pan", "axe"), LEARNED_ONLY)
    summands = list(scores.summands(scores.products.index("tent")))
    assert sorted(summand.place for summand in summands) == [0, 1, 2, 3]
    assert sum(summand.amount for summand in summands) == scores.totals[scores.products.index("tent")]


def test_where_enough_is_known_by_many_what_just_enough_bought_is_not_asked() -> None:
    many = {f"many-{n}": bought("tent", "axe") for n in range(9)}
    few = {f"few-{n}": bought("tent", "bag") for n in range(3)}
    for width, told in ((1, False), (2, True)):
        model = learned(LearningSettings(k=3, neighbours=width), **many, **few)
        assert ("tent" in offered(model, a_profile(model, "bag"))) is told


# Candidates


def test_what_too_few_support_takes_nobodys_place() -> None:
    """Only so many are scored. Two who buy much today must not push out what three bought last week."""
    similar = [f"lamp-{n:02}" for n in range(16)]
    crowd = {f"s{n}": bought("oil", *similar, days_ago=40) for n in range(4)}
    crowd |= {f"c{n}": bought("oil", "tent", days_ago=7) for n in range(3)}
    crowd |= {f"o{n}": bought("tent", days_ago=60) for n in range(300)}
    few = {f"d{n}": bought("gold", days_ago=0) for n in range(2)}
    for histories in (crowd, crowd | few):
        # 16 of what is similar, and the two most popular; or 15, and one
        two, one = (learned(LearningSettings(k=3, candidates=count), **histories) for count in (16, 15))
        assert set(offered(two, a_profile(two, "oil"))) == {"tent", *similar}
        assert set(offered(one, a_profile(one, "oil"))) == set(similar[:15])


def test_what_rests_on_her_own_baskets_takes_nobodys_place() -> None:
    settings = LearningSettings(k=3, candidates=1)
    hers = {f"c{n}": bought("tent", "bag", days_ago=0) for n in range(3)}
    others = {f"d{n}": bought("tent", "pen", days_ago=40) for n in range(4)}
    model = learned(settings, **hers, **others)
    assert list(offered(model, a_profile(model, "tent"))) == ["bag"]
    assert list(offered(model, a_profile(model, "tent", customer_id="c0"))) == ["pen"]


def test_nothing_is_offered_where_nothing_was_learned() -> None:
    model = learned()
    assert offered(model, a_profile(model), EVERYTHING) == {}
    assert list(model.most_popular(None)) == []


def test_a_summand_of_no_source_has_no_place() -> None:
    assert Summand(part=Part.OWN, amount=1).place == -1


@pytest.mark.parametrize("kind", ["everything", "new_only", "with_page"])
def test_it_does_not_matter_what_was_asked_before(kind: str) -> None:
    fresh, asked = learned(**a_crowd()), learned(**a_crowd())
    weights: PartWeights = getattr(SETTINGS, kind)
    for source in ("pad", "lamp", "bag"):
        offered(asked, a_profile(asked, source), weights)
    profile = a_profile(fresh, "tent", "pen")
    assert offered(asked, profile, weights) == offered(fresh, profile, weights) != {}
