"""A database that fails: nothing is acknowledged that is not stored, and nothing is half-written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from service.api.examples import REQUESTS
from tests.byleave import Byleave
from tests.problems import assert_problem
from tests.sending import NOTHING_IS_WRITTEN, OF_SEVERAL_STEPS, send


def _contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(str(value) for value in row) for row in connection.execute(table.select())),
            )
            for table in SQLModel.metadata.sorted_tables
        }


@contextmanager
def failing_at(engine: Engine, number: int) -> Iterator[Callable[[], int]]:
    """The statement of this number fails, and so do all after it; gives how many were sent."""
    sent = 0

    def fail(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent >= number:
            raise OperationalError("statement", {}, Exception("disk I/O error"))

    event.listen(engine, "before_cursor_execute", fail)
    event.listen(engine, "commit", fail)
    try:
        yield lambda: sent
    finally:
        event.remove(engine, "before_cursor_execute", fail)
        event.remove(engine, "commit", fail)


def test_when_the_database_fails_at_any_statement_nothing_is_half_written(
    byleave: Byleave, engine: Engine
) -> None:
    byleave.product("hp-ojp-8600")
    byleave.product("hp-950-black")
    byleave.allows("anna", "devices", "preferences", "occasions", "contact", "feedback")
    consent_id = byleave.allows("anna", "purchases", purpose="learning")
    byleave.decides(REQUESTS["merge_visitor"]["visitor_id"], "refused", "learning", "devices")
    # An objection last: after it nothing may be kept.
    for name, body in sorted(REQUESTS.items(), key=lambda one: one[0] == "object_to"):
        if name in NOTHING_IS_WRITTEN | OF_SEVERAL_STEPS:
            continue
        key = {"Idempotency-Key": name}
        _fail_at_each_statement(byleave, engine, partial(send, byleave, name, body, **key))
    for path in (f"{consent_id}/withdraw", "withdraw-all"):
        key = {"Idempotency-Key": path}
        withdraw = partial(byleave.http.post, f"/v1/customers/anna/consents/{path}", headers=key)
        _fail_at_each_statement(byleave, engine, withdraw)


def _fail_at_each_statement(byleave: Byleave, engine: Engine, call: Callable[[], httpx.Response]) -> None:
    before, number = _contents(engine), 1
    while True:
        with failing_at(byleave.app.state.engine, number) as sent:
            answer = call()
        if sent() < number:
            break
        problem = assert_problem(answer, 503, "storage_unavailable")
        assert answer.headers["Retry-After"]
        assert "nothing was changed" in problem["detail"]
        assert _contents(engine) == before
        number += 1
    assert answer.is_success, answer.text
    assert number > 2


def test_when_the_database_fails_reading_is_refused_and_comes_back(byleave: Byleave) -> None:
    paths = [
        "/v1/recommendations",
        "/v1/customers/anna/recommendations",
        "/v1/customers/anna/consents",
        "/v1/customers/anna/consents/history",
        "/v1/customers/anna/uses",
        "/v1/customers/anna/devices",
        "/v1/products/ink",
        "/v1/notices",
        "/readyz",
    ]
    byleave.product("ink")
    with failing_at(byleave.app.state.engine, 1):
        for path in paths:
            assert_problem(byleave.http.get(path), 503, "storage_unavailable")
        assert byleave.http.get("/healthz").status_code == 200
    for path in paths:
        assert byleave.http.get(path).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_gives_no_acknowledgement(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    before = _contents(engine)

    def full(connection: Any, *_: object) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    event.listen(byleave.app.state.engine, "begin", full)
    events = [
        REQUESTS["take_in_events"]["events"][0] | {"id": f"event-{number}", "product_id": "ink"}
        for number in range(1_000)
    ]
    answer = byleave.http.post("/v1/events", json={"events": events})
    event.remove(byleave.app.state.engine, "begin", full)
    assert_problem(answer, 503, "storage_unavailable")
    assert _contents(engine) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_replaced(byleave: Byleave, engine: Engine) -> None:
    byleave.product("ink")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert byleave.http.get("/v1/products/ink").status_code == 200
