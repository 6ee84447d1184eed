"""Connections as the server keeps them: whoever does not get the headers of a request out in time is hung up on.

uvicorn limits how long a connection may rest between two requests, but not how long one request's headers may
take: a few thousand clients that send a byte a minute would leave no connection for anybody else. What comes
after the headers is limited by `service/http/body.py`.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

# All that h11, which is strict and has a limit, keeps of headers that are not complete.
HEADERS_MAXIMUM_BYTES = 32 * 1024
# Longer than proxies keep theirs (60 seconds, mostly): they never send to one that is just being closed.
KEEP_ALIVE_SECONDS = 65


class Connection(H11Protocol):
    """One connection of a client."""

    headers_seconds: float = 10
    _headers_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_idle():
            self._wait_for_headers()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        """Between two requests, as far as whole headers make a request."""
        return getattr(self.cycle, "response_complete", True)

    def _wait_for_headers(self) -> None:
        if self._headers_due is None:
            self._headers_due = self.loop.call_later(self.headers_seconds, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None

    def _hang_up(self) -> None:
        self._headers_due = None
        if self._is_idle():
            self.timeout_keep_alive_handler()
