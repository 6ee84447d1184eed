"""A few things that fit how she comes here: something to begin with, what is new where she often buys, what
came in since she was last here.

Two at most, and only what the shop marked: nobody's list becomes another shop's, and nothing is kept from her.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from recommender.customer_types import TYPE_FIELDS, CustomerType, Kind, kind_of
from recommender.results import WHOLE, Candidate, Fact, Others, Reason, ReasonCode, Source
from recommender.strategy import Needs, Situation, Strategy, Tier

_AT_MOST = 2


def _propose(situation: Situation) -> Iterator[Candidate]:
    kind = kind_of(
        situation.data, situation.possessions.days, today=situation.today, settings=situation.settings
    )
    if kind is None:
        return
    suited = (id_ for id_ in _suited(kind, situation) if _is_new_to_her(id_, situation))
    for place, product_id in enumerate(islice(suited, _AT_MOST)):
        yield Candidate(product_id=product_id, score=-place, reason=_reason(product_id, kind, situation))


def _suited(kind: Kind, situation: Situation) -> Iterator[str]:
    """Of what came in, a regular sees what is of a kind that she buys, and who was away for long all of it."""
    catalogue = situation.catalogue
    if kind.type is CustomerType.NEWCOMER:
        return iter(catalogue.starters)
    if kind.type is CustomerType.OCCASIONAL:
        return iter(())
    arrived = [id_ for day, id_ in catalogue.arrivals if kind.visits[-1] < day <= situation.today]
    hers = _categories(situation)
    is_lapsed = kind.type is CustomerType.LAPSED
    return (id_ for id_ in arrived if is_lapsed or catalogue.products[id_].category in hers)


def _is_new_to_her(product_id: str, situation: Situation) -> bool:
    """What may not be offered takes no place among the two."""
    catalogue = situation.catalogue
    is_on_page = product_id in situation.request.page
    return not is_on_page and catalogue.thing[product_id] not in situation.possessions.known


def _categories(situation: Situation) -> frozenset[str]:
    """The kinds of things that she buys; nothing is told from what is sensitive."""
    products = situation.catalogue.products
    bought = [products[id_] for id_ in situation.possessions.days if id_ in products]
    return frozenset(one.category for one in bought if one.category and not one.sensitive)


def _reason(product_id: str, kind: Kind, situation: Situation) -> Reason:
    """Half by how she comes here, of which the last time is named; half by what the shop says of the product."""
    product = situation.catalogue.products[product_id]
    params: dict[str, str | int | date] = {"customer_type": kind.type.value, "times": len(kind.visits)}
    half = WHOLE // 2
    hers = Fact(source=Source.CUSTOMER, field="purchases.product", value=0, share=half)
    if kind.visits:
        params["elapsed_days"] = (situation.today - kind.visits[-1]).days
        hers = _last_visit(kind.visits[-1], situation, share=half)
    field, value = "for_newcomers", None
    if kind.type is not CustomerType.NEWCOMER:
        field, value = "available_since", product.available_since
    marked = Fact(source=Source.CATALOGUE, field=field, ref=product_id, value=value, share=half)
    return Reason(
        code=ReasonCode.FOR_YOU,
        facts=(hers, marked),
        others=Others(count=max(len(kind.visits) - 1, 0)),
        params=params,
    )


def _last_visit(day: date, situation: Situation, *, share: int) -> Fact:
    product_id = min(id_ for id_, days in situation.possessions.days.items() if day in days)
    return Fact(source=Source.CUSTOMER, field="purchases.date", ref=product_id, value=day, share=share)


FOR_HER_KIND = Strategy(
    name="for_her_kind",
    tier=Tier.FOR_HER_KIND,
    needs=(Needs(required=TYPE_FIELDS, optional=frozenset({"purchases.quantity"})),),
    reasons=frozenset({ReasonCode.FOR_YOU}),
    propose=_propose,
)
