"""Standing orders over HTTP: what they have to name, where their limits are told, and how they are walked through."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, text

from tests.byleave import Byleave
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for
from tests.import_files import a_file, rejected

MEI = "mei"
TWENTY = {"amount": "20.00", "currency": "EUR"}
LIMITS: dict[str, Any] = {
    "decision": "given",
    "purpose": "standing_orders",
    "data": ["purchases.product", "purchases.date"],
    "items": {"products": ["coffee"]},
    "uses": 3,
    "expires_at": "2026-12-01T00:00:00Z",
    "price_limit": TWENTY,
}


def record(shop: Byleave, **decision: Any) -> Any:
    return shop.http.post(f"/v1/customers/{MEI}/consents", json={"decisions": [decision]})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"items": None}, "items"),
        ({"items": {"products": ["coffee", "tea"]}}, "items"),
        ({"items": {"categories": ["coffee"]}}, "items"),
        ({"items": {"products": ["coffee"], "except": ["order-1"]}}, "items"),
        ({"uses": None}, "uses"),
        ({"expires_at": None}, "expires_at"),
        ({"price_limit": None}, "price_limit"),
        ({"data": ["purchases.product"]}, "data"),
        ({"data": ["purchases", "devices"]}, "data"),
        ({"channels": ["email"]}, "channels"),
        ({"price_limit": {"amount": "20,00", "currency": "EUR"}}, "price_limit.amount"),
        ({"purpose": "recommendations"}, "price_limit"),
        ({"decision": "refused", "uses": None, "expires_at": None}, "price_limit"),
    ],
    ids=str,
)
def test_without_all_its_limits_it_is_refused_and_the_part_is_named(
    byleave: Byleave, change: dict[str, Any], part: str
) -> None:
    answer = record(
        byleave, **{name: value for name, value in (LIMITS | change).items() if value is not None}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [one["path"] for one in answer.json()["errors"]] == [f"decisions.0.{part}"]
    assert byleave.http.get(f"/v1/customers/{MEI}/consents").json()["consents"] == []


def test_all_that_is_missing_is_said_at_once(byleave: Byleave) -> None:
    answer = record(byleave, decision="given", purpose="standing_orders", data=["devices"])
    assert [one["path"].removeprefix("decisions.0.") for one in answer.json()["errors"]] == [
        *("data", "items", "uses", "expires_at", "price_limit")
    ]


def test_a_no_needs_no_limits_and_a_renewal_is_a_new_yes(byleave: Byleave) -> None:
    for decision in ("refused", "deferred", "withdrawn", "revoked"):
        assert byleave.decides(MEI, decision, "standing_orders", "purchases")["price_limit"] is None
    consent_id = byleave.orders_regularly(MEI, "coffee")
    bare = {"purpose": "standing_orders", "data": LIMITS["data"], "renews": consent_id}
    renewal = record(byleave, decision="renewed", **bare)
    assert (renewal.status_code, renewal.json()["errors"][0]["path"]) == (422, "decisions.0.renews")
    wider = byleave.orders_regularly(MEI, "coffee", replaces=consent_id, uses=9)
    states = {
        one["consent_id"]: (one["state"], one["uses_left"])
        for one in byleave.http.get(f"/v1/customers/{MEI}/consents").json()["consents"]
        if one["price_limit"]
    }
    assert states == {consent_id: ("superseded", 3), wider: ("given", 9)}


def test_the_price_limit_is_told_wherever_her_decision_is(byleave: Byleave) -> None:
    consent_id = byleave.orders_regularly(MEI, "coffee")
    her = f"/v1/customers/{MEI}"
    (consent,) = byleave.http.get(f"{her}/consents").json()["consents"]
    (event,) = byleave.http.get(f"{her}/consents/history").json()["events"]
    (change,) = byleave.http.get("/v1/changes").json()["changes"]
    assert [one["price_limit"] for one in (consent, event, change)] == [TWENTY] * 3
    receipt = byleave.http.get(f"{her}/consents/{consent_id}/receipt").json()
    entry = receipt["record"]["dct:hasPart"]["dpv:hasConsentStatus"][0]["byleave:entry"]
    assert (entry["price_limit"], entry["uses"]) == (TWENTY, 3)
    assert byleave.http.post("/v1/receipts/verify", json=receipt).json()["valid"]
    archive = ZipFile(BytesIO(byleave.http.get(f"{her}/export").content))
    (stored,) = json.loads(archive.read("customer.json"))["consents"]
    assert stored["price_limit"] == TWENTY
    assert byleave.http.get("/v1/audit/verify").json()["verified"]


def test_a_changed_price_limit_shows(byleave: Byleave, engine: Engine) -> None:
    byleave.orders_regularly(MEI, "coffee")
    with engine.begin() as connection:
        changed = json.dumps(TWENTY | {"amount": "200.00"})
        connection.execute(text("UPDATE consent_events SET price_limit = :changed"), {"changed": changed})
    assert not byleave.http.get("/v1/audit/verify").json()["verified"]


def test_a_paper_without_the_limits_is_rejected_with_its_line(
    command_line: CommandLine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    papers = a_file(
        "p.csv",
        "customer_id,decision,purpose,data,date\n"
        f"{MEI},given,standing_orders,purchases,2026-01-01\n"
        f"{MEI},refused,standing_orders,purchases,2026-01-02\n",
    )
    assert imported(command_line, "consents", papers) == {"rejected": 1, "recorded": 1}
    (row,) = rejected("p.rejected.csv")
    assert row["customer_id"] == MEI
    for part in ("items must name one product", "uses is required", "expires_at is", "price_limit is"):
        assert part in row["reason"]
    with Byleave(settings_for(database_url)) as byleave:
        consents = byleave.http.get(f"/v1/customers/{MEI}/consents").json()["consents"]
    assert [one["state"] for one in consents] == ["refused"]


def a_buyer(shop: Byleave, customer_id: str) -> None:
    for day in ("2026-03-01", "2026-04-04", "2026-05-08"):
        shop.bought(customer_id, "coffee", when=f"{day}T10:00:00Z")
    shop.orders_regularly(customer_id, "coffee")


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("coffee", price={"amount": "18.50", "currency": "EUR"})
    return byleave


def test_customers_come_page_by_page(shop: Byleave) -> None:
    for name in ("anna", "bea", "cleo"):
        a_buyer(shop, name)
    proposed, cursor = [], None
    for _ in range(3):
        page = shop.proposes(limit=1) if cursor is None else shop.proposes(limit=1, cursor=cursor)
        proposed += [one["customer_id"] for one in page["proposed"]]
        cursor = page["next_cursor"]
    assert proposed == ["anna", "bea", "cleo"]
    assert shop.proposes(limit=1, cursor=cursor) == {"proposed": [], "held_back": [], "next_cursor": None}


def test_one_customer_alone_and_one_never_seen(shop: Byleave, engine: Engine) -> None:
    for name in ("anna", "bea"):
        a_buyer(shop, name)
    assert [one["customer_id"] for one in shop.proposes(customer_id="bea")["proposed"]] == ["bea"]
    assert shop.proposes(customer_id="never-seen") == {"proposed": [], "held_back": [], "next_cursor": None}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM consent_chains")).scalar() == 2


def test_a_sensitive_product_is_proposed_because_she_named_it(byleave: Byleave) -> None:
    byleave.product("coffee", price={"amount": "18.50", "currency": "EUR"}, sensitive=True)
    a_buyer(byleave, MEI)
    assert [one["product_id"] for one in byleave.proposes()["proposed"]] == ["coffee"]


def test_the_key_of_another_call_is_refused(shop: Byleave) -> None:
    headers = {"Idempotency-Key": "propose-it"}
    path = "/v1/standing-orders/propose"
    assert shop.http.post(path, json={}, headers=headers).is_success
    answer = shop.http.post(path, json={"limit": 7}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert shop.http.post(path, json={"cursor": "x"}).json()["errors"][0]["path"] == "cursor"


def test_the_command_proposes_for_all_or_for_one(database_url: str, command_line: CommandLine) -> None:
    with Byleave(settings_for(database_url)) as shop:
        shop.product("coffee", price={"amount": "18.50", "currency": "EUR"})
        for name in ("anna", "bea"):
            a_buyer(shop, name)
    for words, kind, names in (
        (("--customer", "bea"), "proposed", ["bea"]),
        ((), "proposed", ["anna"]),
        ((), "held_back", ["anna", "bea"]),
    ):
        result = command_line("standing-orders", *words)
        assert result.exit_code == 0, result.output
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [line[kind]["customer_id"] for line in lines if kind in line] == names


def test_the_checkout_is_told_whether_a_proposal_still_stands(shop: Byleave) -> None:
    def told(customer_id: str) -> str | None:
        asked = {"customer_id": customer_id, "purpose": "standing_orders", "field": "purchases.product"}
        answer = shop.http.post("/v1/decisions", json={"requests": [asked | {"item": "coffee"}]})
        because: str | None = answer.json()["decisions"][0]["because"]
        return because

    for name in ("anna", "bea", "cleo"):
        a_buyer(shop, name)
    consent_id = shop.orders_regularly("dora", "coffee", uses=1)
    for day in ("2026-03-01", "2026-04-04", "2026-05-08"):
        shop.bought("dora", "coffee", when=f"{day}T10:00:00Z")
    assert len(shop.proposes()["proposed"]) == 4
    assert (told("anna"), told("dora")) == ("single_use", "consumed")

    shop.objects("anna", "profiling")
    shop.withdraws_all("bea")
    shop.objects("cleo", "restriction")
    shop.withdraws("dora", consent_id)
    assert [told(name) for name in ("anna", "bea", "cleo", "dora")] == [
        *("objected", "withdrawn", "restricted", "withdrawn")
    ]
