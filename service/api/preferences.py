"""Routes: what the customer says that she likes and dislikes, her sizes, her budget."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from recommender import inputs
from service.api.idempotency import OncePerKey
from service.api.own_documents import WITH_ETAG, IfMatch, money_in, money_out, tagged
from service.api.shapes import CustomerId, In, Money, Out, Text, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.own_documents import OwnDocuments

router = APIRouter(prefix="/v1/customers/{customer_id}/preferences", tags=["customers"])

_Names = Annotated[list[Text], Field(max_length=100)]
_Sizes = Annotated[list[Text], Field(min_length=1, max_length=20)]


class TastesIn(In):
    """Brands and categories, in the shop's own words; capital letters make no difference."""

    brand: _Names = Field(default=[])
    category: _Names = Field(default=[])


class TastesOut(Out):
    brand: list[str]
    category: list[str]


class PreferencesIn(In):
    """What is left out is taken back."""

    likes: TastesIn = TastesIn()
    dislikes: TastesIn = Field(default=TastesIn(), description="Never suggested, by whatever reason.")
    sizes: dict[Text, _Sizes] = Field(
        default={},
        max_length=50,
        description="Category of the shop -> the sizes that she can wear. A product of that category whose "
        "`attributes.size` is none of them is not suggested.",
    )
    budget: Money | None = Field(
        default=None, description="What costs more is not suggested for being liked, nor as a gift."
    )


class PreferencesOut(Out):
    likes: TastesOut
    dislikes: TastesOut
    sizes: dict[str, list[str]]
    budget: Money | None


@router.get("", responses=WITH_ETAG | problems(401, 403, 422))
def get_preferences(
    caller: ReadsCustomers, request: Request, response: Response, customer_id: CustomerId
) -> PreferencesOut:
    """Her preferences as she gave them, with their `ETag`; empty when nothing permits them to be kept."""
    return preferences_out(tagged(response, _documents(request).get(customer_id)))


@router.put("", responses=WITH_ETAG | problems(401, 403, 409, 412, 413, 422, 428))
def put_preferences(
    caller: WritesCustomers,
    request: Request,
    response: Response,
    customer_id: CustomerId,
    body: PreferencesIn,
    once: OncePerKey,
    if_match: IfMatch = None,
) -> PreferencesOut:
    """Replace her preferences. Each field is kept only while some purpose may read it; otherwise 409."""
    content = inputs.Preferences(
        likes=_tastes(body.likes),
        dislikes=_tastes(body.dislikes),
        sizes={name: tuple(dict.fromkeys(sizes)) for name, sizes in body.sizes.items()},
        budget=money_in(body.budget),
    )
    documents = _documents(request)
    return preferences_out(
        tagged(response, documents.put(customer_id, content, if_match=if_match, once=once))
    )


def _documents(request: Request) -> OwnDocuments[inputs.Preferences]:
    documents: OwnDocuments[inputs.Preferences] = request.app.state.preferences
    return documents


def _tastes(told: TastesIn) -> inputs.Tastes:
    return inputs.Tastes(
        brands=tuple(dict.fromkeys(told.brand)), categories=tuple(dict.fromkeys(told.category))
    )


def preferences_out(preferences: inputs.Preferences) -> PreferencesOut:
    """What she told, as it is shown."""
    return PreferencesOut(
        likes=_told(preferences.likes),
        dislikes=_told(preferences.dislikes),
        sizes={name: list(of_category) for name, of_category in preferences.sizes.items()},
        budget=money_out(preferences.budget),
    )


def _told(tastes: inputs.Tastes) -> TastesOut:
    return TastesOut(brand=list(tastes.brands), category=list(tastes.categories))
