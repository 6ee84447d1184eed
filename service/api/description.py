"""The OpenAPI document: what FastAPI makes of the routes, with an example for each request and answer.

The examples are put in afterwards, because FastAPI takes every `null` out of those that it is given.
"""

from typing import Any

from fastapi import FastAPI

from service.api.examples import ANSWERS, PROBLEM, REQUESTS

_JSON, _PROBLEM_JSON = "application/json", "application/problem+json"


class DescribedApi(FastAPI):
    """A FastAPI whose OpenAPI document can be learned from."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    _describe(operation)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _describe(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    if "requestBody" in operation:
        operation["requestBody"]["content"][_JSON]["example"] = REQUESTS[name]
    for status, answer in operation["responses"].items():
        if _PROBLEM_JSON in answer["content"]:
            # FastAPI adds its own media type to every model; a problem has one.
            answer["content"] = {_PROBLEM_JSON: answer["content"][_PROBLEM_JSON]}
            if status == str(PROBLEM["status"]):
                answer["content"][_PROBLEM_JSON]["example"] = PROBLEM
        else:
            answer["content"][_JSON]["example"] = ANSWERS[name]
