"""Reading one word of shell text: quotes, parameters, substitutions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from harness.protocols.esxi_shell.syntax import (
    Arithmetic,
    IncompleteInput,
    Literal,
    Parameter,
    Part,
    Script,
    ShellSyntaxError,
    Substitution,
    Word,
)

DEEPEST = 25
"""How deep constructs may be nested: far beyond any runbook, and well inside the interpreter's own stack."""

NestedParser: TypeAlias = Callable[[str, int, int], tuple[Script, int]]
"""``parse(text, position, depth)``: what follows a ``$(`` up to its ``)``, and the position after that."""

_END = " \t\n;&|()<>"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?$#@*!-]")
_OPERAND = re.compile(r":[-=+?]|##|%%|[-=+?#%]")
_PLAIN = re.compile(r"[^ \t\n;&|()<>'\"\\$`}]+")
_UNTERMINATED = "unterminated quoted string"


def check_depth(depth: int) -> None:
    """Refuse what is nested deeper than :data:`DEEPEST`."""
    if depth > DEEPEST:
        raise ShellSyntaxError("nested too deeply")


class WordReader:
    """Reads words from ``text``, from ``position`` on; ``position`` moves along."""

    def __init__(self, text: str, parse_nested: NestedParser, position: int = 0, depth: int = 0) -> None:
        check_depth(depth)
        self.text, self.position, self.depth, self._parse_nested = text, position, depth, parse_nested

    def word(self, end: str = _END) -> Word:
        """The word that begins here; it stops before an unquoted character of ``end``."""
        parts: list[Part] = []
        while (character := self._peek()) and character not in end:
            if character == "'":
                parts.append(self._single_quoted())
            elif character == '"':
                self.position += 1
                parts.extend(self._double_quoted('"') or (Literal("", quoted=True),))
                self._expect('"', _UNTERMINATED)
            elif character in "$`":
                parts.append(self._expansion(quoted=False))
            elif character == "\\":
                parts.extend(self._escaped())
            else:
                parts.append(self._plain())
        return Word(tuple(parts))

    def whole_as_quoted(self) -> Word:
        """All the remaining text as if it stood in double quotes, save that ``"`` is an ordinary character."""
        return Word(tuple(self._double_quoted("")))

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _expect(self, character: str, problem: str) -> None:
        if self._peek() != character:
            raise IncompleteInput(problem)
        self.position += 1

    def _plain(self) -> Literal:
        match = _PLAIN.match(self.text, self.position)
        text = match[0] if match else self._peek()
        self.position += len(text)
        return Literal(text)

    def _single_quoted(self) -> Literal:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise IncompleteInput(_UNTERMINATED)
        content = self.text[self.position + 1 : end]
        self.position = end + 1
        return Literal(content, quoted=True)

    def _escaped(self) -> tuple[Literal, ...]:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2 if following else 1
        if not following:
            return (Literal("\\", quoted=True),)
        return () if following == "\n" else (Literal(following, quoted=True),)

    def _double_quoted(self, end: str) -> list[Part]:
        parts: list[Part] = []
        while (character := self._peek()) and character != end:
            if character in "$`":
                parts.append(self._expansion(quoted=True))
            elif character == "\\":
                parts.append(self._escaped_in_quotes(end))
            else:
                stop = re.compile(r'[$`\\"]' if end else r"[$`\\]").search(self.text, self.position)
                finish = stop.start() if stop else len(self.text)
                parts.append(Literal(self.text[self.position : finish], quoted=True))
                self.position = finish
        return parts

    def _escaped_in_quotes(self, end: str) -> Literal:
        pair = self.text[self.position : self.position + 2]
        self.position += 2
        if pair == "\\\n":
            return Literal("", quoted=True)
        return Literal(pair[1:] if pair[1:] and pair[1:] in f"$`\\{end}" else pair, quoted=True)

    def _expansion(self, quoted: bool) -> Part:
        if self._peek() == "`":
            return self._backquoted(quoted)
        self.position += 1
        rest = self.text[self.position : self.position + 2]
        if rest == "((":
            return self._arithmetic(quoted)
        if rest[:1] == "(":
            body, self.position = self._parse_nested(self.text, self.position + 1, self.depth + 1)
            return Substitution(body, quoted)
        if rest[:1] == "{":
            return self._braced(quoted)
        match = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9?$#@*!-]").match(self.text, self.position)
        if not match:
            return Literal("$", quoted)
        self.position = match.end()
        return Parameter(match[0], quoted)

    def _backquoted(self, quoted: bool) -> Substitution:
        match = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL).match(self.text, self.position)
        if not match:
            raise IncompleteInput(_UNTERMINATED)
        self.position = match.end()
        inner = re.sub(r"\\([`\\$])", r"\1", match[1])
        body, _ = self._parse_nested(inner + "\n)", 0, self.depth + 1)
        return Substitution(body, quoted)

    def _arithmetic(self, quoted: bool) -> Arithmetic:
        start, level, position = self.position + 2, 2, self.position + 2
        while level and position < len(self.text):
            level += {"(": 1, ")": -1}.get(self.text[position], 0)
            position += 1
        if level:
            raise IncompleteInput('unexpected end of file (expecting "))")')
        inner = WordReader(self.text[start : position - 2], self._parse_nested, depth=self.depth + 1)
        self.position = position
        return Arithmetic(inner.whole_as_quoted(), quoted)

    def _braced(self, quoted: bool) -> Parameter:
        self.position += 1
        length = self._peek() == "#" and self.text[self.position + 1 : self.position + 2] not in {"}", ""}
        self.position += length
        match = _PARAMETER.match(self.text, self.position)
        if not match:
            self._refuse_braces()
            return Parameter("")
        self.position = match.end()
        operator, operand = ("length", None) if length else self._operand(quoted)
        if self._peek() != "}":
            self._refuse_braces()
        self.position += 1
        return Parameter(match[0], quoted, operator, operand)

    def _operand(self, quoted: bool) -> tuple[str, Word | None]:
        match = _OPERAND.match(self.text, self.position)
        if not match:
            return "", None
        self.position = match.end()
        inner = WordReader(self.text, self._parse_nested, self.position, self.depth + 1)
        word = inner.word("}")
        self.position = inner.position
        if quoted and match[0] not in {"#", "##", "%", "%%"}:
            word = Word(tuple(Literal(part.text, quoted=True) if isinstance(part, Literal) else part for part in word.parts))
        return match[0], word

    def _refuse_braces(self) -> None:
        if self.position >= len(self.text):
            raise IncompleteInput(_UNTERMINATED)
        raise ShellSyntaxError("bad substitution")
