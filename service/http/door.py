"""The door: every call under /v1 has a caller, known and within its limits before anything of it is read."""

from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from service.auth import Authenticator
from service.errors import Problem, ProblemCode
from service.limits import Limits

# Of these a second one could be read by a proxy where the first is read here, or the other way round.
_ONCE = frozenset({b"content-length", b"content-type", b"host", b"transfer-encoding"})


class Door:
    """Finds the caller, counts the call, and leaves the caller where the route looks for it."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, limits: Limits) -> None:
        self._app = app
        self._authenticator = authenticator
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _assert_unambiguous(scope)
        if scope["type"] != "http" or not _is_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        caller = await run_in_threadpool(self._authenticator.caller, sent)
        scope.setdefault("state", {})["caller"] = caller
        with self._limits.admit(caller):
            await self._app(scope, receive, send)


def _is_api(path: str) -> bool:
    return path == "/v1" or path.startswith("/v1/")


def _assert_unambiguous(scope: Scope) -> None:
    """What a proxy in front may have read differently is refused, not interpreted (RFC 9112, section 11.2)."""
    names = [name for name, _ in scope["headers"]]
    twice = any(names.count(name) > 1 for name in _ONCE)
    if twice or {b"content-length", b"transfer-encoding"} <= set(names):
        raise Problem(
            ProblemCode.AMBIGUOUS_REQUEST,
            "The headers can be read in two ways: send each of Host, Content-Type and Content-Length once, "
            "and no Content-Length with Transfer-Encoding.",
            status=400,
            headers={"Connection": "close"},
        )
