"""What many other customers bought, of those who allow learning; nothing that fewer than k support.

Nothing sensitive: that many bought it is nothing to say to somebody who did not ask for it.

No count leaves: `value` is k itself, the number that is public anyway.
"""

from collections.abc import Iterator

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    k, popular = situation.settings.k, situation.learned.most_popular(situation.customer_id)
    catalogue = situation.catalogue
    shown = (id_ for id_ in popular if catalogue.is_offered(id_) and not catalogue.products[id_].sensitive)
    for place, product_id in enumerate(shown):
        yield Candidate(
            product_id=product_id,
            score=-place,
            reason=Reason(
                code=ReasonCode.POPULAR,
                facts=(
                    Fact(
                        source=Source.OTHERS,
                        field="purchases.product",
                        ref=product_id,
                        value=k,
                        share=WHOLE,
                    ),
                ),
                params={"at_least": k},
            ),
        )


POPULAR = Strategy(
    name="popular",
    tier=Tier.SHOP,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.POPULAR}),
    propose=_propose,
)
