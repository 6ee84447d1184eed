"""Supplies and accessories for a device that she owns: due, or never bought for it.

What she has in stock is not proposed; what fits another device only is not looked at.
"""

from collections.abc import Iterator
from datetime import date

from recommender.feedback import FEEDBACK_FIELDS
from recommender.possessions import SINCE_FIELD, OwnedDevice
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategy import (
    NEEDS_DEVICES,
    NEEDS_PURCHASES,
    Needs,
    Situation,
    Strategy,
    Tier,
    Urgency,
)


def _propose(situation: Situation) -> Iterator[Candidate]:
    candidates = [
        (place, candidate)
        for device in situation.possessions.devices.values()
        for place, candidate in enumerate(_for_device(device, situation))
    ]
    # One supply of each device before the second of any.
    candidates.sort(key=lambda placed: (-placed[1].score, placed[0]))
    return (candidate for _, candidate in candidates)


def _for_device(device: OwnedDevice, situation: Situation) -> Iterator[Candidate]:
    for product_id in situation.catalogue.supplies_on_offer(device.product_id):
        if situation.catalogue.group_of(product_id) not in situation.possessions.stocked:
            yield Candidate(
                product_id=product_id,
                score=_score(product_id, situation),
                reason=_reason(product_id, device, situation),
            )


def _score(product_id: str, situation: Situation) -> Urgency:
    last_bought = situation.possessions.latest.get(situation.catalogue.group_of(product_id))
    if last_bought is None:
        return Urgency.NEVER_SERVED
    return Urgency.HER_USUAL if last_bought == product_id else Urgency.DUE


def _reason(product_id: str, device: OwnedDevice, situation: Situation) -> Reason:
    """The device carries the whole share: without it the product would not be here, due or not."""
    params: dict[str, str | int | date] = {"device": device.product_id, "known_from": device.known_from}
    if device.known_from == "devices.product" and "devices.status" not in situation.data.fields:
        params["status_unknown"] = True  # nothing tells whether she still has it
    facts = [_of_hers(device.known_from, device.product_id, share=WHOLE)]
    if device.known_from == "feedback.product":
        facts.append(_of_hers("feedback.kind", device.product_id))
    if device.since is not None:
        params["since"] = device.since
        facts.append(_of_hers(SINCE_FIELD[device.known_from], device.product_id, value=device.since))
    group = situation.catalogue.group_of(product_id)
    own = situation.possessions.rhythms.get(group)
    if own is not None:
        bought = situation.possessions.latest[group]
        if bought == product_id:
            params |= {"bought": bought, "elapsed_days": own.elapsed_days}
        facts.append(_of_hers("purchases.product", bought))
        facts.append(_of_hers("purchases.date", bought, value=own.last))
    fits = Fact(source=Source.CATALOGUE, field="fits", ref=f"{product_id} → {device.product_id}")
    return Reason(code=ReasonCode.FITS_DEVICE, facts=(*facts, fits), params=params)


def _of_hers(field: str, ref: str, *, value: date | None = None, share: int = 0) -> Fact:
    return Fact(source=Source.CUSTOMER, field=field, ref=ref, value=value, share=share)


COMPATIBLE = Strategy(
    name="compatible",
    tier=Tier.NEEDED,
    needs=(
        NEEDS_PURCHASES,
        NEEDS_DEVICES,
        Needs(required=FEEDBACK_FIELDS),
    ),
    reasons=frozenset({ReasonCode.FITS_DEVICE}),
    propose=_propose,
)
