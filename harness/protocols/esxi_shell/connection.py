"""One client's connection to one host: who may log in, and what it may open."""

from __future__ import annotations

from collections.abc import Sequence

import asyncssh
from asyncssh.auth import KbdIntChallenge

from harness.loopback import reset_when_closed
from harness.protocols.esxi_shell.host_view import HostView
from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.terminal import Terminal
from harness.protocols.esxi_shell.transfer import HostFiles
from harness.protocols.esxi_shell.workers import Workers


class HostConnection(asyncssh.SSHServer):
    """Authentication against the host's own users; sessions are shells and file transfers, forwarding is refused."""

    def __init__(self, interpreter: Interpreter, workers: Workers, connections: set[HostConnection]) -> None:
        self._interpreter, self._workers, self._connections = interpreter, workers, connections
        self._connection: asyncssh.SSHServerConnection | None = None

    @property
    def host(self) -> HostView:
        """The host that the client reached."""
        return self._interpreter.host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection, so that it can be cut off."""
        self._connection = conn
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; its sessions learn of it by themselves."""
        self._connections.discard(self)

    def abort(self) -> None:
        """Cut the client off without a word, as a host does that is gone."""
        if self._connection:
            reset_when_closed(self._connection.get_extra_info("socket"))
            self._connection.abort()

    async def closed(self) -> None:
        """Return when the connection is gone."""
        if self._connection:
            await self._connection.wait_closed()

    def begin_auth(self, username: str) -> bool:
        """Everybody has to authenticate; the user's keys are looked up now."""
        keys = self.host.authorized_keys(username)
        if keys.strip() and self._connection:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(keys))
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are accepted."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Ask the host."""
        return self.host.check_password(username, password)

    def kbdint_auth_supported(self) -> bool:
        """The same password, asked for by the server."""
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> KbdIntChallenge:
        """One question, not echoed."""
        return "", "", "en", [(self.host.login.challenge, False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> KbdIntChallenge:
        """The answer is the password."""
        return len(responses) == 1 and self.validate_password(username, responses[0])

    def session_requested(self) -> asyncssh.SSHServerSession[str]:
        """A shell, a command line, sftp or scp."""
        return Terminal(self._interpreter, self._workers, lambda channel: HostFiles(channel, self.host, self._workers))
