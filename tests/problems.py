"""What every problem looks like (RFC 9457), whatever went wrong."""

from typing import Any

import httpx


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert list(problem) == ["type", "title", "status", "detail", "code", "errors"]
    assert problem["type"] == f"urn:byleave:problem:{code}"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"].endswith(".")
    for error in problem["errors"]:
        assert set(error) == {"path", "message"}
    return problem
