"""Declared grammars: what a command takes, and what it says to anything else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import BlackstartError

STRAY_DASHES = frozenset("‐‑‒–—―−﹘﹣－⸺⸻")
"""Characters that look like a hyphen and are none; blogs and word processors put them into commands."""


@dataclass
class UsageError(BlackstartError):
    """Arguments that the grammar does not allow; ``problem`` is our own wording."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass
class InvalidChoice(UsageError):
    """A value that its option does not take; ``parameter`` is the option's longest name, without dashes."""

    parameter: str


@dataclass
class StrayDash(UsageError):
    """An argument that begins with a dash of another kind; ``position`` counts the arguments from 1."""

    argument: str
    position: int

    @property
    def character(self) -> str:
        """The dash itself."""
        return self.argument[0]

    @property
    def code(self) -> str:
        """Its code point, ``U+2013``."""
        return f"U+{ord(self.character):04X}"

    @property
    def character_name(self) -> str:
        """Its Unicode name, ``EN DASH``."""
        return unicodedata.name(self.character, "UNKNOWN")


@dataclass(frozen=True, slots=True)
class Option:
    """One option under all its names, dashes included; ``value`` names its value, empty for a switch.

    The first name, without dashes, is the one that :class:`Parsed` uses.
    """

    names: tuple[str, ...]
    value: str = ""
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The first name without its dashes."""
        return self.names[0].lstrip("-")


def find_stray_dash(argv: Sequence[str]) -> StrayDash | None:
    """The first argument that begins with a dash which is no hyphen."""
    strays = ((position, word) for position, word in enumerate(argv, start=1) if word[:1] and word[0] in STRAY_DASHES)
    return next((StrayDash("stray dash", word, position) for position, word in strays), None)


def option(*names: str, **details: str | bool | tuple[str, ...]) -> Option:
    """An :class:`Option` from its names and fields: ``option("-m", "--mount", value="uuid|label")``."""
    return Option(names, **details)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a command takes.

    ``positionals`` names the other arguments for the usage line, ``least`` and ``most`` bound their number (``most=None``:
    any). ``free_text`` says that a positional may begin with any dash-like character; ``raw`` that nothing is parsed at
    all; ``options_first`` that options end at the first positional. ``number_option`` is the key that ``-20`` stands for.
    """

    options: tuple[Option, ...] = ()
    positionals: str = ""
    least: int = 0
    most: int | None = 0
    summary: str = ""
    free_text: bool = False
    raw: bool = False
    options_first: bool = False
    number_option: str = ""

    def find(self, name: str) -> Option | None:
        """The option of that name, dashes included."""
        return next((option for option in self.options if name in option.names), None)

    def usage(self, command: str) -> str:
        """The usage block, without a final newline."""
        head = " ".join(filter(None, [f"Usage: {command}", "[options]" if self.options else "", self.positionals]))
        rows = [(", ".join(o.names) + (f" <{o.value}>" if o.value else ""), o.help) for o in self.options]
        width = max((len(left) for left, _ in rows), default=0)
        body = [f"  {left:<{width}}  {right}".rstrip() for left, right in rows]
        return "\n".join([head, *([self.summary] if self.summary else []), *body])


@dataclass(frozen=True)
class Parsed:
    """Arguments sorted out. Options go by the first of their names, without dashes."""

    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positionals: tuple[str, ...] = ()
    help_wanted: bool = False

    def has(self, key: str) -> bool:
        """Whether the option was given."""
        return key in self.options

    def value(self, key: str, default: str = "") -> str:
        """The option's last value."""
        return self.options[key][-1] if key in self.options else default

    def values(self, key: str) -> tuple[str, ...]:
        """All its values, in order; a switch has one empty value each time."""
        return self.options.get(key, ())

    def number(self, key: str, default: int) -> int:
        """The option's last value as a whole number of at most 31 bits. Raises UsageError."""
        text = self.value(key, str(default))
        try:
            number = int(text)
        except ValueError:
            raise UsageError(f"invalid number '{text}'") from None
        if abs(number) > LARGEST:
            raise UsageError(f"number '{text}' is too large")
        return number


NOTHING_PARSED = Parsed()
LARGEST = 2**31 - 1


def parse_arguments(grammar: Grammar, argv: Sequence[str]) -> Parsed:
    """``argv``, without the command's name, sorted out. Raises UsageError, and StrayDash for a dash that is no hyphen."""
    if grammar.raw:
        return Parsed(positionals=tuple(argv))
    reader = _Reader(grammar, argv)
    reader.read()
    parsed = Parsed({key: tuple(values) for key, values in reader.options.items()}, tuple(reader.positionals), reader.help)
    if not parsed.help_wanted:
        _check(grammar, parsed)
    return parsed


def _check(grammar: Grammar, parsed: Parsed) -> None:
    for wanted in grammar.options:
        if wanted.required and not parsed.has(wanted.key):
            raise UsageError(f"missing option {' or '.join(wanted.names)}")
    count = len(parsed.positionals)
    if count < grammar.least:
        raise UsageError("missing argument" + (f": {grammar.positionals}" if grammar.positionals else ""))
    if grammar.most is not None and count > grammar.most:
        raise UsageError(f"unexpected argument '{parsed.positionals[grammar.most]}'")


class _Reader:
    def __init__(self, grammar: Grammar, argv: Sequence[str]) -> None:
        self._grammar = grammar
        self._rest: Iterator[tuple[int, str]] = iter(enumerate(argv, start=1))
        self.options: dict[str, list[str]] = {}
        self.positionals: list[str] = []
        self.help = False

    def read(self) -> None:
        for position, argument in self._rest:
            if argument == "--":
                return self._take_rest()
            if argument[:1] in STRAY_DASHES and argument and not self._grammar.free_text:
                raise StrayDash("stray dash", argument, position)
            if argument.startswith("-") and argument != "-":
                self._option(argument)
            else:
                self.positionals.append(argument)
                if self._grammar.options_first:
                    return self._take_rest()
        return None

    def _take_rest(self) -> None:
        self.positionals.extend(argument for _, argument in self._rest)

    def _option(self, argument: str) -> None:
        name, equals, value = argument.partition("=")
        found = self._grammar.find(name)
        if argument == "--help" and not found:
            self.help = True
        elif found:
            self._long(found, name, value if equals else None)
        elif argument.startswith("--"):
            raise UsageError(f"unrecognized option '{name}'")
        elif self._grammar.number_option and argument[1:].isdigit():
            self.options.setdefault(self._grammar.number_option, []).append(argument[1:])
        else:
            self._cluster(argument)

    def _long(self, found: Option, name: str, value: str | None) -> None:
        if not found.value and value is not None:
            raise UsageError(f"option '{name}' doesn't allow an argument")
        self._store(found, name, value)

    def _store(self, found: Option, name: str, value: str | None) -> None:
        if found.value and value is None:
            _, value = next(self._rest, (0, None))
            if value is None:
                raise UsageError(f"option '{name}' requires an argument")
        if found.choices and value not in found.choices:
            raise InvalidChoice(f"invalid value '{value}' for option '{name}'", max(found.names, key=len).lstrip("-"))
        self.options.setdefault(found.key, []).append(value or "")

    def _cluster(self, argument: str) -> None:
        """``-lah``, or ``-n5``."""
        for index, letter in enumerate(argument[1:], start=1):
            found = self._grammar.find(f"-{letter}")
            if not found:
                raise UsageError(f"invalid option -- '{letter}'")
            if found.value:
                return self._store(found, f"-{letter}", argument[index + 1 :].removeprefix("=") or None)
            self._store(found, f"-{letter}", None)
        return None
