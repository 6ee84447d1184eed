"""What is hers is a closed list of tables: exported and erased by it, so no table can be forgotten."""

import pytest
from sqlalchemy import Table

from service.db.own_data import OWN_TABLES
from service.db.tables import Product

# Every other table there is, and why nothing of hers is in it.
NOTHING_OF_HERS = {
    "products": "public",
    "fits": "public",
    "tips": "public",
    "messages": "what the shop says; whom it names stands in a table of its own",
    "task_rules": "the shop's own content",
    "api_keys": "the shop's own",
    "signing_keys": "the service's own",
    "sealed_keys": "the service's own",
    "erasures": "what stays of a chain; its id is a hash over a salt that is gone",
    "tombstones": "keyed hashes, by which nothing from before comes back",
    "notices": "public: what customers are shown",
    "changes": "numbers for ledger events; without her chain nobody can tell whose",
    "learning_changes": "numbers and chains; without her chain nobody can tell whose",
    "latest_checkpoint": "a root over all chains",
    "webhook_delivery": "how far the receiver of webhooks is",
    "epochs": "counters",
}
POINTS_TO_HER = {"customer_id", "chain_id", "caller"}

ALL_TABLES = {table.name: table for table in Product.metadata.sorted_tables}


def test_every_table_is_hers_or_known_not_to_be() -> None:
    assert set(OWN_TABLES) | set(NOTHING_OF_HERS) == set(ALL_TABLES)
    assert not set(OWN_TABLES) & set(NOTHING_OF_HERS)
    assert len(set(OWN_TABLES)) == len(OWN_TABLES)


@pytest.mark.parametrize("table", ALL_TABLES.values(), ids=lambda table: table.name)
def test_a_table_that_points_to_her_is_hers(table: Table) -> None:
    if table.name not in ("erasures", "changes", "learning_changes"):
        assert (table.name in OWN_TABLES) is bool(POINTS_TO_HER & set(table.columns.keys()))
