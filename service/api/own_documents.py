"""What the routes of all documents that a customer edits share: the entity tag, there and back."""

from typing import Annotated, TypeVar

from fastapi import Header, Response

from recommender import inputs
from service.api.shapes import Money, Responses
from service.own_documents import Tagged

Content = TypeVar("Content")

WITH_ETAG: Responses = {
    200: {
        "headers": {
            "ETag": {
                "required": True,
                "schema": {"type": "string"},
                "description": "To be sent as `If-Match`.",
            }
        }
    }
}

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The `ETag` of what was changed, or `*`.")
]


def tagged(response: Response, document: Tagged[Content]) -> Content:
    """The content, with its tag on the response."""
    response.headers["ETag"] = document.etag
    return document.content


def money_in(told: Money | None) -> inputs.Money | None:
    """A budget as it came."""
    return None if told is None else inputs.Money(amount=told.amount, currency=told.currency)


def money_out(money: inputs.Money | None) -> Money | None:
    """A budget as it is told."""
    return None if money is None else Money(amount=money.amount, currency=money.currency)
