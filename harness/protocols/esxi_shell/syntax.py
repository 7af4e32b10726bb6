"""The shell language as a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

from harness.errors import BlackstartError

_NAMES_OF_FILES = frozenset("*?[")
"""What makes a word, where it is not quoted, a pattern of the names of files."""


@dataclass
class ShellSyntaxError(BlackstartError):
    """A line that is no shell language; ``problem`` is worded as busybox words it."""

    problem: str

    def __str__(self) -> str:
        return f"syntax error: {self.problem}"


class IncompleteInput(ShellSyntaxError):
    """The text stops before its construct is complete: a person at a prompt is asked for more."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters as written; quoted ones are neither split nor matched against file names."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` or ``${name<operator><operand>}``; the operator ``length`` stands for ``${#name}``."""

    name: str
    quoted: bool = False
    operator: str = ""
    operand: Word | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(...)`` or backquotes."""

    body: Script
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((...))``: the expression, itself open to expansion."""

    expression: Word
    quoted: bool = False


Part: TypeAlias = Literal | Parameter | Substitution | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line, before expansion."""

    parts: tuple[Part, ...]
    fixed: str | None = field(init=False, compare=False, repr=False)
    """What the word becomes wherever it is expanded, as one argument; None where that has to be found out."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", _fixed(self.parts))

    @property
    def plain(self) -> str | None:
        """The word's text where it is written without any quote or expansion (a reserved word is), else None."""
        texts = [part.text for part in self.parts if isinstance(part, Literal) and not part.quoted]
        return "".join(texts) if len(texts) == len(self.parts) and texts else None


def _fixed(parts: tuple[Part, ...]) -> str | None:
    first = parts[0] if parts else None
    if isinstance(first, Literal) and not first.quoted and first.text.startswith("~"):
        return None
    if not all(isinstance(part, Literal) and (part.quoted or _NAMES_OF_FILES.isdisjoint(part.text)) for part in parts):
        return None
    return "".join(part.text for part in parts if isinstance(part, Literal)) or None


@dataclass(frozen=True, slots=True)
class Redirection:
    """``2>file``, ``<file``, ``2>&1``, or a here-document whose text is ``target``."""

    descriptor: int
    operator: OneOf["<", ">", ">>", "<&", ">&", "<<"]
    target: Word


@dataclass(frozen=True, slots=True)
class Assignment:
    """``NAME=value``."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """Assignments, then a command with its arguments; any of them may be missing, not all."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``{ ...; }``, or ``( ... )`` where ``subshell`` is set."""

    body: Script
    subshell: bool
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with their bodies, the first that holds counts."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """``for name in words``; without ``in`` the positional parameters are meant."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """``while``, or ``until`` where ``inverted`` is set."""

    condition: Script
    body: Script
    inverted: bool
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """``case subject in pattern|pattern) body ;; ... esac``."""

    subject: Word
    branches: tuple[tuple[tuple[Word, ...], Script], ...]
    redirections: tuple[Redirection, ...] = ()


Compound: TypeAlias = Group | If | For | Loop | Case
Command: TypeAlias = SimpleCommand | Compound


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``, perhaps after ``!`` and ``time``."""

    commands: tuple[Command, ...]
    negated: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Pipelines joined by ``&&`` and ``||``."""

    first: Pipeline
    rest: tuple[tuple[OneOf["&&", "||"], Pipeline], ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """Chains one after the other."""

    chains: tuple[Chain, ...]
