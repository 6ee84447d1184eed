"""Popularity: supporters counted over the baskets handed in, and one customer left out exactly."""

from collections import Counter

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from recommender.learning.popularity import NOTHING_LEARNED, Others, count_popularity
from tests.builders import popularity_of

ANNA, BEN = "anna", "ben"


def test_each_customer_supports_a_product_once() -> None:
    popularity = popularity_of(anna=["paper", "ink"], ben=["paper"])
    assert popularity.supporters == {"paper": 2, "ink": 1}


def test_her_own_purchases_do_not_count_as_those_of_others() -> None:
    popularity = popularity_of(anna=["paper", "ink"], ben=["paper"])
    assert _supported(popularity.without(ANNA)) == {"paper": 1}
    assert _supported(popularity.without(BEN)) == {"paper": 1, "ink": 1}


@pytest.mark.parametrize("customer_id", ["never-seen", "", None])
def test_who_contributed_nothing_changes_nothing(customer_id: str | None) -> None:
    popularity = popularity_of(anna=["paper"], ben=[])
    assert _supported(popularity.without(customer_id)) == {"paper": 1}
    assert _supported(popularity.without(BEN)) == {"paper": 1}


def test_without_her_is_as_if_she_had_never_contributed() -> None:
    baskets = {ANNA: frozenset({"paper", "ink"}), BEN: frozenset({"paper", "pen"})}
    others = {customer_id: basket for customer_id, basket in baskets.items() if customer_id != ANNA}
    with_her, without_her = count_popularity(baskets), count_popularity(others)
    assert _supported(with_her.without(ANNA)) == _supported(without_her.without(ANNA))


def test_nothing_learned_supports_nothing() -> None:
    assert _ranked(NOTHING_LEARNED.without(ANNA)) == []
    assert count_popularity({}) == NOTHING_LEARNED


@for_all(
    st.dictionaries(st.sampled_from([ANNA, BEN, "cleo"]), st.frozensets(st.sampled_from("abcdef"))),
    st.sampled_from([ANNA, BEN, None]),
)
def test_the_most_supported_comes_first_and_ids_settle_ties(
    baskets: dict[str, frozenset[str]], customer_id: str | None
) -> None:
    counted = Counter(id_ for other, basket in baskets.items() if other != customer_id for id_ in basket)
    expected = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    assert _ranked(count_popularity(baskets).without(customer_id)) == expected


def _ranked(others: Others) -> list[tuple[str, int]]:
    """Without those that nobody supports: a count of 0 and no count are the same."""
    return [(product_id, count) for product_id, count in others.most_supported_first() if count]


def _supported(others: Others) -> dict[str, int]:
    return dict(_ranked(others))
