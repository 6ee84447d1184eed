"""Routes: messages of the shop, service notes and campaigns kept apart, with whom they concern."""

from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, TypeAdapter, model_validator

from recommender.messages import MessageKind, Topic
from service.api.idempotency import OncePerKey
from service.api.local_texts import LocalTextIn, LocalTexts
from service.api.pages import Page, one_page, place_after
from service.api.shapes import BATCH_MAXIMUM, Day, Id, In, Out, Text, problems
from service.auth import ReadsMessages, WritesMessages
from service.messages import Messages

router = APIRouter(prefix="/v1/messages", tags=["content"])

_PLACE: TypeAdapter[str] = TypeAdapter(Id)
_Message = Annotated[Id, Path(description="The shop's own id of the message.")]
_Ids = Annotated[list[Id], Field(max_length=BATCH_MAXIMUM)]
_Names = Annotated[list[Text], Field(max_length=BATCH_MAXIMUM)]


class ConcernsIn(In):
    """Whom it concerns: customers by their ids; or who bought something: what, from whom, since when."""

    customer_ids: _Ids = Field(default=[], description="These, whatever they bought.")
    products: _Ids = Field(default=[], description="Who bought one of these, or something of `categories`.")
    categories: _Names = Field(default=[])
    served_by: _Names = Field(default=[], description="And was served by one of these.")
    since: Day | None = Field(default=None, description="And did so on this day or later.")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if bool(self.customer_ids) is bool(self.products or self.categories or self.served_by or self.since):
            raise ValueError("needs customer_ids, or one or more of products, categories, served_by, since")
        return self


class MessageIn(In):
    """One message, whole: what is left out is not kept from before."""

    kind: MessageKind
    topic: Topic | None = Field(default=None, description="What a service note is about.")
    texts: LocalTexts
    concerns: ConcernsIn
    known_since: Day = Field(description="Since when it is known: who was in the shop later knows it.")
    valid_from: Day | None = None
    valid_until: Day | None = None
    products: _Ids = Field(default=[], description="What a campaign offers.")
    categories: _Names = Field(default=[], description="The same, by category.")
    interval_days: int | None = Field(
        default=None, ge=1, le=3650, description="After how many days one may need it again, of a campaign."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.kind is MessageKind.SERVICE) is (self.topic is None):
            raise ValueError(f"needs a topic if it is a service note, and only then: {', '.join(Topic)}")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("has a valid_until before its valid_from")
        return self


class ConcernsOut(Out):
    customer_ids: list[str]
    products: list[str]
    categories: list[str]
    served_by: list[str]
    since: date | None


class MessageOut(Out):
    """One message as stored."""

    id: str
    kind: MessageKind
    topic: Topic | None
    texts: dict[str, LocalTextIn]
    concerns: ConcernsOut
    known_since: date
    valid_from: date | None
    valid_until: date | None
    products: list[str]
    categories: list[str]
    interval_days: int | None


class MessageList(Out):
    messages: list[MessageOut]
    next_cursor: str | None


@router.put("/{message_id}", responses={201: {"model": MessageOut}, **problems(401, 403, 404, 413, 422)})
def put_message(
    caller: WritesMessages,
    request: Request,
    response: Response,
    message_id: _Message,
    body: MessageIn,
    once: OncePerKey,
) -> MessageOut:
    """Store a service note or a campaign message. 201 if it is new, 200 if it replaces what was there.

    A service note is about appointments, orders or opening hours, and may carry no marketing: no products, links,
    prices, percentages, offers. Nothing is sent by this.
    """
    row = _row(message_id, body)
    is_new, stored = _messages(request).put(row, body.concerns.customer_ids, once)
    response.status_code = 201 if is_new else 200
    return _message(stored)


@router.get("", responses=problems(401, 403, 422))
def list_messages(caller: ReadsMessages, request: Request, query: Annotated[Page, Query()]) -> MessageList:
    """All messages, in the order of their ids."""
    rows = _messages(request).list(after=place_after(query, "messages", _PLACE), limit=query.limit + 1)
    shown, next_cursor = one_page(rows, query, "messages", lambda row: row["id"])
    return MessageList(messages=[_message(row) for row in shown], next_cursor=next_cursor)


@router.get("/{message_id}", responses=problems(401, 403, 404, 422))
def get_message(caller: ReadsMessages, request: Request, message_id: _Message) -> MessageOut:
    """One message as stored."""
    return _message(_messages(request).get(message_id))


@router.delete("/{message_id}", status_code=204, responses=problems(401, 403, 404, 422))
def remove_message(caller: WritesMessages, request: Request, message_id: _Message, once: OncePerKey) -> None:
    """Remove a message, and whom it named."""
    _messages(request).remove(message_id, once)


def _messages(request: Request) -> Messages:
    messages: Messages = request.app.state.messages
    return messages


_STATED = (
    "kind",
    "topic",
    "known_since",
    "valid_from",
    "valid_until",
    "products",
    "categories",
    "interval_days",
)
_CONCERNED = ("products", "categories", "served_by", "since")


def _row(message_id: str, body: MessageIn) -> dict[str, Any]:
    texts = {locale: text.model_dump() for locale, text in body.texts.items()}
    stated = {name: getattr(body, name) for name in _STATED}
    concerned = {f"concerned_{name}": getattr(body.concerns, name) for name in _CONCERNED}
    return {"id": message_id, "texts": texts, **stated, **concerned}


def _message(row: Any) -> MessageOut:
    concerned = {name: row[f"concerned_{name}"] for name in _CONCERNED}
    return MessageOut(
        id=row["id"],
        texts=row["texts"],
        concerns=ConcernsOut(customer_ids=row["customer_ids"], **concerned),
        **{name: row[name] for name in _STATED},
    )
