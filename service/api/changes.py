"""Route: the feed of changes, for the shop's other systems."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from consent.events import EventKind
from service.api.audit import CheckpointOut, checkpoint_out
from service.api.shapes import In, Out, PriceLimitOut, UtcMoment, problems
from service.auth import ReadsChanges
from service.changes import ChangeKind, changes_since

router = APIRouter(prefix="/v1", tags=["changes"])

CHANGES_MAXIMUM = 1_000


class ChangesQuery(In):
    since: int = Field(
        default=0, ge=0, le=2**31 - 1, description="`next` of the answer before; 0: from the start."
    )
    limit: int = Field(default=100, ge=1, le=CHANGES_MAXIMUM)


class ChangeOut(Out):
    """One event of one ledger, or (`kind: customer`) the erasure of a person.

    `customer_id` is `null` once she is erased; what was erased of an event is `null`, too. `chain_id` stays.
    """

    number: int
    kind: ChangeKind
    chain_id: str
    customer_id: str | None
    position: int | None
    event_id: str | None
    consent_id: str | None
    event: EventKind | Literal["erased"] | None
    purpose: str | None
    data: list[str] | None
    channels: list[str] | None
    items: dict[str, list[str]] | None
    data_from: UtcMoment | None
    uses: int | None
    expires_at: UtcMoment | None
    price_limit: PriceLimitOut | None
    recorded_at: UtcMoment | None
    occurred_at: UtcMoment | None
    replaces: str | None
    notice_id: str | None
    method: str | None = Field(description="`standing_order`: an order is proposed, within its limits.")
    previous_hash: str | None
    hash: str | None


class Changes(Out):
    changes: list[ChangeOut]
    next: int = Field(description="What to ask with as `since` next time.")
    checkpoint: CheckpointOut | None = Field(description="The last one that was made of the whole ledger.")


@router.get("/changes", responses=problems(401, 403, 422))
def list_changes(caller: ReadsChanges, request: Request, query: Annotated[ChangesQuery, Query()]) -> Changes:
    """Every change of every customer's consents, in one order in which nothing is skipped.

    Numbers rise and may have gaps. When there is nothing new the list is empty and `next` the same.
    """
    engine: Any = request.app.state.engine
    feed = changes_since(engine, query.since, limit=query.limit)
    return Changes(
        changes=[ChangeOut.model_validate(one) for one in feed.changes],
        next=feed.next,
        checkpoint=None if feed.checkpoint is None else checkpoint_out(feed.checkpoint),
    )
