"""P11: a browser's token reads one customer, does what it was given, and ends; a forged one opens nothing."""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from service.callers import CUSTOMER_SCOPES, Scope
from service.tokens import TOKEN_TYPE
from tests.byleave import ADMIN_KEY, Byleave
from tests.conftest import settings_for
from tests.promises.calls import (
    ANNA,
    ANY_KEY,
    FOR_KEYS_ONLY,
    NOTICE_ID,
    ROUTES,
    a_key,
    assert_shut_out,
    bearer,
    call,
    was_let_in,
)

OPEN_TO_CUSTOMERS = {
    "/v1/recommendations",
    "/v1/purposes",
    "/v1/data-fields",
    "/v1/notices",
    f"/v1/notices/{NOTICE_ID}",
}
PATH = f"{ANNA}/recommendations"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("ink")
    return byleave


def ask_for_a_token(byleave: Byleave, customer: str, *scopes: str, **more: Any) -> httpx.Response:
    key = more.pop("key", ADMIN_KEY)
    body = {"customer_id": customer, "scopes": list(scopes or sorted(CUSTOMER_SCOPES))} | more
    return byleave.http.post("/v1/tokens", json=body, headers=bearer(key))


def a_token(byleave: Byleave, customer: str = "anna", *scopes: str, **more: Any) -> str:
    answer = ask_for_a_token(byleave, customer, *scopes, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def test_a_token_is_answered_with_whom_it_is_for_and_until_when(byleave: Byleave) -> None:
    answer = ask_for_a_token(byleave, "anna", "consents:write", "consents:read", "consents:read")
    told = answer.json()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (told["token_type"], told["customer_id"]) == ("Bearer", "anna")
    assert told["scopes"] == ["consents:read", "consents:write"]
    left = datetime.fromisoformat(told["expires_at"]) - byleave.app.state.events.clock.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer_id": "anna"},
        {"customer_id": "anna", "scopes": []},
        {"customer_id": "anna@shop.example", "scopes": ["consents:read"]},
        {"customer_id": ["anna", "ben"], "scopes": ["consents:read"]},
        {"customer_id": "anna", "scopes": ["consents:read"], "expires_in": 59},
        {"customer_id": "anna", "scopes": ["consents:read"], "expires_in": 3601},
        {"customer_id": "anna", "scopes": ["consents:read"], "expires_in": None},
        {"customer_id": "anna", "scopes": ["catalogue:write"]},
        {"customer_id": "anna", "scopes": ["tokens:create"]},
        {"customer_id": "anna", "scopes": ["consents:read", "events:write"]},
        {"customer_id": "anna", "scopes": ["*"]},
        {"customer_id": "anna", "scopes": "consents:read"},
        {"customer_id": "anna", "scopes": ["consents:read"], "sub": "ben"},
        {"customer_id": "anna", "scopes": ["consents:read"], "exp": 9999999999},
    ],
)
def test_no_token_is_made_for_what_no_customer_may_have(byleave: Byleave, body: Any) -> None:
    assert byleave.http.post("/v1/tokens", json=body).status_code == 422


def test_a_key_gives_only_what_it_has(byleave: Byleave) -> None:
    maker = a_key(byleave, Scope.TOKENS_CREATE, Scope.CONSENTS_READ)
    assert ask_for_a_token(byleave, "anna", "consents:read", key=maker).status_code == 201
    for scope in CUSTOMER_SCOPES - {Scope.CONSENTS_READ}:
        answer = ask_for_a_token(byleave, "anna", "consents:read", scope, key=maker)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert scope in answer.json()["detail"]


@pytest.mark.parametrize("scope", sorted(CUSTOMER_SCOPES))
def test_a_token_does_what_its_scope_says_for_one_customer(shop: Byleave, scope: str) -> None:
    consent_id = shop.allows("anna", "purchases")
    token = bearer(a_token(shop, "anna", scope))
    for (method, path), needed in ROUTES.items():
        objection_id = shop.objects("anna", "marketing")
        answer = call(shop, method, path, token, consent_id, objection_id=objection_id)
        is_hers = path.startswith(ANNA) and path not in FOR_KEYS_ONLY
        if (is_hers or path in OPEN_TO_CUSTOMERS) and needed in (scope, ANY_KEY):
            assert was_let_in(answer), (method, path, answer.text)
        else:
            assert answer.status_code == 403, (method, path)


def test_with_every_scope_a_token_still_opens_nothing_of_another_customer(shop: Byleave) -> None:
    shop.bought("anna", "ink")
    consent_id = shop.allows("anna", "purchases")
    token = bearer(a_token(shop, "ben"))
    for method, path in ROUTES:
        if path in OPEN_TO_CUSTOMERS and method in ("GET", "HEAD"):
            continue
        known = call(shop, method, path, token, consent_id)
        assert known.status_code == 403, (method, path)
        for nobody in ("nobody", "an%20na", "..", "%00", "a@b", "x" * 200):
            unknown = call(shop, method, path, token, customer=nobody)
            if path.startswith(ANNA) and nobody != "..":
                assert (unknown.status_code, unknown.content) == (403, known.content), (method, path, nobody)
                assert sorted(unknown.headers.items()) == sorted(known.headers.items())
    assert shop.http.get(f"{ANNA}/consents").json()["consents"][0]["state"] == "given"


def test_who_exists_makes_no_difference_to_the_work_either(shop: Byleave) -> None:
    """The same statements, and none about customers: so the time they take tells nothing."""
    shop.bought("anna", "ink")
    consent_id = shop.allows("anna", "purchases", "devices")
    maker = a_key(shop, *Scope)
    token = bearer(a_token(shop, "ben", key=maker))
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(shop.app.state.engine, "before_cursor_execute", note)
    for method, path in ROUTES:
        if not path.startswith(ANNA):
            continue
        work = []
        for customer in ("anna", "nobody", "an%20id%20that%20cannot%20be"):
            sent.clear()
            assert call(shop, method, path, token, consent_id, customer=customer).status_code == 403
            work.append(list(sent))
        assert work[0] == work[1] == work[2], (method, path)
        assert all("api_keys" in statement or statement.startswith("BEGIN") for statement in work[0])
    event.remove(shop.app.state.engine, "before_cursor_execute", note)


def test_her_own_id_elsewhere_in_the_request_opens_nothing(shop: Byleave) -> None:
    token = bearer(a_token(shop, "ben"))
    for query in ({"customer_id": "ben"}, {"customer_id": ["anna", "ben"]}):
        assert shop.http.get(PATH, params=query, headers=token).status_code == 403
    told = {"X-Customer-Id": "ben", "X-Original-URL": "/v1/customers/ben", "X-Rewrite-URL": "/v1/purposes"}
    assert shop.http.get(PATH, headers=token | told).status_code == 403
    for path in ("ben/../anna", "ben%2F..%2Fanna", "ben%2f%2e%2e%2fanna", "anna%2Fben", "ben;anna", "ben%00"):
        answer = shop.http.get(f"/v1/customers/{path}/recommendations", headers=token)
        assert answer.status_code in (403, 404), path


def test_where_no_data_would_be_touched_it_is_refused_all_the_same(shop: Byleave) -> None:
    token = bearer(a_token(shop, "ben"))
    for method, more in (("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"})):
        assert shop.http.request(method, PATH, headers=token | more).status_code == 403
    assert shop.http.get(PATH, params={"personalised": False}, headers=token).status_code == 403


def test_a_token_makes_no_token(shop: Byleave) -> None:
    answer = ask_for_a_token(shop, "anna", "consents:read", key=a_token(shop, "anna"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_for_customers")


def test_a_token_ends_with_its_time_to_the_second(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        tokens, clock = byleave.app.state.tokens, byleave.app.state.events.clock
        for seconds, status in ((3, 200), (0, 401), (-1, 401), (-3600, 401)):
            made = tokens.create("admin", "anna", CUSTOMER_SCOPES, timedelta(seconds=seconds))
            assert made.expires_at <= clock.now() + timedelta(seconds=max(seconds, 0))
            assert byleave.http.get(PATH, headers=bearer(made.token)).status_code == status, seconds


def test_a_token_ends_with_the_key_that_made_it_at_any_worker(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as one, Byleave(settings_for(database_url)) as other:
        maker = a_key(one, Scope.TOKENS_CREATE, Scope.RECOMMENDATIONS_READ)
        token = bearer(a_token(one, "anna", "recommendations:read", key=maker))
        assert other.http.get(PATH, headers=token).status_code == 200
        assert one.app.state.keys.revoke(maker.split(".")[0])
        for worker in (one, other):
            assert_shut_out(worker.http.get(PATH, headers=token))


def test_a_token_can_no_more_than_its_key_can_now(shop: Byleave, engine: Engine) -> None:
    maker = a_key(shop, Scope.TOKENS_CREATE, Scope.RECOMMENDATIONS_READ, Scope.CONSENTS_READ)
    token = bearer(a_token(shop, "anna", "recommendations:read", "consents:read", key=maker))
    with engine.begin() as connection:
        connection.execute(SQLModel.metadata.tables["api_keys"].update().values(scopes=["consents:read"]))
    assert shop.http.get(f"{ANNA}/consents", headers=token).status_code == 200
    assert shop.http.get(PATH, headers=token).status_code == 403


def test_another_admin_key_ends_all_tokens(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as before:
        token = bearer(a_token(before, "anna"))
        by_key = bearer(a_token(before, "anna", key=a_key(before, *Scope)))
    with Byleave(settings_for(database_url, admin_key="another-admin-key-of-the-tests-0123456789")) as after:
        for one in (token, by_key):
            assert_shut_out(after.http.get(PATH, headers=one))


# --- forged and confused ---------------------------------------------------------------------------


def _part(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signed(header: Any, claims: Any, secret: bytes) -> str:
    """As anybody can sign, whatever a library would say to such a header."""
    content = f"{_part(header)}.{_part(claims)}"
    return f"{content}.{_part(hmac.new(secret, content.encode(), sha256).digest())}"


def _opened(token: str) -> tuple[Any, Any, str]:
    header, claims, signature = token.split(".")
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    return read[0], read[1], signature


def _forged(byleave: Byleave) -> Iterator[str]:
    token = a_token(byleave, "ben")
    header, claims, signature = _opened(token)
    first, second, _ = token.split(".")
    hers = claims | {"sub": "anna"}
    for alg in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        None,
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        "EdDSA",
        1,
        ["HS256"],
    ):
        for sent in (signature, "", _part(b"")):
            yield f"{_part(header | {'alg': alg})}.{_part(hers)}.{sent}"
    yield f"{first}.{_part(hers)}.{signature}"
    yield from (
        f"{first}.{second}.",
        f"{first}.{second}",
        f"{first}.{second}.{signature}.x",
        f".{second}.{signature}",
    )
    yield from (
        f"{first}..{signature}",
        "..",
        "a.b.c",
        "e30.e30.e30",
        f"{first}.{second}.{signature[:-4]}AAAA",
    )
    yield from (f"{first}.{second}={signature}", f"{first}=.{second}.{signature}", token.swapcase())
    for guess in (b"", b"secret", ADMIN_KEY.encode(), sha256(ADMIN_KEY.encode()).digest(), b"\0" * 32):
        yield _signed(header, hers, guess)
        for key_from in ({"jwk": {"kty": "oct", "k": _part(guess)}}, {"jku": "https://evil.example/jwks"}):
            yield _signed(header | key_from, hers, guess)
    for kid in (
        "../../../../dev/null",
        "' OR 1=1 --",
        "/proc/self/environ",
        "http://127.0.0.1/",
        "\x00",
        7,
        None,
    ):
        yield _signed(header | {"kid": kid}, hers, b"")
    yield _signed(header | {"crit": ["b64"], "b64": False}, hers, b"")
    for critical in ([1], [None, "exp"], [["alg"]], {"alg": 1}, "alg", 7):
        yield _signed(header | {"crit": critical}, hers, b"")
    yield f"{_part(b'[' * 6000)}.{second}.{signature}"
    yield f"{_part(b'{' * 300)}.{second}.{signature}"
    yield f"{_part(bytes([255, 254]))}.{second}.{signature}"
    yield f"{first}.{'A' * 9_000}.{signature}"


def test_a_forged_token_opens_nothing_and_all_are_answered_alike(byleave: Byleave) -> None:
    answers = set()
    for forged in _forged(byleave):
        answer = byleave.http.get(PATH, headers=bearer(forged))
        assert_shut_out(answer)
        answers.add(answer.content)
    assert len(answers) == 1, "no hint what was wrong"


def _with_our_key(byleave: Byleave, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed with the very key of the service: what else is checked is seen only so."""
    key = byleave.app.state.tokens._key
    return jwt.encode({"alg": "HS256", "typ": TOKEN_TYPE} | header, claims, key, default_type=None)


def test_a_signature_is_not_all_that_is_asked_for(byleave: Byleave) -> None:
    _, good, _ = _opened(a_token(byleave, "anna"))
    assert byleave.http.get(PATH, headers=bearer(_with_our_key(byleave, {}, good))).status_code == 200
    wrong: list[dict[str, Any]] = [{name: None} for name in good]
    wrong += [{"iss": "other"}, {"aud": "other"}, {"aud": []}, {"exp": "9999999999"}, {"exp": float("inf")}]
    wrong += [
        {"iat": good["iat"] + 3600},
        {"nbf": good["iat"] + 3600},
        {"exp": True},
        {"sub": ""},
        {"sub": 7},
    ]
    wrong += [{"client_id": "blk_1"}, {"client_id": ""}, {"client_id": 7}, {"scope": ["consents:read"]}]
    for change in wrong:
        claims = {name: value for name, value in (good | change).items() if value is not None}
        token = _with_our_key(byleave, {}, claims)
        assert_shut_out(byleave.http.get(PATH, headers=bearer(token)))
    for typ in ("JWT", "at+jwt", "", "BYLEAVE+JWT"):
        assert_shut_out(byleave.http.get(PATH, headers=bearer(_with_our_key(byleave, {"typ": typ}, good))))


def test_scopes_that_no_customer_can_have_open_nothing_even_if_signed(shop: Byleave) -> None:
    _, good, _ = _opened(a_token(shop, "anna", "consents:read"))
    token = bearer(_with_our_key(shop, {}, good | {"scope": " ".join(Scope) + " * admin"}))
    for method, path in ROUTES:
        if not path.startswith(ANNA) and (path not in OPEN_TO_CUSTOMERS or method == "POST"):
            assert call(shop, method, path, token).status_code == 403, (method, path)


def test_a_token_signed_by_somebody_elses_key_pair_opens_nothing(byleave: Byleave) -> None:
    header, claims, _ = _opened(a_token(byleave, "anna"))
    pair = RSAKey.generate_key(2048)
    public = pair.as_pem(private=False)
    with_jwk = {"jwk": pair.as_dict(private=False)}
    assert_shut_out(
        byleave.http.get(PATH, headers=bearer(jwt.encode({"alg": "RS256"} | with_jwk, claims, pair)))
    )
    assert_shut_out(byleave.http.get(PATH, headers=bearer(_signed(header | with_jwk, claims, public))))


def test_a_token_is_no_key_and_a_key_is_no_token(byleave: Byleave) -> None:
    token, key = a_token(byleave, "anna"), a_key(byleave, *Scope)
    for mixed in (
        f"{key}.x",
        f"blk_1.{token}",
        f"{ADMIN_KEY}.{token}",
        f"{token}.{key}",
        f"{token},{ADMIN_KEY}",
    ):
        assert_shut_out(byleave.http.get(PATH, headers=bearer(mixed)))


def test_an_admin_key_that_looks_like_a_token_is_an_admin_key(database_url: str) -> None:
    claims = {"sub": "anna", "iss": "byleave", "exp": datetime(2030, 1, 1, tzinfo=UTC).timestamp()}
    looks = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"k" * 32))
    with Byleave(settings_for(database_url, admin_key=looks)) as byleave:
        answer = byleave.http.get("/v1/customers/ben/consents", headers=bearer(looks))
        assert answer.status_code == 200
