"""What a strategy is: one way to propose products, with the data it needs and the reasons it gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from recommender.catalogue import Catalogue
from recommender.inputs import ListKind, PermittedData, Request, Settings
from recommender.learning.model import Model
from recommender.possessions import Possessions
from recommender.results import Candidate, ReasonCode
from recommender.similarity import Similarity


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Everything that a strategy may look at.

    learned     what was learned from those who allow it
    customer_id to leave her own part out of what others did; `None` for a visitor
    similarity  what is like what; may be empty where nothing is on the page
    """

    request: Request
    data: PermittedData
    possessions: Possessions
    catalogue: Catalogue
    similarity: Similarity
    learned: Model
    customer_id: str | None
    today: date
    settings: Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Data fields of hers: all of `required` must be there, `optional` ones are used if they are."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


class Tier(IntEnum):
    """What comes before what, whatever the scores say."""

    NEEDED = 0  # due, or fits a device of hers and was never bought for it
    ON_PAGE = 1  # fits the product on the page
    CARE = 2  # tips, with nothing to buy in them
    OCCASION = 3  # gifts, because an occasion that she told us of is near
    DECLARED = 4  # what she said that she likes
    WITH_PAGE = 5  # is bought by those who buy the product on the page
    LIKE_PAGE = 6  # is like the product on the page
    FOR_HER_KIND = 7  # a few things for newcomers, regulars, or who has not been here for long
    FOR_HER = 8  # what she buys, and what goes with it
    SHOP = 9  # what others buy and what the shop features
    SHELF = 10  # the rest of the catalogue


class Urgency(IntEnum):
    """What comes before what in the tier NEEDED: the scores of all strategies there are on this scale."""

    HER_USUAL = 3  # the very supply for a device of hers that she bought last
    DUE = 2
    NEVER_SERVED = 1  # fits a device of hers, and she never bought any for it


def tiers_of(request: Request) -> tuple[Tier, ...]:
    """A list of what she bought before rests on that alone: the shop's own choice is no reason for it.

    Nor is there a tip in a list of one kind: it was asked for to choose from.
    """
    if request.list_kind is ListKind.AGAIN:
        return (Tier.NEEDED, Tier.FOR_HER)
    return tuple(tier for tier in Tier if tier is not Tier.CARE or request.list_kind is ListKind.ALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Strategy:
    """`needs` are alternatives: any one that is met makes the strategy usable.

    `propose` yields its candidates best first, and as many as it likes: ranking takes what it needs.
    `may_fit_others`: it may bring supplies that fit none of her devices, because they fit what she looks at.
    """

    name: str
    tier: Tier
    needs: tuple[Needs, ...]
    reasons: frozenset[ReasonCode]
    propose: Callable[[Situation], Iterable[Candidate]]
    may_fit_others: bool = False

    def is_usable_with(self, fields: frozenset[str]) -> bool:
        return any(needs.required <= fields for needs in self.needs)

    def fields_used_of(self, permitted: frozenset[str]) -> frozenset[str]:
        """The fields that this strategy would use if `permitted` may be read."""
        met = [needs for needs in self.needs if needs.required <= permitted]
        return frozenset().union(*(needs.required | (needs.optional & permitted) for needs in met))


NEEDS_NOTHING_OF_HERS = (Needs(),)
NEEDS_PURCHASES = Needs(
    required=frozenset({"purchases.product"}), optional=frozenset({"purchases.date", "purchases.quantity"})
)
NEEDS_DEVICES = Needs(
    required=frozenset({"devices.product"}), optional=frozenset({"devices.since", "devices.status"})
)
NEEDS_DAYS_OF_PURCHASES = (
    Needs(
        required=frozenset({"purchases.product", "purchases.date"}),
        optional=frozenset({"purchases.quantity"}),
    ),
)
