"""Route: one page about a customer for the staff who serve her, of what she lets them see."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from recommender.customer_types import CustomerType
from recommender.results import ReasonCode, Suggestion
from service.api.answers import DataNotUsed, DataUsed, data_not_used_out, data_used_out
from service.api.locales import AcceptLanguage, LocaleQuery, explainer_in
from service.api.preferences import PreferencesOut, preferences_out
from service.api.shapes import CustomerId, Out, UtcMoment, problems
from service.api.tasks import TaskOut, task_out
from service.assisting import PURPOSE
from service.auth import ReadsStaff
from service.brief import Brief, Briefs
from service.explanations import Explainer

router = APIRouter(prefix="/v1/customers/{customer_id}/brief", tags=["staff"])


class ProductNamed(Out):
    id: str
    title: str


class OwnedOut(Out):
    """Something that she has; `times`: on how many days she bought it here."""

    product: ProductNamed
    since: date | None
    times: int | None


class DueItemOut(Out):
    """What she may need now, and what she reads as the reason."""

    product: ProductNamed
    code: ReasonCode
    text: str
    detail: str


class SaidOut(Out):
    """What she said, field by field as she lets staff see it."""

    kind: str | None
    product: str | None
    rating: int | None
    mood: str | None
    importance: int | None
    comment: str | None
    touchpoint: str | None
    journey: str | None


class BriefOut(Out):
    brief_id: str
    customer_id: str
    generated_at: UtcMoment
    locale: str
    customer_type: CustomerType | None
    owns: list[OwnedOut]
    due: list[DueItemOut]
    preferences: PreferencesOut | None = Field(description="What she told, as far as staff may see it.")
    said: list[SaidOut]
    tasks: list[TaskOut]
    data_used: list[DataUsed]
    data_not_used: list[DataNotUsed]


@router.get("", responses=problems(401, 403, 422))
def get_brief(
    caller: ReadsStaff,
    request: Request,
    customer_id: CustomerId,
    query: Annotated[LocaleQuery, Query()],
    accept_language: AcceptLanguage = None,
) -> BriefOut:
    """What she owns, what is due, what she said, open tasks, and how she comes here, as far as she allows
    `assistance`. Whoever allows nothing has an empty page, which says why.
    """
    explainer = explainer_in(request, query.locale, accept_language)
    briefs: Briefs = request.app.state.briefs
    return _brief(briefs.of(customer_id), explainer)


def _brief(brief: Brief, explainer: Explainer) -> BriefOut:
    return BriefOut(
        brief_id=brief.brief_id,
        customer_id=brief.customer_id,
        generated_at=brief.generated_at,
        locale=explainer.locale,
        customer_type=brief.type,
        owns=[
            OwnedOut(product=_named(one.product_id, brief), since=one.since, times=one.times)
            for one in brief.owns
        ],
        due=[_due(one, brief, explainer) for one in brief.due],
        preferences=preferences_out(brief.preferences) if brief.preferences else None,
        said=[SaidOut(**_said(one.values)) for one in brief.said],
        tasks=[task_out(one, explainer, brief.listings) for one in brief.tasks],
        data_used=data_used_out(brief.data_used, PURPOSE),
        data_not_used=data_not_used_out(brief.data_not_used),
    )


def _due(one: Suggestion, brief: Brief, explainer: Explainer) -> DueItemOut:
    told = explainer.explain(one.reason, brief.listings)
    return DueItemOut(
        product=_named(one.product_id, brief), code=one.reason.code, text=told.text, detail=told.detail
    )


def _named(product_id: str, brief: Brief) -> ProductNamed:
    return ProductNamed(id=product_id, title=brief.listings[product_id].title)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(f"feedback.{name}") for name in SaidOut.model_fields}
