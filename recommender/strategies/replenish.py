"""What she buys again and again, when it is time; silent before, and when she seems to have stopped."""

from collections.abc import Iterator
from datetime import date

from recommender.intervals import Rhythm
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import Needs, Situation, Strategy, Tier

_DUE = 2  # among supplies for her devices: after her usual ones, before those she never had


def _propose(situation: Situation) -> Iterator[Candidate]:
    possessions, settings = situation.possessions, situation.settings
    last_bought = frozenset(possessions.latest.values())
    # Of several variants the one that she bought last comes first: it is the one that runs out.
    for product_id in sorted(possessions.bought, key=lambda id_: (id_ not in last_bought, id_)):
        group = situation.catalogue.group_of(product_id)
        own = possessions.rhythms.get(group)
        if own is not None and own.is_due(settings) and not own.has_lapsed(settings):
            reason = _reason(possessions.latest[group], own)
            yield Candidate(product_id=product_id, score=_DUE, reason=reason)


def _reason(last_bought: str, own: Rhythm) -> Reason:
    """That she bought it and when: neither alone would have put it here, so each carries half."""
    params: dict[str, str | int | date] = {"elapsed_days": own.elapsed_days}
    facts = [
        Fact(source=Source.CUSTOMER, field="purchases.product", ref=last_bought, share=WHOLE // 2),
        Fact(
            source=Source.CUSTOMER,
            field="purchases.date",
            ref=last_bought,
            value=own.last,
            share=WHOLE - WHOLE // 2,
        ),
    ]
    # A rhythm takes three times; two are two, and once tells only what the shop says is usual.
    if own.times > 2 and own.interval_days is not None:
        params["interval_days"] = own.interval_days
    elif own.times > 1:
        params["gap_days"] = (own.last - own.first).days
    if own.usual_days is not None:
        params["usual_days"] = own.usual_days
        facts.append(Fact(source=Source.CATALOGUE, field="usual_interval_days", value=own.usual_days))
    return Reason(code=ReasonCode.DUE_AGAIN, facts=tuple(facts), params=params)


REPLENISH = Strategy(
    name="replenish",
    tier=Tier.NEEDED,
    needs=(
        Needs(
            required=frozenset({"purchases.product", "purchases.date"}),
            optional=frozenset({"purchases.quantity"}),
        ),
    ),
    reasons=frozenset({ReasonCode.DUE_AGAIN}),
    propose=_propose,
)
