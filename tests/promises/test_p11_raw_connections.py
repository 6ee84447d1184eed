"""P11 on the wire, against a real server: requests that can be read in two ways, that never end, or that lie.

Nothing is let in by them, nothing leaks, nothing is a 5xx, and all others are served meanwhile.
"""

import json
import re
import shutil
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import Server

BODY_SECONDS = 2


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What is tried here ends before the database; one kind is enough."""
    folder = tmp_path_factory.mktemp("raw")
    shutil.copy(sqlite_template, folder / "byleave.db")
    url = f"sqlite:///{folder / 'byleave.db'}"
    with Server(url, folder, BYLEAVE_BODY_SECONDS=str(BODY_SECONDS)) as running:
        yield running


def connect(server: Server) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=15)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def everything_from(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up, or says nothing more for a second."""
    connection.settimeout(1)
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except (TimeoutError, ConnectionResetError):
        pass
    return received


def send(server: Server, *parts: bytes) -> bytes:
    with connect(server) as connection:
        connection.sendall(b"".join(parts))  # at once: what is hidden is there before the answer is
        return everything_from(connection)


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def lines(server: Server, *some: str, key: str | None = None) -> bytes:
    always = ["Host: shop", f"Authorization: Bearer {key or server.admin_key}"]
    if some[0].startswith("GET"):
        always.append("Connection: close")  # so that the test need not wait for more
    return "\r\n".join([*some[:1], *always, *some[1:], "", ""]).encode("latin-1")


def bodies_for(server: Server) -> bytes:
    """A whole second request, hidden in the body of the first."""
    return lines(server, "GET /v1/purposes HTTP/1.1")


def test_the_server_answers_a_plain_request(server: Server) -> None:
    assert statuses(send(server, lines(server, "GET /v1/purposes HTTP/1.1"))) == [200]


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 4", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 0"],
        ["Content-Length: 0", "Content-Length: 90"],
        ["Content-Length: 90", "Content-Length: 0"],
        ["Content-Length: 0, 90"],
        ["Content-Length: +0"],
        ["Content-Length: -1"],
        ["Content-Length: 0x5"],
        ["Content-Length: 1e1"],
        ["Content-Length: 99999999999999999999999"],
        ["Content-Length : 0"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: identity, chunked"],
        ["Transfer-Encoding : chunked"],
        ["Transfer-Encoding:\x0bchunked"],
        ["Host: evil.example"],
        ["Content-Type: application/json", "Content-Type: text/plain"],
        ["X-Bare\rContent-Length: 5"],
        ["\x00: 1"],
        ["No colon"],
    ],
    ids=str,
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    server: Server, headers: list[str]
) -> None:
    hidden = bodies_for(server)
    answer = send(server, lines(server, "POST /v1/events HTTP/1.1", *headers), b"0\r\n\r\n", hidden)
    assert len(statuses(answer)) == 1, answer
    assert 400 <= statuses(answer)[0] < 500, answer
    assert b"Show me personal suggestions" not in answer, "the hidden request was not served"


def test_a_folded_header_is_one_header(server: Server) -> None:
    """Refused, or read as RFC 9112 (section 5.2) says: as if there were a space. Never as a second header."""
    folded = lines(server, "GET /v1/purposes HTTP/1.1", "X-Note: a\r\n Authorization: Bearer x", key="wrong")
    assert statuses(send(server, folded)) in ([400], [401])
    split = b"GET /v1/purposes HTTP/1.1\r\nHost: shop\r\nX-Note: a\r\n\tAuthorization: Bearer "
    assert statuses(send(server, split + server.admin_key.encode() + b"\r\n\r\n")) in ([400], [401])


def test_chunks_that_lie_hide_nothing(server: Server) -> None:
    start = lines(
        server, "POST /v1/events HTTP/1.1", "Transfer-Encoding: chunked", "Content-Type: application/json"
    )
    hidden = bodies_for(server)
    for chunks in (
        b"zz\r\n",
        b"-1\r\n{}\r\n",
        b"2;\x00\r\n{}\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"f" * 40 + b"\r\n",
    ):
        answer = send(server, start, chunks, hidden)
        assert all(400 <= status < 500 for status in statuses(answer)), (chunks, answer)
        assert b"Show me personal suggestions" not in answer


def test_one_header_too_many_opens_nothing(server: Server) -> None:
    key = f"Authorization: Bearer {server.admin_key}"
    for headers in ([key], ["authorization: Bearer x"], ["AUTHORIZATION: Bearer x"], ["Authorization:"]):
        assert statuses(send(server, lines(server, "GET /v1/purposes HTTP/1.1", *headers))) == [401]
    for header in ("Authorization\t: Bearer", "Proxy-Authorization: Bearer", "X-Authorization: Bearer"):
        request = f"GET /v1/purposes HTTP/1.1\r\nHost: s\r\n{header} {server.admin_key}\r\n\r\n"
        assert statuses(send(server, request.encode())) in ([400], [401])


def test_headers_without_end_have_an_end(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n")
        try:
            for number in range(200):
                connection.sendall(f"X-{number}: {'x' * 1000}\r\n".encode())
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            assert statuses(everything_from(connection)) == [400]
    assert statuses(send(server, b"GET /" + b"x" * 100_000)) in ([400], [])


def test_a_body_that_comes_too_slowly_is_given_up(server: Server) -> None:
    with connect(server) as connection:
        started = time.monotonic()
        json_header = "Content-Type: application/json"
        connection.sendall(lines(server, "POST /v1/events HTTP/1.1", "Content-Length: 5000", json_header))
        try:
            while time.monotonic() - started < BODY_SECONDS * 4:
                connection.sendall(b" ")  # not silence: a byte now and then
                time.sleep(0.1)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - started < BODY_SECONDS * 2, "it was hung up on"
        answer = everything_from(connection)
    if answer:  # a reset may overtake it
        assert statuses(answer) == [408]
        assert b'"code":"request_timeout"' in answer
        assert b"connection: close" in answer.lower()


def test_a_body_that_stops_is_answered_408(server: Server) -> None:
    with connect(server) as connection:
        json_header = "Content-Type: application/json"
        connection.sendall(
            lines(server, "POST /v1/events HTTP/1.1", "Content-Length: 50", json_header) + b"{"
        )
        time.sleep(BODY_SECONDS + 0.3)
        answer = everything_from(connection)
    assert statuses(answer) == [408]
    assert b'"code":"request_timeout"' in answer


def test_others_are_served_while_many_are_slow(server: Server) -> None:
    slow = [connect(server) for _ in range(200)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(
                b"GET /v1/purposes HTTP/1.1\r\nHo"
                if number % 2
                else lines(server, "POST /v1/events HTTP/1.1", "Content-Length: 9000") + b"{"
            )
        for _ in range(5):
            started = time.monotonic()
            headers = {"Authorization": f"Bearer {server.admin_key}"}
            assert httpx.get(f"{server.url}/v1/recommendations", headers=headers).status_code == 200
            assert time.monotonic() - started < 1.5
    finally:
        for connection in slow:
            connection.close()


def test_who_has_no_key_is_answered_before_the_body_and_hung_up_on(server: Server) -> None:
    for headers in (
        ["Content-Length: 5000000"],
        ["Transfer-Encoding: chunked"],
        ["Content-Length: 99999999"],
    ):
        answer = send(server, lines(server, "POST /v1/events HTTP/1.1", *headers, key="nobody"))
        assert statuses(answer) == [401]
        assert b"connection: close" in answer.lower()


def test_what_is_packed_is_not_unpacked(server: Server) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([packer.compress(b" " * 1_000_000) for _ in range(200)]) + packer.flush()
    headers = {"Authorization": f"Bearer {server.admin_key}", "Content-Type": "application/json"}
    for coding in ("gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP", "x-gzip", "made-up"):
        started = time.monotonic()
        answer = httpx.post(
            f"{server.url}/v1/events", content=bomb, headers=headers | {"Content-Encoding": coding}
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        assert time.monotonic() - started < 2
    plain = httpx.post(
        f"{server.url}/v1/events", content=b"{}", headers=headers | {"Content-Encoding": "identity"}
    )
    assert plain.status_code == 422


def test_a_line_of_the_log_cannot_be_made_up(server: Server) -> None:
    fake = '{"event": "request", "status": 200, "key": "FAKED"}'
    escaped = "".join(f"%{byte:02x}" for byte in f"\r\n{fake}\r\n".encode())
    for target in (
        f"/v1/{escaped}",
        f"/v1/customers/{escaped}/uses",
        f"/v1/purposes?{escaped}",
        f"/{escaped}",
    ):
        send(server, lines(server, f"GET {target} HTTP/1.1", "X-Request-Id: FAKED", f"User-Agent: {fake}"))
        send(server, lines(server, f"GET {target} HTTP/1.1", key=f"blk_FAKED.{escaped}"))
    send(server, lines(server, "FAKED /v1/purposes HTTP/1.1"))
    send(server, f"GET {fake} HTTP/1.1\r\n\r\n".encode())
    send(server, b"GET / HTTP/1.1\r\nHost: shop\r\nX: \x1b[31mFAKED\x1b[0m\x85FAKED\r\n\r\n")
    written = server.log_path.read_text("utf-8").splitlines()
    told = [json.loads(line) for line in written if line.startswith("{")]
    assert len(told) > 10
    for line in told:
        assert set(line) >= {"event", "level", "timestamp"}
        assert line.get("key") in ("admin", None)
        assert line.pop("method", None) in ("GET", "POST", "FAKED")
        assert "FAKED" not in json.dumps(line)
    assert [line for line in written if not line.startswith("{") and "FAKED" in line] == []


def test_nothing_that_was_tried_was_a_fault_of_the_service(server: Server) -> None:
    written = server.log_path.read_text("utf-8")
    assert "Traceback" not in written
    assert not re.search(r'"status": 5\d\d', written)
