"""P1, the side doors: log lines, problems and answers without permission carry nothing of hers.

Every personal column and every word of evidence holds a marker here; then it is looked for.
"""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from structlog.testing import capture_logs

import service.recommendations
from service.db.engine import snapshot
from tests.byleave import Byleave
from tests.promises.readable_worlds import HER, NEVER_SEEN

MARKER = "qqmarker"
THING = "qqthing"  # What she bought: public as a product, and nobody's business in a log.
EVIDENCE = {name: f"{MARKER}-{name}" for name in ("shown", "captured_via", "method", "locale", "actor")}
NOTICE = f"{MARKER}-notice_id"  # only a "no" may name a notice that was not published here
PATH = f"/v1/customers/{HER}"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product(THING, f"The {THING}")
    byleave.product("ink", fits=[THING])
    for customer_id in (HER, f"{MARKER}-other"):
        byleave.bought(
            customer_id,
            THING,
            id=f"{MARKER}-event-{customer_id}",
            order_id=f"{MARKER}-order",
            sales_channel=f"{MARKER}-channel",
            served_by=f"{MARKER}-staff",
            price={"amount": "909090.91", "currency": "XTS"},
        )
        for purpose in ("reminders", "service", "learning", "experience", "assistance"):
            byleave.allows(customer_id, "purchases", "devices", purpose=purpose, **EVIDENCE)
        byleave.decides(customer_id, "refused", "assistance", "contact", notice_id=NOTICE)
        byleave.owns(customer_id, {"product_id": THING, "since": "1999-09-09", "status": "gone"})
    return byleave


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """Every log line, of the service and of the libraries under it."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        yield lines
        lines.extend(record.getMessage() for record in caplog.records)


LEAKS = (MARKER, "909090", "xts", "1999-09-09", "1999年", "9 september")


def _leaks(told: str) -> list[str]:
    without_our_ids = re.sub(
        r"\b[a-z]{3}_[0-9a-z]{26}\b", "", told.lower()
    )  # any three letters may be in one
    return [leak for leak in LEAKS if leak in without_our_ids]


def test_the_markers_are_there(shop: Byleave, engine: Engine) -> None:
    """All of them, in the tables: otherwise nothing below would be looking for anything."""
    with snapshot(engine) as connection:
        rows = [
            str(row)
            for table in ("purchases", "devices", "consent_events")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    stored = "".join(rows).replace("datetime.date(1999, 9, 9)", "1999-09-09")
    assert set(_leaks(stored)) == set(LEAKS[:4])
    assert all(marked in stored for marked in (*EVIDENCE.values(), NOTICE))


@pytest.mark.parametrize("query", [{}, {"list": "again"}, {"product_id": THING}, {"locale": "zh-Hans"}])
def test_an_answer_without_permission_carries_nothing_of_hers(shop: Byleave, query: dict[str, Any]) -> None:
    for path in (
        f"{PATH}/recommendations",
        f"/v1/customers/{NEVER_SEEN}/recommendations",
        "/v1/recommendations",
    ):
        response = shop.http.get(path, params=query)
        assert response.status_code == 200
        assert _leaks(f"{response.headers} {response.text}") == []
        assert response.json()["personalised"] is False


def test_the_answers_for_her_and_for_a_stranger_are_the_same_without_permission(shop: Byleave) -> None:
    hers, of_a_stranger = (shop.suggestions(customer_id) for customer_id in (HER, NEVER_SEEN))
    assert hers["items"] == of_a_stranger["items"]
    assert hers["data_not_used"] == of_a_stranger["data_not_used"]


def test_what_no_suggestion_needs_stays_out_of_the_answer_even_where_it_is_permitted(shop: Byleave) -> None:
    """Order, staff, channel, price, evidence, and everything of the others."""
    shop.allows(HER, "purchases", "devices.product", **EVIDENCE)
    answer = shop.suggestions(HER)
    assert answer["personalised"] is True
    assert _leaks(json.dumps(answer, ensure_ascii=False)) == []


_GRANT = {"decision": "given", "purpose": "recommendations", "data": ["purchases"]}
FAILING: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"{PATH}/recommendations", {"headers": {"Authorization": "Bearer nobody"}}),
    ("GET", f"{PATH}/recommendations", {"params": {"limit": "0"}}),
    ("GET", f"{PATH}/recommendations", {"params": {"locale": MARKER}}),
    ("GET", f"{PATH}/recommendations", {"params": {MARKER: "1"}}),
    ("PATCH", f"{PATH}/recommendations", {}),
    ("GET", f"{PATH}/nothing", {}),
    ("GET", f"/v1/customers/{MARKER}@example.org/recommendations", {}),
    ("GET", f"{PATH}/uses", {"params": {"cursor": "nonsense"}}),
    ("POST", f"{PATH}/consents/con_unknown/withdraw", {}),
    (
        "POST",
        f"{PATH}/consents",
        {"json": {"decisions": [{"decision": "given", "purpose": "x", "data": ["y"]}]}},
    ),
    ("POST", f"{PATH}/consents", {"json": {"decisions": [_GRANT | {"notice_id": NOTICE}]}}),
    ("POST", f"{PATH}/consents", {"content": b'{"decisions": "' + MARKER.encode()}),
    ("PUT", f"{PATH}/devices", {"json": {"devices": []}}),
    ("PUT", f"{PATH}/devices", {"json": {"devices": []}, "headers": {"If-Match": '"stale"'}}),
    (
        "PUT",
        f"{PATH}/devices",
        {"json": {"devices": [{"product_id": "no-such"}]}, "headers": {"If-Match": "*"}},
    ),
    ("POST", "/v1/events", {"json": {"events": [{"id": f"{MARKER}-event-{HER}", "type": "purchase"}]}}),
    ("POST", "/v1/events", {"json": {"events": [{"quantity": MARKER, "served_by": [MARKER]}]}}),
]


@pytest.mark.parametrize("failing", FAILING, ids=lambda failing: f"{failing[0]} {failing[1][:60]}")
def test_a_problem_carries_nothing_of_hers_and_its_log_line_neither(
    shop: Byleave, logged: list[Any], failing: tuple[str, str, dict[str, Any]]
) -> None:
    method, path, request = failing
    response = shop.http.request(method, path, **request)
    assert 400 <= response.status_code < 500
    asked_with = MARKER in str(request.get("params"))  # What the caller said himself may be said again.
    assert asked_with or _leaks(response.text) == []
    assert _leaks(str([line for line in logged if "HTTP Request" not in str(line)])) == []


def test_a_consent_of_somebody_else_is_one_that_does_not_exist(shop: Byleave) -> None:
    of_another = shop.http.get(f"/v1/customers/{MARKER}-other/consents").json()["consents"][0]["consent_id"]
    strange, missing = (
        shop.http.post(f"{PATH}/consents/{consent_id}/withdraw")
        for consent_id in (of_another, "con_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    )
    assert (strange.status_code, strange.content) == (missing.status_code, missing.content)
    assert strange.status_code == 404


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError(f"{MARKER} {THING}"), 500),
        (OperationalError("SELECT purchases", {"id": MARKER}, Exception(f"{MARKER} {THING}")), 503),
    ],
)
def test_a_fault_of_the_service_tells_nothing_of_hers(
    shop: Byleave, logged: list[Any], monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(service.recommendations, "recommend", fail)
    response = shop.http.get(f"{PATH}/recommendations")
    assert response.status_code == status
    assert _leaks(response.text) == []
    assert THING not in response.text
    assert _leaks(str([line for line in logged if isinstance(line, dict)])) == []


def test_a_log_line_names_no_customer_product_or_reason(shop: Byleave, logged: list[Any]) -> None:
    shop.allows(HER, "purchases", "devices.product", **EVIDENCE)
    for query in ({}, {"product_id": THING}, {"personalised": "false"}):
        assert shop.suggestions(HER, **query)["items"]
    shop.bought(HER, THING, served_by=MARKER)
    shop.withdraws_all(HER)
    lines = [line for line in logged if isinstance(line, dict)]
    assert len(lines) == 6
    for line in lines:
        assert line.keys() == {"event", "method", "route", "key", "status", "ms", "log_level"}
    assert _leaks(str(lines)) == []
    assert THING not in str(lines)
    assert "fits" not in str(lines)


def test_a_statement_that_fails_does_not_tell_its_values(engine: Engine) -> None:
    """Its error may end in a log, with all that it says."""
    with pytest.raises(SQLAlchemyError) as caught, snapshot(engine) as connection:
        connection.execute(text("SELECT no_such FROM purchases WHERE served_by = :staff"), {"staff": MARKER})
    assert "no_such" in str(caught.value)
    assert _leaks(str(caught.value)) == []
