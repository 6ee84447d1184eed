"""What exists only by consent is deleted when no purpose may read it any more: no table can be forgotten."""

from service.collecting import KEPT_ONLY_BY_CONSENT
from service.db.column_roles import DATA_FIELD
from service.db.tables import Product

# Sales happened anyway; BYLEAVE_PURCHASES says what becomes of them.
KEPT_ANYWAY = {"purchases"}


def test_every_table_with_data_of_hers_is_kept_anyway_or_only_by_consent() -> None:
    with_her_data = {
        table.name
        for table in Product.metadata.sorted_tables
        if any(DATA_FIELD in column.info for column in table.columns)
    }
    assert KEPT_ONLY_BY_CONSENT.keys() == with_her_data - KEPT_ANYWAY


def test_each_table_has_a_deletion_of_its_own() -> None:
    assert len(set(KEPT_ONLY_BY_CONSENT.values())) == len(KEPT_ONLY_BY_CONSENT)
