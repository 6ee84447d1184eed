"""What she said that she does not like, can wear and wants to spend, held against a product.

What is not known decides nothing.
"""

from collections.abc import Iterable
from decimal import Decimal

from recommender.inputs import Money, Preferences, Product
from recommender.spelling import fold


def is_ruled_out(product: Product, preferences: Preferences | None) -> bool:
    """Whether she said that she does not want such a thing, or cannot wear it in this size."""
    if preferences is None:
        return False
    dislikes = preferences.dislikes
    return (
        dislikes.has_brand(product.brand)
        or dislikes.has_category(product.category)
        or _is_no_size_of_hers(product, preferences)
    )


def is_within(price: Money | None, budget: Money | None) -> bool | None:
    """Whether it costs no more than that; `None` where that is not known, as with two currencies."""
    if price is None or budget is None or price.currency != budget.currency:
        return None
    return Decimal(price.amount) <= Decimal(budget.amount)


def as_told(name: str | None, told: Iterable[str]) -> str | None:
    """How she wrote the name of a brand or a category; `None` if she did not."""
    return next((one for one in told if name is not None and fold(one) == fold(name)), None)


def _is_no_size_of_hers(product: Product, preferences: Preferences) -> bool:
    """Sizes are of a category: that she wears 38 in shoes says nothing of trousers."""
    if not preferences.sizes or product.category is None or product.size is None:
        return False
    hers = preferences.sizes_in(product.category)
    return bool(hers) and fold(product.size) not in hers
