"""One log line a request. It carries ids and numbers; never a name, a product or a reason."""

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger("service.http")


class RequestLog:
    """Method, route (not the path: it may carry products), key, status, milliseconds.

    Of what was sent only the method is in it, and that as JSON: a line cannot be made to look like two.
    """

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
                key=getattr(scope.get("state", {}).get("caller"), "key_id", None),
                status=status,
                ms=round((perf_counter() - started) * 1000, 1),
            )
