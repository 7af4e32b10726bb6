"""A connection of lines to vcsim, on which one thread listens while others speak."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import suppress

RECORD = 2**14
"""As many bytes as TLS has in a record at most."""


class Wire:
    """A dialled connection; ``begun`` is what has come on it already.

    OpenSSL does one thing at a time on a connection: whoever listens waits for bytes without it, and so does who cannot send.
    """

    def __init__(self, dialled: ssl.SSLSocket, begun: bytes = b"") -> None:
        dialled.settimeout(0)
        self._socket, self._begun = dialled, begun
        self._open_ssl, self._speaking = threading.Lock(), threading.Lock()

    def lines(self) -> Generator[bytes, None, None]:
        """What comes, line by line, until the other side hangs up. For one thread, which closes the connection in the end."""
        last = self._begun
        try:
            while True:
                *whole, last = last.split(b"\n")
                yield from whole
                if not (data := self._receive()):
                    return
                last += data
        finally:
            with self._open_ssl:
                self._socket.close()

    def say(self, line: bytes) -> None:
        """Send a line; for any thread. ``OSError``, or ``ValueError`` once it is closed, where the connection is lost."""
        with self._speaking:
            left = memoryview(line)
            while left:
                left = left[self._send(left) :]

    def hang_up(self) -> None:
        """End the connection for both sides: who listens and who speaks is told at once. For any thread."""
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _receive(self) -> bytes:
        while True:
            with self._open_ssl, suppress(ssl.SSLWantReadError):
                return self._socket.recv(RECORD)
            self._wait(select.POLLIN)

    def _send(self, data: memoryview) -> int:
        while True:
            with self._open_ssl, suppress(ssl.SSLWantWriteError):
                return self._socket.send(data)
            self._wait(select.POLLOUT)

    def _wait(self, event: int) -> None:
        waiting = select.poll()
        waiting.register(self._socket, event)
        waiting.poll()
