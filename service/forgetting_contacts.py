"""Takes what she no longer allows out of the contacts with her that are stored, and stops those that wait.

That she was contacted stays for its time: it counts in the caps, and nothing is told her twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from consent.coverage import Question, coverings
from consent.decision import in_ledger_order
from consent.events import ConsentEvent
from consent.vocabulary import category_of
from recommender.results import Source
from service.db.outreach import Row, empty_contact, read_contacts, stop_contact
from service.retention import NO_LIMIT, Retention

_WAITS = "planned"
_NO_PERMISSION = "no_permission"
_ASKED_FOR = timedelta(days=2)
"""So long after its day has begun somewhere nobody can ask any more what was planned for it."""


def forget_what_contacts_rest_on(
    connection: Connection,
    customer_id: str,
    events: Collection[ConsentEvent],
    at: datetime,
    retention: Retention = NO_LIMIT,
) -> None:
    """Empty each contact of hers that rests on something which its purpose no longer covers, or whose day is over.

    What is restricted, or waits for her answer to a changed notice, is kept and shown to nobody.
    """
    ledger, kept_since = in_ledger_order(events, customer_id), retention.kept_since(at)

    def may_be_kept(row: Row, field: str) -> bool:
        question = Question(
            purpose=row["purpose"],
            field=field,
            at=at,
            channel=row["channel"],
            to_keep=True,
            kept_since=kept_since.get(category_of(field)),
        )
        return bool(coverings(ledger, question))

    for row in read_contacts(connection, [customer_id]).get(customer_id, ()):
        fields = _rests_on(row["content"])
        is_over = row["day"] < (at - _ASKED_FOR).date()
        if all(may_be_kept(row, field) for field in fields) and not (fields and is_over):
            continue
        if row["state"] == _WAITS and not is_over:
            stop_contact(connection, row["outreach_id"], [_NO_PERMISSION])
        else:
            empty_contact(connection, row["outreach_id"])


def _rests_on(content: Mapping[str, Any]) -> set[str]:
    """The data fields of hers in it."""
    of_items = (fact for item in content["items"] for fact in item["reason"]["facts"])
    facts = (*of_items, *content["facts"])
    return {fact["field"] for fact in facts if fact["source"] == Source.CUSTOMER.value}
