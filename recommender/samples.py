"""Try first: where a thing is new to her and something speaks for it, its sample comes in its place.

What she has or had is not new, and where her purchases may not be read nothing is known to be new: then the
thing itself is suggested, as ever.
"""

from recommender.results import Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import Situation

_BOUGHT = "purchases.product"


def sample_instead(candidate: Candidate, situation: Situation) -> Candidate | None:
    """The sample of what is proposed, for the same reason and in the same place; `None` if there is no case for it."""
    product_id, catalogue = candidate.product_id, situation.catalogue
    sample_id = catalogue.samples.get(product_id)
    if sample_id is None or not _speaks(candidate.reason) or _BOUGHT not in situation.data.fields:
        return None
    if catalogue.group[product_id] in situation.possessions.known:
        return None
    return Candidate(
        product_id=sample_id,
        score=candidate.score,
        reason=_reason(candidate.reason, sample_id, product_id),
    )


def _speaks(reason: Reason) -> bool:
    """Whether it speaks for a thing by itself, and not for what it fits, is like, was bought with or is new beside."""
    is_by_hers = reason.code is ReasonCode.FOR_YOU and "product" in reason.params
    return is_by_hers or reason.code in (ReasonCode.DECLARED, ReasonCode.FEATURED)


def _reason(speaks: Reason, sample_id: str, product_id: str) -> Reason:
    """What speaks for the thing carries all shares; that she bought none of it decides between it and its sample."""
    none_bought = Fact(source=Source.CUSTOMER, field=_BOUGHT, ref=product_id, value=0)
    sample = Fact(source=Source.CATALOGUE, field="sample_of", ref=f"{sample_id} → {product_id}")
    return Reason(
        code=ReasonCode.TRY_FIRST,
        facts=(*speaks.facts, none_bought, sample),
        others=speaks.others,
        params={**speaks.params, "sample_of": product_id, "spoken_for": speaks.code.value},
    )
