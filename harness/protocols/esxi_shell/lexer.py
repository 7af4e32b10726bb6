"""Cutting a shell text into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from harness.protocols.esxi_shell.syntax import IncompleteInput, Literal, Word
from harness.protocols.esxi_shell.words import NestedParser, WordReader

_REDIRECTION = re.compile(r"([0-9]?)(<<-?|<&|>&|>>|>\||<|>)")
_NO_WORD = Word(())


@dataclass(frozen=True, slots=True)
class Token:
    """A word, an operator, a redirection (``text`` is its operator, ``descriptor`` -1 unless written), a newline or the end."""

    kind: OneOf["word", "operator", "redirection", "newline", "end"]
    text: str
    word: Word = _NO_WORD
    descriptor: int = -1


class Lexer:
    """Reads tokens from ``text``, from ``position`` on."""

    def __init__(self, text: str, parse_nested: NestedParser, position: int = 0, depth: int = 0) -> None:
        self._reader = WordReader(text, parse_nested, position, depth)
        self._parse_nested = parse_nested
        self._after_line = -1

    @property
    def position(self) -> int:
        """Where the next token is looked for."""
        return self._reader.position

    def next(self) -> Token:
        """The next token; after the end, the end again."""
        self._skip_blanks()
        reader = self._reader
        start = reader.position
        character = reader.text[start : start + 1]
        if not character:
            return Token("end", "")
        if character == "\n":
            return self._newline()
        if match := _REDIRECTION.match(reader.text, start):
            reader.position = match.end()
            return Token("redirection", match[2], descriptor=int(match[1]) if match[1] else -1)
        if character in ";&|()":
            two = reader.text[start : start + 2]
            operator = two if two in {"&&", "||", ";;"} else character
            reader.position += len(operator)
            return Token("operator", operator)
        word = reader.word()
        return Token("word", reader.text[start : reader.position], word)

    def here_document(self, delimiter: Word, strip_tabs: bool) -> Word:
        """The lines after the current one up to ``delimiter``; a delimiter with a quote in it turns expansion off."""
        text = self._reader.text
        marker = "".join(part.text for part in delimiter.parts if isinstance(part, Literal))
        start = self._after_line if self._after_line >= 0 else text.find("\n", self._reader.position) + 1
        lines: list[str] = []
        position = start
        while start and position < len(text):
            end = text.find("\n", position)
            line, position = (text[position:], len(text)) if end < 0 else (text[position:end], end + 1)
            line = line.lstrip("\t") if strip_tabs else line
            if line == marker:
                self._after_line = position
                return self._document("".join(f"{line}\n" for line in lines), delimiter)
            lines.append(line)
        raise IncompleteInput(f'unexpected end of file (expecting "{marker}")')

    def _document(self, body: str, delimiter: Word) -> Word:
        if any(part.quoted for part in delimiter.parts):
            return Word((Literal(body, quoted=True),))
        return WordReader(body, self._parse_nested, depth=self._reader.depth + 1).whole_as_quoted()

    def _newline(self) -> Token:
        self._reader.position = self._after_line if self._after_line >= 0 else self._reader.position + 1
        self._after_line = -1
        return Token("newline", "\n")

    def _skip_blanks(self) -> None:
        reader = self._reader
        while reader.position < len(reader.text):
            if reader.text.startswith("\\\n", reader.position):
                reader.position += 2
            elif reader.text[reader.position] in " \t\r":
                reader.position += 1
            elif reader.text[reader.position] == "#":
                end = reader.text.find("\n", reader.position)
                reader.position = len(reader.text) if end < 0 else end
            else:
                return
