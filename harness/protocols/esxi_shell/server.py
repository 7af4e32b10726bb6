"""The SSH side of all hosts of a lab: one listener per host, one event loop in one thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import asyncssh

from harness.errors import LabError
from harness.event_loops import LoopThread, stop_listening
from harness.loopback import LOOPBACK, BoundSocket
from harness.packets import send_what_matters
from harness.patience import STUCK
from harness.protocols.esxi_shell.connection import HostConnection
from harness.protocols.esxi_shell.host_view import HostView
from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.registry import Registry
from harness.protocols.esxi_shell.workers import Workers

send_what_matters()

_T = TypeVar("_T")


@cache
def host_key() -> asyncssh.SSHKey:
    """The key that every host of this process shows; made once, kept in memory alone."""
    return asyncssh.generate_private_key("ssh-ed25519")


@dataclass(frozen=True, slots=True)
class _Service:
    """A host's listener."""

    acceptor: asyncssh.SSHAcceptor
    port: int


class ShellServer:
    """Serves the shells of any number of hosts. Its methods may be called from any thread but its own."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._thread: LoopThread | None = None
        self._workers = Workers()
        self._services: dict[str, _Service] = {}
        self._connections: set[HostConnection] = set()

    def start(self) -> None:
        """Start the loop; hosts are served from then on."""
        if self._thread:
            raise LabError("ESXi shell server", "already started")
        self._workers = Workers()
        self._thread = LoopThread("esxi-shell")

    def stop(self) -> None:
        """Abort every session, close every listener, end the thread. Does nothing where nothing runs."""
        if not self._thread:
            return
        try:
            self._ask(self._close_all())
        finally:
            self._thread.end()
            stuck = self._workers.end(STUCK)
            self._thread = None
        if stuck:
            raise LabError("ESXi shell server", f"commands still run: {', '.join(stuck)}", "the world did not answer them")

    def serve(self, host: HostView, port: int = 0) -> int:
        """Listen for ``host`` on loopback and give the port; ``port=0`` takes a free one."""
        if host.name in self._services:
            raise LabError(f"ESXi shell of {host.name}", "is served already")
        return self._ask(self._open(host, {"host": LOOPBACK, "port": port}))

    def entrance(self, host: HostView) -> HostEntrance:
        """How ``host`` is served on a socket of somebody else's, while that wants it."""
        return HostEntrance(self, host)

    def listen(self, host: HostView, listener: BoundSocket) -> None:
        """Listen for ``host`` on a socket that is bound."""
        self._ask(self._open(host, {"sock": listener}))

    def withdraw(self, name: str, abort_sessions: bool = True) -> None:
        """Close the host's listener. Its sessions are cut off too, as by a power cut, unless told to leave them alone."""
        self._ask(self._close(name, abort_sessions))

    def port_of(self, name: str) -> int:
        """Where the host listens; 0 where it does not."""
        service = self._services.get(name)
        return service.port if service else 0

    def sessions_running(self) -> list[str]:
        """The command lines (and file transfers) that run at this moment, on all hosts."""
        return self._workers.running()

    def abort_sessions(self, name: str) -> None:
        """Cut off all sessions of a host, as a power cut does; its listener stays as it is."""
        self._ask(self._abort(name))

    def _ask(self, work: Coroutine[None, None, _T]) -> _T:
        if not self._thread:
            work.close()
            raise LabError("ESXi shell server", "not started")
        try:
            return self._thread.run(work, STUCK)
        except TimeoutError:
            raise LabError("ESXi shell server", f"its event loop did not answer within {STUCK:g} s") from None

    async def _open(self, host: HostView, where: dict[str, Any]) -> int:
        try:
            acceptor = await asyncssh.listen(**where, options=self._options(), server_factory=self._factory(host))
        except OSError as error:
            port = where["sock"].getsockname()[1] if "sock" in where else where["port"]
            problem = f"cannot listen on {LOOPBACK}:{port}: {error.strerror}"
            raise LabError(f"ESXi shell of {host.name}", problem, "another program may hold the port") from None
        self._services[host.name] = _Service(acceptor, acceptor.get_port())
        return self._services[host.name].port

    @staticmethod
    @cache
    def _options() -> asyncssh.SSHServerConnectionOptions:
        return asyncssh.SSHServerConnectionOptions(
            server_host_keys=[host_key()],
            kex_algs="-mlkem*",  # no host of these releases offers them (assumed), and a login costs twice as much with them
            encryption_algs="-chacha20*",  # nor this (assumed), and a command costs three times as much with it
            compression_algs=None,
            login_timeout=0,
            gss_host=None,
            line_editor=True,
            encoding="utf-8",
            errors="surrogateescape",
            allow_scp=True,
            agent_forwarding=False,
            x11_forwarding=False,
        )

    def _factory(self, host: HostView) -> Callable[[], HostConnection]:
        interpreter = Interpreter(self._registry, host)
        return lambda: HostConnection(interpreter, self._workers, self._connections)

    async def _close(self, name: str, abort_sessions: bool) -> None:
        service = self._services.pop(name, None)
        if service:
            await stop_listening(service.acceptor)
        if abort_sessions:
            await self._abort(name)

    async def _abort(self, name: str) -> None:
        cut = [connection for connection in self._connections if connection.host.name == name]
        for connection in cut:
            connection.abort()
        for connection in cut:
            await connection.closed()

    @property
    def started(self) -> bool:
        """Whether hosts can be served."""
        return self._thread is not None

    async def _close_all(self) -> None:
        for service in self._services.values():
            service.acceptor.close()
        names = {connection.host.name for connection in self._connections}
        self._services.clear()
        for name in names:
            await self._abort(name)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class HostEntrance:
    """Where the clients of one host come in, for a door in front of it. Does nothing where the server has ended."""

    def __init__(self, server: ShellServer, host: HostView) -> None:
        self._server, self._host = server, host

    def let_in(self, listener: BoundSocket) -> None:
        """Take up whoever comes to this socket."""
        self._server.listen(self._host, listener)

    def lock(self) -> None:
        """Take up nobody any more, and leave the sessions alone."""
        if self._server.started:
            self._server.withdraw(self._host.name, abort_sessions=False)

    def clear(self) -> None:
        """Take up nobody any more, and reset all sessions."""
        if self._server.started:
            self._server.withdraw(self._host.name)
