"""The catalogue over HTTP: products are stored whole, facts about what fits what are stated and replaced."""

from typing import Any

import httpx

from tests.byleave import Byleave, product_ids

PRODUCT = "/v1/products/ink"
BATCH = "/v1/products/batch"
WHOLE: dict[str, Any] = {
    "title": "HP 950 Black Ink Cartridge",
    "short_title": "HP 950 black ink",
    "brand": "HP",
    "category": "ink",
    "price": {"amount": "27.99", "currency": "USD"},
    "url": "https://shop.example/p/ink?size=xl",
    "image_url": "https://shop.example/i/ink.jpg",
    "attributes": {
        "color": "black",
        "item_group_id": "hp-950",
        "usual_interval_days": 63,
        "weight": {"value": 0.1, "unit": "kg"},
        "tags": ["ink", 1, True],
    },
    "available": False,
    "sensitive": True,
    "sample_of": "ink-xl",
    "featured_rank": 3,
}


def assert_refused(answer: httpx.Response, status: int, code: str, *paths: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [error["path"] for error in problem["errors"]] == list(paths)


def test_a_product_comes_back_as_it_was_told(byleave: Byleave) -> None:
    first = byleave.http.put(PRODUCT, json=WHOLE)
    assert first.status_code == 201
    assert first.json() == {"id": "ink", "fits": []} | WHOLE
    assert byleave.http.get(PRODUCT).json() == first.json()


def test_a_title_is_all_that_a_product_needs(byleave: Byleave) -> None:
    stored = byleave.http.put(PRODUCT, json={"title": "Ink"}).json()
    assert (stored["available"], stored["sensitive"], stored["attributes"]) == (True, False, {})
    assert {stored[name] for name in ("short_title", "brand", "category", "url", "sample_of")} == {None}


def test_what_is_left_out_is_not_kept_from_before(byleave: Byleave) -> None:
    byleave.http.put(PRODUCT, json=WHOLE)
    again = byleave.http.put(PRODUCT, json={"title": "Ink"})
    assert again.status_code == 200
    assert again.json()["price"] is None
    assert again.json()["attributes"] == {}


def test_facts_about_what_fits_are_replaced_and_outlive_a_change_of_the_product(byleave: Byleave) -> None:
    for device in ("printer-1", "printer-2"):
        byleave.product(device)
    byleave.product("ink")
    answer = byleave.http.put(f"{PRODUCT}/fits", json={"devices": ["printer-2", "printer-1", "printer-2"]})
    assert answer.json() == {"product_id": "ink", "devices": ["printer-1", "printer-2"]}
    byleave.product("ink", "Ink, new formula")
    assert byleave.http.get(PRODUCT).json()["fits"] == ["printer-1", "printer-2"]
    assert byleave.http.put(f"{PRODUCT}/fits", json={"devices": []}).json()["devices"] == []
    assert byleave.http.get(PRODUCT).json()["fits"] == []


def test_facts_name_products_of_the_catalogue(byleave: Byleave) -> None:
    byleave.product("printer")
    unknown_product = byleave.http.put(f"{PRODUCT}/fits", json={"devices": ["printer"]})
    assert_refused(unknown_product, 404, "unknown_product")
    byleave.product("ink")
    unknown_devices = byleave.http.put(f"{PRODUCT}/fits", json={"devices": ["printer", "toaster"]})
    assert_refused(unknown_devices, 422, "unknown_product", "devices")
    assert "toaster" in unknown_devices.json()["errors"][0]["message"]
    assert byleave.http.get(PRODUCT).json()["fits"] == []


def test_a_batch_says_how_many_are_new(byleave: Byleave) -> None:
    byleave.product("ink")
    products = [{"id": name, "title": name} for name in ("ink", "paper", "pens")]
    assert byleave.http.post(BATCH, json={"products": products}).json() == {"created": 2, "replaced": 1}
    assert byleave.http.post(BATCH, json={"products": products}).json() == {"created": 0, "replaced": 3}


def test_a_batch_is_stored_whole_or_not_at_all(byleave: Byleave) -> None:
    good = {"id": "ink", "title": "Ink"}
    answer = byleave.http.post(BATCH, json={"products": [good, {"id": "paper"}]})
    assert_refused(answer, 422, "invalid_request", "products.1.title")
    answer = byleave.http.post(BATCH, json={"products": [good, {"id": "paper", "title": "P"}, good]})
    assert_refused(answer, 422, "invalid_request", "products.2.id")
    assert_refused(byleave.http.get(PRODUCT), 404, "unknown_product")


def test_a_batch_has_a_thousand_at_most(byleave: Byleave) -> None:
    products = [{"id": f"p-{number}", "title": "P"} for number in range(1_001)]
    assert_refused(byleave.http.post(BATCH, json={"products": products}), 422, "invalid_request", "products")
    assert byleave.http.post(BATCH, json={"products": products[:1_000]}).json()["created"] == 1_000
    assert_refused(byleave.http.post(BATCH, json={"products": []}), 422, "invalid_request", "products")


def test_a_change_shows_in_the_next_answer(byleave: Byleave) -> None:
    byleave.product("ink", "Ink")
    assert product_ids(byleave.visitor_suggestions()) == ["ink"]
    byleave.product("ink", "Better ink")
    assert byleave.visitor_suggestions()["items"][0]["product"]["title"] == "Better ink"
    byleave.product("ink", "Ink", available=False)
    assert byleave.visitor_suggestions()["items"] == []


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": "two\nlines"}, "title"),
    ({"title": 5}, "title"),
    ({"title": None}, "title"),
    ({"colour": "red"}, "colour"),
    ({"id": "ink"}, "id"),
    ({"short_title": "x" * 41}, "short_title"),
    ({"short_title": ""}, "short_title"),
    ({"price": {"amount": "27.99"}}, "price.currency"),
    ({"price": {"amount": 27.99, "currency": "USD"}}, "price.amount"),
    ({"price": {"amount": "-1", "currency": "USD"}}, "price.amount"),
    ({"price": {"amount": "27,99", "currency": "USD"}}, "price.amount"),
    ({"price": {"amount": "٢٧", "currency": "USD"}}, "price.amount"),
    ({"price": {"amount": "1e3", "currency": "USD"}}, "price.amount"),
    ({"price": {"amount": "27.99", "currency": "usd"}}, "price.currency"),
    ({"url": "shop.example/p/ink"}, "url"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"image_url": "data:image/png;base64,AAAA"}, "image_url"),
    ({"available": "perhaps"}, "available"),
    ({"sample_of": "a b"}, "sample_of"),
    ({"featured_rank": 0}, "featured_rank"),
    ({"featured_rank": 1.5}, "featured_rank"),
    ({"featured_rank": 10**30}, "featured_rank"),
    ({"attributes": []}, "attributes"),
    ({"attributes": {"usual_interval_days": 0}}, "attributes.usual_interval_days"),
    ({"attributes": {"usual_interval_days": 3_651}}, "attributes.usual_interval_days"),
    ({"attributes": {"color": ""}}, "attributes.color"),
    ({"attributes": {"suits": ["mother", "mum"]}}, "attributes.suits.1"),
    ({"attributes": {"suits": "mum"}}, "attributes.suits.0"),
    ({"attributes": {"suits": []}}, "attributes.suits"),
    ({"attributes": {"note": "a\x00b"}}, "attributes"),
    ({"attributes": {"a\x00b": 1}}, "attributes"),
    ({"attributes": {"note": [{"deep": "\x00"}]}}, "attributes"),
    ({"attributes": {"note": "x" * 20_001}}, "attributes"),
]


def test_what_makes_no_sense_is_refused_by_name(byleave: Byleave) -> None:
    for changes, path in REFUSED:
        body = {"title": "Ink"} | changes if changes else {}
        assert_refused(byleave.http.put(PRODUCT, json=body), 422, "invalid_request", path)
    assert_refused(byleave.http.get(PRODUCT), 404, "unknown_product")


def test_attributes_are_not_nested_without_end(byleave: Byleave) -> None:
    assert byleave.http.put(PRODUCT, json=_nested(levels=20)).status_code == 201
    for levels in (21, 250, 300, 800):
        answer = byleave.http.put(PRODUCT, json=_nested(levels))
        assert_refused(answer, 422, "invalid_request", "attributes")
        assert "20 levels" in answer.json()["errors"][0]["message"]
    assert byleave.http.get(PRODUCT).status_code == 200


def _nested(levels: int) -> dict[str, Any]:
    nested: Any = "bottom"
    for level in range(levels - 1):
        nested = {"down": nested} if level % 2 else [nested]
    return {"title": "Ink", "attributes": {"top": nested}}


def test_attributes_of_the_shop_are_kept_as_they_are(byleave: Byleave) -> None:
    attributes = {
        "text": 'Ünïcode 客户 🙂 \\u0000 "quoted"',
        "number": 0.1,
        "large": 9_007_199_254_740_993,
        "flag": False,
        "list": [1, [2, [3]], {}],
    }
    byleave.product("ink", attributes=attributes)
    assert byleave.http.get(PRODUCT).json()["attributes"] == attributes


def test_a_product_that_the_catalogue_does_not_have(byleave: Byleave) -> None:
    assert_refused(byleave.http.get("/v1/products/unknown"), 404, "unknown_product")


def test_ids_that_a_shop_may_use(byleave: Byleave) -> None:
    for name in ("p", "A9", "a.b_c:d-e", "x" * 128):
        assert byleave.http.put(f"/v1/products/{name}", json={"title": "P"}).status_code == 201
