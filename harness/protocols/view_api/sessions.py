"""Who has logged in to a connection server."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from harness.units import Credentials


class Sessions:
    """The sessions of one connection server by the values of their cookies. For any thread."""

    def __init__(self, users: Mapping[str, Credentials]) -> None:
        self._users = users
        self._lock = threading.Lock()
        self._open: dict[str, str] = {}

    def log_in(self, user: str, password: str) -> str:
        """A new session of a user; empty for a wrong name or password."""
        known = self._users.get(user.lower(), Credentials("", ""))
        if not secrets.compare_digest(known.password.encode(), password.encode()) or not known.user:
            return ""
        token = secrets.token_hex(16).upper()
        with self._lock:
            self._open[token] = known.user
        return token

    def user(self, token: str) -> str:
        """Whose session that is; empty for none."""
        with self._lock:
            return self._open.get(token, "")

    def log_out(self, token: str) -> None:
        """End one session."""
        with self._lock:
            self._open.pop(token, None)

    def end_all(self) -> None:
        """End all of them."""
        with self._lock:
            self._open.clear()
