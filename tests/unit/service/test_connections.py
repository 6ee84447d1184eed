"""Connections: who does not get a request's headers out in time is hung up on; who does is not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from service.connections import Connection

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
A_REQUEST = b"GET / HTTP/1.1\r\nHost: byleave\r\n\r\n"


class _Impatient(Connection):
    headers_seconds = 0.3


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.6 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def talk(conversation: Talk) -> None:
    async def run() -> None:
        config = Config(_app, http=_Impatient, ws="none", lifespan="off", log_config=None)
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Impatient(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                await asyncio.wait_for(conversation(reader, writer), 5)
            finally:
                writer.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("before", "sent"),
    [(b"", b""), (b"", A_REQUEST[:20]), (A_REQUEST, A_REQUEST[:20])],
    ids=["nothing comes", "a part comes", "of the second request a part comes"],
)
def test_headers_that_do_not_come_are_not_waited_for(before: bytes, sent: bytes) -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        if before:
            assert b"204" in await reader.readuntil(b"\r\n\r\n")
        started = asyncio.get_running_loop().time()
        # On a slow machine the last pieces are on their way when the other side hangs up, and break the pipe.
        with suppress(ConnectionError):
            for piece in range(len(sent)):
                writer.write(sent[piece : piece + 1])
                await asyncio.sleep(0.01)
            started = asyncio.get_running_loop().time()
            assert await reader.read() == b"", "hung up on"
        assert asyncio.get_running_loop().time() - started < 1

    talk(conversation)


def test_a_request_may_take_longer_than_its_headers() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(A_REQUEST.replace(b" / ", b" /slow "))
            assert b"204" in await reader.readuntil(b"\r\n\r\n")

    talk(conversation)


def test_between_two_requests_it_may_rest() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(A_REQUEST)
            assert b"204" in await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.5)

    talk(conversation)
