"""The OpenAPI document: what FastAPI makes of the routes, with an example for each request and answer.

The examples are put in afterwards, because FastAPI takes every `null` out of those that it is given.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from consent.vocabulary import PURPOSES, PurposeCatalogue
from service.api.examples import ANSWERS, PROBLEM, REQUESTS
from service.auth import NeedsScope
from service.callers import Scope

_JSON, _PROBLEM_JSON = "application/json", "application/problem+json"


class DescribedApi(FastAPI):
    """A FastAPI whose OpenAPI document can be learned from."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            _name_purposes(document, self.state.purposes)
            for path in document["paths"].values():
                for operation in path.values():
                    _describe(operation)
            for route in iter_route_contexts(self.routes):
                for method in route.methods or ():
                    operation = document["paths"].get(route.path, {}).get(method.lower())
                    if operation is not None:
                        _name_scope(operation, getattr(route, "dependant", None))
        assert self.openapi_schema is not None
        return self.openapi_schema


def _name_purposes(part: Any, purposes: PurposeCatalogue) -> None:
    """Wherever the built-in purposes are listed, list what the shop has added as well."""
    if isinstance(part, list):
        for one in part:
            _name_purposes(one, purposes)
    if isinstance(part, dict):
        if part.get("enum") == [purpose.code for purpose in PURPOSES]:
            part["enum"] = [purpose.code for purpose in purposes.purposes]
        for one in part.values():
            _name_purposes(one, purposes)


def _name_scope(operation: dict[str, Any], dependant: Dependant | None) -> None:
    scopes = _scopes_of(dependant)
    if scopes:
        # Several have a space between them, as OAuth writes scopes.
        operation["x-required-scope"] = " ".join(scopes)
        operation["description"] += f"\n\nNeeds the scope {' and '.join(f'`{one}`' for one in scopes)}."


def _scopes_of(dependant: Dependant | None) -> tuple[Scope, ...]:
    """What the signature of the route asks of its caller."""
    if dependant is None:
        return ()
    if isinstance(dependant.call, NeedsScope):
        return dependant.call.scopes
    return next((scopes for one in dependant.dependencies if (scopes := _scopes_of(one))), ())


def _describe(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
    if "requestBody" in operation:
        operation["requestBody"]["content"][_JSON]["example"] = REQUESTS[name]
    for status, answer in operation["responses"].items():
        if "content" not in answer:
            continue
        if _PROBLEM_JSON in answer["content"]:
            # FastAPI adds its own media type to every model; a problem has one.
            answer["content"] = {_PROBLEM_JSON: answer["content"][_PROBLEM_JSON]}
            if status == str(PROBLEM["status"]):
                answer["content"][_PROBLEM_JSON]["example"] = PROBLEM
        elif _JSON in answer["content"]:
            answer["content"][_JSON]["example"] = ANSWERS[name]


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out or it is a text; a client that was told of `null` would send that word."""
    if "anyOf" not in schema:
        return schema
    (only,) = (one for one in schema["anyOf"] if one != {"type": "null"})
    return {**{name: part for name, part in schema.items() if name != "anyOf"}, **only}
