"""Bad input over HTTP: every error is a problem that says what to do."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.examples import REQUESTS
from service.errors import ProblemCode
from tests.byleave import Byleave
from tests.problems import assert_problem
from tests.sending import JSON, REQUESTED, send

MEBIBYTE = 1024 * 1024
MANY_LEVELS = 5_000


def post(byleave: Byleave, body: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    return byleave.http.post("/v1/events", content=body, headers=JSON | headers)


NOT_ASKED_FOR = [
    b"{",
    b'{"events": [}',
    b"'events'",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * MANY_LEVELS + b"]" * MANY_LEVELS,
    b'{"a":' * MANY_LEVELS + b"1" + b"}" * MANY_LEVELS,
    b"[" * MEBIBYTE,
    b"9" * MANY_LEVELS,
    b'{"events": ' + b"9" * MANY_LEVELS + b"}",
    b"NaN",
    b"-Infinity",
    b"null",
    b"[]",
    b'"events"',
    b'{"events": NaN}',
    b'{"events": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"\\u0000": 1}',
    b"{}",
    b"",
]


def test_a_body_that_is_not_what_was_asked_for(byleave: Byleave) -> None:
    for body in NOT_ASKED_FOR:
        assert_problem(post(byleave, body), 422, "invalid_request")


def test_of_a_body_that_is_no_json_the_place_is_told(byleave: Byleave) -> None:
    (error,) = assert_problem(post(byleave, b'{"events": [}'), 422, "invalid_request")["errors"]
    assert error == {"path": "", "message": "is not valid JSON: Expecting value at character 12"}


def test_a_body_that_is_not_sent_as_json(byleave: Byleave) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "", "json"):
        answer = byleave.http.post("/v1/events", content=b"{}", headers={"Content-Type": content_type})
        (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
        assert "Content-Type: application/json" in error["message"]


def test_a_body_over_the_limit_whatever_its_headers_claim(byleave: Byleave) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield from [b" " * MEBIBYTE] * 6

    assert_problem(post(byleave, b" " * 6 * MEBIBYTE), 413, "body_too_large")
    assert_problem(post(byleave, in_pieces()), 413, "body_too_large")
    told = assert_problem(
        byleave.http.put("/v1/products/ink", content=b" " * 6 * MEBIBYTE), 413, "body_too_large"
    )
    assert "5 MiB" in told["detail"]


@pytest.mark.parametrize(
    ("method", "path", "listed"),
    [
        ("POST", "/v1/customers/anna/consents/con_1/withdraw", "GET /v1/customers/{id}/consents"),
        ("GET", "/v1/customers/anna/consents/con_1/receipt", "GET /v1/customers/{id}/consents"),
        ("DELETE", "/v1/customers/anna/objections/obj_1", "GET /v1/customers/{id}/objections"),
        ("GET", "/v1/notices/ntc_1", "GET /v1/notices"),
    ],
)
def test_what_is_not_there_says_where_to_look(byleave: Byleave, method: str, path: str, listed: str) -> None:
    told = byleave.http.request(method, path)
    assert told.status_code == 404
    assert f"; {listed} lists " in told.json()["detail"]


def test_a_moment_and_a_day_are_each_told_how_they_are_written(byleave: Byleave) -> None:
    """What the message proposes is taken."""
    path = "/v1/customers/anna/consents"
    (error,) = assert_problem(byleave.http.get(path, params={"as_of": "2026"}), 422, "invalid_request")[
        "errors"
    ]
    assert error["message"] == "must be written out, such as 2026-06-10T09:00:00Z"
    byleave.allows("anna", "devices")
    byleave.product("ink")
    for since, status in ((20260610, 422), ("2026-06-10", 200)):
        body = {"devices": [{"product_id": "ink", "since": since}]}
        answer = byleave.http.put("/v1/customers/anna/devices", json=body, headers={"If-Match": "*"})
        assert answer.status_code == status
        if status == 422:
            assert answer.json()["errors"][0]["message"] == "must be written out, such as 2026-06-10"


def test_who_is_not_known_is_told_how_to_become_so(byleave: Byleave) -> None:
    told = byleave.http.get("/v1/purposes", headers={"Authorization": "Bearer blk_x"})
    for way in ("`byleave keys create`", "POST /v1/tokens"):
        assert way in assert_problem(told, 401, "not_authenticated")["detail"]


def test_a_plus_that_an_address_has_lost_is_named(byleave: Byleave) -> None:
    path = "/v1/customers/anna/consents?as_of=2026-03-04T00:00:00"
    (error,) = assert_problem(byleave.http.get(f"{path}+02:00"), 422, "invalid_request")["errors"]
    assert "write + as %2B" in error["message"]
    assert byleave.http.get(f"{path}%2B02:00").status_code == 200
    (error,) = assert_problem(byleave.http.get(path), 422, "invalid_request")["errors"]
    assert "%2B" not in error["message"], "none was lost: the zone is missing"


def test_paths_and_methods_that_do_not_exist(byleave: Byleave) -> None:
    for path in ("/", "/v1", "/v2/events", "/v1/events/", "/v1/products/a/b/c", "//v1/events", "/docs/x"):
        assert_problem(byleave.http.get(path), 404, "not_found")
    for method, path in (("DELETE", "/v1/events"), ("PATCH", "/v1/products/ink"), ("TRACE", "/healthz")):
        answer = byleave.http.request(method, path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"]
    for path, allowed in (
        ("/v1/customers/anna/devices", "GET, PUT"),
        ("/v1/products/ink", "GET, PUT"),
        ("/v1/products/batch", "POST"),
        ("/v1/customers/anna/consents/con_1/withdraw", "POST"),
    ):
        assert byleave.http.request("PATCH", path).headers["Allow"] == allowed


BAD_IDS = ["a@b.example", "-a", "_", "a b", "é", "%zz", "%ff", "%00", "%0a", "%2e%2e", "x" * 129, "🙂", "a,b"]


def test_ids_that_cannot_be(byleave: Byleave) -> None:
    for bad in BAD_IDS:
        name = bad if bad.startswith("%") else quote(bad)
        for path in ("/v1/products/{}", "/v1/customers/{}/consents", "/v1/customers/{}/recommendations"):
            answer = byleave.http.get(path.format(name))
            assert answer.status_code in (404, 422), (bad, path)
            assert_problem(answer, answer.status_code, answer.json()["code"])
        answer = byleave.http.post(f"/v1/customers/anna/consents/{name}/withdraw")
        assert answer.status_code in (404, 422), bad


def test_an_id_with_a_slash_names_nothing(byleave: Byleave) -> None:
    byleave.product("a")
    for name in ("a%2Fb", "a%2Ffits", "a%2e%2e%2fb", "a%5Cb"):
        assert byleave.http.get(f"/v1/products/{name}").status_code in (404, 405, 422)


def _strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every string in a body."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _strings(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _strings(part, (*path, number))
    elif isinstance(value, str):
        yield path


def _first_list(body: Any) -> tuple[Any, ...] | None:
    """The path of the first list of objects in a body, if it has one."""
    for name, part in body.items() if isinstance(body, dict) else ():
        if isinstance(part, list) and part and isinstance(part[0], dict):
            return (name,)
    return None


def _with(body: Any, path: tuple[Any, ...], value: object) -> Any:
    """The body with another value at `path`."""
    copy = json.loads(json.dumps(body))
    part = copy
    for step in path[:-1]:
        part = part[step]
    if path:
        part[path[-1]] = value
    return copy if path else value


WHOLE_BODIES: dict[str, Any] = REQUESTS | {
    "publish_notice": REQUESTS["publish_notice"] | {"recipients": ["Parcel Ltd"], "translation_of": "ntc_1"},
    "take_in_events": {
        "events": [
            REQUESTS["take_in_events"]["events"][0] | {"query": "ink", "served_by": "Kim", "type": "search"}
        ]
    },
    "record_decisions": {
        "decisions": [
            REQUESTS["record_decisions"]["decisions"][0]
            | {
                "notice_id": "n-1",
                "shown": "May we?",
                "actor": "customer",
                "occurred_at": "2026-06-01T00:00:00Z",
                "expires_at": "2027-06-01T00:00:00Z",
                "replaces": "con_1",
            }
        ]
    },
}


def test_these_requests_are_all_that_take_a_body() -> None:
    assert set(REQUESTED) == set(REQUESTS)


@pytest.mark.parametrize("planted", ["\x00", "a\x00b", "\ud800", "a\udfffb"])
def test_what_no_database_takes_is_refused_in_every_string(byleave: Byleave, planted: str) -> None:
    for name, body in WHOLE_BODIES.items():
        for path in _strings(body):
            if {"receipt", "record"} & set(path):  # judged as it comes
                continue
            answer = send(byleave, name, _with(body, path, planted))
            problem = assert_problem(answer, 422, answer.json().get("code"))
            assert problem["errors"], (name, path)


def test_unknown_fields_are_refused_wherever_they_are(byleave: Byleave) -> None:
    for name, body in WHOLE_BODIES.items():
        for path in {path[:-1] for path in _strings(body) if isinstance(path[-1], str)}:
            if {"attributes", "record", "say"} & set(path):
                continue
            answer = send(byleave, name, _with(body, (*path, "colour"), "red"))
            (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
            assert error["path"] == ".".join(str(step) for step in (*path, "colour"))


def test_a_misspelt_field_is_told_with_the_one_that_was_meant(byleave: Byleave) -> None:
    body = REQUESTS["record_decisions"]["decisions"][0]
    for misspelt, meant in (("purpos", "purpose"), ("expire_at", "expires_at"), ("exept", "except")):
        decision = body | ({"items": {misspelt: []}} if meant == "except" else {misspelt: "x"})
        answer = byleave.http.post("/v1/customers/anna/consents", json={"decisions": [decision]})
        (error,) = assert_problem(answer, 422, "invalid_request")["errors"]
        assert error["message"] == f"is no field here; did you mean {meant}?"
    (error,) = byleave.http.get("/v1/recommendations?limits=3").json()["errors"]
    assert error == {"path": "limits", "message": "is no field here; did you mean limit?"}
    (error,) = byleave.http.put("/v1/products/ink", json={"title": "Ink", "zzz": 1}).json()["errors"]
    assert error["message"].startswith("is no field here; known: attributes, available, brand")


def test_a_long_list_of_errors_has_an_end(byleave: Byleave) -> None:
    answer = byleave.http.post("/v1/events", json={"events": [{}] * 1_000})
    assert len(assert_problem(answer, 422, "invalid_request")["errors"]) == 100


def test_a_problem_does_not_tell_how_the_service_is_made(byleave: Byleave) -> None:
    for body in (b"{", b"[]", b'{"events": [{}]}'):
        assert not re.search(r"Traceback|File \"|pydantic|sqlalchemy", post(byleave, body).text)


def test_the_codes_are_a_closed_list() -> None:
    assert all(re.fullmatch(r"[a-z_]+", code.value) for code in ProblemCode)


# --- a little of everything ----------------------------------------------------------------------

NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    -(10**400),
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "\ud800",
    "a\u202eb",
    "💥" * 60,
    "x" * 5_000,
    "1e3",
    "2026-06-10T09:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "10000-01-01T00:00:00Z",
    "purchases",
    "given",
    "renewed",
    "con_1",
    [],
    [None],
    [[[[[]]]]],
    ["purchases"] * 101,
    {},
    {"": {"": ""}},
    {"amount": "1", "currency": "EUR"},
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a body, that of the whole included."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from _places(part, (*path, step))


PLACES = [(name, place) for name, body in WHOLE_BODIES.items() for place in _places(body)]
anything = st.recursive(
    st.sampled_from(NASTY) | st.text(max_size=20) | st.integers() | st.floats(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)


def test_no_value_in_any_place_breaks_the_service(byleave: Byleave) -> None:
    byleave.product("hp-ojp-8600")
    byleave.allows("anna", "purchases", "devices")

    @given(
        where=st.sampled_from(PLACES),
        also=st.sampled_from(
            ["channels", "items", "uses", "renews", "price", "quantity", "since", "sample_of"]
        ),
        value=anything,
    )
    def break_it(where: tuple[str, tuple[Any, ...]], also: str, value: Any) -> None:
        name, place = where
        body = _with(WHOLE_BODIES[name], place, value)
        assert_honest(send(byleave, name, body))
        rows = _first_list(body)
        if rows is not None:
            assert_honest(send(byleave, name, _with(body, (*rows, 0, also), value)))

    break_it()
    assert_honest(byleave.http.get("/v1/customers/anna/recommendations"))
    for path in ("consents", "consents/history", "devices", "uses", "recommendations"):
        assert byleave.http.get(f"/v1/customers/anna/{path}").status_code == 200


def test_no_parameter_breaks_the_service(byleave: Byleave) -> None:
    paths = [
        "/v1/recommendations",
        "/v1/customers/{}/recommendations",
        "/v1/customers/{}/consents",
        "/v1/customers/{}/consents/history",
        "/v1/customers/{}/uses",
        "/v1/customers/{}/devices",
        "/v1/products/{}",
        "/v1/purposes",
    ]
    names = ["limit", "cursor", "locale", "product_id", "touchpoint", "list", "personalised", "state", "x"]
    words = st.text(max_size=20) | st.sampled_from(
        ["", "-1", "1", "true", "given", "\x00", "%", "en", "Y29u"]
    )

    @given(
        path=st.sampled_from(paths),
        name=words,
        query=st.lists(st.tuples(st.sampled_from(names), words), max_size=4),
        header=st.sampled_from(["Accept-Language", "If-None-Match", "Sec-Purpose", "If-Match"]),
        value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    )
    def break_it(path: str, name: str, query: list[tuple[str, str]], header: str, value: str) -> None:
        answer = byleave.http.get(
            path.format(quote(name.encode("utf-8", "surrogatepass"), safe="")),
            params=[(key, word.encode("utf-8", "replace").decode()) for key, word in query],
            headers={header.encode(): value.encode("latin-1")},
        )
        assert_honest(answer)

    break_it()


def assert_honest(answer: httpx.Response) -> None:
    """Success, or a problem that the caller can mend."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert_problem(answer, answer.status_code, answer.json()["code"])
