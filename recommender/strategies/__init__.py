"""The strategies, in the order in which they settle a tie. A new one is a file here and a line below."""

from recommender.inputs import ListKind, Request
from recommender.strategies.bought_together import BOUGHT_TOGETHER
from recommender.strategies.buy_again import BUY_AGAIN
from recommender.strategies.care import CARE
from recommender.strategies.care_for_this import CARE_FOR_THIS
from recommender.strategies.compatible import COMPATIBLE
from recommender.strategies.declared import DECLARED
from recommender.strategies.featured import FEATURED
from recommender.strategies.fits_this import FITS_THIS
from recommender.strategies.for_her_kind import FOR_HER_KIND
from recommender.strategies.for_you import FOR_YOU
from recommender.strategies.from_catalogue import FROM_CATALOGUE
from recommender.strategies.occasion import OCCASION
from recommender.strategies.popular import POPULAR
from recommender.strategies.replenish import REPLENISH
from recommender.strategies.similar import SIMILAR
from recommender.strategy import Strategy, tiers_of

STRATEGIES: tuple[Strategy, ...] = (
    COMPATIBLE,
    REPLENISH,
    OCCASION,
    DECLARED,
    CARE,
    CARE_FOR_THIS,
    FITS_THIS,
    BOUGHT_TOGETHER,
    SIMILAR,
    BUY_AGAIN,
    FOR_HER_KIND,
    FOR_YOU,
    FEATURED,
    POPULAR,
    FROM_CATALOGUE,
)


RULES_OUT = frozenset({"preferences.dislikes", "preferences.sizes"})
"""By these ranking leaves products out, whichever strategy proposes them."""

ANY_LIST = Request()
"""The list in which every strategy has a part: what it can use, the others can."""


def fields_used_of(permitted: frozenset[str], request: Request = ANY_LIST) -> frozenset[str]:
    """Of the fields that may be read, those that some strategy or ranking can use: read these and no others.

    For the list that is asked for: of what she bought before there is none where that may not be read.
    """
    if request.list_kind is ListKind.AGAIN and "purchases.product" not in permitted:
        return frozenset()
    tiers = tiers_of(request)
    usable = (strategy for strategy in STRATEGIES if strategy.tier in tiers)
    return (RULES_OUT & permitted).union(*(strategy.fields_used_of(permitted) for strategy in usable))


__all__ = ["RULES_OUT", "STRATEGIES", "fields_used_of"]
