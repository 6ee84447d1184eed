"""Routes: suggestions for a customer, and for a visitor."""

from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from consent.decision import Because
from recommender import inputs
from recommender.inputs import ListKind
from recommender.results import WHOLE, Fact, ReasonCode, Source, Suggestion
from service.api.shapes import Id, In, Money, Out, Text, UtcMoment, problems
from service.auth import ReadsRecommendations
from service.errors import ProblemCode, invalid
from service.explanations import LOCALES, Explainer
from service.languages import preferred_locale, spoken_locale
from service.recommendations import PURPOSE, Answer, Suggesting

router = APIRouter(tags=["suggestions"])


class RecommendationQuery(In):
    """What is asked for."""

    limit: int = Field(default=10, ge=1, le=50)
    touchpoint: Text | None = Field(default=None, description="Where it will be shown: home, cart, e-mail.")
    product_id: list[Id] = Field(
        default=[], max_length=50, description="The product on the page, or those in the cart."
    )
    list: ListKind = Field(default=ListKind.ALL, description="Everything, bought before, or new to her.")
    personalised: bool = Field(default=True, description="`false`: a list that uses nothing of hers.")
    locale: str | None = Field(
        default=None,
        description=f"{', '.join(LOCALES)}, or a tag served by one (`zh-CN`). Else `Accept-Language` decides.",
    )

    def request(self) -> inputs.Request:
        return inputs.Request(
            limit=self.limit, list_kind=self.list, page=tuple(dict.fromkeys(self.product_id))
        )


class ProductShown(Out):
    id: Id
    title: str
    short_title: str | None
    brand: str | None
    url: str | None
    image_url: str | None
    price: Money | None


class FactOut(Out):
    """One thing that the suggestion rests on. `share` is its part in putting the suggestion there."""

    source: Source
    field: str
    ref: str | None
    value: str | int | None
    share: float
    consent: str | None = Field(description="The consent that permitted it to be read.")


class OthersOut(Out):
    """The long tail of small facts, summed up."""

    count: int
    share: float


class ReasonOut(Out):
    code: ReasonCode
    text: str = Field(max_length=80)
    detail: str = Field(max_length=250)
    facts: list[FactOut]
    others: OthersOut


class ItemOut(Out):
    rank: int
    kind: Literal["product"]
    product: ProductShown
    reason: ReasonOut
    controls: list[str] = Field(description="What she can say of it in one tap. None yet.")


class DataUsed(Out):
    field: str
    purpose: str
    consent: str


class DataNotUsed(Out):
    field: str
    because: Because


class RecommendationOut(Out):
    recommendation_id: str
    customer_id: str | None
    personalised: bool
    generated_at: UtcMoment
    locale: str
    items: list[ItemOut]
    data_used: list[DataUsed]
    data_not_used: list[DataNotUsed]


_Customer = Annotated[Id, Path(description="The shop's own id of the customer.")]
_AcceptLanguage = Annotated[str | None, Header(alias="Accept-Language")]
_SecPurpose = Annotated[str | None, Header(include_in_schema=False)]


@router.get(
    "/v1/customers/{customer_id}/recommendations",
    responses=problems(401, 403, 422),
)
def get_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    response: Response,
    customer_id: _Customer,
    query: Annotated[RecommendationQuery, Query()],
    accept_language: _AcceptLanguage = None,
    sec_purpose: _SecPurpose = None,
) -> RecommendationOut:
    """Suggestions that rest on what the customer allows for `recommendations`, each with its reason.

    Reads only; an id never seen is a customer of whom nothing is known. A prefetch touches nothing of
    hers and gets the visitor's answer.
    """
    suggesting: Suggesting = request.app.state.suggesting
    explainer = _explainer(request, query, accept_language)
    if request.method == "HEAD" or "prefetch" in (sec_purpose or "").lower():
        answer = suggesting.without_her_data(None, query.request(), Because.NOT_REQUESTED)
    elif query.personalised:
        answer = suggesting.for_customer(customer_id, query.request())
    else:
        answer = suggesting.without_her_data(customer_id, query.request(), Because.NOT_REQUESTED)
    return _out(answer, explainer)


@router.head("/v1/customers/{customer_id}/recommendations", include_in_schema=False)
def head_recommendations(
    caller: ReadsRecommendations,
    request: Request,
    response: Response,
    customer_id: _Customer,
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
    accept_language: _AcceptLanguage = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> RecommendationOut:
    """Suggestions for a visitor of whom nothing is known. The same for everybody, so it may be cached."""
    suggesting: Suggesting = request.app.state.suggesting
    answer = suggesting.without_her_data(None, query.request(), Because.NOT_ASKED)
    out = _out(answer, _explainer(request, query, accept_language))
    content = out.model_dump_json(include={"items", "locale"})
    etag = f'W/"{sha256(content.encode()).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept-Language, Authorization"
    response.headers["ETag"] = etag
    if if_none_match is not None and _matches(etag, if_none_match):
        response.status_code = 304
    return out


def _matches(etag: str, if_none_match: str) -> bool:
    """Weak comparison (RFC 9110 section 13.1.2): proxies add and drop the `W/` as they compress."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


def _explainer(request: Request, query: RecommendationQuery, accept_language: str | None) -> Explainer:
    explainers: dict[str, Explainer] = request.app.state.explainers
    if query.locale is None:
        return explainers[preferred_locale(accept_language, LOCALES)]
    locale = spoken_locale(query.locale, LOCALES)
    if locale is None:
        raise invalid(
            ProblemCode.UNKNOWN_LOCALE, "locale", f"is not spoken here; use one of: {', '.join(LOCALES)}"
        )
    return explainers[locale]


def _out(answer: Answer, explainer: Explainer) -> RecommendationOut:
    return RecommendationOut(
        recommendation_id=answer.recommendation_id,
        customer_id=answer.customer_id,
        personalised=answer.recommendation.personalised,
        generated_at=answer.generated_at,
        locale=explainer.locale,
        items=[
            _item(rank, suggestion, answer, explainer)
            for rank, suggestion in enumerate(answer.recommendation.items, start=1)
        ],
        data_used=[
            DataUsed(field=field, purpose=PURPOSE, consent=consent)
            for field, consent in answer.data_used.items()
        ],
        data_not_used=[
            DataNotUsed(field=field, because=because) for field, because in answer.data_not_used.items()
        ],
    )


def _item(rank: int, suggestion: Suggestion, answer: Answer, explainer: Explainer) -> ItemOut:
    listing = answer.listings[suggestion.product_id]
    explanation = explainer.explain(suggestion.reason, answer.listings)
    price = None
    if listing.price_amount is not None and listing.price_currency is not None:
        price = Money(amount=listing.price_amount, currency=listing.price_currency)
    return ItemOut(
        rank=rank,
        kind="product",
        product=ProductShown(
            id=listing.id,
            title=listing.title,
            short_title=listing.short_title,
            brand=listing.brand,
            url=listing.url,
            image_url=listing.image_url,
            price=price,
        ),
        reason=ReasonOut(
            code=suggestion.reason.code,
            text=explanation.text,
            detail=explanation.detail,
            facts=[_fact(fact, answer) for fact in suggestion.reason.facts],
            others=OthersOut(count=0, share=0.0),
        ),
        controls=[],
    )


def _fact(fact: Fact, answer: Answer) -> FactOut:
    """A fact of hers names the consent that it was read by; without one it could not be here."""
    return FactOut(
        source=fact.source,
        field=fact.field,
        ref=fact.ref,
        value=fact.value if fact.value is None or isinstance(fact.value, int) else fact.value.isoformat(),
        share=fact.share / WHOLE,
        consent=answer.data_used[fact.field] if fact.source is Source.CUSTOMER else None,
    )
