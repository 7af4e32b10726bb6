"""Who is logged in to a server, and who of them to the other site as well."""

from __future__ import annotations

import secrets
import threading
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Security
from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBasicCredentials

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.protocols.web.server import Subject
from harness.units import Credentials
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.sites import SiteLost

REALM = "srm"
LOGIN = HTTPBasic(realm=REALM, description="A user of the site's vCenter Server.")
HEADER = APIKeyHeader(name="x-dr-session", auto_error=False, description="The id that a login gave.")
Given = Annotated[HTTPBasicCredentials, Depends(LOGIN)]


class Sessions:
    """Sessions by their ids. None outlives the loss of the server's site. For any thread."""

    def __init__(self, gateway: Gateway, site: str, login: Credentials) -> None:
        self._site, self._login = site, login
        self._lock = threading.Lock()
        self._open: dict[str, bool] = {}
        gateway.listen(self.follow)

    def follow(self, events: list[Event], _world: World) -> None:
        """Listen to the gateway."""
        if any(isinstance(event, SiteLost) and event.site == self._site for event in events):
            with self._lock:
                self._open.clear()

    def check_login(self, given: HTTPBasicCredentials) -> None:
        """Raises status 401 for a wrong user or password."""
        wanted = f"{self._login.user}:{self._login.password}".encode()
        if not secrets.compare_digest(f"{given.username}:{given.password}".encode(), wanted):
            raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": f'Basic realm="{REALM}"'})

    def log_in(self, given: HTTPBasicCredentials) -> str:
        """Open a session; its id."""
        self.check_login(given)
        session = secrets.token_hex(20)
        with self._lock:
            self._open[session] = False
        return session

    def log_out(self, session: str) -> None:
        """Close a session."""
        with self._lock:
            self._open.pop(session, None)

    def reach_out(self, session: str) -> None:
        """The session is one with the other site as well."""
        with self._lock:
            self._open[session] = True

    def check_remote(self, session: str) -> None:
        """Refuses ``NoPermission`` for a session that has not logged in to the other site."""
        with self._lock:
            remote = self._open.get(session, False)
        if not remote:
            message = "this concerns the other site: log in there first (POST .../pairings/{pairing_id}/remote-session)"
            raise Refusal("NoPermission", "session", message)

    def check_open(self, session: str | None) -> str:
        """The id of an open session; refuses ``NotAuthenticated`` for any other."""
        with self._lock:
            known = session in self._open
        if session is None or not known:
            raise Refusal("NotAuthenticated", "session", "no session: log in first (POST .../session)")
        return session


SESSIONS: Subject[Sessions] = Subject("sessions")


async def guard(given: Annotated[str | None, Security(HEADER)]) -> str:
    """A dependency: the id of the session that a request is in; refuses ``NotAuthenticated`` without one."""
    return SESSIONS().check_open(given)


OPEN: Any = Depends(guard)
"""The default of a parameter that takes this id."""
