"""Narrowed consents over HTTP: what each leaves unread, deleted, or dropped, and what it names."""

from typing import Any

import pytest

from tests.byleave import Byleave, product_ids

HER = "anna"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Two printers that she bought, each in an order of its own, and their inks."""
    for name, category in (("laser", "printers"), ("inkjet", "home")):
        byleave.product(name, category=category)
        byleave.product(f"{name}-ink", fits=[name])
    byleave.product("paper", featured_rank=1)
    byleave.bought(HER, "laser", order_id="o-1", when="2026-02-01T10:00:00Z")
    byleave.bought(HER, "inkjet", order_id="o-2", when="2026-03-03T10:00:00Z")
    return byleave


def needed(shop: Byleave, **query: Any) -> set[str]:
    """What is suggested because of something that she bought."""
    items = shop.suggestions(HER, **query)["items"]
    return {one["product"]["id"] for one in items if one["reason"]["code"] == "fits_device"}


def test_of_selected_orders_only(shop: Byleave) -> None:
    shop.allows(HER, "purchases", items={"orders": ["o-1"]})
    assert needed(shop) == {"laser-ink"}


def test_of_selected_products_only(shop: Byleave) -> None:
    shop.allows(HER, "purchases", items={"products": ["inkjet"]})
    assert needed(shop) == {"inkjet-ink"}


def test_of_selected_categories_only(shop: Byleave) -> None:
    shop.allows(HER, "purchases", items={"categories": ["printers"]})
    assert needed(shop) == {"laser-ink"}


def test_of_everything_but_a_category(shop: Byleave) -> None:
    shop.allows(HER, "purchases", items={"except": ["printers"]})
    assert needed(shop) == {"inkjet-ink"}


def test_of_data_from_a_date_on(shop: Byleave) -> None:
    shop.allows(HER, "purchases", data_from="2026-03-01T00:00:00Z")
    assert needed(shop) == {"inkjet-ink"}


def test_by_one_channel_only(shop: Byleave) -> None:
    shop.allows(HER, "purchases", channels=["email"])
    assert needed(shop, channel="email") == needed(shop, touchpoint="email") == {"laser-ink", "inkjet-ink"}
    for query in ({}, {"channel": "web"}, {"touchpoint": "home"}, {"channel": "web", "touchpoint": "email"}):
        assert needed(shop, **query) == set()
        not_used = {one["field"]: one["because"] for one in shop.suggestions(HER, **query)["data_not_used"]}
        assert not_used["purchases.product"] == "out_of_scope"


def test_a_part_is_taken_back_and_the_rest_stays(shop: Byleave) -> None:
    whole = shop.allows(HER, "purchases")
    shop.decides(HER, "withdrawn", "recommendations", "purchases", items={"orders": ["o-1"]})
    assert needed(shop) == {"inkjet-ink"}
    consents = shop.http.get(f"/v1/customers/{HER}/consents").json()["consents"]
    assert [one["state"] for one in consents if one["consent_id"] == whole] == ["given"]


def test_taking_back_a_narrowed_consent_denies_its_scope_and_nothing_else(shop: Byleave) -> None:
    shop.allows(HER, "purchases")
    part = shop.allows(HER, "purchases", items={"orders": ["o-2"]})
    shop.withdraws(HER, part)
    assert needed(shop) == {"laser-ink"}


def test_one_field_may_be_narrower_than_another(shop: Byleave) -> None:
    shop.allows(HER, "purchases.product")
    shop.allows(HER, "purchases.date", items={"orders": ["o-1"]})
    details = {
        one["product"]["id"]: one["reason"]["detail"]
        for one in shop.suggestions(HER)["items"]
        if one["reason"]["code"] == "fits_device"
    }
    assert "1 February 2026" in details["laser-ink"]
    assert "2026" not in details["inkjet-ink"]


def test_each_fact_names_the_consent_that_it_was_read_by(shop: Byleave) -> None:
    one = shop.allows(HER, "purchases", items={"orders": ["o-1"]})
    other = shop.allows(HER, "purchases", items={"orders": ["o-2"]})
    answer = shop.suggestions(HER)
    named = {
        item["product"]["id"]: {fact["consent"] for fact in item["reason"]["facts"] if fact["consent"]}
        for item in answer["items"]
        if item["reason"]["code"] == "fits_device"
    }
    assert named == {"laser-ink": {one}, "inkjet-ink": {other}}
    used = {(use["field"], use["consent"]) for use in answer["data_used"]}
    assert {("purchases.product", one), ("purchases.product", other)} <= used
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{HER}/uses?limit=100").json()["uses"]
    assert {(use["field"], use["consent"]) for use in uses} == used


def test_a_sensitive_product_is_read_only_where_it_is_named(shop: Byleave) -> None:
    shop.product("laser", category="printers", sensitive=True)
    whole = shop.allows(HER, "purchases")
    assert needed(shop) == {"inkjet-ink"}
    shop.withdraws(HER, whole)
    shop.allows(HER, "purchases", items={"orders": ["o-1"]})
    assert needed(shop) == set()
    shop.allows(HER, "purchases", items={"products": ["laser"]})
    assert needed(shop) == {"laser-ink"}


def test_a_renewal_keeps_what_the_consent_was_narrowed_by(shop: Byleave) -> None:
    part = shop.allows(HER, "purchases", items={"orders": ["o-1"]}, expires_at="2026-07-01T00:00:00Z")
    renewed = shop.decides(HER, "renewed", "recommendations", "purchases", renews=part)
    assert renewed["items"] == {"orders": ["o-1"], "products": [], "categories": [], "except": []}
    assert needed(shop) == {"laser-ink"}
    wider = {"decision": "renewed", "purpose": "recommendations", "data": ["purchases"], "renews": part}
    for items in ({"orders": ["o-1", "o-2"]}, {"except": ["o-9"]}):
        body = {"decisions": [wider | {"items": items}]}
        answer = shop.http.post(f"/v1/customers/{HER}/consents", json=body)
        assert answer.json()["code"] == "renewal_mismatch"


def test_a_counted_consent_is_given_anew_and_not_renewed(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    decision = {"decision": "renewed", "purpose": "recommendations", "data": ["purchases"], "renews": once}
    answer = shop.http.post(f"/v1/customers/{HER}/consents", json={"decisions": [decision]})
    assert (answer.status_code, answer.json()["code"]) == (422, "renewal_mismatch")


def test_only_what_is_covered_is_kept(shop: Byleave) -> None:
    shop.allows(HER, "devices", items={"products": ["laser"]})
    devices = f"/v1/customers/{HER}/devices"
    both = {"devices": [{"product_id": "laser"}, {"product_id": "inkjet"}]}
    refused = shop.http.put(devices, json=both, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_permitted")
    shop.owns(HER, {"product_id": "laser"})
    shop.allows(HER, "browsing", items={"categories": ["printers"]})
    seen = {one: shop.bought(HER, one, type="view") for one in ("laser", "inkjet")}
    assert (seen["laser"]["status"], seen["inkjet"]["status"]) == ("recorded", "dropped")
    assert seen["inkjet"]["because"] == "out_of_scope"


def test_what_a_partial_withdrawal_leaves_uncovered_is_deleted(shop: Byleave) -> None:
    shop.allows(HER, "devices")
    shop.owns(HER, {"product_id": "laser"}, {"product_id": "inkjet"})
    shop.decides(HER, "withdrawn", "recommendations", "devices", items={"products": ["laser"]})
    kept = shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"]
    assert [one["product_id"] for one in kept] == ["inkjet"]


def test_a_moved_product_is_learned_from_by_its_new_category(shop: Byleave) -> None:
    for number in range(6):
        shop.bought(f"c-{number}", "paper")
        shop.allows(f"c-{number}", "purchases", purpose="learning", items={"categories": ["office"]})
    assert "popular" not in {item["reason"]["code"] for item in shop.visitor_suggestions()["items"]}
    shop.product("paper", category="office")
    answer = shop.visitor_suggestions()
    assert {item["product"]["id"]: item["reason"]["code"] for item in answer["items"]}["paper"] == "popular"


def test_an_order_that_came_later_is_covered_as_well(shop: Byleave) -> None:
    shop.allows(HER, "purchases", items={"orders": ["o-3"]})
    assert needed(shop) == set()
    shop.bought(HER, "laser", order_id="o-3")
    assert needed(shop) == {"laser-ink"}
    assert product_ids(shop.suggestions(HER))[0] == "laser-ink"


@pytest.mark.parametrize(
    "part", [{"items": {"products": ["laser"]}}, {"channels": ["email"]}], ids=["items", "channel"]
)
def test_a_renewal_reopens_no_part_that_was_taken_back(shop: Byleave, part: dict[str, Any]) -> None:
    consent = shop.allows(HER, "purchases")
    shop.decides(HER, "withdrawn", "recommendations", "purchases", **part)
    renewed = {"decision": "renewed", "purpose": "recommendations", "data": ["purchases"], "renews": consent}
    answer = shop.http.post(f"/v1/customers/{HER}/consents", json={"decisions": [renewed]})
    assert (answer.status_code, answer.json()["code"]) == (422, "renewal_mismatch")
    assert "laser-ink" not in needed(shop, channel="email")


def test_a_channel_is_the_same_however_it_is_spelled(shop: Byleave) -> None:
    shop.allows(HER, "purchases")
    shop.decides(HER, "withdrawn", "recommendations", "purchases", channels=["E-Mail"])
    for query in (
        {"channel": "email"},
        {"channel": "e-mail"},
        {"touchpoint": "Email"},
        {"touchpoint": "news"},
    ):
        assert needed(shop, **query) == set(), query
    assert needed(shop, channel="web") == needed(shop, touchpoint="web") == {"laser-ink", "inkjet-ink"}


def test_a_consent_whose_channels_were_all_taken_back_keeps_nothing(shop: Byleave) -> None:
    consent = shop.allows(HER, "devices", channels=["email", "sms"])
    shop.owns(HER, {"product_id": "laser"})
    for channel, kept in (("email", 1), ("sms", 0)):
        shop.decides(HER, "withdrawn", "recommendations", "devices", channels=[channel])
        devices = shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"]
        assert len(devices) == kept
    consents = shop.http.get(f"/v1/customers/{HER}/consents").json()["consents"]
    assert [one["in_force"] for one in consents if one["consent_id"] == consent] == [[]]


def test_a_renewal_reopens_nothing_that_was_denied_before_an_old_paper_came(shop: Byleave) -> None:
    shop.decides(HER, "withdrawn", "recommendations", "purchases", items={"products": ["laser"]})
    paper = shop.allows(HER, "purchases", occurred_at="2026-01-01T00:00:00Z")
    assert needed(shop) == {"inkjet-ink"}
    renewed = {"decision": "renewed", "purpose": "recommendations", "data": ["purchases"], "renews": paper}
    answer = shop.http.post(f"/v1/customers/{HER}/consents", json={"decisions": [renewed]})
    assert (answer.status_code, answer.json()["code"]) == (422, "renewal_mismatch")
    assert needed(shop) == {"inkjet-ink"}


def test_what_a_denial_is_not_about_can_be_renewed(shop: Byleave) -> None:
    web = shop.allows(HER, "purchases", channels=["web"])
    shop.decides(HER, "withdrawn", "recommendations", "purchases", channels=["sms"])
    shop.decides(HER, "renewed", "recommendations", "purchases", renews=web)
    shop.decides(HER, "withdrawn", "recommendations", "purchases", items={"products": ["laser"]})
    rest = {"except": ["laser"]}
    shop.decides(HER, "renewed", "recommendations", "purchases", renews=web, items=rest)
    assert needed(shop, channel="web") == {"inkjet-ink"}


def test_what_was_taken_back_by_channel_and_by_item_together_is_deleted(shop: Byleave) -> None:
    shop.allows(HER, "devices", channels=["email", "sms"])
    shop.owns(HER, {"product_id": "laser"}, {"product_id": "inkjet"})
    laser = {"items": {"products": ["laser"]}}
    for more, kept in (
        ({"channels": ["email"]}, ["inkjet", "laser"]),
        ({"channels": ["sms"]} | laser, ["inkjet"]),
    ):
        shop.decides(HER, "withdrawn", "recommendations", "devices", **more)
        devices = shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"]
        assert sorted(one["product_id"] for one in devices) == kept


def test_mail_may_be_either_and_tells_no_channel(shop: Byleave) -> None:
    shop.allows(HER, "purchases")
    shop.decides(HER, "withdrawn", "recommendations", "purchases", channels=["email"])
    assert needed(shop, touchpoint="mail") == set()
    assert needed(shop, channel="mail") == {"laser-ink", "inkjet-ink"}
