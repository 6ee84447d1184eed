"""Constants of learning and scoring, shipped with the release or set by the shop: never learned from people.

Measured with `byleave evaluate` on several shops, none of which alone decided (docs/accuracy.md).
"""

from dataclasses import dataclass, field

WEIGHT_UNIT = 64
"""A purchase of today weighs this much in pair counts: 4,096 a pair and customer at most, so that sums over more
customers than there are people are whole in 64 bits, and in a float."""

LEAST_WEIGHT = WEIGHT_UNIT // 8
"""What weighs less counts in no pair: else a pair of k customers could be one of today and others of long ago,
and what it says be what that one says."""

STRENGTH_UNIT = 256
"""How strongly a fact of hers of today speaks; also what stands for one visit in her own frequency."""

COEFFICIENT_UNIT = 1 << 16
"""What buying one product says about another is in units of 1 / COEFFICIENT_UNIT."""

SCORE_UNIT = STRENGTH_UNIT * COEFFICIENT_UNIT
"""Each part of a score is in units of 1 / SCORE_UNIT before it is weighed."""

_CUSTOMERS_A_PENALTY = 4
_STEPS = (8, 50, 100, 200, 400)


VIEW_STRENGTH = STRENGTH_UNIT // 4
CART_STRENGTH = STRENGTH_UNIT // 2
"""What she looked at today, or put into her cart, next to what she bought today. Judgement: the public data that
the other constants were chosen on has purchases alone."""


HALF_LIVES = (*range(1, 11), 12, 14, 20, 21, 30, 45, 60, 90, 120, 180, 240, 365)
"""Those whose tables are made once. Any other is as exact, and slow."""


LARGEST_WEIGHT = 10_000
"""What a part of a score may count at most, in thousandths."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartWeights:
    """How much each part of a score counts, in thousandths; at least one of them above 0.

    learned   what her purchases, and what is on the page, say about a product
    personal  how often and how lately she bought the product itself
    popular   how many others bought it lately
    """

    learned: int
    personal: int
    popular: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningSettings:
    """`k`: what fewer than so many customers support does not show. Half-lives in days, or in visits.

    neighbours  so many products explain one at most
    penalty     of the ridge regression, in customers who bought today; see `ridge`
    candidates  so many of what is most similar are scored in full for one list, an eighth as many of what is most
                popular, and all that is hers
    """

    k: int = 5
    pair_half_life: int = 30
    popularity_half_life: int = 7
    profile_half_life: int = 120
    browsing_half_life: int = 7
    visits_half_life: int = 7
    neighbours: int = 50
    penalty: int = 100
    candidates: int = 400
    everything: PartWeights = field(
        default_factory=lambda: PartWeights(learned=464, personal=370, popular=250)
    )
    with_page: PartWeights = field(default_factory=lambda: PartWeights(learned=1000, personal=0, popular=0))
    new_only: PartWeights = field(default_factory=lambda: PartWeights(learned=2472, personal=0, popular=200))

    def ridge(self, customers: int) -> int:
        """The penalty for so many customers, in the unit of pair weights.

        It is fixed, so that what is learned of few among many is held back, but in a shop with few customers,
        where it would hold back everything. There it goes in coarse steps: it has a part in every score, which
        must not tell of each single customer who comes or leaves.
        """
        reached = max(step for step in _STEPS if step <= max(customers, _STEPS[0]))
        penalty = min(self.penalty, reached // _CUSTOMERS_A_PENALTY)
        return penalty * WEIGHT_UNIT * WEIGHT_UNIT
