"""What surrounds every request: a limit on the body, one log line, no copies, and problems as problem+json.

A log line carries ids and numbers; never a name, a product or a reason.
"""

from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, TimeoutError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.described_api import allowed_methods, known_names
from service.errors import FieldError, Problem, ProblemCode
from service.validation_messages import field_error

BODY_MAXIMUM_BYTES = 5 * 1024 * 1024

_log = structlog.get_logger("service.http")


class BodyLimit:
    """Refuses a body over the limit as soon as that is known, whatever its headers claim."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > BODY_MAXIMUM_BYTES:
            await _problem_response(_too_large())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_MAXIMUM_BYTES:
                # Not a Problem: while it reads a body, FastAPI lets nothing else through unchanged.
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class NotStored:
    """What an answer under /v1 says of itself unless its route says otherwise: keep no copy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "private, no-store")
            await send(message)

        is_api = scope["type"] == "http" and scope["path"].startswith("/v1/")
        await self._app(scope, receive, marked if is_api else send)


class RequestLog:
    """One line a request: method, route (not the path: it may carry products), status, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            _log.info(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", None),
                status=status,
                ms=round((perf_counter() - started) * 1000, 1),
            )


def install(app: FastAPI) -> None:
    """Put all of it around `app`."""
    app.add_middleware(BodyLimit)
    app.add_middleware(NotStored)
    app.add_middleware(RequestLog)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DBAPIError, _on_storage_error)
    app.add_exception_handler(TimeoutError, _on_storage_error)
    app.add_exception_handler(Exception, _on_bug)


def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return _problem_response(error)


def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _problem_response(
        Problem(
            ProblemCode.INVALID_REQUEST,
            "The request is not as described in /openapi.json; `errors` says where.",
            status=422,
            errors=tuple(_field_error(request, one) for one in error.errors()[:100]),
        )
    )


def _field_error(request: Request, error: Mapping[str, Any]) -> FieldError:
    known: set[str] = set()
    if error["type"] == "extra_forbidden":
        path = getattr(request.scope.get("route"), "path", "")
        known = known_names(request.app.openapi(), path, request.method, error["loc"])
    return field_error(error, known)


def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return _problem_response(_too_large())
    code, detail, status = {
        404: (ProblemCode.NOT_FOUND, "There is nothing at this path. /docs lists what there is.", 404),
        405: (
            ProblemCode.METHOD_NOT_ALLOWED,
            "This path does not take this method. /docs lists what it takes.",
            405,
        ),
    }.get(error.status_code, (ProblemCode.INVALID_REQUEST, "The request could not be understood.", 422))
    headers = dict(error.headers or {})
    methods = allowed_methods(request.app.openapi(), request.scope["path"])
    if status == 405 and methods:
        # Starlette names the methods of the first route of this path only.
        headers["Allow"] = ", ".join(methods)
    return _problem_response(Problem(code, detail, status=status, headers=headers))


def _on_storage_error(request: Request, error: Exception) -> JSONResponse:
    _log.error("storage_unavailable", error=type(error).__name__)
    return _problem_response(
        Problem(
            ProblemCode.STORAGE_UNAVAILABLE,
            "The database could not be read or written; nothing was changed. Try again, and see /readyz.",
            status=503,
            headers={"Retry-After": "1"},
        )
    )


def _on_bug(request: Request, error: Exception) -> JSONResponse:
    return _problem_response(
        Problem(
            ProblemCode.INTERNAL_ERROR,
            "This is a fault of the service, not of the request; its log has the details.",
            status=500,
        )
    )


def _too_large() -> Problem:
    return Problem(
        ProblemCode.BODY_TOO_LARGE,
        f"A body may have {BODY_MAXIMUM_BYTES // 1024 // 1024} MiB at most; send it in parts.",
        status=413,
    )


def _problem_response(problem: Problem) -> JSONResponse:
    content: dict[str, Any] = {
        "type": f"urn:byleave:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code.value,
        "errors": [{"path": one.path, "message": one.message} for one in problem.errors],
    }
    return JSONResponse(
        content,
        status_code=problem.status,
        headers={"Cache-Control": "no-store", **problem.headers},
        media_type="application/problem+json",
    )
