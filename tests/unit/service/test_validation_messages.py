"""What is wrong with a request is told in sentences that say what to do, never in those of a library."""

import json
import re
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from service.api.consents import ConsentQuery
from service.api.devices import DevicesIn
from service.api.events import EventsIn
from service.api.examples import REQUESTS
from service.api.products import FitsIn, ProductIn, ProductsIn
from service.api.recommendations import RecommendationQuery
from service.api.stated_decisions import DecisionsIn
from service.described_api import known_names
from service.text_formats import WHAT_TO_DO
from service.validation_messages import field_error

BODIES: list[tuple[type[BaseModel], Any]] = [
    (DecisionsIn, REQUESTS["record_decisions"]),
    (DevicesIn, REQUESTS["put_devices"]),
    (EventsIn, REQUESTS["take_in_events"]),
    (FitsIn, REQUESTS["put_fits"]),
    (ProductIn, REQUESTS["put_product"]),
    (ProductsIn, REQUESTS["put_products"]),
    (ConsentQuery, {"limit": 10, "state": "given", "cursor": "x"}),
    (RecommendationQuery, {"limit": 10, "list": "all", "personalised": True, "product_id": ["a"]}),
]
WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, float("nan"), float("inf"), "", "\x00", "\ud800", "x" * 5_000, "1e3",
    "2026-06-10T09:00:00", "2026-06-10", "2026-02-30", "2026-06-10T25:00:00Z", "9999-12-31T23:59:59-23:59",
    "ftp://x", "http://", [], [None], ["a@b"], ["x"] * 1_001, {}, {"": 1}, b"x", "giv", "yes", 10**400,
]  # fmt: skip
RAW = re.compile(
    r"[Ii]nput|String|[Vv]alue error|should|pydantic|Field required|valid dictionary|instance of"
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from places(part, (*path, step))


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = json.loads(json.dumps(body))
    part = copy
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return copy


def messages(model: type[BaseModel], body: Any) -> list[str]:
    try:
        model.model_validate(body)
    except ValidationError as error:
        return [field_error(one, []).message for one in error.errors()]
    return []


@pytest.mark.parametrize(("model", "body"), BODIES, ids=lambda one: getattr(one, "__name__", ""))
def test_no_sentence_is_that_of_the_library(model: type[BaseModel], body: Any) -> None:
    told = {
        message
        for place in places(body)
        for value in WRONG
        for message in messages(model, with_value(body, place, value))
    }
    # A missing part besides a wrong one.
    told |= set(messages(model, {}))
    assert told
    assert [message for message in told if RAW.search(message) or not message[0].islower()] == []


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        (ProductIn, {}, "is required"),
        (ProductIn, {"title": ""}, "must not be empty"),
        (ProductIn, {"title": "x" * 201}, "must have at most 200 characters"),
        (ProductIn, {"title": "a\nb"}, "must not contain control characters, such as line breaks"),
        (ProductIn, {"title": "a", "url": "x"}, "must be a web address that begins with https:// or http://"),
        (FitsIn, {"devices": ["x"] * 1_001}, "may have at most 1,000 entries"),
        (FitsIn, {"devices": ["a@b"]}, "must be an id of 1 to 128 letters, digits"),
        (RecommendationQuery, {"limit": 51}, "must be at most 50"),
        (RecommendationQuery, {"limit": "ten"}, "must be a whole number"),
        (RecommendationQuery, {"list": "gain"}, "must be one of: all, again, new; did you mean again?"),
        (RecommendationQuery, {"list": "xyz"}, "must be one of: all, again, new"),
    ],
)
def test_a_sentence_says_what_to_do(model: type[BaseModel], body: Any, told: str) -> None:
    (message,) = messages(model, body)
    assert message.startswith(told)
    assert message.endswith(told) or "id of" in told


def test_every_format_has_its_sentence_and_none_outlives_its_use() -> None:
    patterns = re.findall(
        r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps([one.model_json_schema() for one, _ in BODIES])
    )
    used = {json.loads(f'"{pattern}"') for pattern in patterns}
    assert used <= set(WHAT_TO_DO)
    assert all(message.startswith("must") for message in WHAT_TO_DO.values())


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things": {
            "post": {
                "parameters": [{"name": "limit", "in": "query"}, {"name": "If-Match", "in": "header"}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Things"}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Things": {"properties": {"things": {"items": {"$ref": "#/components/schemas/Thing"}}}},
            "Thing": {
                "properties": {"price": {"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]}}
            },
            "Money": {"properties": {"amount": {}, "currency": {}}},
        }
    },
}


@pytest.mark.parametrize(
    ("place", "known"),
    [
        (("body", "thing"), {"things"}),
        (("body", "things", 0, "prise"), {"price"}),
        (("body", "things", 0, "price", "sum"), {"amount", "currency"}),
        (("body", "things", "x", "y"), set()),
        (("query", "limits"), {"limit"}),
    ],
)
def test_the_names_that_stand_at_a_place_are_known(place: tuple[Any, ...], known: set[str]) -> None:
    assert known_names(DOCUMENT, "/things", "POST", place) == known
    assert known_names(DOCUMENT, "/nothing", "POST", place) == set()


def test_a_name_as_long_as_a_body_is_no_work() -> None:
    error = {"type": "extra_forbidden", "loc": ("body", "x" * 4_000_000), "input": 1}
    started = perf_counter()
    assert field_error(error, {"price", "title"}).message == "is no field here; known: price, title"
    assert perf_counter() - started < 0.5


def test_an_unknown_name_is_told_with_the_one_that_was_meant_or_with_all_there_are() -> None:
    error = {"type": "extra_forbidden", "loc": ("body", "prise"), "input": 1}
    assert field_error(error, {"price", "title"}).message == "is no field here; did you mean price?"
    other = error | {"loc": ("body", "zzz")}
    assert field_error(other, {"title", "price"}).message == "is no field here; known: price, title"
