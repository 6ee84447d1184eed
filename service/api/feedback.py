"""Routes: what a customer says of a suggestion or a visit, and what was done about it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter

from consent.reasons import Because
from recommender.feedback import FeedbackKind
from service.api.idempotency import OncePerKey
from service.api.locales import AcceptLanguage, Locale, LocaleQuery, explainer_in
from service.api.pages import Page, one_page, place_after
from service.api.shapes import CustomerId, Id, In, Moment, Out, OutOfTen, Text, UtcMoment, problems
from service.auth import ReadsCustomers, WritesCustomers
from service.channels import channel_of
from service.explanations import Explainer
from service.feedback import FeedbackBook, TakenFeedback, ToldFeedback
from service.feedback_intake import NewFeedback
from service.feedback_words import what_was_done, what_was_narrowed
from service.follow_up_questions import Question, questions_after
from service.text_formats import PARAGRAPHS, PRINTABLE

router = APIRouter(prefix="/v1/customers/{customer_id}/feedback", tags=["customers"])

_LIST = "feedback"
_PLACE: TypeAdapter[tuple[Moment, Id]] = TypeAdapter(tuple[Moment, Id])


class FeedbackIn(In):
    """At least one of `kind`, `rating`, `mood`, `importance` and `comment`.

    `product_id`: the suggested product; for `not_mine` and `was_a_gift` the thing of hers, or with
    `recommendation_id` the product whose reason speaks of it; so for `stop_using_this`; `helpful` and `too_often`
    need none.
    """

    kind: FeedbackKind | None = None
    recommendation_id: Id | None = None
    product_id: Id | None = None
    touchpoint: Text | None = Field(
        default=None, description="Where shop and customer met: home, store, cart."
    )
    channel: Text | None = Field(
        default=None,
        description="By which channel the suggestion was shown, as it was asked for. Not kept.",
    )
    rating: OutOfTen | None = None
    mood: Annotated[str, Field(min_length=1, max_length=40, pattern=PRINTABLE)] | None = Field(
        default=None, description="How she felt, as she chose it. Never read out of her words."
    )
    importance: OutOfTen | None = None
    comment: Annotated[str, Field(min_length=1, max_length=2_000, pattern=PARAGRAPHS)] | None = None
    journey: Id | None = Field(default=None, description="The order or visit that it belongs to.")


class FeedbackOut(Out):
    """What she said, as far as it is kept, and `done`: what was done about it, in her language."""

    feedback_id: str
    said_at: UtcMoment | None
    kind: FeedbackKind | None
    product_id: str | None
    rating: int | None
    mood: str | None
    importance: int | None
    comment: str | None
    touchpoint: str | None
    journey: str | None
    done: str


class NarrowedOut(Out):
    """What is no longer read for suggestions, and the withdrawal that says so: it has a receipt like any other."""

    consent_id: str
    purpose: str
    data: list[str]
    product_id: str | None


class NotKept(Out):
    field: str
    because: Because


class QuestionOut(Out):
    """What to ask her; the answer comes as feedback of its own, in the named field."""

    code: str
    field: str
    text: str


class FeedbackTaken(Out):
    """`ask`: after a bad experience two things, and nothing else."""

    feedback: FeedbackOut
    ask: list[QuestionOut]
    not_kept: list[NotKept]
    narrowed: NarrowedOut | None


class FeedbackList(Out):
    feedback: list[FeedbackOut]
    next_cursor: str | None


class FeedbackPage(Page):
    locale: Locale = None


@router.post("", status_code=201, responses=problems(401, 403, 409, 413, 422))
def give_feedback(
    caller: WritesCustomers,
    request: Request,
    customer_id: CustomerId,
    body: FeedbackIn,
    query: Annotated[LocaleQuery, Query()],
    once: OncePerKey,
    accept_language: AcceptLanguage = None,
) -> FeedbackTaken:
    """What she says; it has its effect on the next answer.

    Kept only while some purpose may read it, field by field; 409 `not_permitted` if nothing of it may be kept.
    `stop_using_this` always works: it is a withdrawal.
    """
    explainer = explainer_in(request, query.locale, accept_language)
    new = NewFeedback(**body.model_dump(exclude={"channel"}))
    channel = channel_of(body.channel, body.touchpoint)
    taken = _book(request).take(customer_id, new, channel=channel, once=once)
    return _taken(request, taken, explainer)


@router.get("", responses=problems(401, 403, 422))
def list_feedback(
    caller: ReadsCustomers,
    request: Request,
    customer_id: CustomerId,
    query: Annotated[FeedbackPage, Query()],
    accept_language: AcceptLanguage = None,
) -> FeedbackList:
    """What she said, newest first, and what was done about it. To take one back: `DELETE …/events/{feedback_id}`."""
    explainer = explainer_in(request, query.locale, accept_language)
    after = place_after(query, _LIST, _PLACE)
    told, listings = _book(request).of(customer_id, after=after, limit=query.limit + 1)
    shown, next_cursor = one_page(told, query, _LIST, _place)
    settings = _book(request).suggesting.settings
    return FeedbackList(
        feedback=[_out(one, what_was_done(explainer, one, listings, settings)) for one in shown],
        next_cursor=next_cursor,
    )


def questions_out(questions: Iterable[Question], explainer: Explainer) -> list[QuestionOut]:
    """What to ask her, in her language."""
    return [QuestionOut(code=one.code, field=one.field, text=explainer.say(one.text)) for one in questions]


def _book(request: Request) -> FeedbackBook:
    book: FeedbackBook = request.app.state.feedback
    return book


def _taken(request: Request, taken: TakenFeedback, explainer: Explainer) -> FeedbackTaken:
    settings = _book(request).suggesting.settings
    done = what_was_done(explainer, taken.told, taken.listings, settings)
    narrowed = None
    if taken.narrowed is not None:
        done = what_was_narrowed(explainer, taken.narrowed, taken.listings)
        narrowed = NarrowedOut(
            consent_id=taken.narrowed.consent_id,
            purpose=taken.narrowed.purpose,
            data=list(taken.narrowed.data),
            product_id=taken.narrowed.product_id,
        )
    return FeedbackTaken(
        feedback=_out(taken.told, done),
        ask=questions_out(questions_after(taken.told.row.get("rating")), explainer),
        not_kept=[NotKept(field=field, because=because) for field, because in taken.not_kept.items()],
        narrowed=narrowed,
    )


def _out(told: ToldFeedback, done: str) -> FeedbackOut:
    names = set(FeedbackOut.model_fields) - {"feedback_id", "said_at", "done"}
    said_at: datetime | None = told.row.get("recorded_at")
    said = {name: told.row.get(name) for name in names}
    return FeedbackOut.model_validate(
        said | {"feedback_id": told.feedback_id, "said_at": said_at, "done": done}
    )


def _place(told: ToldFeedback) -> list[str]:
    return [told.row["recorded_at"].isoformat(), told.feedback_id]
