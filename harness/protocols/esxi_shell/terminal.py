"""One session of a client: a command line of its own (``ssh host command``) or a shell with prompts."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable

import asyncssh
from asyncssh.misc import SoftEOFReceived
from asyncssh.stream import SSHServerStreamSession

from harness.packets import Breath
from harness.protocols.esxi_shell.console import Keyboard, Screen, ScreenOutput
from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.parser import parse
from harness.protocols.esxi_shell.session import Interrupted, Session, ShellExit
from harness.protocols.esxi_shell.streams import Streams
from harness.protocols.esxi_shell.syntax import IncompleteInput, ShellSyntaxError
from harness.protocols.esxi_shell.workers import Workers

_LOG = logging.getLogger(__name__)
_NUMBERS = itertools.count(34105)
_SFTP_VERSION = 3
_INTERRUPTED, _DEFECT = 130, 125


class Terminal(SSHServerStreamSession[str]):
    """The server's end of a session channel. Command lines run in a worker thread, one at a time."""

    _chan: asyncssh.SSHServerChannel[str]

    def __init__(
        self,
        interpreter: Interpreter,
        workers: Workers,
        files: Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer],
    ) -> None:
        super().__init__(None, files, _SFTP_VERSION, allow_scp=True)  # type: ignore[arg-type]
        self._interpreter, self._host, self._workers = interpreter, interpreter.host, workers
        self._session = Session.begin("root", next(_NUMBERS))
        self._lines_received = self._lines_read = 0
        self._prompting = False
        self._keyboard: Keyboard | None = None

    def interrupt(self) -> None:
        """Stop the command that runs, at its next opportunity."""
        self._session.interrupt.set()

    def shell_requested(self) -> bool:
        """Everybody may have a shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Every command line is run."""
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Only sftp."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Serve the client; file transfers are asyncssh's matter."""
        if self._chan.get_subsystem() or (self._chan.get_command() or "").startswith("scp "):
            super().session_started()
        else:
            self._chan.get_connection().create_task(self._serve())

    def data_received(self, data: str, datatype: int | None) -> None:
        """Input, counted in lines: whoever typed a line and then Ctrl-C means that line."""
        if isinstance(data, str):
            self._lines_received += data.count("\n")
        super().data_received(data, datatype)

    def break_received(self, msec: int) -> bool:
        """Ctrl-C: it stops the command that runs and those typed ahead, or drops the line being typed."""
        idle = self._prompting and self._lines_read >= self._lines_received
        if not idle:
            self.interrupt()
        if not idle and not (self._keyboard and self._keyboard.waiting):
            return True
        return super().break_received(msec)

    def signal_received(self, signal: str) -> None:
        """Any signal stops what runs; whoever waits for input learns of it."""
        self.interrupt()
        super().signal_received(signal)

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Of no interest to this shell."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went away."""
        self.interrupt()
        super().connection_lost(exc)

    async def _serve(self) -> None:
        self._session.user = str(self._chan.get_extra_info("username") or "root")
        screen = Screen(asyncio.get_running_loop(), self._show)
        self._keyboard = Keyboard(asyncio.get_running_loop(), self._next_line, screen, self._session.interrupt.check)
        streams = Streams(self._keyboard, ScreenOutput(screen, False), ScreenOutput(screen, True))
        command = self._chan.get_command()
        try:
            if command is not None:
                status = await self._run(command, streams, screen)
            else:
                status = await self._interact(streams, screen)
        except ShellExit as exit_:
            status = exit_.status
        except (asyncssh.Error, OSError):
            return  # the client is gone: nobody to tell
        if not self._chan.is_closing():
            with Breath(self._chan.get_connection()):
                screen.show()
                self._chan.exit(status)

    @property
    def _on_a_terminal(self) -> bool:
        return bool(self._chan.get_terminal_type())

    def _show(self, text: str, is_error: bool = False) -> None:
        """A terminal has one screen; without one, errors go their own way."""
        if not self._chan.is_closing():
            self._chan.write(text, asyncssh.EXTENDED_DATA_STDERR if is_error and not self._on_a_terminal else None)

    async def _run(self, line: str, streams: Streams, screen: Screen) -> int:
        try:
            return await self._workers.run(line, lambda: self._interpreter.run_line(line, streams, self._session))
        except Interrupted:
            self._session.status = _INTERRUPTED
            return _INTERRUPTED
        except (ShellExit, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - a defect of a command must be seen, and must not take the session down
            _LOG.exception("%s: %r failed", self._host.name, line)
            screen.show()
            self._show(f"-sh: the simulation failed here: {type(error).__name__}: {error}\n", True)
            self._session.status = _DEFECT
            return _DEFECT

    async def _interact(self, streams: Streams, screen: Screen) -> int:
        if self._on_a_terminal:
            motd = self._host.login.motd
            motd.note_on(self._host)
            self._chan.write(motd.words)
        while True:
            if self._lines_read >= self._lines_received:
                self._session.interrupt.clear()
            try:
                line = await self._read_command()
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                self._drop_line()
                continue
            if line is None:
                return self._session.status
            if line.strip():
                await self._log_line(line)
                status = await self._run(line, streams, screen)
                screen.show()
                if status == _INTERRUPTED and self._on_a_terminal:
                    self._show("\n", False)

    async def _log_line(self, line: str) -> None:
        stamp = f"{self._host.now():%Y-%m-%dT%H:%M:%SZ}"
        entry = f"{stamp} shell[{self._session.number}]: [{self._session.user}]: {line.strip()}"
        await self._workers.run("shell log", lambda: self._host.log_shell_line(entry))

    def _drop_line(self) -> None:
        if self._on_a_terminal:
            self._chan.clear_input()  # type: ignore[attr-defined]
            self._chan.write("\n")

    async def _next_line(self) -> str:
        """A line of input; empty at its end, or on Ctrl-D."""
        try:
            line = await self.readline(None)
        except SoftEOFReceived:
            return ""
        self._lines_read += line.endswith("\n")
        return line

    async def _read_command(self) -> str | None:
        """The next complete command, over several lines where it needs them; None at the end of the input."""
        session = self._session
        prompt = self._host.login.prompt_at(session.user, self._host.name.partition(".")[0], session.cwd)
        text = ""
        while True:
            if self._on_a_terminal:
                self._chan.write("> " if text else prompt)
            self._prompting = True
            try:
                line = await self._next_line()
            finally:
                self._prompting = False
            if not line:
                return text or None
            text += line
            if _is_complete(text):
                return text


def _is_complete(text: str) -> bool:
    try:
        parse(text)
    except IncompleteInput:
        return False
    except ShellSyntaxError:
        return True
    return True
