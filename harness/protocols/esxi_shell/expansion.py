"""Turning the words of a command line into its arguments: parameters, substitutions, splitting, file names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

from harness.protocols.esxi_shell.arithmetic import evaluate
from harness.protocols.esxi_shell.host_view import FileError, Files
from harness.protocols.esxi_shell.patterns import glob_matches, is_pattern
from harness.protocols.esxi_shell.session import Session
from harness.protocols.esxi_shell.syntax import (
    Arithmetic,
    Literal,
    Parameter,
    Part,
    Script,
    ShellSyntaxError,
    Word,
)

_MAGIC = re.compile(r"([\\*?\[\]])")


class Expander:
    """Expands words for one session; ``substitute`` runs a script and gives its output."""

    def __init__(self, session: Session, files: Files, substitute: Callable[[Script], str]) -> None:
        self._session, self._files, self._substitute = session, files, substitute

    def fields(self, words: Iterable[Word]) -> list[str]:
        """The arguments that these words become."""
        return [argument for word in words for argument in self._arguments(word)]

    def _arguments(self, word: Word) -> list[str]:
        if word.fixed is not None:
            return [word.fixed]
        return [argument for field in self._split(word) for argument in self._names(field)]

    def text(self, word: Word) -> str:
        """One word as one string: neither split nor matched (assignments, redirections, ``case``)."""
        if word.fixed is not None:
            return word.fixed
        return "".join(self._value(part) for part in self._with_home(word))

    def pattern(self, word: Word) -> str:
        """One word as a shell pattern in which quoted characters stand for themselves."""
        return "".join(_escaped(self._value(part), part.quoted) for part in self._with_home(word))

    def _with_home(self, word: Word) -> tuple[Part, ...]:
        first = word.parts[0] if word.parts else None
        if isinstance(first, Literal) and not first.quoted and re.match(r"~(/|$)", first.text):
            home = self._session.variables.get("HOME", "/").rstrip("/")
            alone = first.text == "~" and len(word.parts) == 1
            return (Literal(home or "/" if alone else home + first.text[1:], quoted=True), *word.parts[1:])
        return word.parts

    def _value(self, part: Part) -> str:
        if isinstance(part, Literal):
            return part.text
        if isinstance(part, Parameter):
            return self._parameter(part)
        if isinstance(part, Arithmetic):
            return str(evaluate(self.text(part.expression), self._session.variables))
        return self._substitute(part.body).rstrip("\n").replace("\0", "")

    def _lookup(self, name: str) -> str | None:
        session = self._session
        if name.isdigit():
            index = int(name[:6])
            return "-sh" if index == 0 else session.arguments[index - 1] if index <= len(session.arguments) else None
        if name in {"@", "*"}:
            return " ".join(session.arguments) if session.arguments else None
        special = {"?": str(session.status), "$": str(session.number), "#": str(len(session.arguments)), "!": "", "-": ""}
        return special[name] if name in special else session.variables.get(name)

    def _parameter(self, part: Parameter) -> str:
        value = self._lookup(part.name)
        if part.operator == "length":
            return str(len(value or ""))
        if part.operand is None:
            return value or ""
        if part.operator in {"#", "##", "%", "%%"}:
            return _trimmed(value or "", part.operator, self.pattern(part.operand))
        absent = value is None or (part.operator.startswith(":") and not value)
        kind = part.operator[-1]
        if kind == "+":
            return "" if absent else self.text(part.operand)
        if not absent:
            return value or ""
        return self._absent(part, kind, part.operand)

    def _absent(self, part: Parameter, kind: str, operand: Word) -> str:
        substitute = self.text(operand)
        if kind == "?":
            raise ShellSyntaxError(f"{part.name}: {substitute or 'parameter not set'}")
        if kind == "=":
            self._session.variables[part.name] = substitute
        return substitute

    def _split(self, word: Word) -> list[list[tuple[str, bool]]]:
        """The word's fields, each a list of texts with whether they were quoted."""
        fields: list[list[tuple[str, bool]]] = [[]]
        for part in self._with_home(word):
            if isinstance(part, Parameter) and part.name == "@" and part.quoted and not part.operator:
                pieces = list(self._session.arguments)
                fields[-1].extend((text, True) for text in pieces[:1])
                fields.extend([(text, True)] for text in pieces[1:])
            elif isinstance(part, Literal) or part.quoted:
                fields[-1].append((self._value(part), part.quoted))
            else:
                self._add_split(fields, self._value(part))
        return [field for field in fields if any(text or quoted for text, quoted in field)]

    def _add_split(self, fields: list[list[tuple[str, bool]]], value: str) -> None:
        separators = self._session.variables.get("IFS", " \t\n")
        if not separators:
            fields[-1].append((value, False))
            return
        blank = "".join(re.escape(c) for c in separators if c in " \t\n")
        other = "".join(re.escape(c) for c in separators if c not in " \t\n")
        choices = [rf"[{blank}]*[{other}][{blank}]*"] if blank and other else [rf"[{other}]"] if other else []
        choices += [rf"[{blank}]+"] if blank else []
        pieces = re.split("|".join(choices), value)
        fields[-1].append((pieces[0], False))
        fields.extend([(piece, False)] for piece in pieces[1:])

    def _names(self, field: Sequence[tuple[str, bool]]) -> list[str]:
        """The file names that a field matches; the field itself where it is no pattern or matches nothing."""
        plain = "".join(text for text, _ in field)
        pattern = "".join(_escaped(text, quoted) for text, quoted in field)
        if not is_pattern(pattern):
            return [plain]
        return self._matches(pattern) or [plain]

    def _matches(self, pattern: str) -> list[str]:
        start = "/" if pattern.startswith("/") else ""
        found = [start]
        components = re.split(r"/+", pattern.lstrip("/"))
        for index, component in enumerate(components):
            self._session.interrupt.check()
            found = [name for parent in found for name in self._step(parent, component, last=index == len(components) - 1)]
        return sorted(found)

    def _step(self, parent: str, component: str, last: bool) -> list[str]:
        directory = self._session.path(parent)
        if not is_pattern(component):
            written = posixpath.join(parent, re.sub(r"\\(.)", r"\1", component, flags=re.DOTALL))
            return [written] if self._exists(written) else []
        try:
            names = self._files.names(directory)
        except FileError:
            return []
        hidden = component.startswith((".", "\\."))
        fitting = [name for name in names if name.startswith(".") == hidden and glob_matches(component, name)]
        return [posixpath.join(parent, name) for name in fitting]

    def _exists(self, written: str) -> bool:
        try:
            self._files.stat(self._session.path(written), follow=written.endswith("/"))
        except FileError:
            return False
        return True


def _escaped(text: str, quoted: bool) -> str:
    return _MAGIC.sub(r"\\\1", text) if quoted else text.replace("\\", "\\\\")


def _trimmed(value: str, operator: str, pattern: str) -> str:
    """What is left of ``value`` without the shortest (``#``, ``%``) or longest beginning or end that fits."""
    size = len(value)
    lengths = range(size + 1) if len(operator) == 1 else range(size, -1, -1)
    for length in lengths:
        piece = value[:length] if operator[0] == "#" else value[size - length :]
        if glob_matches(pattern, piece):
            return value[length:] if operator[0] == "#" else value[: size - length]
    return value
