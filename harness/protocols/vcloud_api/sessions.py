"""Who has logged in."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from harness.units import Credentials

SYSTEM = "System"
"""The organisation of those who may see and do everything."""


@dataclass(frozen=True)
class Principal:
    """A user of an organisation."""

    user: str
    organisation: str

    @property
    def administrator(self) -> bool:
        """Whether it is a system administrator."""
        return self.organisation == SYSTEM


class Sessions:
    """The sessions of one vCloud Director by their tokens. They end when no cell runs any more (assumed). For any thread."""

    def __init__(self, users: Sequence[Credentials]) -> None:
        self._users = users
        self._lock = threading.Lock()
        self._open: dict[str, Principal] = {}

    def log_in(self, given: Credentials) -> tuple[str, Principal] | None:
        """A token for a user, who is named with the organisation (``admin@acme``); None for a wrong user or password."""
        wanted = f"{given.user}:{given.password}".encode()
        known = [secrets.compare_digest(f"{user.user}:{user.password}".encode(), wanted) for user in self._users]
        if not any(known):
            return None
        name, _, organisation = given.user.rpartition("@")
        token, principal = secrets.token_urlsafe(32), Principal(name, organisation)
        with self._lock:
            self._open[token] = principal
        return token, principal

    def find(self, token: str) -> Principal | None:
        """Who has that token."""
        with self._lock:
            return self._open.get(token)

    def log_out(self, token: str) -> None:
        """End one session."""
        with self._lock:
            self._open.pop(token, None)

    def end_all(self) -> None:
        """End all of them."""
        with self._lock:
            self._open.clear()
