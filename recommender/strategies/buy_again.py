"""What she bought before, where she asks for just that: what she is likeliest to buy next comes first."""

from collections.abc import Iterator
from datetime import date

from recommender.buying_again import Outlook, outlooks
from recommender.inputs import ListKind
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_DAYS_OF_PURCHASES, Situation, Strategy, Tier


def _propose(situation: Situation) -> Iterator[Candidate]:
    """Variants are as likely as each other, what she bought last first. Sensitive things are brought up by nothing."""
    if situation.request.list_kind is not ListKind.AGAIN:
        return
    catalogue, latest, likely = situation.catalogue, situation.possessions.latest, outlooks(situation)

    def place(product_id: str) -> tuple[int, bool, str]:
        group = catalogue.group_of(product_id)
        return (-likely[group].likelihood, product_id != latest[group], product_id)

    dated = _dated(situation)
    for product_id in sorted(dated, key=place):
        if product_id in catalogue.products and not catalogue.products[product_id].sensitive:
            outlook = likely[catalogue.group_of(product_id)]
            reason = _reason(product_id, dated[product_id], outlook, situation)
            yield Candidate(product_id=product_id, score=outlook.likelihood, reason=reason)


def _dated(situation: Situation) -> dict[str, frozenset[date]]:
    """Product -> the days on which she bought it, of those that are known."""
    days = {
        product_id: frozenset(day for day in bought if day is not None)
        for product_id, bought in situation.possessions.days.items()
    }
    return {product_id: known for product_id, known in days.items() if known}


def _reason(product_id: str, bought: frozenset[date], outlook: Outlook, situation: Situation) -> Reason:
    """That she bought it carries half; of the other half others have what they raise its likelihood by."""
    last, half = max(bought), WHOLE // 2
    of_others = outlook.of_others // 2
    facts = [
        Fact(source=Source.CUSTOMER, field="purchases.product", ref=product_id, share=half),
        Fact(
            source=Source.CUSTOMER,
            field="purchases.date",
            ref=product_id,
            value=last,
            share=WHOLE - half - of_others,
        ),
    ]
    if outlook.others:
        others = situation.possessions.latest[situation.catalogue.group_of(product_id)]
        facts.append(
            Fact(
                source=Source.OTHERS,
                field="purchases.product",
                ref=others,
                value=situation.settings.k,
                share=of_others,
            )
        )
    elapsed = max((situation.today - last).days, 0)
    params = {"times": len(bought), "elapsed_days": elapsed}
    return Reason(code=ReasonCode.BUY_AGAIN, facts=tuple(facts), params=params)


BUY_AGAIN = Strategy(
    name="buy_again",
    tier=Tier.FOR_HER,
    needs=NEEDS_DAYS_OF_PURCHASES,
    reasons=frozenset({ReasonCode.BUY_AGAIN}),
    propose=_propose,
)
