"""Sentences: every reason that a strategy gives is told, in every language, from nothing but its own facts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from io import StringIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from recommender.catalogue import build_catalogue
from recommender.feedback import FeedbackKind
from recommender.inputs import (
    Browsed,
    Device,
    Occasion,
    PermittedData,
    Preferences,
    Product,
    Purchase,
    Request,
    Settings,
)
from recommender.learning.contributions import History
from recommender.occasions import Feast, Recipient
from recommender.outreach.kinds import ContactKind
from recommender.ranking import recommend, situation_of
from recommender.results import CareTip, Fact, Reason, ReasonCode, Source
from recommender.similarity import build_similarity
from recommender.strategies import STRATEGIES
from recommender.tips import Season, Tip
from service.contact_words import why_asked
from service.db.catalogue import Listing
from service.db.permitted_reader import ReadRow
from service.demo.notices import NOTICES
from service.explanations import DETAIL_LENGTH, LOCALES, TEXT_LENGTH, Explainer, Explanation
from service.export_in_chinese import readme as in_chinese
from service.feedback import ToldFeedback
from service.feedback_words import what_was_done, what_was_narrowed
from service.follow_up_questions import questions_after
from service.narrowing import Narrowed
from service.task_rules import After, Rule
from service.task_words import why
from service.tasks import TaskShown
from service.value import Contacted, Value
from service.value_words import in_a_paragraph
from tests.builders import OCCASIONS, a_moment, bought_by_others, euros, tells, what_was_learned

TODAY = date(2026, 6, 10)
PRINTER, INK, PAPER, PENS, GIFT = "printer", "ink", "paper", "pens", "gift"
CRAYONS = "crayons"
ONE_PEN, ONE_GIFT = "one-pen", "one-gift"  # samples
COFFEE, DECAF = "coffee", "decaf"  # variants of one thing
LONGEST_NAME = "W" * 40
A_VERY_LONG_TIME = 3_652_058  # days between the years 1 and 9999


def a_listing(product_id: str, title: str, short_title: str | None = None) -> Listing:
    return Listing(
        id=product_id,
        title=title,
        short_title=short_title,
        brand=None,
        url=None,
        image_url=None,
        price_amount=None,
        price_currency=None,
    )


LISTINGS = {
    PRINTER: a_listing(PRINTER, "HP OfficeJet Pro 8600 e-All-in-One Printer", "HP OfficeJet Pro 8600"),
    INK: a_listing(INK, "HP 950 Black Ink Cartridge"),
    PAPER: a_listing(PAPER, "Copy paper"),
    PENS: a_listing(PENS, "Pens"),
    CRAYONS: a_listing(CRAYONS, "Pens for children"),
    GIFT: a_listing(GIFT, "Gift box"),
    COFFEE: a_listing(COFFEE, "Coffee"),
    DECAF: a_listing(DECAF, "Coffee without caffeine"),
}


TIP = "tip"
ALL_YEAR = Tip(id=TIP, products=frozenset({PRINTER}), due=Season(first=(1, 1), last=(12, 31)))


def bought(product_id: str, *days_ago: int | None) -> tuple[Purchase, ...]:
    """Purchases so many days ago; `None` for a day that may not be read."""
    return tuple(
        Purchase(product_id=product_id, day=None if ago is None else TODAY - timedelta(days=ago))
        for ago in days_ago
    )


def reasons(
    *purchases: Purchase,
    devices: tuple[Device, ...] | None = None,
    views: tuple[Browsed, ...] | None = None,
    carts: tuple[Browsed, ...] | None = None,
    others: Mapping[str, History] | None = None,
    page: tuple[str, ...] = (),
    usual_days: int | None = None,
    also_read: str | None = None,
    told: Preferences | None = None,
    occasion: Occasion | None = None,
    sample: Product | None = None,
) -> dict[str, Reason]:
    """Product id -> reason, as the recommender gives it."""
    usual = {} if usual_days is None else {"usual_interval_days": usual_days}
    products = [
        Product(id=PRINTER, title="Printer", category="printers"),
        Product(id=INK, title="Ink", category="ink", attributes=usual),
        Product(id=PAPER, title="Paper", category="paper", attributes=usual),
        Product(id=PENS, title="Pens", category="pens"),
        Product(id=CRAYONS, title="Pens for children", category="pens", brand="Faber", price=euros("9.00")),
        Product(
            id=GIFT,
            title="Gift",
            category="gifts",
            featured_rank=1,
            price=euros("9.00"),
            attributes={"suits": list(Recipient)},
        ),
        Product(
            id=COFFEE, title="Coffee", category="coffee", attributes={"item_group_id": "coffee", **usual}
        ),
        Product(id=DECAF, title="Decaf", category="coffee", attributes={"item_group_id": "coffee"}),
    ]
    products += [sample] if sample else []
    fields = {"purchases.product"} if purchases else set()
    fields |= {"purchases.date"} if any(one.day for one in purchases) else set()
    fields |= {"devices.product"} if devices else set()
    fields |= {"browsing.views"} if views else set()
    fields |= {"browsing.carts"} if carts else set()
    fields |= {"preferences.likes", "preferences.budget"} if told else set()
    fields |= OCCASIONS if occasion else set()
    catalogue = build_catalogue(products, {INK: frozenset({PRINTER})}, [ALL_YEAR])
    fields |= set(also_read.split()) if also_read else set()
    recommendation = recommend(
        situation_of(
            Request(page=page),
            data=PermittedData(
                purchases=purchases or None,
                devices=devices,
                views=views,
                carts=carts,
                preferences=told,
                occasions=(occasion,) if occasion else None,
                fields=frozenset(fields),
            ),
            customer_id="anna",
            catalogue=catalogue,
            similarity=build_similarity(catalogue),
            learned=what_was_learned(others or {}),
            today=TODAY,
            settings=Settings(),
        )
    )
    told = {item.product_id: item.reason for item in recommendation.products}
    return told | {item.tip_id: item.reason for item in recommendation.items if isinstance(item, CareTip)}


def occasion(day: str, **told: str) -> Reason:
    """The reason of a gift that suits."""
    recipient = told.pop("recipient", "friend")
    return reasons(occasion=Occasion(day=day, recipient=recipient, **told))[GIFT]


def as_feast(feast: Feast) -> Reason:
    """As if it were that feast: each is near on other days."""
    reason = occasion("06-14")
    return replace(reason, params={**reason.params, "feast": feast.value})


BROWSED = Browsed(product_id=CRAYONS, day=TODAY)
A_PEN = Product(id=ONE_PEN, title="One pen", sample_of=PENS)
A_GIFT = Product(id=ONE_GIFT, title="A little gift", category="gifts", sample_of=GIFT)
A_START = Product(id="start", title="Start", attributes={"for_newcomers": True})
AN_ARRIVAL = Product(
    id="arrival", title="New", category="paper", attributes={"available_since": "2026-06-09"}
)
DAYS = "purchases.product purchases.date"
BOTH_LONG_AGO = bought_by_others({PENS: 7, CRAYONS: 7}, days_ago=60)
BOTH = bought_by_others({PENS: 7, CRAYONS: 7})
ALL_OF_THEM = bought_by_others(dict.fromkeys((PENS, CRAYONS, GIFT, PAPER, COFFEE), 7), days_ago=60)
EVERY_KIND_OF_REASON: dict[str, Reason] = {
    "a device bought here": reasons(*bought(PRINTER, 99))[INK],
    "a device bought here, day not readable": reasons(*bought(PRINTER, None))[INK],
    "a device she told us of": reasons(devices=(Device(product_id=PRINTER),))[INK],
    "a device she told us of, with its day": reasons(devices=(Device(product_id=PRINTER, since=TODAY),))[INK],
    "a device she says she has": reasons(devices=(Device(product_id=PRINTER),), also_read="devices.status")[
        INK
    ],
    "a supply bought before": reasons(*bought(PRINTER, 400), *bought(INK, 200))[INK],
    "bought three times": reasons(*bought(PAPER, 90, 60, 30))[PAPER],
    "bought every week": reasons(*bought(PAPER, *range(70, 0, -7)))[PAPER],
    "bought every other day": reasons(*bought(PAPER, *range(60, 1, -2)))[PAPER],
    "bought twice": reasons(*bought(PAPER, 75, 35), usual_days=40)[PAPER],
    "variants bought three times": reasons(*bought(COFFEE, 90, 30), *bought(DECAF, 60))[COFFEE],
    "variants bought twice": reasons(*bought(DECAF, 75), *bought(COFFEE, 35), usual_days=40)[COFFEE],
    "bought once": reasons(*bought(PAPER, 30), usual_days=30)[PAPER],
    "fits the product on the page": reasons(page=(PRINTER,))[INK],
    "similar to the product on the page": reasons(page=(PENS,))[CRAYONS],
    "care for what she bought": reasons(*bought(PRINTER, 99))[TIP],
    "care for what she bought, day not readable": reasons(*bought(PRINTER, None))[TIP],
    "care for what she told us of": reasons(devices=(Device(product_id=PRINTER),))[TIP],
    "care for what she told us of, with its day": reasons(devices=(Device(product_id=PRINTER, since=TODAY),))[
        TIP
    ],
    "care for the product on the page": reasons(page=(PRINTER,))[TIP],
    "popular": reasons(others=bought_by_others({PENS: 7}))[PENS],
    "goes with what she bought": reasons(*bought(CRAYONS, 3), others=BOTH)[PENS],
    "goes with several things that she bought": reasons(
        *bought(CRAYONS, 3), *bought(GIFT, 3), *bought(PAPER, 4), others=ALL_OF_THEM
    )[PENS],
    "goes with what she looked at": reasons(views=(BROWSED,), others=BOTH_LONG_AGO)[PENS],
    "goes with what she put into her cart": reasons(carts=(BROWSED,), others=BOTH_LONG_AGO)[PENS],
    "bought with what is on the page": reasons(page=(CRAYONS,), others=BOTH)[PENS],
    "bought once, long ago": reasons(*bought(PAPER, 300), usual_days=30, others=ALL_OF_THEM)[PAPER],
    "bought several times, long ago": reasons(*bought(COFFEE, 990, 980, 970), others=ALL_OF_THEM)[COFFEE],
    "a category that she likes": reasons(told=tells(liked_categories=["Pens"]))[PENS],
    "a category that she likes, within her budget": reasons(
        told=tells(liked_categories=["pens"], budget="10")
    )[CRAYONS],
    "a brand that she likes": reasons(told=tells(likes=["faber"]))[CRAYONS],
    "a brand and a category that she likes, within her budget": reasons(
        told=tells(likes=["faber"], liked_categories=["pens"], budget="10")
    )[CRAYONS],
    "an occasion": occasion("06-14"),
    "an occasion with a name": occasion("06-14", name=LONGEST_NAME, recipient="partner"),
    "an occasion, within what she spends and like what she gave before": reasons(
        *bought(PENS, 365), occasion=Occasion(day="06-14", recipient="friend", budget=euros("10"))
    )[CRAYONS],
    **{f"an occasion: {one}": as_feast(one) for one in Feast},
    **{f"an occasion for {one}": occasion("06-14", recipient=one) for one in Recipient},
    "to be tried with what she bought": reasons(*bought(CRAYONS, 3), others=BOTH, sample=A_PEN)[ONE_PEN],
    "to be tried with what she looked at": reasons(
        views=(BROWSED,), others=BOTH_LONG_AGO, sample=A_PEN, also_read="purchases.product"
    )[ONE_PEN],
    "to be tried with what she put into her cart": reasons(
        carts=(BROWSED,), others=BOTH_LONG_AGO, sample=A_PEN, also_read="purchases.product"
    )[ONE_PEN],
    "to be tried, of a category that she likes": reasons(
        *bought(CRAYONS, 3), told=tells(liked_categories=["Pens"]), sample=A_PEN
    )[ONE_PEN],
    "to be tried, as the shop's pick": reasons(*bought(PAPER, 3), sample=A_GIFT)[ONE_GIFT],
    "a newcomer who has bought nothing yet": reasons(also_read=DAYS, sample=A_START)["start"],
    "a newcomer who bought once": reasons(*bought(PAPER, 3), sample=A_START)["start"],
    "new for a regular": reasons(*bought(PAPER, 90, 60, 30), sample=AN_ARRIVAL)["arrival"],
    "new for one who was away": reasons(*bought(PENS, 300), sample=AN_ARRIVAL)["arrival"],
    "featured": reasons()[GIFT],
    "the rest": reasons()[PAPER],
}

RULE = Rule(id="note", after=After.PURCHASE, role="manager", days=1, say={"en": "Write."})
EVERY_KIND_OF_TASK = [
    TaskShown(row={}, rule=RULE, read=ReadRow(id="sale", recorded_at=a_moment(), values=said, consents={}))
    for said in (
        {"purchases.product": PAPER, "purchases.date": datetime(2026, 6, 9, tzinfo=UTC)},
        {"feedback.rating": 2},
        {"feedback.rating": 2, "feedback.touchpoint": "store"},
    )
]
NO_VALUE = Value(since=None, personal=0, helpful=0, followed_up=0)
ONE_CONTACT = Contacted(kind=ContactKind.REMINDER, contacts=1, sent=0, opened=0, declined=0, bought=1)
VALUE = Value(since=TODAY, personal=3, helpful=2, followed_up=1, contacted=(ONE_CONTACT,), bought_after=1)

in_every_language = pytest.mark.parametrize("locale", LOCALES)
for_every_reason = pytest.mark.parametrize("kind", EVERY_KIND_OF_REASON)


def explain(reason: Reason, locale: str = "en", listings: Mapping[str, Listing] = LISTINGS) -> Explanation:
    return Explainer(locale).explain(reason, listings)


def test_the_reasons_of_these_tests_are_all_that_the_strategies_give() -> None:
    declared = {code for strategy in STRATEGIES for code in strategy.reasons} | {ReasonCode.TRY_FIRST}
    assert {reason.code for reason in EVERY_KIND_OF_REASON.values()} == declared


@in_every_language
@for_every_reason
def test_every_reason_is_told_in_every_language(kind: str, locale: str) -> None:
    told = explain(EVERY_KIND_OF_REASON[kind], locale)
    assert told.text
    assert not re.search(r"[{}]|None", told.text + told.detail)


@in_every_language
@for_every_reason
def test_a_sentence_is_a_short_note_even_with_the_longest_names_and_numbers(kind: str, locale: str) -> None:
    reason = EVERY_KIND_OF_REASON[kind]
    listings = {product_id: replace(one, short_title=LONGEST_NAME) for product_id, one in LISTINGS.items()}
    for month in range(1, 13):
        extreme = {name: _extreme(value, month) for name, value in reason.params.items()}
        told = explain(replace(reason, params=extreme), locale, listings)
        assert len(told.text) <= TEXT_LENGTH == 80
        assert len(told.detail) <= DETAIL_LENGTH == 250


def _extreme(value: str | int | date, month: int) -> str | int | date:
    if isinstance(value, date):
        return date(9999, month, 28)
    is_a_number = isinstance(value, int) and not isinstance(value, bool)
    return A_VERY_LONG_TIME if is_a_number else value


def said(kind: FeedbackKind | None, product_id: str | None = INK, *, is_read: bool = True) -> ToldFeedback:
    row = {"kind": kind, "product_id": product_id, "said_at": datetime(2026, 6, 10, tzinfo=UTC)}
    return ToldFeedback(feedback_id="fbk_1", row=row, is_read=is_read)


EVERY_KIND_OF_FEEDBACK = (
    *(said(kind) for kind in FeedbackKind),
    said(None),
    said(FeedbackKind.STOP_USING_THIS, None),
    said(FeedbackKind.HAVE_IT, is_read=False),
    said(FeedbackKind.TOO_OFTEN, is_read=False),
    replace(said(FeedbackKind.HAVE_IT), is_outdated=True),
    ToldFeedback(feedback_id="fbk_1", row={}, is_read=False),
)

ALL_LIKES = Narrowed(
    consent_id="con_1", purpose="recommendations", data=("preferences.likes",), product_id=None
)


class _Listener(Explainer):
    """Remembers which messages were asked for."""

    def __init__(self, locale: str) -> None:
        super().__init__(locale)
        self.heard: set[str] = set()

    def say(self, message: str, **values: str) -> str:
        self.heard.add(message)
        return super().say(message, **values)


def _messages_in_use(locale: str) -> set[str]:
    listener = _Listener(locale)
    for reason in EVERY_KIND_OF_REASON.values():
        listener.explain(reason, LISTINGS)
    for told in EVERY_KIND_OF_FEEDBACK:
        what_was_done(listener, told, LISTINGS, Settings())
    what_was_narrowed(listener, ALL_LIKES, LISTINGS)
    listener.message_for(None, LISTINGS)
    listener.message_for(PENS, LISTINGS)
    for field in ("product", "touchpoint"):
        why_asked(listener, Fact(source=Source.CUSTOMER, field=f"feedback.{field}", ref=PENS), LISTINGS)
    for task in EVERY_KIND_OF_TASK:
        why(listener, task, LISTINGS)
    for question in questions_after(0):
        listener.say(question.text)
    for value in (NO_VALUE, VALUE):
        in_a_paragraph(listener, value)
    return listener.heard


def _catalogue(locale: str) -> Catalog:
    text = files("service").joinpath("locales", f"{locale}.po").read_text("utf-8")
    return read_po(StringIO(text), locale=locale.replace("-", "_"), abort_invalid=True)


@in_every_language
def test_every_sentence_in_use_is_translated_and_every_translation_is_in_use(locale: str) -> None:
    translated = {str(one.id) for one in _catalogue(locale) if one.id and one.string and not one.fuzzy}
    assert translated == _messages_in_use(locale)


@in_every_language
def test_a_translation_names_the_same_values_as_its_sentence(locale: str) -> None:
    for message in _catalogue(locale):
        if message.id:
            assert _placeholders(str(message.string)) == _placeholders(str(message.id))


def _placeholders(sentence: str) -> list[str]:
    return sorted(re.findall(r"{[^}]*}", sentence))


def test_no_sentence_is_left_in_english() -> None:
    for message in _catalogue("zh-Hans"):
        if message.id:
            assert message.string != message.id


def test_chinese_has_its_own_commas_and_brackets() -> None:
    sentences = [str(message.string) for message in _catalogue("zh-Hans") if message.id]
    notice = NOTICES["zh-Hans"]
    texts = [*sentences, in_chinese("c-1", "2026-06-10T09:00:00Z"), str(notice.title), notice.text]
    assert [
        text for text in texts if re.search(r"[\u4e00-\u9fff”}][,;:?!()]|[,;:?!(][\u4e00-\u9fff“{]", text)
    ] == []


def test_with_the_date_the_day_is_told() -> None:
    told = explain(reasons(*bought(PRINTER, 99))[INK])
    assert told.text == "Fits your HP OfficeJet Pro 8600"
    assert told.detail == "You bought this device here on 3 March 2026."


def test_what_she_likes_is_told_as_the_shop_writes_it() -> None:
    kind = "a brand and a category that she likes, within her budget"
    told = explain(EVERY_KIND_OF_REASON[kind])
    assert told.text == "You like Faber"
    assert told.detail == "You told us that you like Faber and pens. It is within your budget."
    in_chinese = explain(EVERY_KIND_OF_REASON[kind], "zh-Hans")
    assert in_chinese.text == "您喜欢 Faber"
    assert in_chinese.detail == "您告诉过我们您喜欢Faber和pens。价格在您的预算之内。"
    of_category = explain(EVERY_KIND_OF_REASON["a category that she likes"])
    assert (of_category.text, of_category.detail) == ("You told us you like pens", "")


@in_every_language
def test_what_she_likes_is_told_in_a_short_note_however_long_its_name(locale: str) -> None:
    for kind in ("a category that she likes", "a brand and a category that she likes, within her budget"):
        reason = EVERY_KIND_OF_REASON[kind]
        endless = dict.fromkeys(reason.params, "W" * 200)
        told = explain(replace(reason, params=endless), locale)
        assert len(told.text) <= TEXT_LENGTH
        assert len(told.detail) <= DETAIL_LENGTH


def test_without_the_date_no_day_is_told() -> None:
    assert explain(reasons(*bought(PRINTER, None))[INK]).detail == "You bought this device here."


def test_what_she_said_is_told_as_what_she_said() -> None:
    has_it = EVERY_KIND_OF_REASON["a device she says she has"]
    assert explain(has_it).detail == "You told us that you have this device."
    may_be_gone = EVERY_KIND_OF_REASON["a device she told us of"]
    assert explain(may_be_gone).detail == "You told us of this device."


def test_the_last_purchase_is_told_if_its_day_may_be_read() -> None:
    told = explain(reasons(*bought(PRINTER, 400), *bought(INK, 200))[INK])
    assert told.detail.endswith("29 weeks ago.")
    assert "29" not in explain(reasons(*bought(PRINTER, 400))[INK]).detail


def test_only_three_purchases_are_called_a_rhythm() -> None:
    told = {kind: explain(reason).text for kind, reason in EVERY_KIND_OF_REASON.items()}
    assert told["bought three times"] == "You buy this about every 4 weeks; last time 4 weeks ago"
    assert told["variants bought three times"] == (
        "You buy this or a variant about every 4 weeks; last time 4 weeks ago"
    )
    assert told["bought twice"] == "You bought this twice, 6 weeks apart"
    for kind in ("bought twice", "variants bought twice", "bought once"):
        assert "every" not in explain(EVERY_KIND_OF_REASON[kind]).text


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (1, "1 day", "1天"),
        (13, "13 days", "13天"),
        (14, "2 weeks", "2周"),
        (364, "52 weeks", "52周"),
    ],
)
def test_a_span_is_told_in_days_and_then_in_weeks(days: int, english: str, chinese: str) -> None:
    assert Explainer("en").span(days) == english
    assert Explainer("zh-Hans").span(days) == chinese


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (3, "few days", "几天"),
        (4, "week", "周"),
        (10, "week", "周"),
        (11, "2 weeks", "2周"),
        (42, "6 weeks", "6周"),
    ],
)
def test_a_rhythm_is_told_in_weeks(days: int, english: str, chinese: str) -> None:
    assert Explainer("en").rhythm(days) == english
    assert Explainer("zh-Hans").rhythm(days) == chinese


def test_a_rhythm_in_chinese() -> None:
    told = explain(EVERY_KIND_OF_REASON["bought three times"], "zh-Hans")
    assert told.text == "您大约每4周购买一次，上次是4周前"  # noqa: RUF001 - a Chinese comma
    assert told.detail == "根据您的3次购买粗略估算。"


def test_one_supporter_more_than_needed_is_not_told() -> None:
    told = explain(EVERY_KIND_OF_REASON["popular"])
    assert "5" in told.detail
    assert "7" not in told.detail


@pytest.mark.parametrize(
    ("listing", "name"),
    [
        (a_listing(PRINTER, "A long title that nobody needs to see here", "Printer"), "Printer"),
        (a_listing(PRINTER, "T" * 40), "T" * 40),
        (a_listing(PRINTER, "T" * 41), "T" * 39 + "…"),
        (a_listing(PRINTER, "T" * 38 + "    tail"), "T" * 38 + "…"),
        (a_listing(PRINTER, "{device} %s {0}"), "{device} %s {0}"),
        (a_listing(PRINTER, "打印机" * 20), "打印机" * 13 + "…"),
    ],
)
def test_a_product_goes_by_its_short_title_or_as_much_of_its_title_as_fits(
    listing: Listing, name: str
) -> None:
    told = explain(reasons(page=(PRINTER,))[INK], listings={PRINTER: listing})
    assert told.text.endswith(f" {name}")
