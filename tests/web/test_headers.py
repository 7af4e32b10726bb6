"""What http.client makes of the headers of an answer, with the parser of mails and without."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from io import BytesIO

import pytest

from harness import headers
from harness.headers import read_plainly

PLAIN = b"Content-Type: text/xml\r\nset-cookie: a=b; Path=/\r\nSet-Cookie:c=d\r\nX-Empty:\r\nX-Odd:\t \xe4 : x \r\n\r\n"
CUT = b"Content-Length: 5\r\nDate: Mon"
FOLDED = b"Server: one\r\n\ttwo\r\nContent-Length: 5\r\n\r\n"
BARE = b"Server: one\nContent-Length: 5\n\n"
NAMELESS = b": nobody\r\nContent-Length: 5\r\n\r\n"
STRANGE = b"Content-Length: 5\r\nno header\r\nDate: Mon\r\n\r\n"
RETURNS = b"Server: one\rContent-Length: 5\r\n\r\n"
NONE = b"\r\n"


@pytest.fixture
def as_it_comes() -> Iterator[None]:
    kept = http.client.parse_headers
    http.client.parse_headers = headers._parse
    yield
    http.client.parse_headers = kept


@pytest.mark.parametrize("text", [PLAIN, CUT, FOLDED, BARE, NAMELESS, STRANGE, RETURNS, NONE])
def test_headers_are_read_as_the_library_reads_them(as_it_comes: None, text: bytes) -> None:
    file = BytesIO(text + b"body\r\n")
    expected = http.client.parse_headers(file)
    left = file.read()

    read_plainly()
    file = BytesIO(text + b"body\r\n")
    found = http.client.parse_headers(file)

    assert (type(found), found.items(), file.read()) == (type(expected), expected.items(), left)
    assert found.get_all("set-cookie") == expected.get_all("Set-Cookie")


def test_what_is_plain_needs_no_parser_of_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise AssertionError("the library's parser was asked")

    monkeypatch.setattr(headers, "_parse", fail)
    assert headers._parse_headers(BytesIO(PLAIN))["X-Odd"] == "\xe4 : x "
    with pytest.raises(AssertionError, match="was asked"):
        headers._parse_headers(BytesIO(FOLDED))


def test_a_header_without_end_is_refused_as_ever() -> None:
    with pytest.raises(http.client.LineTooLong):
        headers._parse_headers(BytesIO(b"X: " + b"x" * 100_000))
