"""A wrong record of hers is taken out, and nobody else's; what was learned from it is forgotten at once."""

import httpx
import pytest
from sqlalchemy import Engine

from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.planting import everything_stored


def remove(byleave: Byleave, event_id: str, customer_id: str = "anna", **headers: str) -> httpx.Response:
    return byleave.http.delete(f"/v1/customers/{customer_id}/events/{event_id}", headers=headers)


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("ink")
    byleave.allows("anna", "purchases", "browsing")
    return byleave


@pytest.mark.parametrize("kind", ["purchase", "return", "view", "search", "cart_add"])
def test_a_record_of_each_kind_is_taken_out_and_can_be_recorded_anew(shop: Byleave, kind: str) -> None:
    query = {"query": "ink"} if kind == "search" else {}
    event = {"id": "e-1", "type": kind} | query
    assert shop.bought("anna", "ink", **event)["status"] == "recorded"
    assert remove(shop, "e-1").status_code == 204
    assert remove(shop, "e-1").json()["code"] == "unknown_event"
    assert shop.bought("anna", "ink", when="2026-04-04T10:00:00Z", **event)["status"] == "recorded"


def test_somebody_elses_is_like_one_that_there_is_not(shop: Byleave, engine: Engine) -> None:
    shop.bought("ben", "ink", id="bens")
    before = everything_stored(engine, "purchases")
    answers = [remove(shop, event_id) for event_id in ("bens", "nobodys")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert everything_stored(engine, "purchases") == before


def test_a_repeated_call_takes_nothing_out_again(shop: Byleave) -> None:
    shop.bought("anna", "ink", id="e-1")
    key = {"Idempotency-Key": "1"}
    assert remove(shop, "e-1", **key).status_code == 204
    shop.bought("anna", "ink", id="e-1")
    assert remove(shop, "e-1", **key).status_code == 204
    assert remove(shop, "e-1").status_code == 204, "it was still there"


def test_every_worker_forgets_what_was_learned_from_it(database_url: str) -> None:
    settings = settings_for(database_url, k=2)
    with Byleave(settings) as one, Byleave(settings) as other:
        one.product("ink")
        for customer_id in ("anna", "ben"):
            one.allows(customer_id, "purchases", purpose="learning")
            one.bought(customer_id, "ink", id=f"of-{customer_id}")
        assert [item["reason"]["code"] for item in other.visitor_suggestions()["items"]] == ["popular"]
        assert remove(one, "of-anna").status_code == 204
        reasons = [item["reason"]["code"] for item in other.visitor_suggestions()["items"]]
        assert reasons == ["from_catalogue"]


def test_she_corrects_her_own_with_her_token(shop: Byleave) -> None:
    shop.bought("anna", "ink", id="e-1")
    shop.bought("ben", "ink", id="e-2")
    body = {"customer_id": "anna", "scopes": ["customers:write"]}
    token = shop.http.post("/v1/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert remove(shop, "e-2", "ben", **headers).status_code == 403
    assert remove(shop, "e-2", **headers).status_code == 404
    assert remove(shop, "e-1", **headers).status_code == 204
