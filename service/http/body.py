"""How much of a body is read, how long that may take, and in which coding it comes."""

import math

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import Problem, ProblemCode

BODY_MAXIMUM_BYTES = 5 * 1024 * 1024


class BodyLimits:
    """Refuses a body that is compressed, too large or too slow, as soon as that is known.

    A compressed body would have to be unpacked before its size is known, so none is.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        _assert_plain(headers)
        declared = headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > BODY_MAXIMUM_BYTES:
            raise too_large()
        received, deadline, whole = 0, anyio.current_time() + self._seconds, False

        async def counted() -> Message:
            nonlocal received, whole
            # After its body a request is only listened to for its end.
            with anyio.CancelScope(deadline=math.inf if whole else deadline) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                # Not a Problem: while it reads a body, FastAPI lets nothing else through unchanged.
                raise HTTPException(408)
            received += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if received > BODY_MAXIMUM_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class HangUp:
    """Closes the connection after an answer that was given before the whole body had come.

    Otherwise who was refused could go on sending for ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        whole = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"

        async def watched() -> Message:
            nonlocal whole
            message = await receive()
            whole = not message.get("more_body", False)
            return message

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, watched, closing)


def too_large() -> Problem:
    return Problem(
        ProblemCode.BODY_TOO_LARGE,
        f"A body may have {BODY_MAXIMUM_BYTES // 1024 // 1024} MiB at most; send it in parts.",
        status=413,
    )


def too_slow() -> Problem:
    return Problem(
        ProblemCode.REQUEST_TIMEOUT,
        "The body did not arrive in time, and nothing was changed; send it again, in smaller parts.",
        status=408,
    )


def _assert_plain(headers: Headers) -> None:
    codings = {one.strip().lower() for line in headers.getlist("content-encoding") for one in line.split(",")}
    if codings - {"", "identity"}:
        raise Problem(
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            "Send the body as it is, without Content-Encoding.",
            status=415,
            headers={"Accept-Encoding": "identity"},
        )
