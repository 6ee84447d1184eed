"""Care tips for what she has: by its age, at an interval, or in a season. Nothing in them is to buy.

Without a day since when she has it there is no tip by age or interval; a season needs none.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from recommender.possessions import SINCE_FIELD, latest_day
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import NEEDS_DEVICES, NEEDS_PURCHASES, Situation, Strategy, Tier
from recommender.tips import Season, Tip

_Thing = tuple[str, str, date | None]  # the product, the data field that it is known from, and since when


def _propose(situation: Situation) -> Iterator[Candidate]:
    things = list(_her_things(situation))
    candidates = [one for tip in situation.catalogue.tips for one in _for_things(tip, things, situation)]
    return iter(sorted(candidates, key=lambda candidate: -candidate.score))


def _her_things(situation: Situation) -> Iterator[_Thing]:
    """What she bought and kept, by its last day; and what she told us of, which may tell a day, too."""
    gone, products = situation.possessions.gone, situation.catalogue.products
    for product_id, days in situation.possessions.days.items():
        if product_id in products and product_id not in gone:
            yield (product_id, "purchases.product", latest_day(days))
    for device in sorted(situation.data.devices or (), key=lambda one: one.product_id):
        if device.product_id in products and not device.gone:
            yield (device.product_id, "devices.product", device.since)


def _for_things(tip: Tip, things: Iterable[_Thing], situation: Situation) -> Iterator[Candidate]:
    """A tip for each thing that it is for and due for; ranking takes the nearest."""
    for product_id, known_from, since in things:
        closeness = tip.closeness(situation.catalogue.products[product_id])
        if closeness and tip.due.is_due(since, situation.today):
            reason = _reason(tip, product_id, known_from, since)
            yield Candidate(product_id=product_id, score=closeness, reason=reason, tip_id=tip.id)


def _reason(tip: Tip, product_id: str, known_from: str, since: date | None) -> Reason:
    """That she has it carries the whole of a tip of the season; of one that is due by age the day has half."""
    params: dict[str, str | int | date] = {"product": product_id, "known_from": known_from}
    of_day = 0 if isinstance(tip.due, Season) else WHOLE // 2
    facts = [Fact(source=Source.CUSTOMER, field=known_from, ref=product_id, share=WHOLE - of_day)]
    if since is not None:
        params["since"] = since
        day = Fact(
            source=Source.CUSTOMER, field=SINCE_FIELD[known_from], ref=product_id, value=since, share=of_day
        )
        facts.append(day)
    facts.append(Fact(source=Source.CATALOGUE, field="tip", ref=f"{tip.id} → {product_id}"))
    return Reason(code=ReasonCode.CARE, facts=tuple(facts), params=params)


CARE = Strategy(
    name="care",
    tier=Tier.CARE,
    needs=(
        NEEDS_PURCHASES,
        NEEDS_DEVICES,
    ),
    reasons=frozenset({ReasonCode.CARE}),
    propose=_propose,
)
