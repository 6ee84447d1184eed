"""Receipts over HTTP: issued to her, verified by us, and refused as soon as one byte is another."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from service.settings import Clock
from service.signing import SignedKind, Signing
from tests.builders import a_moment
from tests.byleave import ADMIN_KEY, Byleave
from tests.conftest import settings_for


def receipt_of(byleave: Byleave, customer_id: str, consent_id: str) -> dict[str, Any]:
    answer = byleave.http.get(f"/v1/customers/{customer_id}/consents/{consent_id}/receipt")
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def verdict(byleave: Byleave, receipt: Any, record: Any) -> tuple[bool, str | None]:
    answer = byleave.http.post("/v1/receipts/verify", json={"receipt": receipt, "record": record})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"valid", "because"}
    return told["valid"], told["because"]


@pytest.fixture
def held(byleave: Byleave) -> dict[str, Any]:
    consent_id = byleave.allows("anna", "purchases.product", "devices", method="checkbox", locale="en")
    byleave.withdraws("anna", consent_id)
    return receipt_of(byleave, "anna", consent_id)


def test_a_receipt_is_genuine_and_tells_of_the_withdrawal(byleave: Byleave, held: dict[str, Any]) -> None:
    assert verdict(byleave, held["receipt"], held["record"]) == (True, None)
    record = held["record"]["dct:hasPart"]
    assert record["byleave:state"] == "withdrawn"
    kinds = [event["byleave:entry"]["kind"] for event in record["dpv:hasConsentStatus"]]
    assert kinds == ["given", "withdrawn"]


def test_it_has_the_hashes_of_her_history(byleave: Byleave, held: dict[str, Any]) -> None:
    history = byleave.http.get("/v1/customers/anna/consents/history").json()["events"]
    told = held["record"]["dct:hasPart"]["dpv:hasConsentStatus"]
    assert [event["byleave:hash"] for event in told] == [event["hash"] for event in history]


def test_a_record_is_compared_by_what_it_says_not_by_how_it_is_spaced(
    byleave: Byleave, held: dict[str, Any]
) -> None:
    reordered = json.loads(json.dumps(dict(reversed(held["record"].items())), indent=2))
    assert verdict(byleave, held["receipt"], reordered) == (True, None)


def test_a_change_anywhere_in_the_record_is_refused(byleave: Byleave, held: dict[str, Any]) -> None:
    tried = 0
    for changed in each_changed_once(held["record"]):
        assert verdict(byleave, held["receipt"], changed) == (False, "record_differs")
        tried += 1
    assert tried > 80, "every value and every name was changed once"


def each_changed_once(value: Any) -> list[Any]:
    """Copies of `value`, each with one name or one value in it changed."""
    if isinstance(value, dict):
        found = [{name: part for name, part in value.items() if name != gone} for gone in value]
        for name, part in value.items():
            found += [value | {name: other} for other in each_changed_once(part)]
        return found
    if isinstance(value, list):
        return [
            [*value[:place], other, *value[place + 1 :]]
            for place, part in enumerate(value)
            for other in each_changed_once(part)
        ]
    return [f"{value}x" if isinstance(value, str) else "x"]


def test_a_change_in_the_signed_part_is_refused(byleave: Byleave, held: dict[str, Any]) -> None:
    header, payload, signature = held["receipt"].split(".")
    other = "A" if signature[5] != "A" else "B"
    assert verdict(byleave, f"{header}.{payload}.{signature[:5]}{other}{signature[6:]}", held["record"]) == (
        False,
        "wrong_signature",
    )
    assert verdict(byleave, f"{header}.{payload[4:]}.{signature}", held["record"])[0] is False
    assert verdict(byleave, f"{header}.{payload}", held["record"]) == (False, "malformed")
    assert verdict(byleave, "", held["record"]) == (False, "malformed")


def test_another_consents_receipt_is_no_proof(byleave: Byleave, held: dict[str, Any]) -> None:
    other = receipt_of(byleave, "anna", byleave.allows("anna", "browsing"))
    assert verdict(byleave, held["receipt"], other["record"]) == (False, "record_differs")
    assert verdict(byleave, held["receipt"], {}) == (False, "record_differs")
    assert verdict(byleave, held["receipt"], {"a": 2**60}) == (False, "record_differs")


def test_what_was_signed_as_something_else_is_no_receipt(
    byleave: Byleave, engine: Engine, held: dict[str, Any]
) -> None:
    signing = Signing(engine, Clock(a_moment()), ADMIN_KEY)
    checkpoint = signing.sign(SignedKind.CHECKPOINT, b"{}")
    assert verdict(byleave, checkpoint, {}) == (False, "malformed")


def test_a_receipt_of_another_service_has_an_unknown_key(
    byleave: Byleave, engine: Engine, held: dict[str, Any]
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM signing_keys")
    assert verdict(byleave, held["receipt"], held["record"]) == (False, "unknown_key")


def test_it_stays_valid_after_a_rotation_and_with_another_admin_key(
    byleave: Byleave, database_url: str, held: dict[str, Any]
) -> None:
    byleave.app.state.signing.rotate()
    assert verdict(byleave, held["receipt"], held["record"]) == (True, None)
    other_key = "another-admin-key-of-the-tests-9876543210"
    with Byleave(settings_for(database_url, admin_key=other_key)) as changed:
        changed.http.headers["Authorization"] = f"Bearer {other_key}"
        assert verdict(changed, held["receipt"], held["record"]) == (True, None)
        again = receipt_of(changed, "anna", changed.allows("anna", "devices"))
        assert verdict(changed, again["receipt"], again["record"]) == (True, None)


def test_what_the_settings_state_of_the_controller_is_in_it(database_url: str) -> None:
    stated = {
        "controller_name": "Example Shop Ltd",
        "controller_address": "1 Market Street, Dublin",
        "controller_contact": "privacy@shop.example",
        "jurisdiction": "IE",
        "storage_location": "Ireland",
        "retention": "400 days",
        "recipients": "none",
        "withdrawal": "https://shop.example/permissions",
    }
    with Byleave(settings_for(database_url, **stated)) as byleave:
        record = receipt_of(byleave, "anna", byleave.allows("anna", "purchases"))["record"]
    told = json.dumps(record)
    assert "not stated" not in told.replace('"dpv:hasIndicationMethod": "not stated"', "").replace(
        '"dpv:hasIdentifier": "not stated"', ""
    )
    for value in stated.values():
        assert json.dumps(value) in told


def test_of_somebody_elses_consent_or_none_there_is_no_receipt(byleave: Byleave) -> None:
    bens = byleave.allows("ben", "purchases")
    for consent_id in (bens, "con_1"):
        answer = byleave.http.get(f"/v1/customers/anna/consents/{consent_id}/receipt")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_consent")


def test_she_fetches_her_own_receipt_with_her_token(byleave: Byleave) -> None:
    consent_id = byleave.allows("anna", "purchases")
    body = {"customer_id": "anna", "scopes": ["consents:read"]}
    token = byleave.http.post("/v1/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/v1/customers/anna/consents/{consent_id}/receipt"
    assert byleave.http.get(path, headers=headers).status_code == 200
    assert byleave.http.get(path.replace("anna", "ben"), headers=headers).status_code == 403
    # Receipts of anybody are checked by the shop, or offline by everybody.
    answer = byleave.http.post("/v1/receipts/verify", headers=headers, json={"receipt": "", "record": {}})
    assert answer.json()["code"] == "not_for_customers"
