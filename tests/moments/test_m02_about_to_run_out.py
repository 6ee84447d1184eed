"""M2, about to run out: she is told when it is time for what she buys again and again, and not before.

Mei buys coffee every six weeks. Nothing is said of it four weeks after the last time, nor where she does not
let the shop know the days; and never a date: nobody knows one.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from service.db.engine import write_transaction
from service.db.tables import Purchase, table_of
from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for

MEI = "mei"
TODAY = datetime(2026, 6, 10, 9, tzinfo=UTC)
TEN_FRIENDS = [f"friend-{number}" for number in range(10)]


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("coffee", "Coffee beans, 1 kg", category="coffee")
    byleave.product("filter", "Water filter", attributes={"usual_interval_days": 90})
    byleave.product("vase", "Glass vase", category="home")
    byleave.product("tea", "Green tea", category="tea", featured_rank=1)
    return byleave


def weeks_ago(shop: Byleave, product_id: str, *weeks: float, customer_id: str = MEI) -> None:
    for each in weeks:
        when = (TODAY - timedelta(weeks=each)).isoformat()
        shop.bought(customer_id, product_id, when=when)


def reason_for(answer: dict[str, Any], product_id: str) -> dict[str, Any] | None:
    found = [one["reason"] for one in answer["items"] if one["product"]["id"] == product_id]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("locale", "text", "detail"),
    [
        (
            "en",
            "You buy this about every 6 weeks; last time 5 weeks ago",
            "A rough estimate from 4 purchases.",
        ),
        ("zh-Hans", "您大约每6周购买一次，上次是5周前", "根据您的4次购买粗略估算。"),  # noqa: RUF001 - Chinese
    ],
)
def test_it_is_time_for_coffee_and_the_reason_says_it_in_her_words(
    shop: Byleave, locale: str, text: str, detail: str
) -> None:
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    consent_id = shop.allows(MEI, "purchases.product", "purchases.date")
    answer = shop.suggestions(MEI, locale=locale)
    first = answer["items"][0]
    assert (first["product"]["id"], first["reason"]["code"]) == ("coffee", "due_again")
    assert (first["reason"]["text"], first["reason"]["detail"]) == (text, detail)
    facts = {(one["source"], one["field"]): one for one in first["reason"]["facts"]}
    assert set(facts) == {("customer", "purchases.product"), ("customer", "purchases.date")}
    assert {one["consent"] for one in facts.values()} == {consent_id}
    assert sum(one["share"] for one in facts.values()) == pytest.approx(1)


def test_before_it_is_time_nothing_is_said_of_it(shop: Byleave) -> None:
    weeks_ago(shop, "coffee", 22, 16, 10, 4)
    shop.allows(MEI, "purchases")
    assert "coffee" not in product_ids(shop.suggestions(MEI, limit=50))
    assert "coffee" not in product_ids(shop.suggestions(MEI, limit=50, list="again"))


def test_a_hundred_at_once_are_bought_on_one_day(shop: Byleave) -> None:
    """How long a hundred last nobody can tell: days tell the rhythm, not units."""
    for weeks, units in ((23, 1), (17, 100), (11, 1), (5, 100)):
        shop.bought(MEI, "coffee", when=(TODAY - timedelta(weeks=weeks)).isoformat(), quantity=units)
    shop.allows(MEI, "purchases")
    reason = reason_for(shop.suggestions(MEI), "coffee")
    assert reason is not None
    assert reason["text"] == "You buy this about every 6 weeks; last time 5 weeks ago"


def test_who_has_fifty_thousand_purchases_gets_the_same_answer(shop: Byleave, engine: Engine) -> None:
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    shop.allows(MEI, "purchases")
    answer, lines = shop.suggestions(MEI), table_of(Purchase)
    copied = [column for column in lines.columns if column.name != "id"]
    with write_transaction(engine) as connection:
        for time in range(14):
            twice = select(lines.columns.id + f"-{time}", *copied)
            connection.execute(insert(lines).from_select(["id", *(one.name for one in copied)], twice))
        assert connection.scalar(select(func.count()).select_from(lines)) == 4 * 2**14

    assert shop.suggestions(MEI)["items"] == answer["items"]


def test_who_has_long_stopped_is_not_reminded(shop: Byleave) -> None:
    weeks_ago(shop, "coffee", 42, 36, 30, 24)
    shop.allows(MEI, "purchases")
    reason = reason_for(shop.suggestions(MEI, limit=50), "coffee")
    assert reason is None or reason["code"] != "due_again"


def test_twice_is_told_as_twice_where_the_shop_knows_how_long_it_lasts(shop: Byleave) -> None:
    weeks_ago(shop, "filter", 24, 12)
    shop.allows(MEI, "purchases")
    reason = reason_for(shop.suggestions(MEI), "filter")
    assert reason is not None
    assert (reason["code"], reason["text"]) == ("due_again", "You bought this twice, 12 weeks apart")
    assert reason["detail"].startswith("You last bought this 12 weeks ago.")


def test_where_nobody_knows_how_long_it_lasts_twice_is_no_rhythm_and_nothing_is_due(shop: Byleave) -> None:
    weeks_ago(shop, "coffee", 11, 5)
    shop.allows(MEI, "purchases")
    answer = shop.suggestions(MEI, limit=50)
    reason = reason_for(answer, "coffee")
    assert reason is not None
    assert (reason["code"], reason["text"]) == ("buy_again", "You bought this 2 times")
    assert "due_again" not in [one["reason"]["code"] for one in answer["items"]]


@pytest.mark.parametrize(
    ("product_id", "before", "after"), [("vase", 6, 7), ("coffee", 6, 7), ("filter", 71, 72)]
)
def test_what_she_just_bought_is_not_offered(shop: Byleave, product_id: str, before: int, after: int) -> None:
    """A week where nobody knows how long it lasts; else four fifths of that."""
    for customer_id, days in (("early", before), ("late", after)):
        weeks_ago(shop, product_id, days / 7, customer_id=customer_id)
        shop.allows(customer_id, "purchases")
    offered = {who: product_ids(shop.suggestions(who, limit=50)) for who in ("early", "late")}
    assert product_id not in offered["early"]
    assert product_id in offered["late"]


def test_two_orders_in_two_days_are_no_rhythm_yet(shop: Byleave) -> None:
    weeks_ago(shop, "coffee", 3 / 7, 2 / 7)
    shop.allows(MEI, "purchases")
    assert "coffee" not in product_ids(shop.suggestions(MEI, limit=50))


def test_what_she_bought_once_is_never_due_but_where_the_shop_knows_how_long_it_lasts(shop: Byleave) -> None:
    weeks_ago(shop, "vase", 30)
    weeks_ago(shop, "filter", 12)
    shop.allows(MEI, "purchases")
    answer = shop.suggestions(MEI, limit=50)
    due = {
        one["product"]["id"]: one["reason"] for one in answer["items"] if one["reason"]["code"] == "due_again"
    }
    assert {product_id: reason["text"] for product_id, reason in due.items()} == {
        "filter": "Usually needed again after about 13 weeks"
    }
    reason = reason_for(answer, "vase")
    assert reason is None or reason["code"] == "buy_again"


def test_no_sentence_names_a_day(shop: Byleave) -> None:
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    weeks_ago(shop, "filter", 12)
    shop.allows(MEI, "purchases")
    for locale in ("en", "zh-Hans"):
        for item in shop.suggestions(MEI, locale=locale)["items"]:
            if item["reason"]["code"] == "due_again":
                told = item["reason"]["text"] + item["reason"]["detail"]
                assert not re.search(r"2026|June|July|月|日", told)


# What she bought before


def test_the_list_of_what_she_bought_before_begins_with_what_she_is_likeliest_to_buy(shop: Byleave) -> None:
    """Coffee is due; tea she bought three times, but not for long; a vase once."""
    weeks_ago(shop, "tea", 70, 58, 46)
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    weeks_ago(shop, "vase", 30)
    shop.allows(MEI, "purchases")
    answer = shop.suggestions(MEI, list="again")
    assert product_ids(answer) == ["coffee", "tea", "vase"]
    assert [one["reason"]["code"] for one in answer["items"]] == ["due_again", "buy_again", "buy_again"]
    assert answer["items"][1]["reason"]["text"] == "You bought this 3 times"
    assert answer["items"][2]["reason"]["text"] == "You bought this before"


def test_what_others_buy_lately_counts_from_five_of_them_on_and_is_told(shop: Byleave) -> None:
    byleave = shop
    byleave.product("lamp", "Desk lamp", category="home")
    weeks_ago(shop, "vase", 30)
    weeks_ago(shop, "lamp", 30)
    shop.allows(MEI, "purchases")
    before = shop.suggestions(MEI, list="again")
    assert product_ids(before) == ["lamp", "vase"]

    for friend in TEN_FRIENDS[:4]:
        shop.bought(friend, "vase", when="2026-06-03T10:00:00Z")
        shop.allows(friend, "purchases", purpose="learning")
    weeks_ago(shop, "vase", 1, customer_id="not-asked")
    shop.allows(MEI, "purchases", purpose="learning")
    assert shop.suggestions(MEI, list="again")["items"] == before["items"], "four others, and she herself"

    shop.bought(TEN_FRIENDS[4], "vase", when="2026-06-03T10:00:00Z")
    consent_id = shop.allows(TEN_FRIENDS[4], "purchases", purpose="learning")
    after = shop.suggestions(MEI, list="again")
    assert product_ids(after) == ["vase", "lamp"]
    others = [one for one in after["items"][0]["reason"]["facts"] if one["source"] == "others"]
    assert [(one["field"], one["ref"], one["value"]) for one in others] == [("purchases.product", "vase", 5)]
    assert 0 < others[0]["share"] < 0.5

    shop.withdraws(TEN_FRIENDS[4], consent_id)
    assert shop.suggestions(MEI, list="again")["items"] == before["items"]


# A standing order


@pytest.fixture
def proposing(database_url: str) -> Callable[[str], AbstractContextManager[Byleave]]:
    """The shop on a day of that year."""

    @contextmanager
    def on(day: str) -> Iterator[Byleave]:
        with Byleave(settings_for(database_url, now=f"2026-{day}T09:00:00Z")) as byleave:
            yield byleave

    return on


def test_an_order_is_proposed_when_it_is_time_within_what_she_agreed_to_and_no_longer(
    proposing: Callable[[str], AbstractContextManager[Byleave]],
) -> None:
    """Three deliveries of coffee beans, at most 20 euros each, until December: the checkout reads it in the feed."""
    with proposing("06-10") as shop:
        shop.product("coffee", "Coffee beans, 1 kg", price={"amount": "18.50", "currency": "EUR"})
        weeks_ago(shop, "coffee", 22, 16, 10, 4)
        consent_id = shop.orders_regularly(MEI, "coffee")
        assert held_back(shop.proposes()) == [("coffee", "not_due")]
        nobody, hers = shop.suggestions("never-seen"), shop.suggestions(MEI)
        assert (hers["items"], hers["personalised"]) == (nobody["items"], False), "it is for nothing else"

    with proposing("06-20") as shop:
        (proposal,) = shop.proposes()["proposed"]
        assert (proposal["product_id"], proposal["consent_id"]) == ("coffee", consent_id)
        assert (proposal["price_limit"], proposal["uses_left"]) == (TWENTY_EUROS, 2)
        assert held_back(shop.proposes()) == [("coffee", "already_proposed")]
        (told,) = proposals_in_the_feed(shop)
        assert (told["event_id"], told["customer_id"]) == (proposal["event_id"], MEI)
        assert (told["items"]["products"], told["price_limit"]) == (["coffee"], TWENTY_EUROS)
        shop.bought(MEI, "coffee", when="2026-06-21T10:00:00Z", id="the-delivery")

    with proposing("07-31") as shop:
        shop.product("coffee", "Coffee beans, 1 kg", price={"amount": "20.50", "currency": "EUR"})
        assert held_back(shop.proposes()) == [("coffee", "over_price_limit")]
        shop.product("coffee", "Coffee beans, 1 kg", price={"amount": "20.00", "currency": "EUR"})
        assert len(shop.proposes()["proposed"]) == 1
        assert len(proposals_in_the_feed(shop)) == 2

    with proposing("09-15") as shop:
        shop.withdraws(MEI, consent_id)
        assert held_back(shop.proposes()) == [("coffee", "no_permission")]
        assert len(proposals_in_the_feed(shop)) == 2


TWENTY_EUROS = {"amount": "20.00", "currency": "EUR"}


def held_back(answer: dict[str, Any]) -> list[tuple[str, str]]:
    assert answer["proposed"] == []
    return [(one["product_id"], one["because"]) for one in answer["held_back"]]


def proposals_in_the_feed(shop: Byleave) -> list[dict[str, Any]]:
    changes = shop.http.get("/v1/changes").json()["changes"]
    return [one for one in changes if (one["event"], one["method"]) == ("consumed", "standing_order")]


# What may not be read


@pytest.mark.parametrize("query", [{}, {"list": "again"}])
def test_without_the_days_nobody_can_tell_and_it_makes_no_difference_which_they_were(
    shop: Byleave, query: dict[str, str]
) -> None:
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    weeks_ago(shop, "coffee", 1, customer_id="ben")
    for customer_id in (MEI, "ben"):
        shop.allows(customer_id, "purchases.product")
    hers, his = (shop.suggestions(customer_id, **query) for customer_id in (MEI, "ben"))
    assert "due_again" not in [one["reason"]["code"] for one in hers["items"]]
    assert _without_consents(hers["items"]) == _without_consents(his["items"])
    assert {"field": "purchases.date", "because": "not_asked"} in hers["data_not_used"]


@pytest.mark.parametrize("query", [{}, {"list": "again"}])
def test_what_she_keeps_back_changes_nothing(shop: Byleave, query: dict[str, str]) -> None:
    """Her visits count by what may be read of them alone: a test that she did not select is no visit."""
    shop.product("test", "A test", sensitive=True)
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    weeks_ago(shop, "tea", 60, 59)
    shop.allows(MEI, "purchases")
    before = shop.suggestions(MEI, **query)
    weeks_ago(shop, "test", 50, 20, 8, 2)
    assert shop.suggestions(MEI, **query)["items"] == before["items"]


def test_the_moment_she_takes_it_back_nothing_of_it_is_said(shop: Byleave) -> None:
    never_seen = shop.suggestions("never-seen")
    weeks_ago(shop, "coffee", 23, 17, 11, 5)
    consent_id = shop.allows(MEI, "purchases")
    assert product_ids(shop.suggestions(MEI))[0] == "coffee"
    shop.withdraws(MEI, consent_id)
    after = shop.suggestions(MEI)
    assert after["items"] == never_seen["items"]
    assert not after["personalised"]
    assert shop.suggestions(MEI, list="again")["items"] == []


def _without_consents(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for item in items:
        for fact in item["reason"]["facts"]:
            fact.pop("consent", None)
    return items
