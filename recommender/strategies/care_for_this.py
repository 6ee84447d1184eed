"""Care tips of the season for the product on the page. Needs nothing of hers; of what is sensitive there are none.

Age and interval are those of something that she has: of a product on a page nobody knows them.
"""

from collections.abc import Iterator

from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier
from recommender.tips import Season


def _propose(situation: Situation) -> Iterator[Candidate]:
    products = situation.catalogue.products
    shown = [products[id_] for id_ in dict.fromkeys(situation.request.page) if id_ in products]
    candidates = [
        Candidate(
            product_id=product.id,
            score=tip.closeness(product),
            reason=_reason(tip.id, product.id),
            tip_id=tip.id,
        )
        for tip in situation.catalogue.tips
        if isinstance(tip.due, Season) and tip.due.is_due(None, situation.today)
        for product in shown
        if tip.closeness(product) and not product.sensitive
    ]
    return iter(sorted(candidates, key=lambda candidate: -candidate.score))


def _reason(tip_id: str, shown_id: str) -> Reason:
    return Reason(
        code=ReasonCode.CARE,
        facts=(
            Fact(source=Source.REQUEST, field="product_id", ref=shown_id, share=WHOLE),
            Fact(source=Source.CATALOGUE, field="tip", ref=f"{tip_id} → {shown_id}"),
        ),
        params={"product": shown_id, "known_from": "product_id"},
    )


CARE_FOR_THIS = Strategy(
    name="care_for_this",
    tier=Tier.CARE,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.CARE}),
    propose=_propose,
)
