"""HTTPS connections for clients with many small calls, each of which has its answer before the next.

What goes over the wire is as with http.client. That makes a parser of e-mails, a file and checks of each field for every call,
which costs more than the call; here a connection has one file for all of its answers, and a header is a line with a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from http.client import BadStatusLine, HTTPMessage, HTTPSConnection, IncompleteRead, LineTooLong, RemoteDisconnected
from io import BufferedReader, BytesIO

LONGEST_LINE = 65536
"""As many bytes as http.client takes."""
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Answer(BytesIO):
    """An answer that has come whole; what it holds is its body."""

    def __init__(self, status: int, reason: str, headers: HTTPMessage, body: bytes) -> None:
        super().__init__(body)
        self.status, self.reason, self.headers = status, reason, headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The value of a header, or ``default`` where there is none."""
        values = self.headers.get_all(name)
        return ", ".join(values) if values else default


class LeanConnection(HTTPSConnection):
    """One connection. Where it breaks before all of an answer has come it raises an ``OSError`` or an ``HTTPException``."""

    _incoming: BufferedReader

    def connect(self) -> None:
        """Connect, and agree on keys."""
        super().connect()
        self._incoming = self.sock.makefile("rb")

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if incoming := vars(self).pop("_incoming", None):
            incoming.close()
        super().close()

    def request(  # type: ignore[override] # no bodies in pieces
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a request, in one piece."""
        if self.sock is None:
            self.connect()
        host = f"[{self.host}]" if ":" in self.host else self.host
        fields = {"Host": f"{host}:{self.port}", "Accept-Encoding": "identity", **(headers or {})}
        if body is not None or method in {"PATCH", "POST", "PUT"}:
            fields["Content-Length"] = str(len(body or b""))
        lines = [f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a line break in a header")
        self.sock.sendall("\r\n".join([*lines, "\r\n"]).encode("latin-1") + (body or b""))

    def getresponse(self) -> Answer:  # type: ignore[override] # it has come whole, and has no connection any more
        """The answer, once all of it has come."""
        version, status, reason = self._status()
        headers = self._headers()
        if status < HTTPStatus.OK:
            return self.getresponse()  # that was to say that one will come
        body = b"" if status in BODILESS else self._body(headers)
        if version == "HTTP/1.0" or "close" in headers.get("Connection", "").lower():
            self.close()
        return Answer(status, reason, headers, body)

    def _status(self) -> tuple[str, int, str]:
        """The version, the status and the reason."""
        line = self._line()
        if not line:
            raise RemoteDisconnected("Remote end closed connection without response")
        version, status, reason = (*line.split(None, 2), "", "")[:3]
        if not version.startswith("HTTP/1.") or not status.isdecimal():
            raise BadStatusLine(line)
        return version, int(status), reason.strip()

    def _headers(self) -> HTTPMessage:
        found = HTTPMessage()
        while (line := self._line()).strip():
            name, _, value = line.partition(":")
            found.set_raw(name, value.strip())
        if not line:
            raise IncompleteRead(b"")
        return found

    def _body(self, headers: HTTPMessage) -> bytes:
        """By its length, in chunks, or all until the connection ends."""
        length = headers.get("Content-Length", "")
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = list(iter(self._chunk, b""))
            self._headers()  # of what follows the last one, which nobody needs
            return b"".join(chunks)
        if length.isdecimal():
            return self._bytes(int(length))
        headers.set_raw("Connection", "close")
        return self._incoming.read()

    def _chunk(self) -> bytes:
        """The next one; the last one is empty."""
        try:
            size = int(self._line().partition(";")[0], 16)
        except ValueError:
            raise IncompleteRead(b"") from None
        found = self._bytes(size)
        if size:
            self._line()
        return found

    def _bytes(self, number: int) -> bytes:
        found = self._incoming.read(number)
        if len(found) < number:
            raise IncompleteRead(found, number - len(found))
        return found

    def _line(self) -> str:
        """One line, with its end; empty where the connection has ended."""
        found = self._incoming.readline(LONGEST_LINE + 1)
        if len(found) > LONGEST_LINE:
            raise LineTooLong("a line of an answer")
        return found.decode("latin-1")
