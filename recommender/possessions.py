"""What she has, as far as it was handed in: her devices, what she bought and kept, what is due.

Shared by strategies and ranking, so that "she has it" means the same in all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recommender.catalogue import Catalogue
from recommender.feedback import Heard, heard_of, without_what_is_not_hers
from recommender.inputs import Device, PermittedData, Purchase, Settings
from recommender.intervals import Rhythm, rhythm

SINCE_FIELD = {"purchases.product": "purchases.date", "devices.product": "devices.since"}
"""Data field that something is known from -> the one that tells since when she has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnedDevice:
    """A device of hers, the data field it is known from, and since when if that is known."""

    product_id: str
    known_from: str
    since: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Possessions:
    """What follows from the data that was handed in.

    heard    what she said of suggestions
    devices  her devices by product id, in the order of ids
    gone     ids of what she said that she no longer has, or that is not hers
    rhythms  variant group -> rhythm of buying it; groups whose dates are not known are missing
    latest   variant group -> id of the product of that group that she bought last
    days     product id -> the days on which she bought what she kept, of all products that she did
    stocked  variant groups that she has and is not due for; where nothing tells what is due, those that she just
             bought; and all that nobody can tell when she bought
    has      variant groups that she has, but for those whose time is known to be over: nobody writes to her about them
    declined ids of what she does not want to see
    put_off  variant groups that she does not want to see now
    known    variant groups that are not new to her: she has or had it, or took it back
    """

    heard: Heard
    devices: Mapping[str, OwnedDevice]
    gone: frozenset[str]
    rhythms: Mapping[str, Rhythm]
    latest: Mapping[str, str]
    days: Mapping[str, Sequence[date | None]]
    stocked: frozenset[str]
    known: frozenset[str]
    has: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    put_off: frozenset[str] = frozenset()

    @property
    def bought(self) -> frozenset[str]:
        """Ids of all products that she bought and kept."""
        return frozenset(self.days)


def possessions_of(
    data: PermittedData, catalogue: Catalogue, *, today: date, settings: Settings
) -> Possessions:
    """Work out what she has from `data`; nothing handed in gives empty possessions."""
    heard = heard_of(data, today=today, settings=settings)
    data = without_what_is_not_hers(data, heard)
    kept = kept_days(data.purchases or ())
    declared = data.devices or ()
    gone = frozenset(device.product_id for device in declared if device.gone)
    gone |= heard.not_hers.keys() - {*kept, *(device.product_id for device in declared)}
    variants = _variants(kept, catalogue)
    rhythms = _rhythms(variants, kept, catalogue, today=today, settings=settings)
    devices = _devices(kept, declared, heard, catalogue)
    there = _said_to_be_there(heard, rhythms, catalogue, today, settings)
    has = {catalogue.group_of(product_id) for product_id in {*kept, *devices} - gone}
    ever = {line.product_id for line in data.purchases or ()} | {device.product_id for device in declared}
    ever |= heard.has.keys() | heard.not_hers.keys()
    used_up = {
        group for group, own in rhythms.items() if _is_used_up(own, variants[group], catalogue, settings)
    }
    over = {
        group
        for group, own in rhythms.items()
        if _has_run_out(own, is_supply=_is_supply(variants[group], catalogue), settings=settings)
    }
    return Possessions(
        heard=heard,
        devices=devices,
        gone=gone,
        rhythms=rhythms,
        latest={group: product_ids[-1] for group, product_ids in variants.items()},
        days=kept,
        stocked=frozenset(has - used_up) | there,
        has=frozenset(has - over) | there,
        declined=frozenset(heard.declined),
        put_off=frozenset(map(catalogue.group_of, heard.put_off)),
        known=frozenset(catalogue.group_of(product_id) for product_id in ever),
    )


def kept_days(purchases: Sequence[Purchase]) -> dict[str, list[date | None]]:
    """Product id -> days of the purchases that she kept; a return takes back the latest before it."""
    lines: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        lines[purchase.product_id].append(purchase)
    kept = {product_id: _without_returned(of_product) for product_id, of_product in lines.items()}
    return {product_id: days for product_id, days in sorted(kept.items()) if days}


def latest_day(days: Iterable[date | None]) -> date | None:
    """The last of the days that are known."""
    return max((day for day in days if day is not None), default=None)


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


def _variants(kept: Mapping[str, Sequence[date | None]], catalogue: Catalogue) -> dict[str, list[str]]:
    """Variant group -> ids of what she bought of it; the one that she bought last stands last."""
    variants: dict[str, list[str]] = defaultdict(list)
    for product_id in sorted(kept, key=lambda id_: (latest_day(kept[id_]) or date.min, id_)):
        variants[catalogue.group_of(product_id)].append(product_id)
    return variants


def _rhythms(
    variants: Mapping[str, Sequence[str]],
    kept: Mapping[str, Sequence[date | None]],
    catalogue: Catalogue,
    *,
    today: date,
    settings: Settings,
) -> dict[str, Rhythm]:
    days_of_group = {
        group: [day for product_id in product_ids for day in kept[product_id] if day is not None]
        for group, product_ids in variants.items()
    }
    return {
        group: rhythm(
            days,
            usual_days=_usual_days(variants[group], catalogue),
            usual_at_all=settings.replenishment.usual_days,
            today=today,
        )
        for group, days in days_of_group.items()
        if days
    }


def _usual_days(product_ids: Sequence[str], catalogue: Catalogue) -> int | None:
    """What the shop says of the one that she bought last: an XL cartridge lasts longer. Else of another."""
    products = [catalogue.products[id_] for id_ in reversed(product_ids) if id_ in catalogue.products]
    return next((product.usual_interval_days for product in products if product.usual_interval_days), None)


def _is_used_up(own: Rhythm, product_ids: Sequence[str], catalogue: Catalogue, settings: Settings) -> bool:
    """Whether it is time again, where the time can be known; elsewhere whether it is a while since she bought it."""
    is_supply = _is_supply(product_ids, catalogue)
    is_device = any(product_id in catalogue.supplies for product_id in product_ids)
    if not own.is_known and not is_supply and not is_device:
        return not own.was_just_bought(settings)
    return _has_run_out(own, is_supply=is_supply, settings=settings)


def _is_supply(product_ids: Sequence[str], catalogue: Catalogue) -> bool:
    return any(product_id in catalogue.fits for product_id in product_ids)


def _has_run_out(own: Rhythm, *, is_supply: bool, settings: Settings) -> bool:
    """Whether its interval is over; of a supply whose interval nothing tells, whether the time that is set is."""
    if own.interval_days is not None:
        return own.is_due(settings)
    return is_supply and own.elapsed_days >= settings.unknown_interval_days


def _said_to_be_there(
    heard: Heard,
    rhythms: Mapping[str, Rhythm],
    catalogue: Catalogue,
    today: date,
    settings: Settings,
) -> frozenset[str]:
    """Variant groups of what she said she has; a supply is used up as if she had bought it on that day."""
    there: set[str] = set()
    for product_id, day in heard.has.items():
        group, usual = catalogue.group_of(product_id), _usual_days([product_id], catalogue)
        own = rhythms.get(group)
        said = rhythm(
            [day],
            usual_days=own.interval_days if own and own.interval_days else usual,
            usual_at_all=settings.replenishment.usual_days,
            today=today,
        )
        if not _has_run_out(said, is_supply=product_id in catalogue.fits, settings=settings):
            there.add(group)
    return frozenset(there)


def _devices(
    kept: Mapping[str, Sequence[date | None]],
    declared: Sequence[Device],
    heard: Heard,
    catalogue: Catalogue,
) -> dict[str, OwnedDevice]:
    """Bought things that other things fit, what she declared, and said she has; what she said is gone is gone."""
    owned = {
        product_id: OwnedDevice(product_id=product_id, known_from="purchases.product", since=latest_day(days))
        for product_id, days in kept.items()
        if product_id in catalogue.supplies
    }
    for device in declared:
        known = OwnedDevice(product_id=device.product_id, known_from="devices.product", since=device.since)
        owned.setdefault(device.product_id, known)
    for product_id in sorted(heard.has.keys() & catalogue.supplies.keys()):
        said = OwnedDevice(product_id=product_id, known_from="feedback.product", since=None)
        owned.setdefault(product_id, said)
    gone = {device.product_id for device in declared if device.gone}
    return {product_id: owned[product_id] for product_id in sorted(owned.keys() - gone)}
