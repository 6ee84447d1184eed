"""The answer to "what would you suggest": its shape, its parameters, and what caches may do with it."""

import re
from typing import Any

import pytest

from consent.reasons import Because
from consent.vocabulary import FIELD_CODES
from recommender.results import ReasonCode, Source
from service.callers import Scope
from tests.byleave import Byleave, product_ids

ANNA = "anna"
HER_ANSWER = f"/v1/customers/{ANNA}/recommendations"
VISITORS_ANSWER = "/v1/recommendations"
UTC_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A printer with two cartridges, one of them bought before; and what the shop features."""
    byleave.product(
        "printer",
        "HP OfficeJet Pro 8600 e-All-in-One",
        short_title="HP OfficeJet Pro 8600",
        brand="HP",
        price={"amount": "149.00", "currency": "USD"},
        url="https://shop.example/p/printer",
        image_url="https://shop.example/i/printer.jpg",
    )
    byleave.product("ink-black", category="ink", fits=["printer"])
    byleave.product("ink-cyan", category="ink", fits=["printer"])
    byleave.product("paper", category="paper", featured_rank=1)
    byleave.product("pens", category="pens")
    byleave.product("sold-out", category="pens", available=False)
    return byleave


@pytest.fixture
def anna(shop: Byleave) -> Byleave:
    """Anna bought the printer and a cartridge, and allows suggestions to rest on it."""
    shop.bought(ANNA, "printer", when="2025-03-03T10:00:00Z")
    shop.bought(ANNA, "ink-black", when="2025-03-04T10:00:00Z")
    shop.allows(ANNA, "purchases.product", "purchases.date")
    return shop


def assert_shape(answer: dict[str, Any]) -> None:
    """What the contract says of every answer, whoever asked."""
    assert set(answer) == {
        "recommendation_id",
        "customer_id",
        "personalised",
        "generated_at",
        "locale",
        "items",
        "data_used",
        "data_not_used",
    }
    assert re.fullmatch(r"rec_[0-9A-Z]{26}", answer["recommendation_id"])
    assert re.fullmatch(UTC_MOMENT, answer["generated_at"])
    assert isinstance(answer["personalised"], bool)
    assert [item["rank"] for item in answer["items"]] == list(range(1, len(answer["items"]) + 1))
    assert len(set(product_ids(answer))) == len(answer["items"])
    for item in answer["items"]:
        assert_item_shape(item)
    assert_each_field_is_either_used_or_not(answer)


def assert_item_shape(item: dict[str, Any]) -> None:
    assert set(item) == {"rank", "kind", "product", "reason", "controls"}
    assert item["kind"] == "product"
    assert set(item["product"]) == {
        "id",
        "title",
        "short_title",
        "brand",
        "url",
        "image_url",
        "price",
    }
    assert isinstance(item["controls"], list)
    reason = item["reason"]
    assert set(reason) == {"code", "text", "detail", "facts", "others"}
    assert reason["code"] in set(ReasonCode)
    assert 0 < len(reason["text"]) <= 80
    assert len(reason["detail"]) <= 250
    assert reason["facts"]
    for fact in reason["facts"]:
        assert set(fact) == {"source", "field", "ref", "value", "share", "consent"}
        assert fact["source"] in set(Source)
        assert (fact["consent"] is not None) == (fact["source"] == "customer")
    shares = sum(fact["share"] for fact in reason["facts"]) + reason["others"]["share"]
    assert shares == pytest.approx(1, abs=1e-9)


def assert_each_field_is_either_used_or_not(answer: dict[str, Any]) -> None:
    used = [one["field"] for one in answer["data_used"]]
    not_used = [one["field"] for one in answer["data_not_used"]]
    assert sorted(used + not_used) == sorted(FIELD_CODES)
    for one in answer["data_used"]:
        assert set(one) == {"field", "purpose", "consent"}
        assert one["purpose"] == "recommendations"
        assert re.fullmatch(r"con_[0-9A-Z]{26}", one["consent"])
    for one in answer["data_not_used"]:
        assert set(one) == {"field", "because"}
        assert one["because"] in set(Because)


def test_a_personal_answer(anna: Byleave) -> None:
    answer = anna.suggestions(ANNA)
    assert_shape(answer)
    assert answer["customer_id"] == ANNA
    assert answer["personalised"] is True
    assert [one["field"] for one in answer["data_used"]] == ["purchases.product", "purchases.date"]
    assert answer["items"][0]["reason"]["code"] == "fits_device"


def test_an_answer_that_she_does_not_want_to_be_personal(anna: Byleave) -> None:
    answer = anna.suggestions(ANNA, personalised="false")
    assert_shape(answer)
    assert answer["customer_id"] == ANNA
    assert answer["personalised"] is False
    assert answer["items"] == anna.visitor_suggestions()["items"]
    assert {one["because"] for one in answer["data_not_used"]} == {"not_requested"}


def test_an_answer_for_a_visitor(anna: Byleave) -> None:
    answer = anna.visitor_suggestions()
    assert_shape(answer)
    assert answer["customer_id"] is None
    assert answer["personalised"] is False
    assert {one["because"] for one in answer["data_not_used"]} == {"not_asked"}


def test_an_answer_for_somebody_never_seen(anna: Byleave) -> None:
    answer = anna.suggestions("never-seen")
    assert_shape(answer)
    assert answer["customer_id"] == "never-seen"
    assert answer["personalised"] is False
    assert answer["items"] == anna.visitor_suggestions()["items"]
    assert {one["because"] for one in answer["data_not_used"]} == {"not_asked"}


def test_a_product_is_shown_as_the_shop_told_it(shop: Byleave) -> None:
    shown = {item["product"]["id"]: item["product"] for item in shop.visitor_suggestions()["items"]}
    assert shown["printer"] == {
        "id": "printer",
        "title": "HP OfficeJet Pro 8600 e-All-in-One",
        "short_title": "HP OfficeJet Pro 8600",
        "brand": "HP",
        "url": "https://shop.example/p/printer",
        "image_url": "https://shop.example/i/printer.jpg",
        "price": {"amount": "149.00", "currency": "USD"},
    }
    assert shown["pens"]["price"] is None
    assert "sold-out" not in shown


def test_no_more_than_the_limit(shop: Byleave) -> None:
    assert len(shop.visitor_suggestions(limit=1)["items"]) == 1
    assert len(shop.visitor_suggestions(limit=50)["items"]) == 5
    assert product_ids(shop.visitor_suggestions(limit=3)) == product_ids(shop.visitor_suggestions())[:3]


def test_what_is_on_the_page_is_not_suggested_and_what_fits_it_comes_first(shop: Byleave) -> None:
    answer = shop.visitor_suggestions(product_id="printer")
    assert_shape(answer)
    assert [item["reason"]["code"] for item in answer["items"][:2]] == ["fits_this", "fits_this"]
    assert "printer" not in product_ids(answer)


def test_a_cart_of_fifty_products(shop: Byleave) -> None:
    cart = ["printer", "paper", *(f"unknown-{number}" for number in range(48))]
    answer = shop.visitor_suggestions(product_id=cart)
    assert_shape(answer)
    assert not {"printer", "paper"} & set(product_ids(answer))


def test_the_list_of_what_she_bought_before(anna: Byleave) -> None:
    assert product_ids(anna.suggestions(ANNA, list="again")) == ["ink-black"]
    assert anna.suggestions("never-seen", list="again")["items"] == []


def test_the_list_of_what_is_new_to_her(anna: Byleave) -> None:
    answer = anna.suggestions(ANNA, list="new")
    assert_shape(answer)
    assert not {"printer", "ink-black"} & set(product_ids(answer))
    assert "ink-cyan" in product_ids(answer)


def test_in_her_language(anna: Byleave) -> None:
    for chosen in (
        {"params": {"locale": "zh-Hans"}},
        {"params": {"locale": "zh-CN"}},
        {"headers": {"Accept-Language": "zh-CN,zh;q=0.9"}},
    ):
        answer = anna.http.get(HER_ANSWER, **chosen).json()  # type: ignore[arg-type]
        assert answer["locale"] == "zh-Hans"
        assert answer["items"][0]["reason"]["text"] == "适合您的 HP OfficeJet Pro 8600"


def test_the_parameter_outranks_the_browser(shop: Byleave) -> None:
    answer = shop.http.get(VISITORS_ANSWER, params={"locale": "en"}, headers={"Accept-Language": "zh"})
    assert answer.json()["locale"] == "en"


@pytest.mark.parametrize("path", [HER_ANSWER, VISITORS_ANSWER])
def test_a_parameter_that_makes_no_sense_is_refused_by_name(byleave: Byleave, path: str) -> None:
    for query, code, name in (
        ("limit=0", "invalid_request", "limit"),
        ("limit=51", "invalid_request", "limit"),
        ("limit=-1", "invalid_request", "limit"),
        ("limit=ten", "invalid_request", "limit"),
        ("limit=99999999999999999999999999", "invalid_request", "limit"),
        ("locale=de", "unknown_locale", "locale"),
        ("locale=", "unknown_locale", "locale"),
        ("locale=en%00", "unknown_locale", "locale"),
        ("locale=en-", "unknown_locale", "locale"),
        ("locale=de-AT", "unknown_locale", "locale"),
        ("list=favourites", "invalid_request", "list"),
        ("personalised=perhaps", "invalid_request", "personalised"),
        ("product_id=a@b.example", "invalid_request", "product_id.0"),
        ("product_id=", "invalid_request", "product_id.0"),
        ("&".join(f"product_id=p{number}" for number in range(51)), "invalid_request", "product_id"),
        ("touchpoint=", "invalid_request", "touchpoint"),
        ("touchpoint=%00", "invalid_request", "touchpoint"),
        ("Limit=5", "invalid_request", "Limit"),
        ("colour=red", "invalid_request", "colour"),
    ):
        answer = byleave.http.get(f"{path}?{query}")
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, code), query
        assert [error["path"] for error in problem["errors"]] == [name], query


def test_her_answer_is_kept_by_no_cache(anna: Byleave) -> None:
    for answer in (anna.http.get(HER_ANSWER), anna.http.head(HER_ANSWER)):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer.headers


def test_the_visitors_answer_may_be_cached(shop: Byleave) -> None:
    answer = shop.http.get(VISITORS_ANSWER)
    assert answer.headers["Cache-Control"] == "public, no-cache"  # a copy is asked about each time
    assert answer.headers["Vary"] == "Accept-Language"


def test_the_copy_of_one_caller_serves_another_who_may_have_it_and_nobody_else(shop: Byleave) -> None:
    etag = shop.http.get(VISITORS_ANSWER).headers["ETag"]
    keys = shop.app.state.keys
    reader = keys.create("reader", [Scope.RECOMMENDATIONS_READ])[1]
    writer = keys.create("writer", [Scope.EVENTS_WRITE])[1]
    for key, status in ((reader, 304), (writer, 403), ("nobody", 401)):
        headers = {"If-None-Match": etag, "Authorization": f"Bearer {key}"}
        assert shop.http.get(VISITORS_ANSWER, headers=headers).status_code == status


def test_what_no_cache_looks_at_does_not_change_what_it_keeps(shop: Byleave) -> None:
    kept = ("items", "locale", "data_used", "data_not_used", "customer_id", "personalised")
    plain = shop.http.get(VISITORS_ANSWER)
    for name in (
        "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-For", "Forwarded",
        "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Host", "Origin", "Referer", "Cookie",
        "User-Agent", "Sec-Purpose", "Accept", "Content-Type", "X-Customer-Id", "Range",
    ):  # fmt: skip
        for value in ("evil.example", "/v1/customers/anna/recommendations", "prefetch"):
            poisoned = shop.http.get(VISITORS_ANSWER, headers={name: value})
            assert poisoned.status_code == 200, name
            assert poisoned.headers["ETag"] == plain.headers["ETag"], name
            assert {part: poisoned.json()[part] for part in kept} == {
                part: plain.json()[part] for part in kept
            }
            assert "evil.example" not in f"{poisoned.headers} {poisoned.text}", name


def test_a_cache_that_has_the_visitors_answer_is_told_so(shop: Byleave) -> None:
    etag = shop.http.get(VISITORS_ANSWER).headers["ETag"]
    assert shop.http.get(VISITORS_ANSWER).headers["ETag"] == etag
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        answer = shop.http.get(VISITORS_ANSWER, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
    assert shop.http.get(VISITORS_ANSWER, headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_answer_has_another_tag(shop: Byleave) -> None:
    tags = {
        shop.http.get(VISITORS_ANSWER, params=query).headers["ETag"]
        for query in ({}, {"limit": 1}, {"locale": "zh-Hans"}, {"product_id": "printer"})
    }
    shop.product("paper", "Paper, recycled", category="paper", featured_rank=1)
    tags.add(shop.http.get(VISITORS_ANSWER).headers["ETag"])
    assert len(tags) == 5


def test_a_prefetch_gets_the_visitors_answer(anna: Byleave) -> None:
    visitors = anna.visitor_suggestions()["items"]
    for purpose in ("prefetch", "prefetch;prerender", "Prefetch"):
        answer = anna.http.get(HER_ANSWER, headers={"Sec-Purpose": purpose})
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert_shape(answer.json())
        assert answer.json()["customer_id"] is None
        assert answer.json()["items"] == visitors


def test_a_head_has_the_headers_and_no_body(anna: Byleave) -> None:
    for path in (HER_ANSWER, VISITORS_ANSWER):
        answer = anna.http.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Type"] == "application/json"


def test_neither_a_prefetch_nor_a_head_reads_anything_of_hers(anna: Byleave) -> None:
    anna.http.get(HER_ANSWER, headers={"Sec-Purpose": "prefetch"})
    anna.http.head(HER_ANSWER)
    anna.suggestions(ANNA, personalised="false")
    anna.app.state.use_recorder.flush()
    assert anna.http.get(f"/v1/customers/{ANNA}/uses").json()["uses"] == []


def test_the_same_question_has_the_same_answer(anna: Byleave) -> None:
    one, other = anna.suggestions(ANNA), anna.suggestions(ANNA)
    assert one["recommendation_id"] != other["recommendation_id"]
    for answer in (one, other):
        del answer["recommendation_id"], answer["generated_at"]
    assert one == other
