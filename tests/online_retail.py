"""UCI Online Retail as docs/accuracy.md cleans it: what each customer bought before a day.

It is data beside the repository (`../shared/data`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
from pyarrow import parquet

from recommender.inputs import Purchase

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "online_retail.parquet"
MISSING = "needs ../shared/data/online_retail.parquet next to the repository"


def purchases_before(today: date) -> Mapping[str, Sequence[Purchase]]:
    """Customer id -> a purchase for each product and day, no cancellations, no postage and no discounts."""
    orders = parquet.read_table(FILE)
    code = pc.utf8_upper(orders["StockCode"])
    kept = pc.and_(pc.greater(orders["Quantity"], 0), pc.greater(orders["UnitPrice"], 0))
    kept = pc.and_(kept, pc.invert(pc.starts_with(orders["InvoiceNo"], "C")))
    kept = pc.and_(kept, pc.match_substring_regex(code, r"^\d{5}[A-Z]*$"))
    kept = pc.and_(kept, pc.is_valid(orders["CustomerID"]))
    rows = zip(
        orders["CustomerID"].filter(kept).to_pylist(),
        code.filter(kept).to_pylist(),
        pc.cast(orders["InvoiceDate"], "date32").filter(kept).to_pylist(),
        strict=True,
    )
    found: dict[str, list[Purchase]] = defaultdict(list)
    for customer, product_id, day in sorted({row for row in rows if row[2] < today}):
        found[str(customer)].append(Purchase(product_id=product_id, day=day, quantity=1))
    return found
