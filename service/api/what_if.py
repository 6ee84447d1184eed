"""Route: what would change in her suggestions, before she changes anything."""

from enum import StrEnum

from fastapi import APIRouter, Request
from pydantic import Field

from consent.events import EventKind
from service.api.answers import RecommendationOut, recommendation_out
from service.api.idempotency import OncePerKey
from service.api.locales import AcceptLanguage, explainer_in
from service.api.recommendations import RecommendationBody
from service.api.shapes import CustomerId, DataName, In, Out, PurposeCode, problems
from service.auth import ReadsRecommendations
from service.errors import Problem, ProblemCode
from service.what_if import Change, WhatIf

router = APIRouter(tags=["suggestions"])


class ImaginedKind(StrEnum):
    """What she might decide."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ChangeIn(In):
    decision: ImaginedKind
    purpose: PurposeCode
    data: list[DataName] = Field(min_length=1, max_length=100)


class WhatIfIn(In):
    """The changes, together; `request` is as for suggestions."""

    changes: list[ChangeIn] = Field(min_length=1, max_length=20)
    request: RecommendationBody = RecommendationBody()


class WhatIfOut(Out):
    """`lost` and `gained` are the ids of products, in the order of the lists that they are in."""

    before: RecommendationOut
    after: RecommendationOut
    lost: list[str]
    gained: list[str]


@router.post(
    "/v1/customers/{customer_id}/what-if",
    summary="Ask What A Change Would Do",
    responses=problems(401, 403, 413, 422),
)
def what_if(
    caller: ReadsRecommendations,
    request: Request,
    customer_id: CustomerId,
    body: WhatIfIn,
    once: OncePerKey,
    accept_language: AcceptLanguage = None,
) -> WhatIfOut:
    """Her suggestions before and after hypothetical changes. Changes nothing, and uses nothing up.

    `given` shows what her data would say before she has allowed it: only with her own token. What is looked
    at has a use record of kind `preview`.
    """
    if caller.customer_id is None and any(one.decision is ImaginedKind.GIVEN for one in body.changes):
        raise Problem(
            ProblemCode.ONLY_FOR_HERSELF,
            "Only the customer herself may see what a permission would show: call this with her own token.",
            status=403,
        )
    previews: WhatIf = request.app.state.what_if
    explainer = explainer_in(request, body.request.locale, accept_language)
    preview = previews.preview(
        customer_id,
        [
            Change(kind=EventKind(one.decision), purpose=one.purpose, data=tuple(one.data))
            for one in body.changes
        ],
        body.request.request(),
        channel=body.request.channel_shown,
    )
    return WhatIfOut(
        before=recommendation_out(preview.before, explainer),
        after=recommendation_out(preview.after, explainer),
        lost=preview.lost,
        gained=preview.gained,
    )
