"""What would change before she changes anything: shown to whom it may be, and nothing is changed by it."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.byleave import Byleave, product_ids
from tests.promises.calls import bearer

HER = "anna"
PATH = f"/v1/customers/{HER}/what-if"
WITHDRAWN = {"decision": "withdrawn", "purpose": "recommendations", "data": ["purchases"]}
GIVEN = {"decision": "given", "purpose": "recommendations", "data": ["purchases"]}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("paper", featured_rank=1)
    byleave.bought(HER, "printer")
    return byleave


def ask(shop: Byleave, *changes: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"changes": list(changes), "request": {"limit": 1}}
    return shop.http.post(PATH, json=body, headers=headers)


def her_token(shop: Byleave) -> dict[str, str]:
    body = {"customer_id": HER, "scopes": ["recommendations:read"]}
    return bearer(shop.http.post("/v1/tokens", json=body).json()["token"])


def test_what_a_withdrawal_would_cost(shop: Byleave) -> None:
    shop.allows(HER, "purchases")
    told = ask(shop, WITHDRAWN).json()
    assert product_ids(told["before"]) == told["lost"] == ["ink"]
    assert told["after"]["personalised"] is False
    assert product_ids(told["after"]) == told["gained"]
    assert {one["because"] for one in told["after"]["data_not_used"] if one["field"][:9] == "purchases"} == {
        "withdrawn"
    }


def test_what_a_permission_would_show_is_for_herself_only(shop: Byleave) -> None:
    refused = ask(shop, GIVEN)
    assert (refused.status_code, refused.json()["code"]) == (403, "only_for_herself")
    assert ask(shop, WITHDRAWN, GIVEN).status_code == 403
    told = ask(shop, GIVEN, headers=her_token(shop)).json()
    assert (told["before"]["personalised"], told["gained"]) == (False, ["ink"])
    assert product_ids(told["after"]) == ["ink"]


def test_looking_has_a_use_record_of_its_own_kind(shop: Byleave) -> None:
    consent = shop.allows(HER, "purchases")
    ask(shop, WITHDRAWN)
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{HER}/uses").json()["uses"]
    assert {(one["kind"], one["consent"]) for one in uses} == {("preview", consent)}
    shop.withdraws(HER, consent)
    ask(shop, GIVEN, headers=her_token(shop))
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{HER}/uses?limit=100").json()["uses"]
    assert {one["kind"] for one in uses} == {"preview"}
    assert any(one["consent"].startswith("pre_") for one in uses)


def test_nothing_is_changed_and_nothing_used_up(shop: Byleave, engine: Engine) -> None:
    shop.allows(HER, "purchases", uses=1)
    before = _ledger(engine)
    answers = [shop.suggestions(HER)["items"]]
    for change in (WITHDRAWN, GIVEN):
        assert ask(shop, change, headers=her_token(shop)).status_code == 200
    answers.append(shop.suggestions(HER)["items"])
    assert answers[0] == answers[1]
    assert _ledger(engine) == before


def test_what_is_not_understood_is_refused_by_name(shop: Byleave) -> None:
    for change, code, path in (
        (WITHDRAWN | {"purpose": "resale"}, "unknown_purpose", "changes.1.purpose"),
        (WITHDRAWN | {"data": ["shoes"]}, "unknown_data", "changes.1.data"),
        (WITHDRAWN | {"decision": "refused"}, "invalid_request", "changes.1.decision"),
        (WITHDRAWN | {"items": {}}, "invalid_request", "changes.1.items"),
    ):
        answer = ask(shop, WITHDRAWN, change)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["path"] == path


def test_an_objection_stands_whatever_would_be_given(shop: Byleave) -> None:
    shop.objects(HER, "profiling")
    told = ask(shop, GIVEN, headers=her_token(shop)).json()
    assert (told["after"]["personalised"], told["lost"], told["gained"]) == (False, [], [])


def _ledger(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [str(row) for row in connection.execute(text("SELECT * FROM consent_events"))]
