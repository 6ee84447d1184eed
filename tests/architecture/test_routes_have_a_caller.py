"""Every route knows who is calling, by its signature; the few that serve everybody are listed here."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import get_args

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from service.app import create_app
from service.auth import OPEN_TO_CUSTOMERS, AnyCaller
from service.callers import CUSTOMER_SCOPES
from service.settings import Settings
from tests.byleave import ADMIN_KEY

OPEN_TO_EVERYBODY = {
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/docs/assets",
    "/.well-known/jwks.json",
    "/.well-known/gpc.json",
}

# What every kind of caller goes through: it finds the holder of the key, or answers 401.
AUTHENTICATE = get_args(AnyCaller)[1].dependency


@pytest.fixture
def app(sqlite_template: Path, tmp_path: Path) -> Iterator[FastAPI]:
    copy(sqlite_template, tmp_path / "byleave.db")
    url = f"sqlite:///{tmp_path / 'byleave.db'}"
    app = create_app(Settings(database_url=url, admin_key=ADMIN_KEY, customer_rate=100_000))
    yield app
    app.state.engine.dispose()


def test_a_route_without_a_caller_is_one_of_the_few_that_serve_everybody(app: FastAPI) -> None:
    open_paths = {
        route.path
        for route in iter_route_contexts(app.routes)
        if not _authenticates(getattr(route, "dependant", None))
    }
    assert open_paths == OPEN_TO_EVERYBODY


def test_without_a_key_every_other_call_is_401(app: FastAPI) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    answers = {
        f"{method} {route.path}": client.request(method, _filled_in(route.path)).status_code
        for route in iter_route_contexts(app.routes)
        if route.path is not None and route.path not in OPEN_TO_EVERYBODY
        for method in route.methods or ()
    }
    assert answers, "no route was tried"
    assert {call: status for call, status in answers.items() if status != 401} == {}


def test_a_path_under_v1_that_there_is_not_is_401_too(app: FastAPI) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/v1", "/v1/", "/v1/nothing", "/v1/customers/anna/nothing", "/%76%31/purposes"):
        for method in ("GET", "POST", "OPTIONS", "BREW"):
            assert client.request(method, path).status_code == 401, (method, path)


def test_a_customers_token_opens_her_paths_and_the_few_that_are_nobodys(app: FastAPI) -> None:
    """Every route there is, found by itself: one that forgets to ask whom a token is for fails here."""
    token = app.state.tokens.create("admin", "anna", CUSTOMER_SCOPES, timedelta(minutes=5)).token
    client = TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {token}"})
    tried = set()
    for route in iter_route_contexts(app.routes):
        if route.path is None or route.path in OPEN_TO_EVERYBODY:
            continue
        for method in route.methods or ():
            tried.add(route.path)
            for customer_id in ("ben", "nobody", "ANNA", "anna.", "customer_id"):
                path = re.sub(r"{\w+}", "x", route.path.replace("{customer_id}", customer_id))
                answer = client.request(method, path, json={})
                if route.path in OPEN_TO_CUSTOMERS and method in ("GET", "HEAD"):
                    assert answer.status_code == (404 if path.endswith("/x") else 200), (method, path)
                    continue
                assert answer.status_code == 403, (method, path)
                if method != "HEAD":
                    code = "other_customer" if "{customer_id}" in route.path else "not_for_customers"
                    assert answer.json()["code"] == code, (method, path)
    assert tried >= OPEN_TO_CUSTOMERS, "none is listed that there is not"


def _authenticates(dependant: Dependant | None) -> bool:
    if dependant is None:
        return False
    return dependant.call is AUTHENTICATE or any(_authenticates(one) for one in dependant.dependencies)


def _filled_in(path: str) -> str:
    return path.replace("{", "").replace("}", "")
