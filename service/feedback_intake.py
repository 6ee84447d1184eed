"""Keeps of what she says what some purpose may read, field by field, and says why not of the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.items import Item
from consent.reasons import Because
from recommender.feedback import FeedbackKind
from service.assisting import make_tasks_after_feedback
from service.collecting import Collecting, may_not_be_kept
from service.db.catalogue import NO_TRAITS, read_traits
from service.db.consent_ledger import OpenLedger
from service.db.feedback import FIELD_COLUMNS, SAID, TOLD_ABOUT, add_feedback


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFeedback:
    """What she says, as the caller states it."""

    kind: FeedbackKind | None = None
    recommendation_id: str | None = None
    product_id: str | None = None
    rating: int | None = None
    mood: str | None = None
    importance: int | None = None
    comment: str | None = None
    touchpoint: str | None = None
    journey: str | None = None


def row_of(new: NewFeedback, product_id: str | None, now: datetime) -> dict[str, Any]:
    """What is to be kept, if it may be; `product_id` is the thing that it is about."""
    return {
        "kind": new.kind.value if new.kind else None,
        "said_at": now if new.kind else None,
        "product_id": product_id,
        "rating": new.rating,
        "mood": new.mood,
        "importance": new.importance,
        "comment": new.comment,
        "touchpoint": new.touchpoint,
        "journey": new.journey,
    }


def keep(
    ledger: OpenLedger,
    row: Mapping[str, Any],
    feedback_id: str,
    collecting: Collecting,
    *,
    is_withdrawal: bool,
) -> dict[str, str]:
    """Store what may be kept; gives data field -> why it may not, of the rest.

    Raises Problem (409) if nothing that she said may be kept, unless it was taken down in her ledger.
    """
    refused = _refused(ledger, row, collecting)
    permitted = [columns for field, columns in FIELD_COLUMNS.items() if field not in refused]
    kept = {name: row[name] for columns in permitted for name in columns}
    if any(kept.get(name) is not None for name in SAID):
        ids = {"id": feedback_id, "customer_id": ledger.customer_id, "recorded_at": collecting.at}
        add_feedback(ledger.connection, ids | kept)
        make_tasks_after_feedback(
            ledger.connection,
            ids | kept,
            _item(ledger, row, collecting.at),
            ledger.events,
            at=collecting.at,
            retention=collecting.retention,
        )
    elif not is_withdrawal:
        raise may_not_be_kept(refused)
    return {field: because.value for field, because in sorted(refused.items())}


def _refused(ledger: OpenLedger, row: Mapping[str, Any], collecting: Collecting) -> dict[str, Because]:
    """Data field -> why it may not be kept. What is said of a thing is kept with the thing, or not at all: without
    it nobody could tell any more whom she keeps it from.
    """
    item = _item(ledger, row, collecting.at)
    stated = [field for field, columns in FIELD_COLUMNS.items() if row[columns[0]] is not None]
    found = {field: collecting.why_not(ledger.customer_id, field, item) for field in stated}
    refused = {field: because for field, because in found.items() if because}
    about = next((refused[field] for field in TOLD_ABOUT if field in refused), None)
    return refused if about is None else {field: refused.get(field, about) for field in stated}


def _item(ledger: OpenLedger, row: Mapping[str, Any], at: datetime) -> Item:
    product_id = row["product_id"]
    traits = read_traits(ledger.connection, [product_id] if product_id else [])
    return traits.get(product_id, NO_TRAITS).item(product_id, order=row["journey"], at=at)
