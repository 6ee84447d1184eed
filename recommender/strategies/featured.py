"""What the shop puts forward itself, in its own order. Needs nothing of hers."""

from collections.abc import Iterator

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    for place, product_id in enumerate(situation.catalogue.featured):
        rank = situation.catalogue.products[product_id].featured_rank
        yield Candidate(
            product_id=product_id,
            score=-place,
            reason=Reason(
                code=ReasonCode.FEATURED,
                facts=(Fact(source=Source.CATALOGUE, field="featured_rank", value=rank, share=WHOLE),),
            ),
        )


FEATURED = Strategy(
    name="featured",
    tier=Tier.SHOP,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.FEATURED}),
    propose=_propose,
)
