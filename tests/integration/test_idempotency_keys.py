"""`Idempotency-Key`: a call is done once however often it is sent, and no repetition tells what was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from service.auth import Scope
from service.db.service_tables import IdempotencyKey
from tests.byleave import Byleave

ANNA = "/v1/customers/anna"
KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
GIVEN = {"decisions": [{"decision": "given", "purpose": "recommendations", "data": ["purchases", "devices"]}]}
SALE = {
    "id": "sale-1",
    "type": "purchase",
    "customer_id": "anna",
    "product_id": "ink",
    "occurred_at": "2026-06-01T00:00:00Z",
}


def consent(byleave: Byleave, **headers: str) -> httpx.Response:
    return byleave.http.post(f"{ANNA}/consents", json=GIVEN, headers=KEY | headers)


def consents(byleave: Byleave) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = byleave.http.get(f"{ANNA}/consents").json()["consents"]
    return found


def history(byleave: Byleave) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = byleave.http.get(f"{ANNA}/consents/history").json()["events"]
    return found


def keys_kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(IdempotencyKey)).scalar_one()


def assert_reused(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert answer.json()["errors"][0]["path"] == "Idempotency-Key"


def test_decisions_that_are_sent_twice_are_recorded_once(byleave: Byleave) -> None:
    first, second = consent(byleave), consent(byleave)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(history(byleave)) == 1


def test_without_a_key_each_call_is_a_new_one(byleave: Byleave) -> None:
    for _ in range(2):
        assert byleave.http.post(f"{ANNA}/consents", json=GIVEN).status_code == 201
    assert len(history(byleave)) == 2


def test_a_repetition_after_a_withdrawal_tells_that_it_is_withdrawn(byleave: Byleave) -> None:
    (given,) = consent(byleave).json()["consents"]
    byleave.withdraws("anna", given["consent_id"])
    (again,) = consent(byleave).json()["consents"]
    assert again["consent_id"] == given["consent_id"]
    assert (again["state"], again["in_force"]) == ("withdrawn", [])
    assert len(history(byleave)) == 2
    assert byleave.suggestions("anna")["data_used"] == []


def test_the_key_of_another_caller_is_another_key(byleave: Byleave) -> None:
    _, other = byleave.app.state.keys.create("other", [Scope.CONSENTS_WRITE])
    mine = consent(byleave).json()["consents"]
    theirs = consent(byleave, Authorization=f"Bearer {other}").json()["consents"]
    assert theirs[0]["consent_id"] != mine[0]["consent_id"]
    assert len(history(byleave)) == 2


def test_the_key_of_another_caller_opens_nothing(byleave: Byleave) -> None:
    _, powerless = byleave.app.state.keys.create("powerless", [Scope.RECOMMENDATIONS_READ])
    consent(byleave)
    refused = consent(byleave, Authorization=f"Bearer {powerless}")
    assert refused.status_code == 403
    assert "con_" not in refused.text


def test_a_key_names_one_call(byleave: Byleave) -> None:
    byleave.product("ink")
    consent(byleave)
    bens = byleave.http.post("/v1/customers/ben/consents", json=GIVEN, headers=KEY)
    narrower = {"decisions": [GIVEN["decisions"][0] | {"data": ["devices"]}]}
    assert_reused(bens)
    assert_reused(byleave.http.post(f"{ANNA}/consents", json=narrower, headers=KEY))
    assert_reused(byleave.http.post(f"{ANNA}/consents/withdraw-all", headers=KEY))
    assert_reused(byleave.http.post("/v1/events", json={"events": [SALE]}, headers=KEY))
    assert_reused(byleave.http.put("/v1/products/ink", json={"title": "Ink"}, headers=KEY))
    assert byleave.http.get("/v1/customers/ben/consents").json()["consents"] == []
    assert len(history(byleave)) == 1


def test_the_same_json_in_other_words_is_the_same_call(byleave: Byleave) -> None:
    consent(byleave)
    reordered = (
        b'{ "decisions" : [{"data":["purchases","devices"],"purpose":"recommendations","decision":"given"}] }'
    )
    answer = byleave.http.post(
        f"{ANNA}/consents", content=reordered, headers=KEY | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 201
    assert len(history(byleave)) == 1


def test_quotes_around_a_key_do_not_make_it_another(byleave: Byleave) -> None:
    consent(byleave)
    consent(byleave, **{"Idempotency-Key": f'"{KEY["Idempotency-Key"]}"'})
    assert len(history(byleave)) == 1


@pytest.mark.parametrize(
    "key", ["", '"', '""', '"a', 'a"', "a\\b", "a\tb", "é", "x" * 256, '"' + "x" * 256 + '"']
)
def test_a_key_that_is_none_is_refused(byleave: Byleave, key: str) -> None:
    header = {b"Idempotency-Key": key.encode("latin-1")}
    answer = byleave.http.post(f"{ANNA}/consents", json=GIVEN, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["path"] == "Idempotency-Key"
    assert history(byleave) == []


def test_two_keys_in_one_call_are_refused(byleave: Byleave) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = byleave.http.post(f"{ANNA}/consents", json=GIVEN, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert history(byleave) == []


def test_the_longest_key_is_as_good_as_a_short_one(byleave: Byleave) -> None:
    longest = {"Idempotency-Key": "~" * 255}
    for _ in range(2):
        assert consent(byleave, **longest).status_code == 201
    assert len(history(byleave)) == 1


def test_withdrawing_again_by_the_same_key_takes_back_nothing_that_was_given_since(byleave: Byleave) -> None:
    given = byleave.allows("anna", "purchases")
    for path, key in ((f"consents/{given}/withdraw", "a"), ("consents/withdraw-all", "b")):
        call = f"{ANNA}/{path}", {"Idempotency-Key": key}
        first = byleave.http.post(call[0], headers=call[1])
        byleave.allows("anna", "purchases")
        events = len(history(byleave))
        again = byleave.http.post(call[0], headers=call[1])
        assert (first.status_code, again.status_code) == (200, 200)
        assert len(history(byleave)) == events
    assert [one["state"] for one in consents(byleave) if one["in_force"]] == ["given"]


def test_a_list_that_was_put_is_answered_again_as_it_is_now(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.allows("anna", "devices")
    empty = byleave.http.get(f"{ANNA}/devices").headers["ETag"]
    call = {"json": {"devices": [{"product_id": "printer"}]}, "headers": KEY | {"If-Match": empty}}
    first = byleave.http.put(f"{ANNA}/devices", **call)
    again = byleave.http.put(f"{ANNA}/devices", **call)
    assert (first.status_code, again.status_code) == (200, 200), "not 412: it is her own change"
    assert (again.headers["ETag"], again.json()) == (first.headers["ETag"], first.json())
    byleave.owns("anna", {"product_id": "printer", "since": "2026-01-01"})
    later = byleave.http.put(f"{ANNA}/devices", **call)
    assert later.json()["devices"][0]["since"] == "2026-01-01"
    byleave.withdraws_all("anna")
    assert byleave.http.put(f"{ANNA}/devices", **call).json() == {"devices": []}


def test_events_that_are_sent_twice_are_duplicates(byleave: Byleave) -> None:
    byleave.product("ink")
    for expected in ("held", "duplicate"):
        answer = byleave.http.post("/v1/events", json={"events": [SALE]}, headers=KEY)
        assert [one["status"] for one in answer.json()["results"]] == [expected]


def test_a_repetition_brings_in_no_event_that_was_not_stored_at_first(byleave: Byleave) -> None:
    call = {"json": {"events": [SALE]}, "headers": KEY}
    assert byleave.http.post("/v1/events", **call).json()["results"][0]["because"] == "unknown_product"
    byleave.product("ink")
    (again,) = byleave.http.post("/v1/events", **call).json()["results"]
    assert (again["status"], again["because"]) == ("rejected", "repeated_call")
    (new,) = byleave.http.post("/v1/events", json={"events": [SALE]}).json()["results"]
    assert new["status"] == "held", "nothing had been stored"


def test_the_catalogue_is_written_once_and_answers_with_what_it_holds(byleave: Byleave) -> None:
    byleave.product("printer")
    calls: list[tuple[str, str, Any]] = [
        ("PUT", "/v1/products/ink", {"title": "Old"}),
        ("PUT", "/v1/products/ink/fits", {"devices": ["printer"]}),
        (
            "POST",
            "/v1/products/batch",
            {"products": [{"id": "ink", "title": "Old"}, {"id": "new", "title": "N"}]},
        ),
    ]

    def call(number: int) -> httpx.Response:
        method, path, body = calls[number]
        key = {"Idempotency-Key": f"catalogue-{number}"}
        return byleave.http.request(method, path, json=body, headers=key)

    first = [call(number) for number in range(3)]
    byleave.product("ink", "New", fits=[])
    again = [call(number) for number in range(3)]
    assert [answer.status_code for answer in first] == [201, 200, 200]
    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert (again[0].json()["title"], again[1].json()["devices"]) == ("New", [])
    assert first[2].json() == again[2].json() == {"created": 1, "replaced": 1}
    assert byleave.http.get("/v1/products/ink").json()["title"] == "New"


def test_what_was_refused_may_be_sent_again_by_the_same_key(byleave: Byleave, engine: Engine) -> None:
    byleave.product("printer")
    call = {"json": {"devices": [{"product_id": "printer"}]}, "headers": KEY | {"If-Match": "*"}}
    assert byleave.http.put(f"{ANNA}/devices", **call).json()["code"] == "not_permitted"
    assert keys_kept(engine) == 0
    byleave.allows("anna", "devices")
    assert byleave.http.put(f"{ANNA}/devices", **call).status_code == 200
    assert keys_kept(engine) == 1


def test_after_a_crash_before_the_commit_neither_effect_nor_key_is_there(
    byleave: Byleave, engine: Engine
) -> None:
    def crash(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("power is gone"))

    event.listen(byleave.app.state.engine, "commit", crash)
    assert consent(byleave).status_code == 503
    event.remove(byleave.app.state.engine, "commit", crash)
    assert (keys_kept(engine), history(byleave)) == (0, [])
    assert consent(byleave).status_code == 201
    assert (keys_kept(engine), len(history(byleave))) == (1, 1)


def test_twenty_at_once_with_one_key_make_one_consent(byleave: Byleave) -> None:
    answers = _at_once(20, lambda _: consent(byleave))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["consents"][0]["consent_id"] for answer in answers}) == 1
    assert len(history(byleave)) == 1


def test_twenty_at_once_with_one_key_and_two_bodies_do_one_of_them(byleave: Byleave) -> None:
    customers = ("anna", "ben")
    answers = _at_once(
        20,
        lambda number: byleave.http.post(
            f"/v1/customers/{customers[number % 2]}/consents", json=GIVEN, headers=KEY
        ),
    )
    assert sorted({answer.status_code for answer in answers}) == [201, 422]
    kept = [byleave.http.get(f"/v1/customers/{one}/consents").json()["consents"] for one in customers]
    assert sorted(len(one) for one in kept) == [0, 1]


def test_a_key_is_kept_for_a_day_and_then_it_is_a_new_one(byleave: Byleave, engine: Engine) -> None:
    consent(byleave)
    _age(engine, timedelta(hours=23))
    consent(byleave)
    assert len(history(byleave)) == 1
    _age(engine, timedelta(hours=2))
    consent(byleave)
    assert len(history(byleave)) == 2
    assert keys_kept(engine) == 1


def test_old_keys_go_when_new_ones_come_also_at_once(byleave: Byleave, engine: Engine) -> None:
    for number in range(30):
        consent(byleave, **{"Idempotency-Key": f"old-{number}"})
    _age(engine, timedelta(hours=25))
    answers = _at_once(16, lambda number: consent(byleave, **{"Idempotency-Key": f"new-{number}"}))
    assert {answer.status_code for answer in answers} == {201}
    assert keys_kept(engine) == 16


def test_of_a_call_nothing_is_kept_that_names_her(byleave: Byleave, engine: Engine) -> None:
    byleave.product("printer")
    byleave.allows("anna", "devices")
    devices = {"devices": [{"product_id": "printer"}]}
    byleave.http.put(f"{ANNA}/devices", json=devices, headers=KEY | {"If-Match": "*"})
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM idempotency_keys"))
    assert not any(word in str(row) for word in ("anna", "printer"))


def _at_once(number: int, call: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(number) as workers:
        return list(workers.map(call, range(number)))


def _age(engine: Engine, by: timedelta) -> None:
    """Let the keys have come so much earlier."""
    with engine.begin() as connection:
        rows = connection.execute(select(IdempotencyKey.__table__)).mappings().all()
        for row in rows:
            connection.execute(
                IdempotencyKey.__table__.update()
                .where(IdempotencyKey.__table__.c.key == row["key"])
                .values(created_at=row["created_at"] - by)
            )
