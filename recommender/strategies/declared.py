"""What she said that she likes: brands and categories, within her budget first.

It outranks what was inferred of her. What costs more than her budget is not proposed here; what she dislikes, or
cannot wear, ranking leaves out whoever proposes it. Nothing sensitive: a like is no choice of that very thing.
"""

from collections.abc import Iterator

from recommender.inputs import Preferences, Product, Tastes
from recommender.preferences import as_told, is_within
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.spelling import fold
from recommender.strategy import Needs, Situation, Strategy, Tier

_LIKES, _BUDGET = "preferences.likes", "preferences.budget"
_WITHIN, _BOTH = 2, 1
_OF_BUDGET = WHOLE // 4


def _propose(situation: Situation) -> Iterator[Candidate]:
    """One product of each thing that she likes before the second of any; known to be within her budget first."""
    preferences = situation.data.preferences or Preferences()
    products = situation.catalogue.products
    scored = [
        (-score, place, product_id)
        for product_id, place in _places(preferences.likes, situation).items()
        if (score := _score(products[product_id], preferences)) is not None
    ]
    for negative, _, product_id in sorted(scored):
        reason = _reason(products[product_id], preferences)
        yield Candidate(product_id=product_id, score=-negative, reason=reason)


def _places(likes: Tastes, situation: Situation) -> dict[str, int]:
    """What she likes, with its place among what is of that brand or category: the best one."""
    catalogue = situation.catalogue
    of_brands = [catalogue.of_brand.get(fold(name), ()) for name in likes.brands]
    of_categories = [catalogue.of_category.get(fold(name), ()) for name in likes.categories]
    places: dict[str, int] = {}
    for product_ids in (*of_brands, *of_categories):
        for place, product_id in enumerate(product_ids):
            places[product_id] = min(place, places.get(product_id, place))
    return places


def _score(product: Product, preferences: Preferences) -> int | None:
    """`None` for what costs more than she wants to spend."""
    within = is_within(product.price, preferences.budget)
    if within is False:
        return None
    likes = preferences.likes
    both = likes.has_brand(product.brand) and likes.has_category(product.category)
    return _WITHIN * bool(within) + _BOTH * both


def _reason(product: Product, preferences: Preferences) -> Reason:
    """The brand or category carries what the budget leaves; of both, the brand is named and has the odd part."""
    likes, budget = preferences.likes, preferences.budget
    of_budget = _OF_BUDGET if is_within(product.price, budget) else 0
    liked = [
        (kind, str(name), told)
        for kind, name, told in (
            ("brand", product.brand, as_told(product.brand, likes.brands)),
            ("category", product.category, as_told(product.category, likes.categories)),
        )
        if told is not None
    ]
    of_likes = WHOLE - of_budget
    shares = (of_likes,) if len(liked) == 1 else (of_likes - of_likes // 2, of_likes // 2)
    facts = [
        Fact(source=Source.CUSTOMER, field=_LIKES, ref=told, share=share)
        for (_, _, told), share in zip(liked, shares, strict=True)
    ]
    params = {kind: name for kind, name, _ in liked}
    if budget is not None and of_budget:
        params["budget"] = f"{budget.amount} {budget.currency}"
        facts.append(Fact(source=Source.CUSTOMER, field=_BUDGET, ref=params["budget"], share=of_budget))
    facts.extend(Fact(source=Source.CATALOGUE, field=kind, ref=name) for kind, name, _ in liked)
    return Reason(code=ReasonCode.DECLARED, facts=tuple(facts), params=params)


DECLARED = Strategy(
    name="declared",
    tier=Tier.DECLARED,
    needs=(Needs(required=frozenset({_LIKES}), optional=frozenset({_BUDGET})),),
    reasons=frozenset({ReasonCode.DECLARED}),
    propose=_propose,
)
