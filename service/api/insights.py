"""Routes: experience by touchpoint, consents and suggestions over time. Rounded; nothing under k."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from service.api.shapes import In, Out, problems
from service.auth import ReadsInsights
from service.insights import Insights

router = APIRouter(prefix="/v1/insights", tags=["insights"])


class TouchpointOut(Out):
    """`average` and `importance` are of 10; `peaks` and `ends`: for how many customers it was the most intense moment,
    or the end, of a journey.
    """

    touchpoint: str
    customers: int
    average: float
    importance: float | None
    peaks: int | None
    ends: int | None


class JourneysOut(Out):
    """`peak_end` is what stays in mind: the mean of the most intense moment and the end."""

    customers: int
    average: float
    peak: float
    end: float
    peak_end: float


class TouchpointsOut(Out):
    touchpoints: list[TouchpointOut]
    journeys: JourneysOut | None
    fewer_than: int = Field(description="What fewer customers than this stand behind is not shown.")


class MonthsQuery(In):
    months: int = Field(default=12, ge=1, le=36, description="How many, this one included.")


class ConsentsOfMonth(Out):
    """How many customers gave, refused or withdrew something; `null` for too few."""

    month: str
    purpose: str
    given: int | None
    refused: int | None
    withdrawn: int | None


class ConsentsOut(Out):
    months: list[ConsentsOfMonth]
    fewer_than: int


class SuggestionsOfMonth(Out):
    """How many answers rested on data of how many customers; `null` for too few."""

    month: str
    customers: int | None
    answers: int | None


class SaidOfSuggestions(Out):
    """How many customers said this of a suggestion in one tap."""

    kind: str
    customers: int


class SuggestionsOut(Out):
    """`said`: what customers said of suggestions, of those who allow `experience`."""

    months: list[SuggestionsOfMonth]
    said: list[SaidOfSuggestions]
    fewer_than: int


@router.get("/touchpoints", responses=problems(401, 403))
def get_touchpoints(caller: ReadsInsights, request: Request) -> TouchpointsOut:
    """Where people are lost: what customers who allow `experience` said, by touchpoint and over their journeys."""
    insights = _insights(request)
    touchpoints, journeys = insights.touchpoints()
    return TouchpointsOut(
        touchpoints=[
            TouchpointOut(**{name: getattr(one, name) for name in TouchpointOut.model_fields})
            for one in touchpoints
        ],
        journeys=None
        if journeys is None
        else JourneysOut(**{name: getattr(journeys, name) for name in JourneysOut.model_fields}),
        fewer_than=insights.numbers.k,
    )


@router.get("/consents", responses=problems(401, 403, 422))
def get_consent_insights(
    caller: ReadsInsights, request: Request, query: Annotated[MonthsQuery, Query()]
) -> ConsentsOut:
    """How many customers decided what, by purpose and month, the latest month first."""
    insights = _insights(request)
    return ConsentsOut(
        months=[
            ConsentsOfMonth(
                month=f"{one.month:%Y-%m}",
                purpose=one.purpose,
                given=one.given,
                refused=one.refused,
                withdrawn=one.withdrawn,
            )
            for one in insights.decisions(query.months)
        ],
        fewer_than=insights.numbers.k,
    )


@router.get("/suggestions", responses=problems(401, 403, 422))
def get_suggestion_insights(
    caller: ReadsInsights, request: Request, query: Annotated[MonthsQuery, Query()]
) -> SuggestionsOut:
    """How many personal answers there were, by month, and what customers said of suggestions."""
    insights = _insights(request)
    return SuggestionsOut(
        months=[
            SuggestionsOfMonth(month=f"{one.month:%Y-%m}", customers=one.customers, answers=one.answers)
            for one in insights.answers(query.months)
        ],
        said=[SaidOfSuggestions(kind=kind, customers=count) for kind, count in insights.taps().items()],
        fewer_than=insights.numbers.k,
    )


def _insights(request: Request) -> Insights:
    insights: Insights = request.app.state.insights
    return insights
