"""Supplies and accessories for the product on the page. Needs nothing of hers."""

from collections.abc import Iterator

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    candidates = [
        Candidate(product_id=product_id, score=-place, reason=_reason(product_id, shown_id))
        for shown_id in situation.request.page
        for place, product_id in enumerate(situation.catalogue.supplies_on_offer(shown_id))
    ]
    # In a cart: one supply of each product before the second of any.
    return iter(sorted(candidates, key=lambda candidate: -candidate.score))


def _reason(product_id: str, shown_id: str) -> Reason:
    return Reason(
        code=ReasonCode.FITS_THIS,
        facts=(
            Fact(source=Source.REQUEST, field="product_id", ref=shown_id, share=WHOLE),
            Fact(source=Source.CATALOGUE, field="fits", ref=f"{product_id} → {shown_id}"),
        ),
        params={"device": shown_id},
    )


FITS_THIS = Strategy(
    name="fits_this",
    tier=Tier.ON_PAGE,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.FITS_THIS}),
    propose=_propose,
    may_fit_others=True,
)
