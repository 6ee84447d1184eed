"""Pages of other origins: those that the shop lists may call the API, on every answer; nobody else's may."""

from collections.abc import Iterator

import httpx
import pytest

from tests.byleave import Byleave
from tests.conftest import settings_for

SHOP = "https://shop.example"
OTHERS = ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null", ""]


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    settings = settings_for(database_url, cors_origins=[SHOP, "http://localhost:3000"], customer_rate=1)
    with Byleave(settings) as running:
        yield running


def preflight(shop: Byleave, origin: str, method: str = "PUT", headers: str = "") -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Authorization": ""}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return shop.http.options("/v1/customers/anna/devices", headers=asked)


def test_a_listed_page_may_ask_and_need_not_say_who_it_is_before_it_asks(shop: Byleave) -> None:
    needed = "authorization, content-type, if-match, if-none-match, idempotency-key, accept-language"
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        answer = preflight(shop, SHOP, method, needed)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert preflight(shop, SHOP, "PATCH").status_code == 400
    assert preflight(shop, SHOP, "GET", "x-customer-id").status_code == 400


@pytest.mark.parametrize("origin", OTHERS)
def test_no_other_page_may_read_an_answer(shop: Byleave, origin: str) -> None:
    for answer in (
        preflight(shop, origin),
        shop.http.get("/v1/purposes", headers={"Origin": origin}),
        shop.http.get("/v1/purposes", headers={"Origin": origin, "Authorization": ""}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"], "no cache gives a page the answer to another"


def test_errors_can_be_read_by_the_page_too(shop: Byleave, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(shop.app.state.devices), "get", break_down)
    made = shop.http.post("/v1/tokens", json={"customer_id": "anna", "scopes": ["consents:read"]}).json()
    hers = {"Authorization": f"Bearer {made['token']}"}
    answers = {
        401: shop.http.get("/v1/purposes", headers={"Origin": SHOP, "Authorization": ""}),
        403: shop.http.get("/v1/customers/ben/consents", headers={"Origin": SHOP} | hers),
        404: shop.http.get("/v1/nothing", headers={"Origin": SHOP}),
        413: shop.http.post("/v1/events", content=b" " * 6_000_000, headers={"Origin": SHOP}),
        415: shop.http.post("/v1/events", headers={"Origin": SHOP, "Content-Encoding": "gzip"}),
        422: shop.http.post("/v1/events", content=b"{", headers={"Origin": SHOP}),
        500: shop.http.get("/v1/customers/anna/devices", headers={"Origin": SHOP}),
    }
    for _ in range(10):
        answers[429] = shop.http.get("/v1/purposes", headers={"Origin": SHOP} | hers)
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP, status
        assert answer.headers["Content-Type"] == "application/problem+json"
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert {"ETag", "Retry-After"} <= {name.strip() for name in exposed.split(",")}


def test_by_default_no_page_of_another_origin_may_ask(byleave: Byleave) -> None:
    assert preflight(byleave, SHOP).status_code == 401
    answer = byleave.http.get("/v1/purposes", headers={"Origin": SHOP})
    assert "Access-Control-Allow-Origin" not in answer.headers
