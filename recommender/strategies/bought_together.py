"""What those who bought the products on the page, or in the cart, bought as well. Needs nothing of hers."""

from collections.abc import Iterator

from recommender.learned_suggestions import learned_suggestions
from recommender.profiles import page_profile
from recommender.results import Candidate, ReasonCode
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    weights = situation.settings.learning.with_page
    return learned_suggestions(page_profile(situation), situation, weights)


BOUGHT_TOGETHER = Strategy(
    name="bought_together",
    tier=Tier.WITH_PAGE,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.BOUGHT_TOGETHER}),
    propose=_propose,
)
