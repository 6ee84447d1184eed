"""What she buys, and what goes with that or with what she looks at; the popular first, by comparable scores."""

from collections.abc import Iterator

from recommender.inputs import ListKind
from recommender.learned_suggestions import learned_suggestions
from recommender.profiles import her_profile
from recommender.results import Candidate, ReasonCode
from recommender.strategy import NEEDS_PURCHASES, Needs, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    """A list of what she bought before has an order of its own, that of another strategy."""
    learning = situation.settings.learning
    if situation.request.list_kind is ListKind.AGAIN:
        return iter(())
    is_new = situation.request.list_kind is ListKind.NEW
    weights = learning.new_only if is_new else learning.everything
    return learned_suggestions(her_profile(situation), situation, weights)


FOR_YOU = Strategy(
    name="for_you",
    tier=Tier.FOR_HER,
    needs=(
        NEEDS_PURCHASES,
        Needs(required=frozenset({"browsing.views"})),
        Needs(required=frozenset({"browsing.carts"})),
    ),
    reasons=frozenset({ReasonCode.FOR_YOU, ReasonCode.BUY_AGAIN, ReasonCode.POPULAR}),
    propose=_propose,
)
