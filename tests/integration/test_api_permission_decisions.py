"""Decisions for the shop's other services: the rule over HTTP, for many questions at once."""

from typing import Any

import httpx
import pytest
from sqlalchemy import event

from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from service.callers import Scope
from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.promises.calls import a_key, bearer

HER = "anna"
ASK = {"customer_id": HER, "purpose": "recommendations", "field": "purchases.product"}


def ask(shop: Byleave, *requests: dict[str, Any], **headers: str) -> httpx.Response:
    body = {"requests": [ASK | request for request in requests]}
    return shop.http.post("/v1/decisions", json=body, headers=headers)


def because(shop: Byleave, **request: Any) -> str | None:
    (decision,) = ask(shop, request).json()["decisions"]
    assert decision["permitted"] is (decision["because"] is None) is (decision["consent_id"] is not None)
    told: str | None = decision["because"]
    return told


def test_what_is_permitted_names_the_consent_and_its_end(byleave: Byleave) -> None:
    consent = byleave.allows(HER, "purchases", expires_at="2026-07-01T00:00:00Z")
    assert ask(byleave, {}).json()["decisions"] == [
        {
            "permitted": True,
            "because": None,
            "consent_id": consent,
            "expires_at": "2026-07-01T00:00:00Z",
            "uses_left": None,
        }
    ]


def test_unknown_means_no_for_every_purpose_and_field(byleave: Byleave) -> None:
    points = [{"purpose": purpose, "field": field} for purpose in PURPOSE_CODES for field in FIELD_CODES]
    decisions = ask(byleave, *points).json()["decisions"]
    assert {(one["permitted"], one["because"]) for one in decisions} == {(False, "not_asked")}
    assert len(decisions) == len(points)
    assert because(byleave, purpose="resale") == "unknown_purpose"
    assert because(byleave, field="purchases.colour") == "unknown_field"
    assert because(byleave, field="purchases") == "unknown_field"


def test_what_is_narrowed_does_not_permit_what_is_left_open(byleave: Byleave) -> None:
    byleave.product("ink", category="supplies")
    byleave.product("pills", category="health", sensitive=True)
    byleave.allows(HER, "purchases", channels=["email"], items={"products": ["ink"], "orders": ["o-1"]})
    assert because(byleave) == "out_of_scope"
    assert because(byleave, channel="email") == "out_of_scope"
    assert because(byleave, item="ink") == "out_of_scope"
    assert because(byleave, channel="email", item="ink") is None
    assert because(byleave, channel="email", item="o-1") is None
    assert because(byleave, channel="email", item="pills") == "out_of_scope"
    assert because(byleave, channel="web", item="ink") == "out_of_scope"
    byleave.allows(HER, "purchases")
    assert because(byleave) is None
    assert because(byleave, item="pills") == "sensitive"


def test_what_is_known_of_a_datum_can_be_told_whole(byleave: Byleave) -> None:
    byleave.product("ink", category="supplies")
    byleave.product("pills", sensitive=True)
    narrowed = {"items": {"except": ["o-1", "paper"]}, "data_from": "2026-03-01T00:00:00Z"}
    byleave.allows(HER, "purchases", **narrowed)
    ink = {"product": "ink", "order": "o-2", "date": "2026-03-03T00:00:00Z"}
    assert because(byleave, item="ink") == "out_of_scope"
    assert because(byleave, item=ink) is None
    assert because(byleave, item=ink | {"order": None}) is None
    for other in (
        {"order": "o-1"},
        {"product": "paper"},
        {"date": "2026-02-28T00:00:00Z"},
        {"date": None},
    ):
        assert because(byleave, item=ink | other) == "out_of_scope"
    assert because(byleave, item={name: ink[name] for name in ("product", "date")}) == "out_of_scope"
    assert because(byleave, item=ink | {"product": "pills"}) == "sensitive"
    assert because(byleave, item=ink | {"product": None}) is None
    assert ask(byleave, {"item": ink | {"colour": "red"}}).status_code == 422


def test_a_part_that_is_denied_denies_the_whole_that_is_asked_for(byleave: Byleave) -> None:
    byleave.product("ink")
    byleave.allows(HER, "purchases")
    byleave.decides(HER, "withdrawn", "recommendations", "purchases", items={"orders": ["o-1"]})
    assert because(byleave) == "withdrawn"
    assert because(byleave, item="o-1") == "withdrawn"
    assert because(byleave, item="o-2") is None
    assert because(byleave, item="ink") == "withdrawn", "it may be of that order"


def test_an_objection_is_told_first(byleave: Byleave) -> None:
    byleave.allows(HER, "purchases")
    byleave.decides(HER, "withdrawn", "recommendations", "purchases")
    byleave.objects(HER, "profiling")
    assert because(byleave) == "objected"


def test_a_counted_grant_is_single_use_until_it_is_consumed(byleave: Byleave) -> None:
    consent = byleave.allows(HER, "purchases", uses=2)
    assert because(byleave) == "single_use"
    key = {"Idempotency-Key": "first"}
    first = ask(byleave, {"consume": True}, **key).json()["decisions"]
    assert (first[0]["permitted"], first[0]["consent_id"], first[0]["uses_left"]) == (True, consent, 1)
    assert ask(byleave, {"consume": True}, **key).json()["decisions"] == first
    both = ask(byleave, {"consume": True}, {"consume": True}, **{"Idempotency-Key": "two"}).json()
    assert [one["because"] for one in both["decisions"]] == [None, "consumed"]
    assert because(byleave) == "consumed"


def test_questions_about_several_customers_are_answered_in_their_order(byleave: Byleave) -> None:
    hers, bens = (byleave.allows(customer_id, "purchases", uses=1) for customer_id in (HER, "ben"))
    hers_again, bens_again = {"consume": True}, {"customer_id": "ben", "consume": True}
    key = {"Idempotency-Key": "k"}
    decisions = ask(byleave, hers_again, bens_again, {"customer_id": "carl"}, bens_again, hers_again, **key)
    assert [(one["consent_id"], one["because"]) for one in decisions.json()["decisions"]] == [
        (hers, None),
        (bens, None),
        (None, "not_asked"),
        (None, "consumed"),
        (None, "consumed"),
    ]


def test_a_ledger_is_opened_once_however_many_questions_are_about_it(byleave: Byleave) -> None:
    byleave.allows(HER, "purchases", uses=100)

    def statements(questions: int) -> int:
        sent: list[str] = []
        engine = byleave.app.state.engine
        event.listen(engine, "before_cursor_execute", note := lambda *told: sent.append(told[2]))
        answer = ask(byleave, *[{"consume": True}] * questions, **{"Idempotency-Key": f"{questions}"})
        event.remove(engine, "before_cursor_execute", note)
        assert all(one["permitted"] for one in answer.json()["decisions"])
        return len([one for one in sent if "FROM consent_events" in one])

    assert statements(40) == statements(2)


def test_a_repeated_call_does_not_permit_what_was_withdrawn_since(byleave: Byleave) -> None:
    consent = byleave.allows(HER, "purchases", uses=2)
    key = {"Idempotency-Key": "first"}
    assert ask(byleave, {"consume": True}, **key).json()["decisions"][0]["permitted"]
    byleave.withdraws(HER, consent)
    assert ask(byleave, {"consume": True}, **key).json()["decisions"][0]["because"] == "withdrawn"


def test_a_standing_consent_is_used_before_a_counted_one(byleave: Byleave) -> None:
    byleave.allows(HER, "purchases", uses=1)
    standing = byleave.allows(HER, "purchases")
    decision = ask(byleave, {"consume": True}, **{"Idempotency-Key": "k"}).json()["decisions"][0]
    assert (decision["consent_id"], decision["uses_left"]) == (standing, None)


def test_to_consume_takes_a_key_and_the_scope_to_write(byleave: Byleave) -> None:
    byleave.allows(HER, "purchases", uses=1)
    without = ask(byleave, {"consume": True})
    assert (without.status_code, without.json()["code"]) == (422, "idempotency_key_required")
    reader = bearer(a_key(byleave, Scope.CONSENTS_READ))
    refused = ask(byleave, {"consume": True}, **reader, **{"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert because(byleave) == "single_use"


def test_as_it_was_at_a_past_moment(database_url: str) -> None:
    with Byleave(settings_for(database_url, now="2026-06-01T09:00:00Z")) as shop:
        consent = shop.allows(HER, "purchases")
    with Byleave(settings_for(database_url, now="2026-06-05T09:00:00Z")) as shop:
        shop.withdraws(HER, consent)
    with Byleave(settings_for(database_url)) as shop:
        told = [because(shop, at=f"2026-06-0{day}T12:00:00Z") for day in (1, 4, 5)]
        assert told == [None, None, "withdrawn"]
        assert because(shop, at="2026-05-31T12:00:00Z") == "not_asked"
        path = f"/v1/customers/{HER}/consents"
        listed = {
            day: [one["state"] for one in shop.http.get(path, params={"as_of": day}).json()["consents"]]
            for day in ("2026-05-31T12:00:00Z", "2026-06-04T12:00:00Z", "2026-06-05T12:00:00Z")
        }
        assert list(listed.values()) == [[], ["given"], ["withdrawn"]]


@pytest.mark.parametrize(
    ("request_", "code", "path"),
    [
        ({"at": "2126-01-01T00:00:00Z"}, "in_the_future", "requests.0.at"),
        ({"at": "2026-06-01T00:00:00Z", "consume": True}, "invalid_request", "requests.0.at"),
        ({"customer_id": "a b"}, "invalid_request", "requests.0.customer_id"),
        ({"colour": "red"}, "invalid_request", "requests.0.colour"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(
    byleave: Byleave, request_: dict[str, Any], code: str, path: str
) -> None:
    answer = ask(byleave, request_, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["path"] == path


def test_the_future_is_not_listed(byleave: Byleave) -> None:
    answer = byleave.http.get(f"/v1/customers/{HER}/consents", params={"as_of": "2126-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "in_the_future")


def test_a_repeated_call_permits_no_more_than_it_used_up(byleave: Byleave) -> None:
    byleave.allows(HER, "purchases", uses=1)
    key = {"Idempotency-Key": "k"}
    both = [{"consume": True}, {"consume": True}]
    first = ask(byleave, *both, **key).json()["decisions"]
    assert [one["permitted"] for one in first] == [True, False]
    again = ask(byleave, *both, **key).json()["decisions"]
    assert [(one["permitted"], one["because"]) for one in again] == [(True, None), (False, "consumed")]


def test_a_repeated_call_that_used_nothing_permits_nothing_by_a_later_grant(byleave: Byleave) -> None:
    key = {"Idempotency-Key": "k"}
    assert not ask(byleave, {"consume": True}, **key).json()["decisions"][0]["permitted"]
    byleave.allows(HER, "purchases", uses=1)
    again = ask(byleave, {"consume": True}, **key).json()["decisions"][0]
    assert (again["permitted"], again["because"]) == (False, "single_use")


def test_a_grant_that_took_the_place_of_the_used_one_is_not_used_by_a_repetition(byleave: Byleave) -> None:
    used = byleave.allows(HER, "purchases", uses=1)
    key = {"Idempotency-Key": "k"}
    assert ask(byleave, {"consume": True}, **key).json()["decisions"][0]["consent_id"] == used
    byleave.withdraws(HER, used)
    byleave.allows(HER, "purchases", uses=1)
    assert not ask(byleave, {"consume": True}, **key).json()["decisions"][0]["permitted"]
