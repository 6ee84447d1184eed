"""P11: a customer with a token of the shop's own OpenID issuer gets in; nobody with anything like it does."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from service import issuer as issuer_module
from service.issuer_keys import IssuerKeys
from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.issuer import AUDIENCE, ISSUER, AnIssuer, SigningKey, a_login, signed
from tests.promises.calls import ANNA, NOTICE_ID, ROUTES, assert_shut_out, bearer, call

PATH = f"{ANNA}/consents"
DISCOVERY = "/realm/.well-known/openid-configuration"
KEY = RSAKey.generate_key(2048)
OTHER = RSAKey.generate_key(2048)


@pytest.fixture
def issuer() -> AnIssuer:
    return AnIssuer(one=KEY, two=OTHER)


@pytest.fixture
def shop(database_url: str, issuer: AnIssuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Byleave]:
    """Byleave with that issuer; its clock says 2026-06-10, which issuers do not know of."""

    def keys_of(url: str, **more: Any) -> IssuerKeys:
        return IssuerKeys(url, client=issuer.client(), clock=issuer.clock, **more)

    monkeypatch.setattr(issuer_module, "IssuerKeys", keys_of)
    settings = settings_for(database_url, oidc_issuer=ISSUER, oidc_audience=AUDIENCE)
    with Byleave(settings) as running:
        running.product("ink")
        yield running


def ask(shop: Byleave, token: str, path: str = PATH) -> httpx.Response:
    return shop.http.get(path, headers=bearer(token))


OF_NOBODY = {
    *(("GET", path) for path in ("/v1/recommendations", "/v1/purposes", "/v1/data-fields", "/v1/notices")),
    ("HEAD", "/v1/recommendations"),
    ("GET", f"/v1/notices/{NOTICE_ID}"),
}


def test_her_login_opens_her_paths_and_no_others(shop: Byleave) -> None:
    consent_id = shop.allows("anna", "purchases")
    assert ask(shop, signed(KEY, a_login())).json()["consents"][0]["consent_id"] == consent_id
    assert ask(shop, signed(OTHER, a_login(), kid="two")).status_code == 200
    ben = bearer(signed(KEY, a_login("ben")))
    for method, path in ROUTES:
        if path.startswith(ANNA) or (method, path) not in OF_NOBODY:
            assert call(shop, method, path, ben, consent_id).status_code == 403, (method, path)


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (KEY, "RS256"),
        (KEY, "PS256"),
        (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # where the test signs; the service says nothing
def test_what_issuers_sign_with_is_understood(
    shop: Byleave, issuer: AnIssuer, key: SigningKey, alg: str
) -> None:
    issuer.serve(new=key)
    issuer.seconds += 61
    assert ask(shop, signed(key, a_login(), alg=alg, kid="new")).status_code == 200


def test_the_only_key_needs_no_name(shop: Byleave, issuer: AnIssuer) -> None:
    assert_shut_out(ask(shop, signed(KEY, a_login(), kid=None)))
    issuer.serve(one=KEY)
    issuer.seconds += 601
    assert ask(shop, signed(KEY, a_login(), kid=None)).status_code == 200


def test_what_it_may_be_used_for_is_a_setting(database_url: str, issuer: AnIssuer) -> None:
    settings = settings_for(
        database_url,
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_customer_claim="shop_id",
        oidc_scopes="consents:read",
    )
    made = issuer_module.issuer_of(settings)
    assert made is not None
    made.keys = IssuerKeys(ISSUER, client=issuer.client())
    caller = made.caller(signed(KEY, a_login("auth0|7", shop_id="anna")))
    assert caller is not None
    assert (caller.customer_id, caller.scopes) == ("anna", {"consents:read"})
    assert made.caller(signed(KEY, a_login("anna"))) is None


NOW = int(time.time())  # the machine's: issuers know no other
WRONG_CLAIMS: list[dict[str, Any]] = [
    *({name: None} for name in ("iss", "aud", "sub", "iat", "exp")),
    {"iss": f"{ISSUER}/"},
    {"iss": "https://login.other.example"},
    {"iss": [ISSUER]},
    {"iss": "byleave"},
    {"aud": "another-service"},
    {"aud": []},
    {"aud": {"byleave": AUDIENCE}},
    {"exp": NOW - 61},
    {"exp": 0},
    {"exp": -1},
    {"exp": str(NOW + 300)},
    {"exp": True},
    {"exp": [NOW + 300]},
    {"nbf": NOW + 3_600},
    {"nbf": "now"},
    {"iat": NOW + 3_600},
    {"sub": ""},
    {"sub": 1001},
    {"sub": ["anna"]},
    {"sub": {"$ne": None}},
    {"sub": "anna@shop.example"},
    {"sub": "anna\n"},
    {"sub": "../anna"},
    {"sub": "a" * 129},
]


def test_a_token_that_is_not_for_us_now_opens_nothing(shop: Byleave) -> None:
    for wrong in WRONG_CLAIMS:
        answer = ask(shop, signed(KEY, a_login(**wrong)))
        assert answer.status_code == 401, wrong
        assert_shut_out(answer)


def test_clocks_may_differ_by_a_minute(shop: Byleave) -> None:
    now = int(time.time())
    for claims in ({"exp": now - 50}, {"nbf": now + 50}, {"iat": now + 50}):
        assert ask(shop, signed(KEY, a_login(**claims))).status_code == 200


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _hs256(secret: bytes, **header: Any) -> str:
    content = f"{_part({'alg': 'HS256', 'kid': 'one'} | header)}.{_part(a_login())}"
    signature = hmac.new(secret, content.encode(), sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_signed_with_the_public_key_as_if_it_were_a_secret(shop: Byleave) -> None:
    for public in (KEY.as_pem(private=False), KEY.as_der(private=False), json.dumps(KEY.as_dict()).encode()):
        for secret in (public, public.strip(), b""):
            for typ in ("JWT", "byleave+jwt"):
                assert_shut_out(ask(shop, _hs256(secret, typ=typ)))


def test_not_signed_at_all_or_by_somebody_else(shop: Byleave) -> None:
    good = signed(KEY, a_login())
    header, claims, signature = good.split(".")
    for alg in ("none", "None", "nOnE", "", "RS1", "HS256", "RS512", "ES256"):
        for sent in ("", signature):
            assert_shut_out(ask(shop, f"{_part({'alg': alg, 'kid': 'one'})}.{claims}.{sent}"))
    assert_shut_out(ask(shop, f"{header}.{_part(a_login('ben'))}.{signature}"))
    assert_shut_out(ask(shop, signed(RSAKey.generate_key(2048), a_login())))
    assert_shut_out(ask(shop, signed(OTHER, a_login())))


STRANGER = RSAKey.generate_key(2048)


def _rs256(key: RSAKey, header: dict[str, Any]) -> str:
    """Signed in earnest, whatever a library would say to such a header."""
    content = f"{_part({'alg': 'RS256', 'kid': 'one'} | header)}.{_part(a_login())}"
    signature = key.private_key.sign(content.encode(), PKCS1v15(), SHA256())
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_what_else_the_issuer_signs_is_no_login(shop: Byleave) -> None:
    """A notice of her logout names her, too, and whoever sees it is not her."""
    for typ in (
        "logout+jwt",
        "application/logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "byleave+jwt",
        "BYLEAVE+JWT",
    ):
        assert_shut_out(ask(shop, signed(KEY, a_login(), typ=typ)))
    logout = {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert_shut_out(ask(shop, signed(KEY, a_login(events=logout))))
    for typ in ("JWT", "jwt", "at+jwt", "application/at+jwt"):
        assert ask(shop, signed(KEY, a_login(), typ=typ)).status_code == 200


def test_a_header_does_not_choose_its_key(shop: Byleave, issuer: AnIssuer) -> None:
    assert ask(shop, _rs256(KEY, {})).status_code == 200
    theirs = STRANGER.as_dict(private=False)
    for header in (
        {"jwk": theirs},
        {"jku": "https://evil.example/keys"},
        {"x5u": "http://169.254.169.254/latest"},
        {"jku": f"{ISSUER}/keys", "jwk": theirs | {"kid": "one"}},
        {"x5c": [base64.b64encode(STRANGER.as_der(private=False)).decode()[:500]]},
    ):
        assert_shut_out(ask(shop, _rs256(STRANGER, header)))
    assert set(issuer.asked) == {DISCOVERY, "/realm/keys"}


def test_a_key_id_is_a_name_and_nothing_else(shop: Byleave, issuer: AnIssuer) -> None:
    for kid in (
        "../../dev/null",
        "' UNION SELECT 'x' --",
        f"{ISSUER}/keys",
        "x" * 1_000,
        "",
        "\x00",
        1,
        ["one"],
    ):
        issuer.seconds += 61
        assert_shut_out(ask(shop, _rs256(KEY, {"kid": kid})))
        assert_shut_out(ask(shop, _rs256(STRANGER, {"kid": kid})))
    assert set(issuer.asked) == {DISCOVERY, "/realm/keys"}


def test_a_header_that_asks_for_more_than_is_understood_opens_nothing(shop: Byleave) -> None:
    for header in ({"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}, {"typ": "byleave+jwt"}):
        assert_shut_out(ask(shop, _rs256(KEY, header)))


def test_a_good_token_may_name_other_keys_and_they_are_not_looked_at(shop: Byleave) -> None:
    for header in (
        {"jku": "http://127.0.0.1:9/"},
        {"x5u": "https://127.0.0.1:9/x"},
        {"x5t": "abc", "nonce": "1"},
    ):
        assert ask(shop, signed(KEY, a_login(), **header)).status_code == 200


def test_a_token_that_is_no_token_is_answered_like_any_other(shop: Byleave) -> None:
    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 2_500).decode().rstrip("=")
    for wrong in ("..", "a.b.c", f"{deep}.e30.e30", "e30.e30.e30", "W10.W10.W10", "x" * 8_100 + ".x.x"):
        assert_shut_out(ask(shop, wrong))


def test_a_key_the_issuer_serves_for_something_else_opens_nothing(shop: Byleave, issuer: AnIssuer) -> None:
    weak_bits = {"n": RSAKey.generate_key(2048).as_dict()["n"], "e": "AQAB"}
    secret = OctKey.import_key(b"a secret that the issuer shares with everybody!")
    for served in (
        KEY.as_dict(private=False) | {"use": "enc"},
        KEY.as_dict(private=False) | {"alg": "PS256"},
        KEY.as_dict(private=False) | {"key_ops": ["encrypt"]},
        {"kty": "RSA"} | weak_bits,
        secret.as_dict(),
        {"kty": "RSA"},
        7,
    ):
        named = served | {"kid": "one"} if isinstance(served, dict) else served
        spare = OTHER.as_dict(private=False) | {"kid": "two"}
        issuer.documents["/realm/keys"] = {"keys": [named, spare]}
        issuer.seconds += 601
        assert_shut_out(ask(shop, signed(KEY, a_login())))
        assert_shut_out(ask(shop, _hs256(b"a secret that the issuer shares with everybody!")))
        assert ask(shop, signed(OTHER, a_login(), kid="two")).status_code == 200, "the other key still works"


# --- an issuer that does not answer ------------------------------------------------------------------


def assert_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_keys_are_fetched_once_and_again_for_an_unknown_one_at_most_once_a_minute(
    shop: Byleave, issuer: AnIssuer
) -> None:
    assert len(issuer.asked) == 2, "before the first customer asks"
    for number in range(20):
        assert ask(shop, signed(KEY, a_login())).status_code == 200
        assert_shut_out(ask(shop, signed(STRANGER, a_login(), kid=f"unknown-{number}")))
    assert len(issuer.asked) == 2
    issuer.seconds += 61
    issuer.serve(two=OTHER, new=STRANGER)
    assert ask(shop, signed(STRANGER, a_login(), kid="new")).status_code == 200
    assert_shut_out(ask(shop, signed(KEY, a_login())))
    assert len(issuer.asked) == 4


def test_while_it_is_down_known_keys_hold_for_an_hour_and_nobody_else_gets_in(
    shop: Byleave, issuer: AnIssuer
) -> None:
    issuer.is_down = True
    issuer.seconds += 3_000
    assert ask(shop, signed(KEY, a_login())).status_code == 200
    assert_unavailable(ask(shop, signed(STRANGER, a_login(), kid="new")))
    issuer.seconds += 601
    assert_unavailable(ask(shop, signed(KEY, a_login())))
    assert shop.http.get(PATH).status_code == 200, "keys of the shop need no issuer"
    assert_shut_out(ask(shop, _hs256(b"")))
    issuer.is_down = False
    issuer.seconds += 61
    assert ask(shop, signed(KEY, a_login())).status_code == 200


@pytest.mark.parametrize(
    "documents",
    [
        {DISCOVERY: httpx.Response(302, headers={"Location": "/elsewhere"})},
        {DISCOVERY: httpx.Response(200, content=b"<html>")},
        {DISCOVERY: httpx.Response(200, content=b"[" * 100_000)},
        {DISCOVERY: {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/keys"}},
        {DISCOVERY: {"issuer": ISSUER}},
        {DISCOVERY: {"issuer": ISSUER, "jwks_uri": "http://login.shop.example/realm/keys"}},
        {DISCOVERY: {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}},
        {DISCOVERY: {"issuer": ISSUER, "jwks_uri": ["https://x"]}},
        {DISCOVERY: []},
        {"/realm/keys": httpx.Response(200, content=b" " * 300_000 + b"{}")},
        {"/realm/keys": {}},
        {"/realm/keys": {"keys": []}},
        {"/realm/keys": {"keys": "none"}},
        {"/realm/keys": httpx.Response(500)},
    ],
    ids=lambda documents: str(documents)[-60:],
)
def test_an_issuer_that_answers_nonsense_lets_nobody_in(documents: dict[str, Any]) -> None:
    issuer = AnIssuer(one=KEY)
    issuer.documents |= documents
    issuer.documents["/elsewhere"] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    keys = IssuerKeys(ISSUER, client=issuer.client(), clock=issuer.clock)
    with pytest.raises(issuer_module.IssuerUnavailable):
        keys.find("one")
    assert "/elsewhere" not in issuer.asked
    asked = len(issuer.asked)
    with pytest.raises(issuer_module.IssuerUnavailable):
        keys.find("one")
    assert len(issuer.asked) == asked, "it is not asked again at once"
