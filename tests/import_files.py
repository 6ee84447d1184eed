"""Files to import, and what became of them."""

import csv
from pathlib import Path

from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from service.db.tables import table_of

CATALOGUE = """\
sku,title,brand,price,currency,in stock,color
printer,Office Printer,Acme,199.00,EUR,yes,
ink,Black Ink,Acme,"19,90",EUR,yes,black
other-ink,Blue Ink,Acme,19.90,EUR,no,blue
"""
ORDERS = """\
order number,customer,sku,date,qty
o-1,c-1,printer,2026-03-03,1
o-2,c-2,ink,2026-03-03,2
o-2,c-2,ink,2026-03-03,2
o-3,,ink,2026-03-04,1
o-4,c-2,ink,2026-03-05,-1
"""


def a_file(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def rejected(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stored(engine: Engine, table: type[SQLModel]) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table_of(table))).mappings()]
