"""Limits: a caller who asks too much is told when to come back, and takes nothing from the others."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from service.callers import Caller, Scope
from service.errors import Problem, ProblemCode
from service.limits import Limits
from service.settings import Settings
from tests.byleave import ADMIN_KEY, Byleave
from tests.conftest import settings_for

LIFETIME = timedelta(minutes=5)


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    settings = settings_for(
        database_url, customer_rate=1, customer_concurrency=2, key_rate=30, key_concurrency=3
    )
    with Byleave(settings) as running:
        yield running


def a_token(shop: Byleave, customer: str) -> dict[str, str]:
    token = shop.app.state.tokens.create("admin", customer, frozenset(Scope), LIFETIME).token
    return {"Authorization": f"Bearer {token}"}


def assert_too_many(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 1 <= int(answer.headers["Retry-After"]) <= 10


def test_a_customer_has_one_limit_over_all_her_tokens(shop: Byleave) -> None:
    first, second = a_token(shop, "anna"), a_token(shop, "anna")
    statuses = [
        shop.http.get("/v1/customers/anna/uses", headers=token).status_code for token in [first, second] * 5
    ]
    assert statuses == [200] * 10, "a page may ask several things at once"
    for token in (first, second):
        assert_too_many(shop.http.get("/v1/customers/anna/uses", headers=token))
    assert shop.http.get("/v1/customers/ben/uses", headers=a_token(shop, "ben")).status_code == 200
    assert shop.http.get("/v1/customers/anna/uses").status_code == 200, "the shop's keys are counted apart"


def test_what_is_refused_counts_too(shop: Byleave) -> None:
    token = a_token(shop, "anna")
    for _ in range(10):
        assert shop.http.get("/v1/customers/ben/uses", headers=token).status_code == 403
    assert_too_many(shop.http.get("/v1/customers/ben/uses", headers=token))


def test_after_the_time_it_names_she_is_served_again(shop: Byleave) -> None:
    key = shop.app.state.keys.create("wild", [])[1]
    answers = [shop.http.get("/v1/purposes", headers={"Authorization": f"Bearer {key}"}) for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused, "60 calls took less than two seconds"
    assert_too_many(refused[-1])
    time.sleep(int(refused[-1].headers["Retry-After"]) + 0.1)
    again = shop.http.get("/v1/purposes", headers={"Authorization": f"Bearer {key}"})
    assert again.status_code == 200


def test_a_limit_answers_before_anything_of_the_body_is_read(shop: Byleave) -> None:
    token = a_token(shop, "anna")
    for _ in range(10):
        shop.http.get("/v1/purposes", headers=token)

    def never_read() -> Iterator[bytes]:
        yield b"{"

    answer = shop.http.post("/v1/customers/anna/consents", content=never_read(), headers=token)
    assert_too_many(answer)
    assert answer.headers["Connection"] == "close"


def test_health_and_documentation_have_no_limit(shop: Byleave) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert {shop.http.get(path).status_code for _ in range(40)} == {200}


def test_at_the_same_time(shop: Byleave, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def wait(*_: object) -> object:
        arrived.release()
        assert go_on.wait(10)
        raise Problem(ProblemCode.NOT_PERMITTED, "Waited.", status=409)

    monkeypatch.setattr(type(shop.app.state.devices), "get", wait)
    path, token = "/v1/customers/anna/devices", a_token(shop, "anna")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(shop.http.get, path, headers=token) for _ in range(2)]
        for _ in waiting:
            assert arrived.acquire(timeout=10)
        assert_too_many(shop.http.get("/v1/customers/anna/uses", headers=token))
        assert shop.http.get("/v1/customers/ben/uses", headers=a_token(shop, "ben")).status_code == 200
        go_on.set()
        assert [one.result().status_code for one in waiting] == [409, 409]
    assert shop.http.get("/v1/customers/anna/uses", headers=token).status_code == 200, "the places are free"


def test_by_default_no_key_is_held_below_500_calls_a_second(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: seconds)
    limits = Limits(Settings(database_url=database_url, admin_key=ADMIN_KEY))
    key = Caller(key_id="blk_1", scopes=frozenset())
    for number in range(5_000):
        seconds += 1 / 499 if number % 10 == 0 else 1 / 500
        with limits.admit(key):
            pass


def test_who_stops_half_way_frees_the_place() -> None:
    limits = Limits(Settings(customer_concurrency=1))
    hers = Caller(key_id="admin", customer_id="anna", scopes=frozenset())
    for error in (RuntimeError, asyncio.CancelledError):
        with pytest.raises(error), limits.admit(hers):
            raise error
    with limits.admit(hers), pytest.raises(Problem), limits.admit(hers):
        pytest.fail("two at once")
