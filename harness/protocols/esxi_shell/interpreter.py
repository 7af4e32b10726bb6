"""The shell of one host: what it can run are the commands of its registry, and scripts among the host's own files."""

from __future__ import annotations

from collections.abc import Sequence

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.execution import Execution, complain, contained
from harness.protocols.esxi_shell.grammar import Parsed
from harness.protocols.esxi_shell.host_view import Entry, FileError, HostView
from harness.protocols.esxi_shell.parser import parse
from harness.protocols.esxi_shell.registry import Call, Registry, read_text
from harness.protocols.esxi_shell.session import LimitReached, LoopControl, Session
from harness.protocols.esxi_shell.streams import Streams
from harness.protocols.esxi_shell.syntax import ShellSyntaxError

NOT_FOUND, NOT_EXECUTABLE, BAD_SYNTAX = 127, 126, 2
_DEEPEST_SCRIPT = 5


class Interpreter:
    """The shell of one host. It holds no state of its own: sessions do."""

    def __init__(self, registry: Registry, host: HostView) -> None:
        self._registry, self._host = registry, host
        self._execution = Execution(host, self.run_command)

    @property
    def registry(self) -> Registry:
        """The commands there are."""
        return self._registry

    @property
    def host(self) -> HostView:
        """The host whose shell this is."""
        return self._host

    def run_line(self, line: str, streams: Streams, session: Session) -> int:
        """Run what a client sent and give its exit status. Only ShellExit, Interrupted and a command's own defect come out."""
        session.begin_line()
        try:
            session.status = self.run_text(line, streams, session)
        except LoopControl:
            session.status = 0
        except (LimitReached, RecursionError) as error:
            problem = str(error) if isinstance(error, LimitReached) else "nested too deeply"
            session.status = complain(self._host, streams.err, texts.LIMIT, problem=problem)
        return session.status

    def run_text(self, text: str, streams: Streams, session: Session) -> int:
        """Parse and run a text in ``session``; a syntax error is said on standard error and gives 2."""
        shown = texts.SYNTAX
        try:
            script = parse(text)
            shown = texts.EXPANSION
            return self._execution.script(script, streams, session)
        except ShellSyntaxError as error:
            complain(self._host, streams.err, shown, problem=error.problem)
            return BAD_SYNTAX

    def run_command(self, argv: Sequence[str], streams: Streams, session: Session) -> int:
        """Run one command with its arguments; 127 where there is none of that name."""
        session.count_command()
        name = argv[0]
        found = self._registry.find(name, self._host) or self._registry.find(
            session.path(name) if "/" in name else "", self._host
        )
        if found is None:
            return self._program_file(name, tuple(argv[1:]), streams, session)
        call = Call(name, tuple(argv[1:]), Parsed(), streams, session, self._host, self)
        try:
            return found.call(call)
        except FileError as error:
            return call.fail_on_file(error.path, error)

    def run_script_file(self, path: str, arguments: tuple[str, ...], streams: Streams, session: Session) -> int:
        """Run a script file in a subshell of ``session``; ``path`` is absolute. Raises FileError where it cannot be read."""
        text = read_text(self._host, path)
        first = text.partition("\n")[0]
        if first.startswith("#!") and first[2:].split()[:1] not in (["/bin/sh"], ["/bin/ash"], []):
            complain(self._host, streams.err, texts.NOT_SIMULATED, name=path, problem=f"interpreter {first[2:].strip()}")
            return NOT_EXECUTABLE
        inner = session.copied()
        inner.arguments, inner.script_depth = arguments, session.script_depth + 1
        if inner.script_depth > _DEEPEST_SCRIPT:
            raise LimitReached("scripts call each other too deeply")
        return contained(lambda: self.run_text(text, streams, inner))

    def _program_file(self, name: str, arguments: tuple[str, ...], streams: Streams, session: Session) -> int:
        """A path given as a command: a script of the host's own, or nothing."""
        path = session.path(name)
        entry = self._entry(path) if "/" in name else None
        if entry is None:
            complain(self._host, streams.err, texts.NOT_FOUND, name=name)
            return NOT_FOUND
        if entry.kind == "directory" or not entry.mode & 0o111:
            complain(self._host, streams.err, texts.DENIED, name=name)
            return NOT_EXECUTABLE
        return self.run_script_file(path, arguments, streams, session)

    def _entry(self, path: str) -> Entry | None:
        try:
            return self._host.files.stat(path)
        except FileError:
            return None
