"""Route: the live feed for staff, as server-sent events. No transaction stays open between two of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field

from service.api.shapes import Responses, problems
from service.auth import ReadsStaffFeed
from service.keys import Keys
from service.staff_feed import StaffFeed, StaffNote

router = APIRouter(prefix="/v1/staff", tags=["staff"])

_LOOK_SECONDS, _HEARTBEAT_SECONDS, _RETRY_MILLISECONDS = 1.0, 15.0, 3_000
_SSE = "text/event-stream"
_A_STREAM: Responses = {
    200: {
        "content": {_SSE: {"schema": {"type": "string"}}},
        "description": "Events `feedback`: id, and what of it staff may see, as JSON. Comments keep it open.",
    }
}
_LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Where the stream before ended. Left out: from now on."),
    Field(pattern=r"^[0-9]{1,10}$"),
]


@router.get("/feed", response_class=StreamingResponse, responses=_A_STREAM | problems(401, 403, 422))
async def stream_feedback(
    caller: ReadsStaffFeed, request: Request, last_event_id: _LastEventId = None
) -> StreamingResponse:
    """What customers say who allow `assistance`, as it comes: of each the fields that they allow at that moment.

    Ends after a while, as set; a client comes back with `Last-Event-ID` by itself and misses nothing.
    """
    feed: StaffFeed = request.app.state.staff_feed
    keys: Keys = request.app.state.keys
    place = int(last_event_id) if last_event_id else await run_in_threadpool(feed.last_place)
    return StreamingResponse(
        _stream(feed, place, keys, caller.key_id), media_type=_SSE, headers={"X-Accel-Buffering": "no"}
    )


async def _stream(feed: StaffFeed, place: int, keys: Keys, key_id: str) -> AsyncIterator[str]:
    clock = asyncio.get_running_loop()
    ends, beat = clock.time() + feed.seconds, clock.time()
    yield f"retry: {_RETRY_MILLISECONDS}\nid: {place}\n\n"
    while await run_in_threadpool(keys.holder, key_id) is not None:
        before = place
        place, note = await run_in_threadpool(feed.after, place)
        if note is not None:
            yield _event(note)
            continue
        if place != before:
            # What nobody may see moves the place as well, and is not to be looked at again.
            yield f"id: {place}\n\n"
            continue
        if clock.time() >= ends:
            return
        if clock.time() - beat >= _HEARTBEAT_SECONDS:
            beat = clock.time()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)


def _event(note: StaffNote) -> str:
    told = {"feedback_id": note.feedback_id, "customer_id": note.customer_id}
    said = {field.removeprefix("feedback."): value for field, value in sorted(note.said.items())}
    data = json.dumps(told | {"said": said}, ensure_ascii=False)
    return f"id: {note.place}\nevent: feedback\ndata: {data}\n\n"
