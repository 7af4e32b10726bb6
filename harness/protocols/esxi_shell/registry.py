"""Commands by name: how they are declared, found and called."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, TypeAlias

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import NOTHING_PARSED, Grammar, Parsed, StrayDash, UsageError, parse_arguments
from harness.protocols.esxi_shell.host_view import FileError, HostView
from harness.protocols.esxi_shell.session import Session
from harness.protocols.esxi_shell.streams import Input, Output, Streams, decoded
from harness.protocols.esxi_shell.texts import Text
from harness.records import replace

PROGRAM_DIRECTORIES = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/lib/vmware/bin")


class Shell(Protocol):
    """What a command may ask of the interpreter that runs it."""

    @property
    def registry(self) -> Registry:
        """The commands there are."""

    def run_command(self, argv: Sequence[str], streams: Streams, session: Session) -> int:
        """Run one command with these words, and give its exit status."""

    def run_text(self, text: str, streams: Streams, session: Session) -> int:
        """Run a script's text in ``session``, and give its exit status."""

    def run_script_file(self, path: str, arguments: tuple[str, ...], streams: Streams, session: Session) -> int:
        """Run a script among the host's files in a subshell of ``session``. Raises FileError where it cannot be read."""


@dataclass(frozen=True)
class Call:
    """One run of one command: the words it was given, sorted out, and everything that it may use."""

    name: str
    argv: tuple[str, ...]
    parsed: Parsed
    streams: Streams
    session: Session
    host: HostView
    shell: Shell
    common: Parsed = NOTHING_PARSED
    """The front end's own options (``esxcli --formatter=csv ...``)."""

    @property
    def stdin(self) -> Input:
        """Standard input."""
        return self.streams.stdin

    @property
    def out(self) -> Output:
        """Standard output."""
        return self.streams.out

    @property
    def err(self) -> Output:
        """Standard error."""
        return self.streams.err

    def say(self, text: Text, **fields: object) -> int:
        """Print a text on standard output, with a newline, and note its provenance. Gives status 0."""
        text.note_on(self.host)
        self.out.write(text.fill(**fields) + "\n")
        return 0

    def fail(self, text: Text, status: int = 1, **fields: object) -> int:
        """Print a text on standard error, with a newline, and note its provenance. Gives ``status``."""
        text.note_on(self.host)
        self.err.write(text.fill(**fields) + "\n")
        return status

    def fail_on_file(self, written: str, problem: FileError) -> int:
        """``ls: /x: No such file or directory``; status 1."""
        return self.fail(texts.FILE_PROBLEM_ASSUMED, name=self.name, path=written, problem=problem.words)

    def on_positionals(self, positionals: Sequence[str]) -> Call:
        """The same call with other positionals."""
        return replace(self, parsed=replace(self.parsed, positionals=tuple(positionals)))

    def path(self, written: str) -> str:
        """An absolute path for what was written, from the working directory."""
        return self.session.path(written)

    def read(self, written: str) -> str:
        """A file's text; ``-`` is standard input. Raises FileError."""
        return self.stdin.read() if written == "-" else read_text(self.host, self.path(written))


def read_text(host: HostView, path: str) -> str:
    """The text of a file at an absolute path; ``/dev/null`` is empty. Raises FileError."""
    return "" if path == "/dev/null" else decoded(host.files.read(path))


Run: TypeAlias = Callable[[Call], int]
Exists: TypeAlias = Callable[[HostView], bool]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: ``name`` is its file name, or its whole path where it is not in a program directory.

    ``home`` is the directory that holds it (``which`` says so). ``exists`` decides whether the host's release has it.
    ``on_usage_error`` replaces the uniform answer to bad arguments.
    """

    name: str
    grammar: Grammar
    run: Run
    home: str = "/bin"
    exists: Exists | None = None
    on_usage_error: Callable[[Call, UsageError], int] | None = None

    @property
    def path(self) -> str:
        """Where the command lies on the host."""
        return self.name if self.name.startswith("/") else posixpath.join(self.home, self.name)

    def call(self, call: Call) -> int:
        """Parse ``call.argv`` and run; bad arguments and ``--help`` are answered here. Gives the exit status."""
        try:
            parsed = parse_arguments(self.grammar, call.argv)
            if parsed.help_wanted:
                return call.say(texts.HELP, usage=self.grammar.usage(call.name))
            return self.run(replace(call, parsed=parsed))
        except UsageError as error:
            return self._refuse(call, error)

    def _refuse(self, call: Call, error: UsageError) -> int:
        if isinstance(error, StrayDash):
            return refuse_stray_dash(call, error)
        if self.on_usage_error:
            return self.on_usage_error(call, error)
        return call.fail(texts.USAGE, name=call.name, problem=error.problem, usage=self.grammar.usage(call.name))


def refuse_stray_dash(call: Call, error: StrayDash) -> int:
    """Say which character it is, where it stands and what it is not; status 1."""
    return call.fail(
        texts.STRAY_DASH,
        name=call.name,
        position=error.position,
        argument=error.argument,
        character=error.character,
        code=error.code,
        character_name=error.character_name,
    )


def command(
    name: str, grammar: Grammar | None = None, *, home: str = "/bin", exists: Exists | None = None
) -> Callable[[Run], Command]:
    """Declare the decorated function as the command ``name``; it becomes a :class:`Command`."""
    return lambda run: Command(name, grammar or Grammar(), run, home, exists)


class Registry:
    """The commands of a shell. One registry serves every host; the release decides what exists where."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._by_name: dict[str, Command] = {}
        for item in commands:
            self.add(item)

    @classmethod
    def of(cls, *modules: ModuleType) -> Registry:
        """All commands that these modules declare at their top level."""
        return cls(item for module in modules for item in vars(module).values() if isinstance(item, Command))

    def add(self, item: Command) -> None:
        """Add a command; each name can be taken once."""
        if item.name in self._by_name:
            raise ValueError(f"command {item.name!r} is declared twice")
        self._by_name[item.name] = item

    def find(self, written: str, host: HostView) -> Command | None:
        """The command for a word of a command line, a bare name or a path, if this host has it."""
        found = self._by_name.get(written)
        if found is None and posixpath.dirname(written) in PROGRAM_DIRECTORIES:
            found = self._by_name.get(posixpath.basename(written))
        return found if found and (found.exists is None or found.exists(host)) else None

    def programs(self) -> frozenset[str]:
        """Where the commands lie on a host that are no builtins of its shell."""
        return frozenset(item.path for item in self._by_name.values() if item.path.startswith("/"))

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._by_name)
