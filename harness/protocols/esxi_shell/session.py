"""The state of one login: where it is, what it remembers, and what may stop it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from harness.errors import BlackstartError
from harness.records import replace

MOST_TURNS = 10_000
"""How often a loop may turn, and how many commands one line may run ten times over, before the shell stops it."""


class Interrupted(Exception):
    """The client pressed Ctrl-C or went away while a command ran."""


@dataclass
class LimitReached(BlackstartError):
    """A line that would go on for ever, or nearly."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass
class ShellExit(Exception):
    """``exit``: the shell, or the subshell around it, ends with ``status``."""

    status: int


@dataclass
class LoopControl(Exception):
    """``break`` or ``continue``, for so many loops."""

    kind: str
    levels: int


class Interrupt:
    """Set from the network's side, looked at by whatever runs."""

    def __init__(self) -> None:
        self._wanted = False

    def set(self) -> None:
        """Stop what runs at its next opportunity."""
        self._wanted = True

    def clear(self) -> None:
        """Let the next line run."""
        self._wanted = False

    def check(self) -> None:
        """Raise Interrupted if it was set."""
        if self._wanted:
            raise Interrupted


@dataclass
class Session:
    """One shell. Subshells work on copies (:meth:`copied`), so that nothing of theirs comes back."""

    user: str
    number: int
    cwd: str = "/"
    variables: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    arguments: tuple[str, ...] = ()
    status: int = 0
    script_depth: int = 0
    commands_run: list[int] = field(default_factory=lambda: [0])
    interrupt: Interrupt = field(default_factory=Interrupt)

    @classmethod
    def begin(cls, user: str, number: int) -> Session:
        """A fresh login in the root directory, with the short PATH of an ESXi login."""
        variables = {"HOME": "/", "PATH": "/bin:/sbin", "PWD": "/", "USER": user, "IFS": " \t\n", "SHELL": "/bin/sh"}
        return cls(user, number, variables=variables, exported={"HOME", "PATH", "PWD", "USER", "SHELL"})

    def copied(self) -> Session:
        """A subshell's state; the budget and the interrupt are shared."""
        return replace(self, variables=dict(self.variables), exported=set(self.exported))

    def path(self, written: str) -> str:
        """``written`` as an absolute path, normalised as text; links are not looked at."""
        joined = posixpath.normpath(posixpath.join(self.cwd, written))
        return "/" + joined.lstrip("/")

    def begin_line(self) -> None:
        """A new command line: its budget is whole."""
        self.commands_run[0] = 0

    def count_command(self) -> None:
        """One more command; raises Interrupted or LimitReached where this has to end."""
        self.interrupt.check()
        self.commands_run[0] += 1
        if self.commands_run[0] > MOST_TURNS * 10:
            raise LimitReached(f"more than {MOST_TURNS * 10} commands in one line")
