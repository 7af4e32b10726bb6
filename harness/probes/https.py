"""Clients of management APIs that are web applications: how they dial, and what it means where nobody answers."""

from __future__ import annotations

import json
import select
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

from harness.headers import read_plainly
from harness.patience import Patience
from harness.probes.diary import Diary
from harness.probes.failures import Silence
from harness.probes.place import Access
from harness.probes.silence import classify
from harness.probes.trust import tls_context
from harness.units import Credentials

read_plainly()
KEPT = 4.0
"""Wall seconds for which a connection is kept that nobody uses: less than any server keeps one."""


@dataclass(frozen=True)
class Answer:
    """What came back; any status is an answer."""

    status: int
    headers: Message
    content: bytes

    @property
    def is_error(self) -> bool:
        """Whether the status says that it is not what was asked for."""
        return self.status >= HTTPStatus.BAD_REQUEST

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The content as JSON; raises ``ValueError`` for what is none."""
        return json.loads(self.content)


class NoAnswerError(Exception):
    """Nobody answered: the connection was not made, or broke before all of the answer had come."""

    def __init__(self, silence: Silence, reason: str) -> None:
        super().__init__(reason)
        self.silence = silence


class HttpsClient:
    """Talks to one management API at ``url``, over one connection that is kept for a moment. Every call has a deadline."""

    def __init__(self, access: Access, url: str, identity: str, diary: Diary | None) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._above = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._access, self._identity = access, identity
        self._patience = diary.patience if diary else Patience()
        self._context: SSLContext | None = None
        self._connection: HTTPSConnection | None = None
        self._used = 0.0

    def request(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for ``target``, which is below the address of the API. Raises ``NoAnswerError``."""
        connection = self._dialled()
        try:
            connection.request(method, self._above + target, body or None, {"Accept": "*/*", **(headers or {})})
            answer = connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        except (OSError, HTTPException) as error:
            self.close()
            raise NoAnswerError(_silence(error, "reset"), str(error)) from error
        self._used = time.monotonic()
        return found

    def close(self) -> None:
        """Hang up."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _dialled(self) -> HTTPSConnection:
        """The connection that is kept, unless the other end has hung up meanwhile, or a new one."""
        if self._connection and self._is_fit(self._connection):
            return self._connection
        self.close()
        try:
            self._context = self._context or tls_context(self._identity, self._access.address, self._patience.dial)
            connection = HTTPSConnection(self._host, self._port, timeout=self._patience.dial, context=self._context)
            connection.connect()
        except (OSError, HTTPException) as error:
            raise NoAnswerError(_silence(error, "refused"), str(error)) from error
        connection.sock.settimeout(self._patience.call)
        self._connection = connection
        return connection

    def _is_fit(self, connection: HTTPSConnection) -> bool:
        """Whether it may be used again: nothing has come since the last answer, as it does where the other end hangs up."""
        if connection.sock is None or time.monotonic() - self._used > KEPT:
            return False
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        return not poll.poll(0)


def basic(login: Credentials) -> dict[str, str]:
    """The header of somebody who logs in with each call."""
    return {"Authorization": f"Basic {b64encode(f'{login.user}:{login.password}'.encode()).decode()}"}


def as_json(body: object) -> tuple[bytes, dict[str, str]]:
    """A body and its header; none for ``None``."""
    return (b"", {}) if body is None else (json.dumps(body).encode(), {"Content-Type": "application/json"})


def _silence(error: Exception, otherwise: Silence) -> Silence:
    kind = classify(error)
    return otherwise if kind == "failed" else kind
