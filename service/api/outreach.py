"""Routes: plan whom to contact, ask once more before each contact is made, and tell what came of it."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import Field, TypeAdapter

from recommender.outreach.kinds import HeldBack
from service.api.contact import Channel
from service.api.idempotency import OncePerKey
from service.api.locales import AcceptLanguage, Locale, explainer_in
from service.api.outreach_answers import OutreachPlan, contact_out, held_back_out
from service.api.pages import PAGE_MAXIMUM, Page, cursor_behind, place_after
from service.api.shapes import Day, Id, In, Out, problems
from service.auth import PlansOutreach
from service.explanations import Explainer
from service.outreach.desk import Order
from service.outreach.planning import OutreachPlanning, PlannedPage
from service.outreach.reporting import OutreachReports
from service.outreach.states import Outcome, State

router = APIRouter(prefix="/v1/outreach", tags=["outreach"])

_NDJSON = "application/x-ndjson"
_LIST = "outreach"
PAGES: tuple[str, TypeAdapter[str]] = (_LIST, TypeAdapter(Id))
"""The name of the list, and what its cursors hold: where the page before ended."""
_AS_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": OutreachPlan,
        "description": f"The plan. With `Accept: {_NDJSON}` all pages one after the other: a line for each contact "
        "and each customer held back, and at the end of each page a line with the cursor to go on with.",
    }
}


class PlanIn(In):
    """What to plan: for a day, by which channels; one message, or whatever helps; one customer, or all."""

    date: Day = Field(description="Today, or up to 31 days ahead, where the shop is.")
    channels: list[Channel] = Field(min_length=1, max_length=8, description="The best one first.")
    message_id: Id | None = Field(default=None, description="Only this message of the shop.")
    customer_id: Id | None = Field(default=None, description="Only this customer.")
    limit: int = Field(
        default=PAGE_MAXIMUM, ge=1, le=PAGE_MAXIMUM, description="How many customers to look at in a page."
    )
    cursor: str | None = Field(default=None, max_length=600, description="`next_cursor` of the page before.")
    locale: Locale = None

    @property
    def order(self) -> Order:
        return Order(day=self.date, channels=tuple(dict.fromkeys(self.channels)), message_id=self.message_id)


class OutcomeIn(In):
    """`sending` asks whether to send now; the others tell what came of it."""

    outcome: Outcome


class OutcomeOut(Out):
    outreach_id: str
    state: State
    go: bool = Field(description="Whether to send it now. Only ever true on `sending`.")
    because: list[HeldBack] = Field(description="What is against it.")


@router.post("/plan", response_model=OutreachPlan, responses=_AS_LINES | problems(401, 403, 404, 413, 422))
def plan_outreach(
    caller: PlansOutreach,
    request: Request,
    body: PlanIn,
    once: OncePerKey,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    accept_language: AcceptLanguage = None,
) -> Any:
    """Whom to contact on a day, by which channel, with what and why; and of all others, why not.

    Asked again for the same day it gives the same contacts; who has withdrawn since is held back. Of marketing there
    is one contact a day at most, and it counts in the caps from now on. Everybody is looked at who has ever said
    anything about being contacted.
    """
    planning: OutreachPlanning = request.app.state.outreach_planning
    planning.check(body.order, once)
    explainer = explainer_in(request, body.locale, accept_language)
    after = place_after(Page(cursor=body.cursor), *PAGES)
    if body.customer_id is not None:
        return _plan(planning.for_one(body.order, body.customer_id), explainer)
    if _NDJSON not in accept:
        return _plan(planning.page(body.order, after=after, limit=body.limit), explainer)
    pages = planning.pages(body.order, after=after, limit=body.limit)
    return StreamingResponse(_lines(pages, explainer), media_type=_NDJSON)


@router.post("/{outreach_id}/outcome", responses=problems(401, 403, 404, 413, 422))
def report_outreach(
    caller: PlansOutreach,
    request: Request,
    outreach_id: Annotated[Id, Path(description="As the plan gave it.")],
    body: OutcomeIn,
    once: OncePerKey,
) -> OutcomeOut:
    """Before sending ask with `sending`, and send only on `go`: permission and policy are asked again, now.

    Two who ask for one contact are not both told to go; who asks again with the same `Idempotency-Key` is.
    """
    reports: OutreachReports = request.app.state.outreach_reports
    reported = reports.report(outreach_id, body.outcome, once)
    return OutcomeOut(
        outreach_id=reported.outreach_id,
        state=reported.state,
        go=reported.go,
        because=list(reported.because),
    )


def _plan(page: PlannedPage, explainer: Explainer) -> OutreachPlan:
    return OutreachPlan(
        outreach=[contact_out(one, one.row, page, explainer) for one in page.findings if one.row is not None],
        held_back=[held_back_out(one) for one in page.findings if one.row is None],
        next_cursor=None if page.last is None else cursor_behind(_LIST, page.last),
    )


def _lines(pages: Iterator[PlannedPage], explainer: Explainer) -> Iterator[str]:
    """A page is written as soon as it is planned, and then forgotten."""
    for page in pages:
        yield from lines_of(page, explainer)


def lines_of(page: PlannedPage, explainer: Explainer) -> Iterator[str]:
    """A page of a plan as lines of JSON, with the cursor to go on with at its end."""
    plan = _plan(page, explainer)
    for contact in plan.outreach:
        yield f'{{"outreach":{contact.model_dump_json()}}}\n'
    for held_back in plan.held_back:
        yield f'{{"held_back":{held_back.model_dump_json()}}}\n'
    yield f'{{"next_cursor":{json.dumps(plan.next_cursor)}}}\n'
