"""A customer with a marker in every column that is hers, and her erasure over HTTP."""

from typing import Any

from sqlalchemy import Engine

from tests.byleave import Byleave
from tests.planting import plant

HER, OTHER = "qqmarker-anna", "zzother-ben"
THING = "a-thing"


def with_her(byleave: Byleave, engine: Engine) -> Byleave:
    byleave.product(THING)
    plant(engine, HER, "qqmarker", product_id=THING)
    return byleave


def erase(byleave: Byleave, customer_id: str, **headers: str) -> dict[str, Any]:
    answer = byleave.http.delete(f"/v1/customers/{customer_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told
