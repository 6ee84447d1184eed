"""Gifts for an occasion that she told us of, some days ahead. Before and after that it is silent."""

from collections.abc import Iterator
from datetime import date

from recommender.gifts import Gift, gifts_for
from recommender.occasion_days import ComingOccasion, coming
from recommender.occasions import Feast
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import Needs, Situation, Strategy, Tier

_SOONER = 100
_PART = WHOLE // 10


def _propose(situation: Situation) -> Iterator[Candidate]:
    """The soonest occasion first."""
    today, settings = situation.today, situation.settings
    candidates = [
        Candidate(
            product_id=gift.product_id,
            score=gift.score - _SOONER * place,
            reason=_reason(one, gift),
        )
        for place, one in enumerate(coming(situation.data.occasions or (), today, settings.country))
        if one.is_in_lead(today, settings.lead_days)
        for gift in gifts_for(one, situation)
    ]
    return iter(sorted(candidates, key=lambda candidate: -candidate.score))


def _reason(one: ComingOccasion, gift: Gift) -> Reason:
    """The day carries it, and what speaks for the gift has its parts; the day has what is over."""
    facts = [*_whom_it_suits(gift), *_given_before(gift), *_liked_and_affordable(gift)]
    of_day = WHOLE - sum(fact.share for fact in facts)
    day = Fact(
        source=Source.CUSTOMER, field="occasions.date", ref=one.occasion.day, value=one.day, share=of_day
    )
    return Reason(code=ReasonCode.OCCASION, facts=(day, *_named(one), *facts), params=_params(one, gift))


def _named(one: ComingOccasion) -> Iterator[Fact]:
    if one.occasion.lead_days is not None:
        yield Fact(source=Source.CUSTOMER, field="occasions.lead_days", value=one.occasion.lead_days)
    if one.occasion.name is not None:
        yield Fact(source=Source.CUSTOMER, field="occasions.name", ref=one.occasion.name)


def _whom_it_suits(gift: Gift) -> Iterator[Fact]:
    if gift.recipient is not None:
        yield Fact(source=Source.CUSTOMER, field="occasions.recipient", ref=gift.recipient, share=2 * _PART)
        yield Fact(source=Source.CATALOGUE, field="suits", ref=f"{gift.product_id} → {gift.recipient}")


def _given_before(gift: Gift) -> Iterator[Fact]:
    if gift.before is not None:
        product_id, day = gift.before
        yield Fact(source=Source.CUSTOMER, field="purchases.product", ref=product_id, share=_PART)
        yield Fact(source=Source.CUSTOMER, field="purchases.date", ref=product_id, value=day, share=_PART)


def _liked_and_affordable(gift: Gift) -> Iterator[Fact]:
    if gift.liked is not None:
        yield Fact(source=Source.CUSTOMER, field="preferences.likes", ref=gift.liked, share=_PART)
    if gift.budget is not None:
        amount = f"{gift.budget.amount} {gift.budget.currency}"
        yield Fact(source=Source.CUSTOMER, field="occasions.budget", ref=amount, share=_PART)


def _params(one: ComingOccasion, gift: Gift) -> dict[str, str | int | date]:
    params: dict[str, str | int | date] = {"day": one.day}
    if one.occasion.name is not None:
        params["name"] = one.occasion.name
    elif one.occasion.day in set(Feast):
        params["feast"] = one.occasion.day
    if gift.recipient is not None:
        params["recipient"] = gift.recipient
    if gift.before is not None:
        params["before"] = gift.before[0]
    if gift.budget is not None:
        params["budget"] = f"{gift.budget.amount} {gift.budget.currency}"
    return params


OCCASION = Strategy(
    name="occasion",
    tier=Tier.OCCASION,
    needs=(
        Needs(
            required=frozenset({"occasions.date"}),
            optional=frozenset(
                {
                    "occasions.name",
                    "occasions.recipient",
                    "occasions.lead_days",
                    "occasions.budget",
                    "purchases.product",
                    "purchases.date",
                    "purchases.quantity",
                    "preferences.likes",
                }
            ),
        ),
    ),
    reasons=frozenset({ReasonCode.OCCASION}),
    propose=_propose,
)
