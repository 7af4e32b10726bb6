"""What a command reads from and writes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from harness.protocols.esxi_shell.host_view import Files
from harness.records import replace

ENCODING = "utf-8"
ERRORS = "surrogateescape"
"""Bytes that are no UTF-8 pass through the shell unharmed."""


def decoded(content: bytes) -> str:
    """File bytes as the text that the shell works with."""
    return content.decode(ENCODING, ERRORS)


def encoded(text: str) -> bytes:
    """The shell's text as bytes for a file."""
    return text.encode(ENCODING, ERRORS)


class Input(Protocol):
    """A command's standard input, read only when the command asks."""

    def read(self) -> str:
        """Everything up to the end."""

    def readline(self) -> str:
        """One line with its newline; empty at the end."""


class Output(Protocol):
    """A command's standard output or error."""

    def write(self, text: str) -> None:
        """Show or keep ``text``."""


class TextInput:
    """Input that is known already: a pipe's, a file's, a here-document's."""

    def __init__(self, text: str = "") -> None:
        self._text, self._position = text, 0

    def read(self) -> str:
        """The rest."""
        start, self._position = self._position, len(self._text)
        return self._text[start:]

    def readline(self) -> str:
        """The next line."""
        start = self._position
        end = self._text.find("\n", start)
        self._position = len(self._text) if end < 0 else end + 1
        return self._text[start : self._position]


class Collected:
    """Output kept for a pipe or a substitution."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def write(self, text: str) -> None:
        """Keep ``text``."""
        self._pieces.append(text)

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)


class Discarded:
    """``/dev/null``."""

    def write(self, text: str) -> None:
        """Forget ``text``."""


class FileOutput:
    """A redirection: the file exists, and is empty unless appended to, before the command runs."""

    def __init__(self, files: Files, path: str, append: bool) -> None:
        self._files, self._path = files, path
        files.write(path, b"", append)

    def write(self, text: str) -> None:
        """Add ``text`` to the file."""
        if text:
            self._files.write(self._path, encoded(text), append=True)


@dataclass(frozen=True)
class Streams:
    """The three descriptors of a command."""

    stdin: Input
    out: Output
    err: Output

    def with_output(self, descriptor: int, output: Output) -> Streams:
        """The same with another output for descriptor 1 or 2; others are left alone."""
        if descriptor == 1:
            return replace(self, out=output)
        return replace(self, err=output) if descriptor == 2 else self


def lines_of(text: str) -> Iterator[str]:
    """The lines without their newlines; a last line without one counts."""
    if text:
        yield from (text[:-1] if text.endswith("\n") else text).split("\n")
