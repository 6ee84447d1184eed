"""The rest of the shop, category by category, so that nobody meets an empty page. Needs nothing of hers."""

from collections.abc import Iterator

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    for place, product_id in enumerate(situation.catalogue.shelf):
        yield Candidate(
            product_id=product_id,
            score=-place,
            reason=Reason(
                code=ReasonCode.FROM_CATALOGUE,
                facts=(Fact(source=Source.CATALOGUE, field="available", ref=product_id, share=WHOLE),),
            ),
        )


FROM_CATALOGUE = Strategy(
    name="from_catalogue",
    tier=Tier.SHELF,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.FROM_CATALOGUE}),
    propose=_propose,
)
