"""The limit on bodies: a body over it is refused as soon as that is known, whatever its headers claim."""

import asyncio
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from service.errors import Problem
from service.http.body import BODY_MAXIMUM_BYTES, BodyLimits

Message = MutableMapping[str, Any]
A_MEBIBYTE = 1024 * 1024


class _App:
    """Reads the whole body, and remembers how much of it came through."""

    def __init__(self) -> None:
        self.read = 0
        self.called = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.called = True
        more = True
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)


def send_body(app: _App, sizes: Iterator[int] | list[int], *headers: tuple[bytes, bytes]) -> list[Message]:
    """Send chunks of these sizes through the limit; gives what was answered by the limit itself."""
    chunks = iter(list(sizes))
    answered: list[Message] = []

    async def receive() -> Message:
        size = next(chunks, None)
        return {"type": "http.request", "body": b"x" * (size or 0), "more_body": size is not None}

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    asyncio.run(BodyLimits(app, seconds=30)(scope, receive, send))
    return answered


def test_a_body_up_to_the_limit_comes_through_whole() -> None:
    app = _App()
    assert send_body(app, [A_MEBIBYTE] * 5) == []
    assert app.read == BODY_MAXIMUM_BYTES == 5 * A_MEBIBYTE


def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read() -> None:
    app = _App()
    for declared in (str(BODY_MAXIMUM_BYTES + 1), "9" * 5_000):
        with pytest.raises(Problem) as refused:
            send_body(app, [1], (b"content-length", declared.encode()))
        assert refused.value.status == 413
    assert not app.called


@pytest.mark.parametrize("claimed", [[], [(b"content-length", b"7")], [(b"content-length", b"seven")]])
def test_a_body_that_grows_over_the_limit_is_stopped_there(claimed: list[tuple[bytes, bytes]]) -> None:
    app = _App()
    with pytest.raises(HTTPException) as stopped:
        send_body(app, [A_MEBIBYTE] * 60, *claimed)
    assert stopped.value.status_code == 413
    assert app.read <= BODY_MAXIMUM_BYTES


def test_one_byte_too_many_is_too_many() -> None:
    with pytest.raises(HTTPException):
        send_body(_App(), [BODY_MAXIMUM_BYTES, 1])
