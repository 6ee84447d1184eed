"""Gifts for an occasion: what suits the one it is for, or is like what she gave around that day before.

What costs more than she told is none. What she likes herself only settles the order: it says little of others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from recommender.inputs import Money, Preferences, Product
from recommender.occasion_days import ComingOccasion, day_in
from recommender.preferences import as_told, is_within
from recommender.spelling import fold
from recommender.strategy import Situation

_DAYS_OF_GIVING = 30
_SUITS, _BEFORE, _LIKED, _AFFORDABLE = 8, 4, 2, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Gift:
    """A product and what speaks for it, for this occasion.

    recipient  whom the shop says it suits
    before     the id of what she bought before this occasion in an earlier year, of the same category, and the day
    liked      the brand or category of it that she said she likes, as she wrote it
    budget     what she wants to spend, if it is known to cost no more
    """

    product_id: str
    recipient: str | None = None
    before: tuple[str, date] | None = None
    liked: str | None = None
    budget: Money | None = None

    @property
    def score(self) -> int:
        return (
            _SUITS * (self.recipient is not None)
            + _BEFORE * (self.before is not None)
            + _LIKED * (self.liked is not None)
            + _AFFORDABLE * (self.budget is not None)
        )


def gifts_for(coming: ComingOccasion, situation: Situation) -> list[Gift]:
    """Best first; ties in the shop's own order."""
    before = _bought_for_it_before(coming, situation)
    products = situation.catalogue.products
    gifts = [
        gift
        for product_id in _considered(coming, before, situation)
        if (gift := _gift(products[product_id], coming, before, situation)) is not None
    ]
    return sorted(gifts, key=lambda gift: -gift.score)


def _considered(
    coming: ComingOccasion, before: dict[str, tuple[str, date]], situation: Situation
) -> Iterable[str]:
    catalogue = situation.catalogue
    suiting = catalogue.suiting.get(coming.occasion.recipient or "", ())
    alike = [id_ for category in before for id_ in catalogue.of_category.get(category, ())]
    return dict.fromkeys([*suiting, *alike])


def _gift(
    product: Product, coming: ComingOccasion, before: dict[str, tuple[str, date]], situation: Situation
) -> Gift | None:
    recipient, budget = coming.occasion.recipient, coming.occasion.budget
    within = is_within(product.price, budget)
    is_for_others = bool(product.suits) and recipient not in product.suits
    # The same again is no surprise, and a supply for some device nobody's present.
    is_no_present = product.id in situation.possessions.days or product.id in situation.catalogue.fits
    if within is False or is_for_others or is_no_present:
        return None
    return Gift(
        product_id=product.id,
        recipient=recipient if product.suits else None,
        before=before.get(fold(product.category or "")),
        liked=_liked(product, situation),
        budget=budget if within else None,
    )


def _liked(product: Product, situation: Situation) -> str | None:
    likes = (situation.data.preferences or Preferences()).likes
    return as_told(product.brand, likes.brands) or as_told(product.category, likes.categories)


def _bought_for_it_before(coming: ComingOccasion, situation: Situation) -> dict[str, tuple[str, date]]:
    """Category -> the last that she bought and kept of it in the weeks before this occasion, in an earlier year."""
    found: dict[str, tuple[str, date]] = {}
    for product_id, day in sorted(_kept(situation), key=lambda one: (one[1], one[0])):
        product = situation.catalogue.products.get(product_id)
        if product is not None and product.category is not None and _was_before(coming, day, situation):
            found[fold(product.category)] = (product_id, day)
    return found


def _kept(situation: Situation) -> Iterator[tuple[str, date]]:
    for product_id, days in situation.possessions.days.items():
        yield from ((product_id, day) for day in days if day is not None)


def _was_before(coming: ComingOccasion, day: date, situation: Situation) -> bool:
    """In the weeks up to it. Around New Year that is the day of the year after."""
    days = (
        day_in(year, coming.occasion.day, situation.settings.country) for year in (day.year, day.year + 1)
    )
    return any(
        then is not None and then < coming.day and 0 <= (then - day).days <= _DAYS_OF_GIVING for then in days
    )
