"""P11: a key does what its scopes say, and nothing else; everybody else gets 401, 403 or 404 without a hint."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine
from sqlmodel import SQLModel

from service.callers import Scope
from service.ids import new_id
from tests.byleave import ADMIN_KEY, Byleave
from tests.conftest import settings_for
from tests.promises.calls import (
    ANNA,
    ANY_KEY,
    CONSENT_ID,
    NOTICE_ID,
    OBJECTION_ID,
    OPEN,
    ROUTES,
    a_key,
    assert_shut_out,
    bearer,
    call,
    was_let_in,
)

FILLED_IN = {
    "customer_id": "anna",
    "product_id": "ink",
    "tip_id": "care",
    "rule_id": "note",
    "task_id": "tsk_1",
    "message_id": "note",
    "consent_id": CONSENT_ID,
    "objection_id": OBJECTION_ID,
    "notice_id": NOTICE_ID,
    "event_id": "e-1",
    "outreach_id": "out_1",
}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("ink")
    return byleave


def test_these_are_all_the_routes_there_are(byleave: Byleave) -> None:
    served = {
        (method, (route.path or "").format(**FILLED_IN))
        for route in iter_route_contexts(byleave.app.routes)
        for method in (route.methods or {"GET"})
    }
    assert {route for route in served if route[1] not in OPEN} == set(ROUTES)
    assert {path for _, path in served} >= OPEN


def test_only_the_open_routes_answer_without_a_key(shop: Byleave) -> None:
    for path in OPEN - {"/docs/assets"}:
        assert shop.http.get(path, headers={"Authorization": ""}).status_code == 200
    assert shop.http.get("/docs/assets/favicon.png", headers={"Authorization": ""}).status_code == 200
    for method, path in ROUTES:
        assert_shut_out(call(shop, method, path, {"Authorization": ""}))


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000, b" " * 6_000_000])
def test_who_is_calling_is_asked_before_the_body_is_read(byleave: Byleave, body: bytes) -> None:
    for method, path in ROUTES:
        if method in ("POST", "PUT"):
            for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}):
                asked = byleave.http.request(
                    method, path, content=body, headers={"Authorization": ""} | headers
                )
                assert_shut_out(asked)


def test_nothing_is_taken_from_a_sender_who_has_no_key(byleave: Byleave) -> None:
    taken: list[bytes] = []

    async def receive() -> dict[str, Any]:
        taken.append(b"{")
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(message: Any) -> None:
        answered.append(message)

    answered: list[Any] = []
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/events", "headers": headers, "query_string": b""}
    asyncio.run(byleave.app(scope, receive, send))
    assert answered[0]["status"] == 401
    assert (b"connection", b"close") in answered[0]["headers"]
    assert taken == []


def _wrong_keys(byleave: Byleave) -> Iterator[str]:
    one, other = a_key(byleave, *Scope), a_key(byleave, *Scope)
    (one_id, one_secret), (other_id, _) = one.split("."), other.split(".")
    yield from ("", " ", ".", "..", "nonsense", "null", "admin", "a" * 8_000)
    yield from (ADMIN_KEY[:-1], ADMIN_KEY + "x", ADMIN_KEY.upper(), f"admin.{ADMIN_KEY}")
    yield from (one_id, one_secret, f"{one_id}.", f".{one_secret}", f"{one_id}.wrong")
    yield from (f"{other_id}.{one_secret}", f"{new_id('blk')}.{one_secret}", f"{one}x", f"{one}.{one_secret}")
    yield from (one.lower(), f"{one_id}.{one_secret[:-1]}", f"{one_id} .{one_secret}", f"' OR 1=1 --.{one}")
    revoked = a_key(byleave, *Scope)
    assert byleave.app.state.keys.revoke(revoked.split(".")[0])
    yield revoked


def test_a_key_that_is_not_exactly_right_opens_nothing(shop: Byleave) -> None:
    answers = {shop.http.get("/v1/purposes", headers=bearer(key)).content for key in _wrong_keys(shop)}
    assert len(answers) == 1, "the answer gives no hint how near a key is"
    for key in _wrong_keys(shop):
        assert_shut_out(shop.http.get("/v1/purposes", headers=bearer(key)))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer \xc3\xa9" + b"\xff" * 40,
        b"Basic " + ADMIN_KEY.encode(),
        b"Token " + ADMIN_KEY.encode(),
        ADMIN_KEY.encode(),
        b"Bearer: " + ADMIN_KEY.encode(),
        b"Bearer " + ADMIN_KEY.encode() + b", Bearer x",
        b"Bearer " + b"x" * 60_000,
        b"Bearer blk_\x80.\x81",
    ],
    ids=lambda header: repr(header[:14]),
)
def test_a_header_that_is_not_a_bearer_key_opens_nothing(byleave: Byleave, header: bytes) -> None:
    assert_shut_out(byleave.http.get("/v1/purposes", headers={b"Authorization": header}))


def test_the_scheme_may_be_written_in_any_case(byleave: Byleave) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        header = {"Authorization": f"{scheme} {ADMIN_KEY}"}
        assert byleave.http.get("/v1/purposes", headers=header).status_code == 200


def test_of_two_headers_the_second_opens_nothing(byleave: Byleave) -> None:
    headers = [("Authorization", "Bearer wrong"), ("Authorization", f"Bearer {ADMIN_KEY}")]
    request = httpx.Request("GET", "http://testserver/v1/purposes", headers=headers)
    assert_shut_out(byleave.http.send(request))


def test_a_key_elsewhere_than_in_the_header_opens_nothing(byleave: Byleave) -> None:
    for key in (ADMIN_KEY, a_key(byleave, *Scope)):
        answer = byleave.http.get(
            "/v1/purposes",
            params={"access_token": key, "key": key},
            headers={"Authorization": "", "X-Api-Key": key, "Cookie": f"Authorization=Bearer {key}"},
        )
        assert_shut_out(answer)


# Of the database it asks for the key alone, as all of these tests do.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_does_what_its_scope_says_and_nothing_else(shop: Byleave, scope: Scope) -> None:
    consent_id = shop.allows("anna", "purchases")
    key = bearer(a_key(shop, scope))
    for (method, path), needed in ROUTES.items():
        objection_id = shop.objects("anna", "marketing")
        answer = call(shop, method, path, key, consent_id, objection_id=objection_id)
        if path == "/v1/tokens" and needed == scope:
            assert "consents:read" in answer.json()["detail"], "it can give only what it has"
        if needed in (scope.value, ANY_KEY) and path != "/v1/tokens":
            assert was_let_in(answer), (method, path, answer.text)
            continue
        assert answer.status_code == 403, (method, path)
        if method != "HEAD":
            assert answer.json()["code"] == "scope_missing"
            missing = set(needed.split()) - {scope.value}
            assert all(one in answer.json()["detail"] for one in missing)


def test_a_key_without_scopes_does_next_to_nothing(shop: Byleave) -> None:
    key = bearer(a_key(shop))
    for (method, path), needed in ROUTES.items():
        assert call(shop, method, path, key).status_code == (200 if needed == ANY_KEY else 403)


def test_the_admin_key_does_everything(shop: Byleave) -> None:
    consent_id = shop.allows("anna", "purchases")
    objection_id = shop.objects("anna", "marketing")
    for method, path in ROUTES:
        answer = call(shop, method, path, bearer(ADMIN_KEY), consent_id, objection_id=objection_id)
        assert was_let_in(answer), (method, path)


def test_a_scope_that_only_a_newer_release_knows_neither_helps_nor_hurts(
    shop: Byleave, engine: Engine
) -> None:
    key = a_key(shop, Scope.CATALOGUE_READ)
    with engine.begin() as connection:
        table = SQLModel.metadata.tables["api_keys"]
        connection.execute(table.update().values(scopes=["catalogue:read", "moon:write"]))
    assert shop.http.get("/v1/products/ink", headers=bearer(key)).status_code == 200
    assert call(shop, "POST", "/v1/events", bearer(key)).status_code == 403


def test_who_is_shut_out_does_not_learn_who_exists(shop: Byleave) -> None:
    consent_id = shop.allows("anna", "purchases")
    shop.bought("anna", "ink")
    keys = {401: {"Authorization": ""}, 403: bearer(a_key(shop, Scope.EVENTS_WRITE))}
    for status, headers in keys.items():
        for (method, path), needed in ROUTES.items():
            if needed in (ANY_KEY, Scope.EVENTS_WRITE):
                continue
            known = call(shop, method, path, headers, consent_id)
            unknown = call(shop, method, path, headers, customer="nobody", product="nothing")
            assert known.status_code == unknown.status_code == status
            assert known.content == unknown.content
            assert sorted(known.headers.items()) == sorted(unknown.headers.items())


def test_somebody_elses_consent_is_like_one_that_does_not_exist(shop: Byleave) -> None:
    bens = shop.allows("ben", "purchases")
    answers = [shop.http.post(f"{ANNA}/consents/{one}/withdraw") for one in (bens, "con_1")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_who_is_shut_out_changes_nothing(shop: Byleave, engine: Engine) -> None:
    consent_id = shop.allows("anna", "purchases")
    reader = bearer(a_key(shop, Scope.CATALOGUE_READ))
    before = _everything_stored(engine)
    for method, path in ROUTES:
        if method in ("PUT", "POST", "DELETE"):
            call(shop, method, path, {"Authorization": ""}, consent_id)
            call(shop, method, path, reader, consent_id)
    assert _everything_stored(engine) == before


def test_what_is_stored_of_a_key_does_not_open_anything(byleave: Byleave, engine: Engine) -> None:
    key = a_key(byleave, *Scope)
    key_id, secret = key.split(".")
    stored = _everything_stored(engine)
    assert key_id in stored
    assert secret not in stored
    assert ADMIN_KEY not in stored
    with engine.connect() as connection:
        (row,) = connection.execute(SQLModel.metadata.tables["api_keys"].select()).mappings()
    for stolen in (row["secret_hash"], f"{key_id}.{row['secret_hash']}"):
        assert_shut_out(byleave.http.get("/v1/purposes", headers=bearer(stolen)))


def test_a_revoked_key_opens_nothing_from_the_next_request_on_at_any_worker(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as one, Byleave(settings_for(database_url)) as other:
        key = bearer(a_key(one, *Scope))
        assert other.http.get("/v1/purposes", headers=key).status_code == 200
        assert one.app.state.keys.revoke(key["Authorization"].removeprefix("Bearer ").split(".")[0])
        for worker in (one, other):
            assert_shut_out(worker.http.get("/v1/purposes", headers=key))


def test_a_key_is_revoked_once(byleave: Byleave) -> None:
    key_id = a_key(byleave, *Scope).split(".")[0]
    assert [byleave.app.state.keys.revoke(one) for one in (key_id, key_id, "blk_1")] == [True, False, False]


def _everything_stored(engine: Engine) -> str:
    with engine.connect() as connection:
        return "\n".join(
            str(sorted(str(tuple(row)) for row in connection.execute(table.select())))
            for table in SQLModel.metadata.sorted_tables
        )
