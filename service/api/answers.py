"""What an answer with suggestions looks like, and how it is made of what the use case gives. No logic."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from consent.reasons import Because
from recommender.feedback import FeedbackKind
from recommender.results import WHOLE, CareTip, Fact, Others, Reason, ReasonCode, Source, Suggestion
from service.api.shapes import Id, Money, Out, UtcMoment
from service.db.catalogue import Listing
from service.explanations import DETAIL_LENGTH, TEXT_LENGTH, Explainer
from service.local_texts import LocalText, text_for
from service.recommendations import PURPOSE, Answer


class ProductShown(Out):
    id: Id
    title: str
    short_title: str | None
    brand: str | None
    url: str | None
    image_url: str | None
    price: Money | None


class TipShown(Out):
    """A care tip, in the language that `locale` says: hers if there is a text in it."""

    id: Id
    title: str = Field(max_length=TEXT_LENGTH)
    text: str = Field(max_length=DETAIL_LENGTH)
    locale: str


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
    text: str = Field(max_length=TEXT_LENGTH)
    detail: str = Field(max_length=DETAIL_LENGTH)
    facts: list[FactOut]
    others: OthersOut


class ItemShown(Out):
    """What every item has."""

    rank: int
    reason: ReasonOut
    controls: list[FeedbackKind] = Field(
        description="What she can say of it in one tap, `POST …/feedback`, and what then has an effect."
    )


class ProductItem(ItemShown):
    """A product, and why."""

    kind: Literal["product"]
    product: ProductShown


class TipItem(ItemShown):
    """A care tip, and why: there is nothing to buy in it."""

    kind: Literal["tip"]
    tip: TipShown


ItemOut = Annotated[ProductItem | TipItem, Field(discriminator="kind")]


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


def recommendation_out(answer: Answer, explainer: Explainer) -> RecommendationOut:
    """The answer in her language."""
    return RecommendationOut(
        recommendation_id=answer.recommendation_id,
        customer_id=answer.customer_id,
        personalised=answer.recommendation.personalised,
        generated_at=answer.generated_at,
        locale=explainer.locale,
        items=[
            _tip(rank, item, answer, explainer)
            if isinstance(item, CareTip)
            else _product(rank, item, answer, explainer)
            for rank, item in enumerate(answer.recommendation.items, start=1)
        ],
        data_used=data_used_out(answer.data_used, PURPOSE),
        data_not_used=data_not_used_out(answer.data_not_used),
    )


def data_used_out(used: Mapping[str, Sequence[str]], purpose: str) -> list[DataUsed]:
    """Each data field, once for each consent that it was read by."""
    return [
        DataUsed(field=field, purpose=purpose, consent=consent)
        for field, consents in used.items()
        for consent in consents
    ]


def data_not_used_out(why_not: Mapping[str, Because]) -> list[DataNotUsed]:
    return [DataNotUsed(field=field, because=because) for field, because in why_not.items()]


def product_shown(listing: Listing) -> ProductShown:
    price = None
    if listing.price_amount is not None and listing.price_currency is not None:
        price = Money(amount=listing.price_amount, currency=listing.price_currency)
    return ProductShown(
        id=listing.id,
        title=listing.title,
        short_title=listing.short_title,
        brand=listing.brand,
        url=listing.url,
        image_url=listing.image_url,
        price=price,
    )


def tip_shown(tip_id: str, words: LocalText) -> TipShown:
    return TipShown(id=tip_id, title=words.title, text=words.text, locale=words.locale)


def fact_out(fact: Fact, consent: str | None) -> FactOut:
    """A fact, and the consent that it was read by if it is hers."""
    return FactOut(
        source=fact.source,
        field=fact.field,
        ref=fact.ref,
        value=fact.value.isoformat() if isinstance(fact.value, date) else fact.value,
        share=fact.share / WHOLE,
        consent=consent,
    )


def others_out(others: Others) -> OthersOut:
    return OthersOut(count=others.count, share=others.share / WHOLE)


def _tip(rank: int, item: CareTip, answer: Answer, explainer: Explainer) -> TipItem:
    words = text_for(explainer.locale, answer.tip_texts[item.tip_id], answer.content_locale)
    return TipItem(
        rank=rank,
        kind="tip",
        tip=tip_shown(item.tip_id, words),
        reason=_reason(item.reason, answer, explainer),
        controls=[],
    )


def _product(rank: int, suggestion: Suggestion, answer: Answer, explainer: Explainer) -> ProductItem:
    return ProductItem(
        rank=rank,
        kind="product",
        product=product_shown(answer.listings[suggestion.product_id]),
        reason=_reason(suggestion.reason, answer, explainer),
        controls=list(answer.controls[rank - 1]) if answer.controls else [],
    )


def _reason(reason: Reason, answer: Answer, explainer: Explainer) -> ReasonOut:
    explanation = explainer.explain(reason, answer.listings)
    return ReasonOut(
        code=reason.code,
        text=explanation.text,
        detail=explanation.detail,
        facts=_facts(reason.facts, answer),
        others=others_out(reason.others),
    )


def _facts(facts: tuple[Fact, ...], answer: Answer) -> list[FactOut]:
    """Facts of hers name the consent that they were read by; without one they could not be here."""
    hers = [fact.ref for fact in facts if fact.source is Source.CUSTOMER and fact.ref]
    about = hers[0] if hers else ""
    return [
        fact_out(fact, _consent(fact, fact.ref or about, answer) if fact.source is Source.CUSTOMER else None)
        for fact in facts
    ]


def _consent(fact: Fact, product_id: str, answer: Answer) -> str:
    """A fact without a product of its own, such as a date, is about that of its reason."""
    of_product = answer.consent_of.get((fact.field, product_id))
    return answer.data_used[fact.field][0] if of_product is None else of_product
