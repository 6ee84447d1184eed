"""Every error as problem+json (RFC 9457), whatever raised it. None tells how the service is made."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.described_api import allowed_methods, known_names
from service.errors import FieldError, Problem, ProblemCode
from service.http.body import too_large, too_slow
from service.validation_messages import field_error

_log = structlog.get_logger("service.http")
_OF_BODIES = {408: too_slow, 413: too_large}


class ErrorsAnswered:
    """Answers what is raised around the routes as it is answered inside them, a bug included.

    Inside of what marks answers (CORS, log), so that errors are marked, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except (Problem, DBAPIError, TimeoutError) as error:
            if started:
                raise
            await _answer(error)(scope, receive, send)
        except Exception:
            if scope["type"] == "http" and not started:
                await _bug()(scope, receive, send)
            raise  # for the log


def install(app: FastAPI) -> None:
    """Answer what is raised inside the routes of `app`."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DBAPIError, _on_storage_error)
    app.add_exception_handler(TimeoutError, _on_storage_error)


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
    if error.status_code in _OF_BODIES:
        return _problem_response(_OF_BODIES[error.status_code]())
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
    assert isinstance(error, DBAPIError | TimeoutError)
    return _answer(error)


def _answer(error: Problem | DBAPIError | TimeoutError) -> JSONResponse:
    if isinstance(error, Problem):
        return _problem_response(error)
    _log.error("storage_unavailable", error=type(error).__name__)
    return _problem_response(
        Problem(
            ProblemCode.STORAGE_UNAVAILABLE,
            "The database could not be read or written; nothing was changed. Try again, and see /readyz.",
            status=503,
            headers={"Retry-After": "1"},
        )
    )


def _bug() -> JSONResponse:
    return _problem_response(
        Problem(
            ProblemCode.INTERNAL_ERROR,
            "This is a fault of the service, not of the request; its log has the details.",
            status=500,
        )
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
