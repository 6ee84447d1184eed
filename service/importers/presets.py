"""How well-known files are to be read: which column means what, and what their rows tell."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.importers.columns import ColumnMap
from service.importers.kinds import RowSkipped
from service.importers.rows import Fields, RowRejected
from service.importers.values import text_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A known file: a column map for each kind of import that it serves, and its time zone."""

    maps: Mapping[str, ColumnMap]
    time_zone: str = "UTC"


_MERCHANDISE = re.compile(r"[0-9]{5}[A-Za-z]*")


def _uci_product(fields: Fields) -> Iterable[Fields]:
    """A line of a sale names its product. Lines without a price are corrections of the stock, with notes
    in place of a name; codes that are no article numbers are postage, fees and samples: known, not sold.
    """
    price = fields.get("price")
    if not isinstance(price, int | float | str) or float(price or 0) <= 0:
        raise RowSkipped("no_sale")
    product_id = text_of(fields, "id") or ""
    yield {
        "id": product_id,
        "title": text_of(fields, "title") or product_id,
        "price": price,
        "currency": "GBP",
        "available": _MERCHANDISE.fullmatch(product_id) is not None,
    }


_UCI_ONLINE_RETAIL = Preset(
    # Chen, D. (2015), UCI Machine Learning Repository, doi 10.24432/C5BW33.
    time_zone="Europe/London",
    maps={
        "catalogue": ColumnMap(
            columns={"id": "StockCode", "title": "Description", "price": "UnitPrice"}, tells=_uci_product
        ),
        "orders": ColumnMap(
            columns={
                "customer_id": "CustomerID",
                "product_id": "StockCode",
                "occurred_at": "InvoiceDate",
                "order_id": "InvoiceNo",
                "quantity": "Quantity",
                "price": "UnitPrice",
                "title": "Description",
            },
            constants={"currency": "GBP"},
        ),
    },
)

_HP_COLUMNS = {
    "model_key": "model_key",
    "printer_name": "printer_name",
    "supply_number": "supply_number",
    "manufacturer_sku": "manufacturer_sku",
}
_NO_SKU = "G"


def _hp_printer(fields: Fields) -> tuple[str, str]:
    """Id and title of the printer of a row: one model may be sold under several names."""
    model, name = text_of(fields, "model_key"), text_of(fields, "printer_name")
    if not model or not name:
        raise RowRejected("printer_name is empty")
    return f"{model}:{_as_id(name)}", name


def _hp_supply(fields: Fields) -> tuple[str, str]:
    """Id and title of the supply of a row: its number, else its SKU."""
    sku = text_of(fields, "manufacturer_sku")
    supply = text_of(fields, "supply_number") or (sku if sku != _NO_SKU else None)
    if not supply:
        raise RowRejected("the supply has neither a number nor a SKU")
    return supply, f"HP {supply}"


def _hp_products(fields: Fields) -> Iterable[Fields]:
    """A row tells of two products. Its colour and kind differ from row to row for one supply: left out."""
    for product_id, title in (_hp_printer(fields), _hp_supply(fields)):
        yield {"id": product_id, "title": title, "brand": "HP"}


def _hp_pair(fields: Fields) -> Iterable[Fields]:
    (printer, printer_name), (supply, supply_name) = _hp_printer(fields), _hp_supply(fields)
    yield {
        "product_id": supply,
        "device_id": printer,
        "product_title": supply_name,
        "device_title": printer_name,
    }


def _as_id(name: str) -> str:
    """A name as part of an id; what an id cannot hold is told apart by a digest."""
    part = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")[:60]
    return part if part.replace("-", " ") == name else f"{part}-{sha256(name.encode()).hexdigest()[:6]}"


_HP_PRINTER_SUPPLIES = Preset(
    maps={
        "catalogue": ColumnMap(columns=_HP_COLUMNS, tells=_hp_products),
        "fits": ColumnMap(columns=_HP_COLUMNS, tells=_hp_pair),
    },
)

PRESETS: Mapping[str, Preset] = {
    "uci-online-retail": _UCI_ONLINE_RETAIL,
    "hp-printer-supplies": _HP_PRINTER_SUPPLIES,
}
