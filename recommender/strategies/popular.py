"""What many other customers bought, of those who allow learning; nothing that fewer than k support.

No count leaves: `value` is k itself, the number that is public anyway.
"""

from collections.abc import Iterator
from itertools import takewhile

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    k, is_offered = situation.settings.k, situation.catalogue.is_offered
    supported = takewhile(lambda counted: counted[1] >= k, situation.others.most_supported_first())
    on_offer = (product_id for product_id, _ in supported if is_offered(product_id))
    for place, product_id in enumerate(on_offer):
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
