# ruff: noqa: ANN401 - requests of any kind
"""What a lean connection says and hears is what one of http.client does."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPSConnection
from typing import Any

import pytest

from harness.lean_https import LeanConnection
from harness.protocols.web.certificate import server_context

ENOUGH = 20.0
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: a: b\r\n\r\nhello",
    b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Not so\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\n\r\nuntil it ends",
)
BROKEN = (
    b"",
    b"nonsense\r\n\r\n",
    b"HTTP/1.1 many OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n",
)


class Server:
    """Takes one connection at a time, reads what is asked and says what it is told to, and then hangs up."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool, self._listener = pool, socket.create_server(("127.0.0.1", 0))

    def ask(self, kind: Any, says: bytes, *asked: Any) -> tuple[Any, bytes]:
        """What comes of a request for ``kind`` of connection, and what it sent."""
        heard = self._pool.submit(self._serve, says)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        wire = kind("127.0.0.1", self._listener.getsockname()[1], timeout=ENOUGH, context=context)
        try:
            wire.request(*asked)
            answer = wire.getresponse()
            headers = [(name.lower(), value) for name, value in answer.headers.items()]
            found = answer.status, answer.reason, headers, answer.getheader("SET-COOKIE", "none"), answer.read()
            return (*found, wire.sock is None), heard.result(ENOUGH)
        except HTTPException as error:
            return type(error), b""
        finally:
            wire.close()

    def _serve(self, says: bytes) -> bytes:
        plain, _ = self._listener.accept()
        with server_context().wrap_socket(plain, server_side=True) as wire:
            heard = wire.recv(65536)
            if b"Content-Length: 4" in heard and heard.endswith(b"\r\n\r\n"):
                heard += wire.recv(65536)  # http.client sends a body by itself
            wire.sendall(says)
            return heard

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with ThreadPoolExecutor(1) as pool:
        made = Server(pool)
        yield made
        made.close()


@pytest.mark.parametrize("says", ANSWERS)
def test_an_answer_is_what_http_client_makes_of_it(server: Server, says: bytes) -> None:
    theirs, _ = server.ask(HTTPSConnection, says, "GET", "/x")
    ours, _ = server.ask(LeanConnection, says, "GET", "/x")
    assert [each for each in ours[2] if each != ("connection", "close")] == [each for each in theirs[2] if "close" not in each]
    assert ours[:2] + ours[3:] == theirs[:2] + theirs[3:]


@pytest.mark.parametrize("says", BROKEN)
def test_what_is_no_answer_is_told_as_http_client_tells_it(server: Server, says: bytes) -> None:
    theirs, _ = server.ask(HTTPSConnection, says, "GET", "/x")
    ours, _ = server.ask(LeanConnection, says, "GET", "/x")
    assert ours is theirs
    assert issubclass(ours, HTTPException)


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", "/x?y=%20", None, {"Accept": "*/*"}),
        ("POST", "/sdk", b"<a/>", {"Cookie": "", "Accept-Encoding": "gzip, deflate"}),
        ("POST", "/x", None, {}),
        ("DELETE", "/x"),
    ],
)
def test_a_request_is_sent_as_http_client_sends_it(server: Server, asked: tuple[Any, ...]) -> None:
    says = ANSWERS[0]
    _, theirs = server.ask(HTTPSConnection, says, *asked)
    _, ours = server.ask(LeanConnection, says, *asked)
    head, _, body = ours.partition(b"\r\n\r\n")
    other, _, sent = theirs.partition(b"\r\n\r\n")
    assert head.splitlines()[0] == other.splitlines()[0]
    assert (sorted(head.splitlines()), body) == (sorted(other.splitlines()), sent)


def test_no_header_brings_another_one() -> None:
    left, right = socket.socketpair()
    wire = LeanConnection("127.0.0.1")
    wire.sock = left
    with left, right, pytest.raises(ValueError, match="line break"):
        wire.request("GET", "/x", None, {"X": "a\r\nY: b"})
