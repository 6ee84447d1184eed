"""Her occasions, a document that she edits: when, for whom, and how long before she wants to know."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from consent.items import Item
from recommender.inputs import Occasion
from service.db.covered_rows import Kept
from service.db.told_by_her import occasion_of, read_told, replace_told
from service.own_documents import OF_NO_PRODUCT

_TABLE = "occasions"
_FIELDS = {
    "name": "occasions.name",
    "day": "occasions.date",
    "recipient": "occasions.recipient",
    "lead_days": "occasions.lead_days",
    "budget": "occasions.budget",
}

OccasionList = tuple[Occasion, ...]


class OccasionsDocument:
    """The kind of document that is a list of occasions, in her order. One without a date there is not."""

    def read(self, connection: Connection, customer_id: str, kept: Kept) -> OccasionList:
        return tuple(map(occasion_of, read_told(connection, _TABLE, customer_id, kept)))

    def replace(self, connection: Connection, customer_id: str, content: OccasionList) -> None:
        rows = [{"number": number, **_row(occasion)} for number, occasion in enumerate(content)]
        replace_told(connection, _TABLE, customer_id, rows)

    def added(
        self, connection: Connection, content: OccasionList, current: OccasionList
    ) -> Iterator[tuple[str, Item]]:
        for occasion in content:
            if any(_says_no_more_than(one, occasion) for one in current):
                continue
            for name, data_field in _FIELDS.items():
                if getattr(occasion, name) is not None:
                    yield data_field, OF_NO_PRODUCT

    def check(self, connection: Connection, content: OccasionList) -> None:
        """Each occasion makes sense by itself; two on one day do as well."""

    def as_json(self, content: OccasionList) -> list[dict[str, Any]]:
        return [_row(occasion) for occasion in content]


def _says_no_more_than(before: Occasion, occasion: Occasion) -> bool:
    return all(getattr(occasion, name) in (None, getattr(before, name)) for name in _FIELDS)


def _row(occasion: Occasion) -> dict[str, Any]:
    budget = occasion.budget
    return {
        "name": occasion.name,
        "day": occasion.day,
        "recipient": occasion.recipient,
        "lead_days": occasion.lead_days,
        "budget_amount": budget and budget.amount,
        "budget_currency": budget and budget.currency,
    }
