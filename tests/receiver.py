"""A receiver of webhooks on this machine, which takes, refuses or keeps waiting what it is told to."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

SECRET = "whsec_" + base64.b64encode(b"a secret that two parties share.").decode()


class Receiver:
    """`requests` are all that came; `answers` says what becomes of each: a status, `None` for silence."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answer: Callable[[int], int | None] = lambda number: 204
        self._let_go = Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append({"path": self.path, "headers": headers, "body": body})
                status = receiver.answer(len(receiver.requests))
                if status is None:
                    receiver._let_go.wait(30)
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status in (301, 302, 307, 308):
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(one["body"]) for one in self.requests]

    def ids(self) -> list[str]:
        return [one["headers"]["webhook-id"] for one in self.requests]

    def wait_for(self, requests: int, seconds: float = 30) -> None:
        wait_until(lambda: len(self.requests) >= requests, seconds)


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_genuine(request: dict[str, Any], secret: str = SECRET) -> bool:
    """Written from the specification, not from our code."""
    headers = request["headers"]
    key = base64.b64decode(secret[len("whsec_") :])
    content = ".".join([headers["webhook-id"], headers["webhook-timestamp"], request["body"]])
    digest = hmac.digest(key, content.encode("utf-8"), "sha256")
    version, _, given = headers["webhook-signature"].partition(",")
    return version == "v1" and hmac.compare_digest(base64.b64decode(given), digest)
