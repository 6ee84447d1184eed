"""Popularity: supporters counted over the baskets handed in, and one customer left out exactly."""

from collections.abc import Mapping

import pytest

from recommender.learning.popularity import NOTHING_LEARNED, count_popularity
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
    assert popularity.without(customer_id) == {"paper": 1}
    assert popularity.without(BEN) == {"paper": 1}


def test_without_her_is_as_if_she_had_never_contributed() -> None:
    baskets = {ANNA: frozenset({"paper", "ink"}), BEN: frozenset({"paper", "pen"})}
    others = {customer_id: basket for customer_id, basket in baskets.items() if customer_id != ANNA}
    with_her, without_her = count_popularity(baskets), count_popularity(others)
    assert _supported(with_her.without(ANNA)) == _supported(without_her.without(ANNA))


def test_nothing_learned_supports_nothing() -> None:
    assert NOTHING_LEARNED.without(ANNA) == {} == count_popularity({}).supporters


def _supported(counts: Mapping[str, int]) -> dict[str, int]:
    """Without those that nobody supports: a count of 0 and no count are the same."""
    return {product_id: count for product_id, count in counts.items() if count}
