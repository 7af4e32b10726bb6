"""The shell of an ESXi host over SSH: one connection, kept while it lasts and made anew when the host is back."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import asyncssh

from harness.event_loops import LoopThread
from harness.journal import CommandRun
from harness.packets import send_what_matters
from harness.probes.diary import Diary
from harness.probes.failures import CommandFailed, HostUnreachable
from harness.probes.place import HostAccess
from harness.probes.silence import classify
from harness.probes.trust import ANYBODY, KNOWN, PinnedHost
from harness.units import Credentials, Instant

send_what_matters()

T = TypeVar("T")
BROKEN = 255
"""The status that OpenSSH's client ends with when the connection breaks under a command."""


@dataclass(frozen=True)
class CommandResult:
    """What came back from one command line."""

    host: str
    line: str
    output: str
    errors: str
    status: int

    @property
    def lines(self) -> list[str]:
        """The output's lines."""
        return self.output.splitlines()

    @property
    def said(self) -> str:
        """All that was printed, errors last."""
        return self.output + self.errors

    def succeeded(self) -> CommandResult:
        """Itself; raises ``CommandFailed`` for an exit status that is not 0."""
        if self.status:
            raise CommandFailed(self.host, self.line, self.status, self.errors or self.output)
        return self


class SshWire:
    """The thread on which the SSH connections of a place live. To be closed when nobody uses them any more."""

    def __init__(self) -> None:
        _name_user()
        self._thread = LoopThread("ssh-probes")

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have ``work`` done and return its result; it sets its own limits."""
        return self._thread.run(work)

    def close(self) -> None:
        """End what still runs, and the thread."""
        self.wait(self._cancel())
        self._thread.end()

    async def _cancel(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class HostShell:
    """Runs command lines on one host. Each is written into the journal with its output, begin and end."""

    def __init__(self, access: HostAccess, wire: SshWire, diary: Diary) -> None:
        self.name = str(access.name)
        self._access, self._wire, self._diary = access, wire, diary
        self._connection: asyncssh.SSHClientConnection | None = None

    def run(self, line: str, least: float = 0.0) -> CommandResult:
        """Run a line in the host's shell; any exit status is an answer.

        It gets as long as the place has patience, and ``least`` seconds of wall time in any case.
        Raises ``HostUnreachable`` where the host does not answer, or the connection breaks before the command has ended.
        """
        began = self._diary.now()
        said = self._wire.wait(self._tried(line, least))
        self._note(line, said, began)
        if isinstance(said, HostUnreachable):
            raise said
        return said

    async def _tried(self, line: str, least: float = 0.0) -> CommandResult | HostUnreachable:
        try:
            return await self._run(line, max(self._diary.patience.command, least))
        except HostUnreachable as error:
            return error

    def _note(self, line: str, said: CommandResult | HostUnreachable, began: Instant) -> None:
        if isinstance(said, CommandResult):
            self._diary.record(CommandRun(self.name, line, said.output, said.errors, said.status), began)
        elif said.silence != "refused":
            self._diary.record(CommandRun(self.name, line, "", str(said), BROKEN), began)

    @staticmethod
    def run_on_all(shells: Sequence[HostShell], line: str) -> list[CommandResult | HostUnreachable]:
        """Run a line on several hosts of one place at a time; what came of it, in the order of ``shells``."""
        if not shells:
            return []
        wire, began = shells[0]._wire, shells[0]._diary.now()

        async def together() -> list[CommandResult | HostUnreachable]:
            return await asyncio.gather(*(shell._tried(line) for shell in shells))

        found = wire.wait(together())
        for shell, said in zip(shells, found, strict=True):
            shell._note(line, said, began)
        return found

    def answers(self) -> bool:
        """Whether somebody can log in now, or use the connection that stands. Leaves no trace in the journal."""
        try:
            self._wire.wait(self._answer())
        except HostUnreachable:
            return False
        return True

    @staticmethod
    def answering(shells: Sequence[HostShell]) -> list[bool]:
        """The same of several hosts of one place, asked at a time."""
        if not shells:
            return []

        async def together() -> list[BaseException | None]:
            return await asyncio.gather(*(shell._answer() for shell in shells), return_exceptions=True)

        found = shells[0]._wire.wait(together())
        for each in found:
            if each is not None and not isinstance(each, HostUnreachable):
                raise each
        return [each is None for each in found]

    async def _answer(self) -> None:
        if self._connection is None:
            await self._connected()
        else:
            await self._run(":", self._diary.patience.login)

    def close(self) -> None:
        """Hang up."""
        self.close_all([self])

    @staticmethod
    def close_all(shells: Sequence[HostShell]) -> None:
        """Hang up on several hosts of one place at a time."""

        async def together() -> None:
            await asyncio.gather(*(shell._hang_up() for shell in connected))

        if connected := [shell for shell in shells if shell._connection is not None]:
            connected[0]._wire.wait(together())

    async def _run(self, line: str, limit: float) -> CommandResult:
        try:
            async with asyncio.timeout(limit):
                said = await self._started(line)
                await said.ended
        except (OSError, asyncssh.Error, TimeoutError) as error:
            await self._hang_up()
            raise self._unreachable(f"running {line!r}", error) from error
        if said.status is None:
            await self._hang_up()
            raise HostUnreachable(self.name, f"running {line!r}", "reset", "the connection was lost before the command ended")
        return CommandResult(self.name, line, "".join(said.output), "".join(said.errors), said.status)

    async def _started(self, line: str) -> Said:
        """The command, begun; a connection that has broken since its last use is made anew."""
        kept = self._connection is not None
        connection = await self._connected()
        try:
            return await Said.begun(connection, line)
        except (OSError, asyncssh.Error):
            if not kept:
                raise
        await self._hang_up()
        return await Said.begun(await self._connected(), line)

    async def _connected(self) -> asyncssh.SSHClientConnection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._logged_in()
        return self._connection

    async def _logged_in(self) -> asyncssh.SSHClientConnection:
        address, options = self._access.address, _options(self._access.login, self._access.identity)
        try:
            async with asyncio.timeout(self._diary.patience.login):
                return await asyncssh.connect(address.host, address.port, options=options)
        except (OSError, asyncssh.Error, TimeoutError) as error:
            raise self._unreachable("logging in", error) from error.with_traceback(None)

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    def _unreachable(self, doing: str, error: Exception) -> HostUnreachable:
        return HostUnreachable(self.name, doing, classify(error), "" if isinstance(error, TimeoutError) else str(error))


class Said(asyncssh.SSHClientSession[str]):
    """What a command has printed so far, and its exit status once it has ended with one. It gets no input."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.errors: list[str] = []
        self.status: int | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def begun(cls, connection: asyncssh.SSHClientConnection, line: str) -> Said:
        """Have a command line run over a connection."""
        said = cls()
        await connection.create_session(lambda: said, line, errors="replace")
        return said

    def connection_made(self, chan: asyncssh.SSHClientChannel[str]) -> None:
        """The channel is open: the end of the input follows on the command, without waiting until that is taken up."""
        asyncio.get_running_loop().call_soon(chan.write_eof)

    def data_received(self, data: str, datatype: int | None) -> None:
        """Something was printed."""
        (self.output if datatype is None else self.errors).append(data)

    def exit_status_received(self, status: int) -> None:
        """It has ended."""
        self.status = status

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        if self.ended.done():
            return  # nobody waits any more
        if exc:
            self.ended.set_exception(exc)
        else:
            self.ended.set_result(None)


@cache
def _options(login: Credentials, identity: str) -> asyncssh.SSHClientConnectionOptions:
    """How one logs in to those who have one identity, wherever they are. Nothing of the user's own has a say in it."""
    believed: dict[str, Any] = {ANYBODY: None, KNOWN: ()}
    return asyncssh.SSHClientConnectionOptions(
        username=login.user,
        password=login.password,
        preferred_auth="password,keyboard-interactive",
        known_hosts=believed.get(identity, ([], [], [])),
        client_factory=lambda: PinnedHost(identity),
        client_keys=None,
        agent_path=None,
        gss_host=None,
        config=None,
    )


def _name_user() -> None:
    """Asyncssh asks who works here although each login names its user: in a container it may be that nobody knows."""
    try:
        getpass.getuser()
    except (KeyError, OSError):  # before and from Python 3.13
        os.environ["LOGNAME"] = str(os.getuid())
