"""What a plan of contacts looks like, and how it is made of what the use case gives. No logic."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.proposals import Content
from recommender.results import CareTip, Fact, Others, Reason, ReasonCode, Source, Suggestion
from service.api.answers import (
    FactOut,
    OthersOut,
    ProductShown,
    TipShown,
    fact_out,
    others_out,
    product_shown,
    tip_shown,
)
from service.api.feedback import QuestionOut, questions_out
from service.api.shapes import Id, Out, UtcMoment
from service.contact_words import why_asked
from service.db.outreach import Row
from service.explanations import DETAIL_LENGTH, TEXT_LENGTH, Explainer
from service.follow_up_questions import ASKED
from service.local_texts import LocalText, text_for
from service.outreach.desk import Desk
from service.outreach.one_customer import Finding
from service.outreach.planning import PlannedPage
from service.outreach.states import State
from service.outreach.stored_content import content_of

_Consents = Mapping[str, tuple[str, ...]]


class ContactReason(Out):
    """Why she is contacted; `message` where a message of the shop is the reason, `bad_experience` to follow up."""

    code: ReasonCode | Literal["message", "bad_experience"]
    text: str = Field(max_length=TEXT_LENGTH)
    detail: str = Field(max_length=DETAIL_LENGTH)
    facts: list[FactOut]
    others: OthersOut


class ContactProduct(Out):
    kind: Literal["product"]
    product: ProductShown
    reason: ContactReason


class ContactTip(Out):
    kind: Literal["tip"]
    tip: TipShown
    reason: ContactReason


ContactItem = Annotated[ContactProduct | ContactTip, Field(discriminator="kind")]


class ContactMessage(Out):
    """The message of the shop, in the language that `locale` says."""

    id: Id
    title: str
    text: str
    locale: str


class PlannedContact(Out):
    """One contact with one customer. Ask with `sending` right before it is sent: she may have withdrawn meanwhile."""

    outreach_id: str
    customer_id: str
    date: date
    channel: str
    kind: ContactKind
    items: list[ContactItem]
    message: ContactMessage | None
    reason: ContactReason
    ask: list[QuestionOut] = Field(description="To follow up: two things to ask, and nothing to offer.")
    state: State
    send_from: UtcMoment = Field(description="Not before: it is night for her, or her quiet hours.")
    send_until: UtcMoment


class HeldBackOut(Out):
    """A customer who is not contacted, and all that is against it."""

    customer_id: str
    because: list[HeldBack]
    message_id: str | None = Field(description="What she is not told, if it is a message of the shop.")


class OutreachPlan(Out):
    outreach: list[PlannedContact]
    held_back: list[HeldBackOut]
    next_cursor: str | None


def contact_out(finding: Finding, row: Row, page: PlannedPage, explainer: Explainer) -> PlannedContact:
    """One contact in the language of the plan."""
    locale = explainer.locale
    content, desk = content_of(row["content"]), page.desk
    reasons = [_reason(item.reason, desk, explainer, finding.consents) for item in content.items]
    items = [
        shown
        for item, reason in zip(content.items, reasons, strict=True)
        if (shown := _item(item, reason, desk, locale)) is not None
    ]
    message = _message(row["message_id"], desk, locale)
    is_follow_up = row["kind"] == ContactKind.FOLLOW_UP
    say_why = _of_experience if is_follow_up else _of_message
    by_itself = say_why(content, desk, explainer, finding.consents)
    return PlannedContact(
        outreach_id=row["outreach_id"],
        customer_id=row["customer_id"],
        date=row["day"],
        channel=row["channel"],
        kind=row["kind"],
        items=[*items, *_offers(content, desk, by_itself)],
        message=message,
        reason=reasons[0] if reasons else by_itself,
        ask=questions_out(ASKED, explainer) if is_follow_up else [],
        state=row["state"],
        send_from=row["send_from"],
        send_until=row["send_until"],
    )


def held_back_out(finding: Finding) -> HeldBackOut:
    return HeldBackOut(
        customer_id=finding.customer_id, because=list(finding.because), message_id=finding.message_id
    )


def _item(
    item: Suggestion | CareTip, reason: ContactReason, desk: Desk, locale: str
) -> ContactProduct | ContactTip | None:
    """`None` for a tip that was removed since: it was told, and its words are gone."""
    if isinstance(item, CareTip):
        texts = desk.shop.tip_texts.get(item.tip_id)
        if texts is None:
            return None
        words = text_for(locale, texts, desk.content_locale)
        return ContactTip(kind="tip", tip=tip_shown(item.tip_id, words), reason=reason)
    return _product(item.product_id, reason, desk)


def _offers(content: Content, desk: Desk, reason: ContactReason) -> list[ContactProduct]:
    return [_product(one, reason, desk) for one in content.offers]


def _product(product_id: str, reason: ContactReason, desk: Desk) -> ContactProduct:
    return ContactProduct(
        kind="product", product=product_shown(desk.shop.listings[product_id]), reason=reason
    )


def _message(message_id: str | None, desk: Desk, locale: str) -> ContactMessage | None:
    texts: Mapping[str, LocalText] | None = desk.texts.get(message_id or "")
    if message_id is None or texts is None:
        return None
    words = text_for(locale, texts, desk.content_locale)
    return ContactMessage(id=message_id, title=words.title, text=words.text, locale=words.locale)


def _reason(reason: Reason, desk: Desk, explainer: Explainer, consents: _Consents) -> ContactReason:
    explanation = explainer.explain(reason, desk.shop.listings)
    return ContactReason(
        code=reason.code,
        text=explanation.text,
        detail=explanation.detail,
        facts=[_fact(fact, consents) for fact in reason.facts],
        others=others_out(reason.others),
    )


def _of_message(content: Content, desk: Desk, explainer: Explainer, consents: _Consents) -> ContactReason:
    bought = [fact.ref for fact in content.facts if fact.ref in desk.shop.listings]
    return ContactReason(
        code="message",
        text=explainer.message_for(str(bought[0]) if bought else None, desk.shop.listings),
        detail="",
        facts=[_fact(fact, consents) for fact in content.facts],
        others=others_out(Others()),
    )


def _of_experience(content: Content, desk: Desk, explainer: Explainer, consents: _Consents) -> ContactReason:
    about, *_ = content.facts
    explanation = why_asked(explainer, about, desk.shop.listings)
    return ContactReason(
        code="bad_experience",
        text=explanation.text,
        detail=explanation.detail,
        facts=[_fact(fact, consents) for fact in content.facts],
        others=others_out(Others()),
    )


def _fact(fact: Fact, consents: _Consents) -> FactOut:
    """A fact of hers names the consent that it was read by."""
    by = consents.get(fact.field, ()) if fact.source is Source.CUSTOMER else ()
    return fact_out(fact, by[0] if by else None)
