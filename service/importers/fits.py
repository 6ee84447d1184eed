"""Imports "fits" facts: pairs of a supply or accessory and the device that it is for. Adds, never removes."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.catalogue import CatalogueKeeper
from service.importers.columns import Field
from service.importers.kinds import REJECTED, Outcome
from service.importers.rows import Fields, RowRejected
from service.importers.values import required_id, text_of


@dataclass(frozen=True, slots=True)
class Pair:
    """This product fits that device; the titles are for what the catalogue does not know yet."""

    product_id: str
    device_id: str
    product_title: str | None
    device_title: str | None


class FitsImport:
    """Reads pairs and adds them to the catalogue."""

    fields = (
        Field(name="product_id", required=True, also=("product", "supply_id", "sku", "consumable_id")),
        Field(name="device_id", required=True, also=("device", "printer_id", "model_id", "fits")),
        Field(name="product_title", also=("product_name", "supply_name")),
        Field(name="device_title", also=("device_name", "printer_name", "model_name")),
    )

    def __init__(self, keeper: CatalogueKeeper) -> None:
        self._keeper = keeper

    def read(self, fields: Fields) -> Pair:
        pair = Pair(
            product_id=required_id(fields, "product_id"),
            device_id=required_id(fields, "device_id"),
            product_title=text_of(fields, "product_title"),
            device_title=text_of(fields, "device_title"),
        )
        if pair.product_id == pair.device_id:
            raise RowRejected("a product does not fit itself")
        return pair

    def store(self, items: Sequence[Pair]) -> Sequence[Outcome]:
        """What has a title and is not in the catalogue is added to it, not for sale."""
        titles: dict[str, str] = {}
        for pair in items:
            if pair.product_title:
                titles.setdefault(pair.product_id, pair.product_title)
            if pair.device_title:
                titles.setdefault(pair.device_id, pair.device_title)
        if titles:
            self._keeper.add_unknown(titles)
        pairs = [(pair.product_id, pair.device_id) for pair in items]
        added, unknown = self._keeper.add_fits(pairs)
        return [self._outcome(pair, added, unknown) for pair in pairs]

    @staticmethod
    def _outcome(pair: tuple[str, str], added: set[tuple[str, str]], unknown: set[str]) -> Outcome:
        """Of pairs that a file holds several times the first is the one that is new."""
        if pair[0] in unknown or pair[1] in unknown:
            missing = pair[0] if pair[0] in unknown else pair[1]
            return Outcome(status=REJECTED, because=f"the catalogue has no product {missing}")
        if pair in added:
            added.remove(pair)
            return Outcome(status="recorded")
        return Outcome(status="duplicate")
