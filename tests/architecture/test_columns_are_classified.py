"""Every column of a table about customers says which data field it holds, or what else it is kept for.

A column that says neither could be read without a permission by the first query that names it.
"""

import pytest
from sqlalchemy import Column, Table

from consent.vocabulary import FIELD_CODES
from service.db import feed_tables
from service.db.column_roles import DATA_FIELD, KEPT_FOR
from service.db.tables import Product

# A table is about customers, with a `customer_id`, or it stands here with what it is.
NOT_ABOUT_CUSTOMERS = {
    "products": "public",
    "fits": "public",
    "tips": "public",
    "messages": "what the shop says; whom it names stands in a table of its own",
    "task_rules": "the shop's own content",
    "notices": "public: what customers are shown",
    "consent_events": "the registry's own; `consent_chains` says whose, so that it can be erased",
    "learning_changes": "numbers of an epoch and chain ids, and nobody's id",
    "changes": "numbers for the registry's events; a chain id and a position, and nobody's id",
    "latest_checkpoint": "a root over all chains",
    "webhook_delivery": "how far the receiver of webhooks is",
    "erasures": "how far a chain had come that was erased; its id is a hash that nobody can try ids against",
    "tombstones": "keyed hashes; the key is not in the database but sealed",
    "sealed_keys": "the service's own",
    "api_keys": "the shop's own",
    "signing_keys": "the service's own",
    "idempotency_keys": "which calls were made; whom they concern is not in it, and it goes after a day",
    "epochs": "counters",
}

ALL_TABLES = Product.metadata.sorted_tables
assert feed_tables.ChangeRow.metadata is Product.metadata, "all tables are here"
PERSONAL = [table for table in ALL_TABLES if "customer_id" in table.columns]


def test_every_table_is_about_customers_or_known_not_to_be() -> None:
    assert {table.name for table in ALL_TABLES if table not in PERSONAL} == set(NOT_ABOUT_CUSTOMERS)


@pytest.mark.parametrize("table", PERSONAL, ids=lambda table: table.name)
def test_every_column_about_a_customer_is_classified(table: Table) -> None:
    assert {column.name: _flaw(column) for column in table.columns if _flaw(column)} == {}


def _flaw(column: Column[object]) -> str | None:
    field, purpose = column.info.get(DATA_FIELD), column.info.get(KEPT_FOR)
    if field is None and not purpose:
        return "declares neither a data field nor what it is kept for"
    if field is not None and purpose is not None:
        return "declares both a data field and something else that it is kept for"
    if field is not None and field not in FIELD_CODES:
        return f"declares {field}, which consent/vocabulary.py does not have"
    return None
