"""What she has, as far as it was handed in: her devices, what she bought and kept, what is due.

Shared by strategies and ranking, so that "she has it" means the same in all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recommender.catalogue import Catalogue
from recommender.inputs import Device, PermittedData, Purchase, Settings
from recommender.intervals import Rhythm, rhythm


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnedDevice:
    """A device of hers, the data field it is known from, and since when if that is known."""

    product_id: str
    known_from: str
    since: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Possessions:
    """What follows from the data that was handed in.

    devices  her devices by product id, in the order of ids
    rhythms  variant group -> rhythm of buying it; groups whose dates are not known are missing
    latest   variant group -> id of the product of that group that she bought last
    bought   ids of all products that she bought and kept
    stocked  variant groups that she has and is not due for, as far as can be known
    """

    devices: Mapping[str, OwnedDevice]
    rhythms: Mapping[str, Rhythm]
    latest: Mapping[str, str]
    bought: frozenset[str]
    stocked: frozenset[str]


def possessions_of(
    data: PermittedData, catalogue: Catalogue, *, today: date, settings: Settings
) -> Possessions:
    """Work out what she has from `data`; nothing handed in gives empty possessions."""
    kept = kept_days(data.purchases or ())
    days_of_group: dict[str, list[date | None]] = defaultdict(list)
    for product_id, days in kept.items():
        days_of_group[catalogue.group.get(product_id, product_id)].extend(days)
    rhythms = {
        group: rhythm(known, usual_days=_usual_days(group, kept, catalogue, settings), today=today)
        for group, days in days_of_group.items()
        if (known := [day for day in days if day is not None])
    }
    due = {group for group, own in rhythms.items() if own.is_due(settings)}
    return Possessions(
        devices=_devices(kept, data.devices or (), catalogue),
        rhythms=rhythms,
        latest=_latest_of_group(kept, catalogue),
        bought=frozenset(kept),
        stocked=frozenset(days_of_group.keys() - due),
    )


def kept_days(purchases: Sequence[Purchase]) -> dict[str, list[date | None]]:
    """Product id -> days of the purchases that she kept; a return takes back the latest before it."""
    lines: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        lines[purchase.product_id].append(purchase)
    kept = {product_id: _without_returned(of_product) for product_id, of_product in lines.items()}
    return {product_id: days for product_id, days in sorted(kept.items()) if days}


def _without_returned(lines: Sequence[Purchase]) -> list[date | None]:
    """Purchases count in units; where the quantity is not known each line counts as one."""
    ordered = sorted(lines, key=lambda line: (line.day or date.min, line.returned))
    units: list[tuple[date | None, int]] = []
    for line in ordered:
        count = 1 if line.quantity is None else line.quantity
        if not line.returned:
            units.append((line.day, count))
        while line.returned and count > 0 and units:
            day, left = units.pop()
            if left > count:
                units.append((day, left - count))
            count -= left
    return [day for day, _ in units]


def _usual_days(
    group: str, kept: Mapping[str, object], catalogue: Catalogue, settings: Settings
) -> int | None:
    """What is usual for the group: the shop's word on what she bought of it; else, if it is a supply for
    a device, the setting; else nothing is known."""
    members = [catalogue.products[id_] for id_ in kept if catalogue.group.get(id_) == group]
    stated = [product.usual_interval_days for product in members if product.usual_interval_days]
    if stated:
        return stated[0]
    if any(product.id in catalogue.fits for product in members):
        return settings.unknown_interval_days
    return None


def _latest_of_group(kept: Mapping[str, Sequence[date | None]], catalogue: Catalogue) -> dict[str, str]:
    oldest_first = sorted(kept, key=lambda id_: (_latest(kept[id_]) or date.min, id_))
    return {catalogue.group.get(product_id, product_id): product_id for product_id in oldest_first}


def _devices(
    kept: Mapping[str, Sequence[date | None]], declared: Sequence[Device], catalogue: Catalogue
) -> dict[str, OwnedDevice]:
    """Bought things that other things fit, and what she declared; what she said is gone is gone."""
    owned = {
        product_id: OwnedDevice(product_id=product_id, known_from="purchases.product", since=_latest(days))
        for product_id, days in kept.items()
        if product_id in catalogue.supplies
    }
    for device in declared:
        known = OwnedDevice(product_id=device.product_id, known_from="devices.product", since=device.since)
        owned.setdefault(device.product_id, known)
    gone = {device.product_id for device in declared if device.gone}
    return {product_id: owned[product_id] for product_id in sorted(owned.keys() - gone)}


def _latest(days: Sequence[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
