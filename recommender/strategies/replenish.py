"""What she buys again and again, when it is time; silent before, and when she seems to have stopped."""

from collections.abc import Iterator
from datetime import date

from recommender.buying_again import own_likelihood
from recommender.intervals import Rhythm
from recommender.replenishment.chances import likelihood_of
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_DAYS_OF_PURCHASES, Situation, Strategy, Tier, Urgency


def _propose(situation: Situation) -> Iterator[Candidate]:
    """The likeliest first. Of several variants the one that she bought last: it is the one that runs out."""
    possessions = situation.possessions
    due, likely = what_is_due(situation)
    for group in sorted(due, key=lambda group: (-likely[group], possessions.latest[group])):
        product_id = possessions.latest[group]
        of_group = [id_ for id_ in possessions.bought if situation.catalogue.group_of(id_) == group]
        reason = _reason(product_id, due[group], is_mixed=len(of_group) > 1)
        yield Candidate(product_id=product_id, score=Urgency.DUE, reason=reason)


def what_is_due(situation: Situation) -> tuple[dict[str, Rhythm], dict[str, int]]:
    """Variant group -> the rhythm of what is due, and how likely she buys what.

    Where the interval is not known, her own days tell it only from three on, and only if it is likely besides.
    """
    settings = situation.settings
    in_time = {
        group: own
        for group, own in situation.possessions.rhythms.items()
        if own.is_due(settings) and not own.has_lapsed(settings)
    }
    likely = own_likelihood(situation) if in_time else {}
    enough = likelihood_of(settings.likely_due_permille)
    due = {
        group: own
        for group, own in in_time.items()
        if own.is_known or (own.times > 2 and likely[group] >= enough)
    }
    return due, likely


def _reason(product_id: str, own: Rhythm, *, is_mixed: bool) -> Reason:
    """That she bought it carries half, and what tells the time the other half.

    Of that the dates have one part for each gap and one for the last time; what is usual counts as one.
    """
    params: dict[str, str | int | date] = {"elapsed_days": own.elapsed_days}
    if own.times > 2:
        params["times"] = own.times
    if is_mixed:
        params["is_mixed"] = True
    half = WHOLE // 2
    of_usual = 0 if own.usual_days is None else half // (own.times + 1)
    facts = [
        Fact(source=Source.CUSTOMER, field="purchases.product", ref=product_id, share=half),
        Fact(
            source=Source.CUSTOMER,
            field="purchases.date",
            ref=product_id,
            value=own.last,
            share=WHOLE - half - of_usual,
        ),
    ]
    # A rhythm takes three times; two are two, and once tells only what the shop says is usual.
    if own.own_days is not None:
        params["interval_days" if own.times > 2 else "gap_days"] = own.own_days
    if own.usual_days is not None:
        params["usual_days"] = own.usual_days
        usual = Fact(
            source=Source.CATALOGUE, field="usual_interval_days", value=own.usual_days, share=of_usual
        )
        facts.append(usual)
    return Reason(code=ReasonCode.DUE_AGAIN, facts=tuple(facts), params=params)


REPLENISH = Strategy(
    name="replenish",
    tier=Tier.NEEDED,
    needs=NEEDS_DAYS_OF_PURCHASES,
    reasons=frozenset({ReasonCode.DUE_AGAIN}),
    propose=_propose,
)
