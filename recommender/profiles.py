"""What is used of a customer, or of the page that she looks at, to score products with what was learned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from recommender.inputs import Browsed
from recommender.learning.fixed_point import weight_at
from recommender.learning.neighbourhood import NO_PRODUCT
from recommender.learning.scores import Profile, frequency_of
from recommender.learning.settings import CART_STRENGTH, STRENGTH_UNIT, VIEW_STRENGTH
from recommender.learning.tables import decay
from recommender.possessions import latest_day
from recommender.results import Source
from recommender.strategy import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaking:
    """A product that speaks for others, by a purchase of hers or by being on the page; `day` if it is known."""

    source: Source
    field: str
    product_id: str
    day: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A profile, and behind each of its sources what it is."""

    profile: Profile
    speaking: tuple[Speaking, ...]


def page_profile(situation: Situation) -> Known:
    """The products on the page, each as strong as a purchase of today."""
    shown = _not_sensitive(situation, situation.request.page)
    return _profile(
        situation,
        [Speaking(source=Source.REQUEST, field="product_id", product_id=id_) for id_ in shown],
        strengths=[STRENGTH_UNIT] * len(shown),
    )


def her_profile(situation: Situation) -> Known:
    """What she bought and kept, put into her cart and looked at; the later, the stronger.

    A purchase whose day may not be read is as strong as one of one half-life ago.
    """
    data, half_life = situation.data, situation.settings.learning.profile_half_life
    bought = _purchases(situation)
    browsed = [
        *_latest(situation, "browsing.carts", data.carts or ()),
        *_latest(situation, "browsing.views", data.views or ()),
    ]
    strengths = [
        *(_strength(situation, STRENGTH_UNIT, half_life, one.day) for one in bought),
        *(_browsing_strength(situation, one) for one in browsed),
    ]
    own = [one.product_id for one in bought]
    return _profile(situation, [*bought, *browsed], strengths=strengths, own=own)


def _purchases(situation: Situation) -> list[Speaking]:
    bought = situation.possessions.days
    return [
        Speaking(
            source=Source.CUSTOMER,
            field="purchases.product",
            product_id=id_,
            day=latest_day(bought[id_]),
        )
        for id_ in _not_sensitive(situation, bought)
    ]


def _latest(situation: Situation, field: str, browsed: Sequence[Browsed]) -> list[Speaking]:
    """Each product once, with the last day."""
    last = {one.product_id: one.day for one in sorted(browsed, key=lambda one: one.day)}
    return [
        Speaking(source=Source.CUSTOMER, field=field, product_id=id_, day=last[id_])
        for id_ in _not_sensitive(situation, last)
    ]


def _browsing_strength(situation: Situation, speaking: Speaking) -> int:
    unit = CART_STRENGTH if speaking.field == "browsing.carts" else VIEW_STRENGTH
    return _strength(situation, unit, situation.settings.learning.browsing_half_life, speaking.day)


def _strength(situation: Situation, unit: int, half_life: int, day: date | None) -> int:
    age = half_life if day is None else (situation.today - day).days
    return int(weight_at(decay(unit, half_life), np.array([age]))[0])


def _visits_ago(situation: Situation, product_ids: Sequence[str]) -> list[list[int]]:
    """Of each product: how many visits ago each of its purchases was. A visit is a day on which she bought one
    of them; unknown days count as now."""
    bought = {id_: situation.possessions.days[id_] for id_ in product_ids}
    visits = sorted({day for days in bought.values() for day in days if day is not None}, reverse=True)
    ago = {day: number for number, day in enumerate(visits)}
    return [
        [ago[day] for day in {day for day in bought[id_] if day is not None}] + [0] * bought[id_].count(None)
        for id_ in product_ids
    ]


def _not_sensitive(situation: Situation, product_ids: Iterable[str]) -> list[str]:
    """Those from which something may be inferred, each once, in the order of ids."""
    products = situation.catalogue.products
    return sorted({id_ for id_ in product_ids if not (id_ in products and products[id_].sensitive)})


def _profile(
    situation: Situation,
    speaking: Sequence[Speaking],
    *,
    strengths: Sequence[int],
    own: Sequence[str] = (),
) -> Known:
    """`own`: the products of the first of `speaking`, which she bought."""
    number = situation.learned.number
    sources = [number.get(one.product_id, NO_PRODUCT) for one in speaking]
    profile = Profile(
        customer_id=situation.customer_id,
        sources=np.array(sources, dtype=np.int64),
        strengths=np.array(strengths, dtype=np.int64),
        own=tuple(own),
        frequency=frequency_of(_visits_ago(situation, own), situation.settings.learning),
    )
    return Known(profile=profile, speaking=tuple(speaking))
