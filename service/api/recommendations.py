"""Routes: suggestions for a customer, and for a visitor."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field, StrictBool

from consent.reasons import Because
from recommender import inputs
from recommender.inputs import ListKind
from service.api.answers import RecommendationOut, recommendation_out
from service.api.idempotency import OncePerKey
from service.api.locales import AcceptLanguage, Locale, explainer_in
from service.api.shapes import CustomerId, Id, In, Text, problems
from service.auth import ReadsRecommendations
from service.channels import channel_of
from service.errors import ProblemCode, invalid
from service.explanations import Explainer
from service.once import HEADER
from service.recommendations import Answer, Suggesting
from service.single_use import SingleUse

router = APIRouter(tags=["suggestions"])


class RecommendationQuery(In):
    """What is asked for."""

    limit: int = Field(default=10, ge=1, le=50)
    touchpoint: Text | None = Field(default=None, description="Where it will be shown: home, cart, e-mail.")
    channel: Text | None = Field(
        default=None,
        description="By which channel it will be shown, in the words of the consents' `channels`; if left out, a "
        "`touchpoint` that is a channel's name (`email`, `web`, `store`, …) tells it.",
    )
    product_id: list[Id] = Field(
        default=[], max_length=50, description="The product on the page, or those in the cart."
    )
    list: ListKind = Field(default=ListKind.ALL, description="Everything, bought before, or new to her.")
    personalised: bool = Field(default=True, description="`false`: a list that uses nothing of hers.")
    locale: Locale = None

    @property
    def channel_shown(self) -> str | None:
        return channel_of(self.channel, self.touchpoint)

    def request(self) -> inputs.Request:
        return inputs.Request(
            limit=self.limit, list_kind=self.list, page=tuple(dict.fromkeys(self.product_id))
        )


class RecommendationBody(RecommendationQuery):
    """The same as a body, where only `true` and `false` are true or false."""

    personalised: StrictBool = Field(default=True, description="`false`: a list that uses nothing of hers.")


_SecPurpose = Annotated[str | None, Header(include_in_schema=False)]


@router.get(
    "/v1/customers/{customer_id}/recommendations",
    responses=problems(401, 403, 422),
)
def get_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    query: Annotated[RecommendationQuery, Query()],
    accept_language: AcceptLanguage = None,
    sec_purpose: _SecPurpose = None,
) -> RecommendationOut:
    """Suggestions that rest on what the customer allows for `recommendations`, each with its reason.

    Reads only; an id never seen is a customer of whom nothing is known. A prefetch touches nothing of
    hers and gets the visitor's answer.
    """
    suggesting: Suggesting = request.app.state.suggesting
    explainer = explainer_in(request, query.locale, accept_language)
    if request.method == "HEAD" or _is_prefetch(sec_purpose):
        answer = suggesting.without_her_data(None, query.request(), Because.NOT_REQUESTED)
    elif query.personalised:
        answer = suggesting.for_customer(customer_id, query.request(), channel=query.channel_shown)
    else:
        answer = suggesting.without_her_data(customer_id, query.request(), Because.NOT_REQUESTED)
    return recommendation_out(answer, explainer)


@router.post(
    "/v1/customers/{customer_id}/recommendations",
    summary="Get Recommendations Once: A Counted Grant May Be Used Up",
    responses={200: {"model": RecommendationOut}, **problems(401, 403, 409, 413, 422)},
)
def post_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    customer_id: CustomerId,
    body: RecommendationBody,
    once: OncePerKey,
    accept_language: AcceptLanguage = None,
    sec_purpose: _SecPurpose = None,
) -> Response:
    """The same, and a grant that is good for a number of answers may be used up by it.

    A standing consent is used before a counted one, which is spent only if something was read by it. For 15
    minutes the same `Idempotency-Key` gives the same answer again, until she withdraws anything.
    """
    if once is None:
        raise invalid(
            ProblemCode.IDEMPOTENCY_KEY_REQUIRED,
            HEADER,
            "is required here: a retry without one could use up another grant",
        )
    explainer = explainer_in(request, body.locale, accept_language)
    suggesting: Suggesting = request.app.state.suggesting
    if _is_prefetch(sec_purpose) or not body.personalised:
        whose = None if _is_prefetch(sec_purpose) else customer_id
        answer = suggesting.without_her_data(whose, body.request(), Because.NOT_REQUESTED)
        return _json(_written(answer, explainer))
    single_use: SingleUse = request.app.state.single_use
    return _json(
        single_use.for_customer(
            customer_id,
            body.request(),
            once,
            channel=body.channel_shown,
            written=lambda answer: _written(answer, explainer),
        )
    )


@router.head("/v1/customers/{customer_id}/recommendations", include_in_schema=False)
def head_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    query: Annotated[RecommendationQuery, Query()],
) -> RecommendationOut:
    """The headers of the answer; nothing of hers is touched."""
    return get_recommendations(caller, request, response, customer_id, query)


@router.head("/v1/recommendations", include_in_schema=False)
@router.get(
    "/v1/recommendations",
    responses={304: {"description": "Nothing new since that `ETag`."}, **problems(401, 403, 422)},
)
def get_visitor_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    response: Response,
    query: Annotated[RecommendationQuery, Query()],
    accept_language: AcceptLanguage = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> RecommendationOut:
    """Suggestions for a visitor of whom nothing is known. The same for everybody, so it may be cached.

    A cache asks with the `ETag` each time it uses its copy: what others bought may be in it, and who takes
    back `learning` is out of it from the next request on.
    """
    suggesting: Suggesting = request.app.state.suggesting
    answer = suggesting.without_her_data(None, query.request(), Because.NOT_ASKED)
    out = recommendation_out(answer, explainer_in(request, query.locale, accept_language))
    content = out.model_dump_json(include={"items", "locale"})
    etag = f'W/"{sha256(content.encode()).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = "public, no-cache"
    # Not by Authorization: the answer is the same for all, and who may have it is asked here each time.
    response.headers["Vary"] = "Accept-Language"
    response.headers["ETag"] = etag
    if if_none_match is not None and _matches(etag, if_none_match):
        response.status_code = 304
    return out


def _is_prefetch(sec_purpose: str | None) -> bool:
    return "prefetch" in (sec_purpose or "").lower()


def _written(answer: Answer, explainer: Explainer) -> str:
    return recommendation_out(answer, explainer).model_dump_json(by_alias=True)


def _json(body: str) -> Response:
    return Response(content=body, media_type="application/json")


def _matches(etag: str, if_none_match: str) -> bool:
    """Weak comparison (RFC 9110 section 13.1.2): proxies add and drop the `W/` as they compress."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags
