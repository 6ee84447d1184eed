"""What is like a product on the page or in the cart, by the shop's own words for it. Needs nothing of hers."""

from collections.abc import Iterator
from heapq import merge

from recommender.catalogue import Catalogue
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.similarity import Alike
from recommender.strategy import NEEDS_NOTHING_OF_HERS, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    """Of several products on the page the one that a product is most like brings it, of equals the first."""
    catalogue, page = situation.catalogue, dict.fromkeys(situation.request.page)
    at_least = situation.settings.similar_permille
    of_each = [situation.similarity.like(shown_id, at_least=at_least) for shown_id in page]
    # A variant of what she looks at is the same thing: the page itself offers it.
    proposed, groups = set[str](), {catalogue.group_of(shown_id) for shown_id in page}
    for alike in merge(*of_each, key=lambda one: (-one.likeness, one.place)):
        is_new = alike.product_id not in proposed and catalogue.group_of(alike.product_id) not in groups
        if is_new and _serve_the_same(alike.product_id, alike.shown_id, catalogue):
            proposed.add(alike.product_id)
            yield Candidate(product_id=alike.product_id, score=alike.likeness, reason=_reason(alike))


def _serve_the_same(one: str, other: str, catalogue: Catalogue) -> bool:
    """A cartridge for another printer is no substitute, however alike the two are by their names."""
    nothing = frozenset[str]()
    devices, others = catalogue.fits.get(one, nothing), catalogue.fits.get(other, nothing)
    return not devices.isdisjoint(others) if devices and others else not devices and not others


def _reason(alike: Alike) -> Reason:
    return Reason(
        code=ReasonCode.SIMILAR,
        facts=(
            Fact(
                source=Source.CATALOGUE,
                field="text",
                ref=f"{alike.product_id} → {alike.shown_id}",
                share=WHOLE,
            ),
            Fact(source=Source.REQUEST, field="product_id", ref=alike.shown_id),
        ),
        params={"product": alike.shown_id},
    )


SIMILAR = Strategy(
    name="similar",
    tier=Tier.LIKE_PAGE,
    needs=NEEDS_NOTHING_OF_HERS,
    reasons=frozenset({ReasonCode.SIMILAR}),
    propose=_propose,
)
