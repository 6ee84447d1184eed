"""What the OpenAPI document says of a request that went wrong: the names at a place, the methods of a path."""

import re
from collections.abc import Sequence
from typing import Any


def known_names(document: dict[str, Any], path: str, method: str, place: Sequence[int | str]) -> set[str]:
    """The names beside `place`, such as `("body", "decisions", 0, "purpos")`; empty where it has none."""
    operation = document.get("paths", {}).get(path, {}).get(method.lower(), {})
    if place[0] != "body":
        return {one["name"] for one in operation.get("parameters", ()) if one["in"] == place[0]}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schemas = [content.get("schema", {})]
    for step in place[1:-1]:
        schemas = [below for schema in schemas for below in _below(_resolved(schema, document), step)]
    return {name for schema in schemas for name in _properties(schema, document)}


def allowed_methods(document: dict[str, Any], path: str) -> list[str]:
    """The methods that `path` takes; empty if the document does not have it. A path without parameters comes
    first: `/v1/products/batch` is no product.
    """
    paths = document.get("paths", {})
    templates = [path] if path in paths else [one for one in paths if _matches(one, path)]
    return sorted({method.upper() for one in templates for method in paths[one]})


def _matches(template: str, path: str) -> bool:
    literals = re.split(r"{\w+}", template)
    return re.fullmatch("[^/]+".join(re.escape(literal) for literal in literals), path) is not None


def _below(schemas: list[dict[str, Any]], step: int | str) -> list[dict[str, Any]]:
    if isinstance(step, int):
        return [schema["items"] for schema in schemas if "items" in schema]
    return [schema["properties"][step] for schema in schemas if step in schema.get("properties", {})]


def _properties(schema: dict[str, Any], document: dict[str, Any]) -> set[str]:
    return {name for one in _resolved(schema, document) for name in one.get("properties", ())}


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> list[dict[str, Any]]:
    """What a reference leads to; of something that may be `null`, all that it may be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document["components"]["schemas"][name], document)
    if "anyOf" in schema:
        return [found for one in schema["anyOf"] for found in _resolved(one, document)]
    return [schema]
