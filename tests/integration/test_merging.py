"""At login: the more restrictive of both, and no grant transferred."""

from threading import Thread
from typing import Any

import httpx
import pytest

from service.callers import CUSTOMER_SCOPES, Scope
from service.db.consent_ledger import read_entries
from service.db.engine import snapshot
from tests.byleave import Byleave
from tests.chains import first_bad_entry
from tests.promises.calls import a_key, bearer


def merge(byleave: Byleave, customer_id: str, visitor_id: Any, **headers: str) -> httpx.Response:
    path = f"/v1/customers/{customer_id}/merge"
    return byleave.http.post(path, json={"visitor_id": visitor_id}, headers=headers)


def history(byleave: Byleave, customer_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = byleave.http.get(f"/v1/customers/{customer_id}/consents/history").json()[
        "events"
    ]
    return events


def in_force(byleave: Byleave, customer_id: str) -> set[str]:
    consents = byleave.http.get(f"/v1/customers/{customer_id}/consents").json()["consents"]
    return {field for one in consents for field in one["in_force"]}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Anna allows purchases and devices; as a visitor she refused purchases and allowed browsing."""
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.bought("anna", "printer")
    byleave.allows("anna", "purchases", "devices")
    byleave.decides("v-1", "refused", "recommendations", "purchases")
    byleave.allows("v-1", "browsing")
    return byleave


def test_what_she_denied_as_a_visitor_holds_from_the_next_request(shop: Byleave) -> None:
    assert shop.suggestions("anna")["personalised"] is True
    answer = merge(shop, "anna", "v-1")
    assert answer.status_code == 200
    assert answer.json()["consents"] == shop.http.get("/v1/customers/anna/consents").json()["consents"]
    after = shop.suggestions("anna")
    assert after["personalised"] is False
    assert {"field": "purchases.product", "because": "refused"} in after["data_not_used"]
    assert in_force(shop, "anna") == {"devices.product", "devices.since", "devices.status"}


def test_the_denial_says_how_it_came_about_and_nothing_of_the_visitor(shop: Byleave) -> None:
    merge(shop, "anna", "v-1")
    given, denied = history(shop, "anna")
    assert (given["event"], denied["event"], denied["method"]) == ("given", "refused", "merge")
    of_visitor = history(shop, "v-1")
    assert denied["data"] == of_visitor[0]["data"]
    assert {denied["event_id"], denied["consent_id"]}.isdisjoint(
        {one[name] for one in of_visitor for name in ("event_id", "consent_id")}
    )


def test_no_grant_and_no_data_moves_and_the_visitors_ledger_stays_as_it_is(shop: Byleave) -> None:
    shop.allows("v-1", "devices")
    shop.owns("v-1", {"product_id": "printer"})
    before = history(shop, "v-1")
    merge(shop, "anna", "v-1")
    merge(shop, "nobody-yet", "v-1")
    assert history(shop, "v-1") == before
    assert [one["event"] for one in history(shop, "nobody-yet")] == ["refused"]
    assert in_force(shop, "nobody-yet") == set()
    for customer_id in ("anna", "nobody-yet"):
        assert shop.http.get(f"/v1/customers/{customer_id}/devices").json()["devices"] == []
    assert shop.http.get("/v1/customers/v-1/devices").json()["devices"] != []


def test_twice_is_the_same_and_what_she_allows_afterwards_stays_allowed(shop: Byleave) -> None:
    first = merge(shop, "anna", "v-1").json()
    assert merge(shop, "anna", "v-1").json() == first
    shop.allows("anna", "purchases")
    merge(shop, "anna", "v-1")
    assert "purchases.product" in in_force(shop, "anna")
    assert [one["event"] for one in history(shop, "anna")] == ["given", "refused", "given"]


def test_a_repeated_call_tells_the_present(shop: Byleave) -> None:
    key = {"Idempotency-Key": "login-1"}
    merge(shop, "anna", "v-1", **key)
    shop.decides("v-1", "refused", "recommendations", "devices")
    again = merge(shop, "anna", "v-1", **key)
    assert again.status_code == 200
    assert "devices.product" in in_force(shop, "anna")
    assert merge(shop, "anna", "v-2", **key).json()["code"] == "idempotency_key_reused"


def test_a_visitor_of_whom_nothing_is_known_changes_nothing(shop: Byleave) -> None:
    before = history(shop, "anna")
    assert merge(shop, "anna", "never-seen").status_code == 200
    assert history(shop, "anna") == before


def test_what_cannot_be_merged_is_refused(shop: Byleave) -> None:
    for visitor_id in ("anna", "an id", "", None, ["v-1"]):
        answer = merge(shop, "anna", visitor_id)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "visitor_id"), visitor_id
    assert len(history(shop, "anna")) == 1


def test_her_own_token_does_not_merge_and_a_key_needs_the_scope(shop: Byleave) -> None:
    body = {"customer_id": "anna", "scopes": sorted(CUSTOMER_SCOPES)}
    token = shop.http.post("/v1/tokens", json=body).json()["token"]
    refused = merge(shop, "anna", "v-1", **bearer(token))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_customers")
    read_only = merge(shop, "anna", "v-1", **bearer(a_key(shop, Scope.CONSENTS_READ)))
    assert (read_only.status_code, read_only.json()["code"]) == (403, "scope_missing")
    assert len(history(shop, "anna")) == 1
    assert merge(shop, "anna", "v-1", **bearer(a_key(shop, Scope.CONSENTS_WRITE))).status_code == 200


def test_merges_in_both_directions_at_once_wait_for_one_another_and_not_in_a_circle(shop: Byleave) -> None:
    shop.decides("anna", "refused", "learning", "purchases")
    statuses: list[int] = []

    def keep_merging(one: str, other: str) -> None:
        statuses.extend(merge(shop, one, other).status_code for _ in range(10))

    threads = [Thread(target=keep_merging, args=pair) for pair in (("anna", "v-1"), ("v-1", "anna")) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    with snapshot(shop.app.state.engine) as connection:
        for customer_id in ("anna", "v-1"):
            assert first_bad_entry(read_entries(connection, customer_id)) is None
    merged = [one for one in history(shop, "anna") + history(shop, "v-1") if one["method"] == "merge"]
    assert len(merged) == 2
