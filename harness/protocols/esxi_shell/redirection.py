"""Where a command's descriptors lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BlackstartError
from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.expansion import Expander
from harness.protocols.esxi_shell.host_view import FileError, HostView
from harness.protocols.esxi_shell.registry import read_text
from harness.protocols.esxi_shell.session import Session
from harness.protocols.esxi_shell.streams import Discarded, FileOutput, Output, Streams, TextInput
from harness.protocols.esxi_shell.syntax import Redirection, ShellSyntaxError
from harness.protocols.esxi_shell.texts import Text
from harness.records import replace


@dataclass
class RedirectionFailed(BlackstartError):
    """A file that a redirection names cannot be opened: the command does not run."""

    text: Text
    path: str
    problem: str

    def __str__(self) -> str:
        return self.text.fill(path=self.path, problem=self.problem)


@dataclass(frozen=True, slots=True)
class Redirector:
    """Applies redirections for one session on one host."""

    session: Session
    host: HostView
    expander: Expander

    def apply(self, redirections: Sequence[Redirection], streams: Streams) -> Streams:
        """``streams`` with the redirections made, from left to right. Raises RedirectionFailed."""
        for redirection in redirections:
            target = self.expander.text(redirection.target)
            if redirection.operator == "<<":
                streams = replace(streams, stdin=TextInput(target))
            elif redirection.operator in {"<&", ">&"}:
                streams = _duplicated(redirection.descriptor, target, streams)
            elif redirection.operator == "<":
                streams = replace(streams, stdin=self._opened(target))
            else:
                output = self._created(target, append=redirection.operator == ">>")
                streams = streams.with_output(redirection.descriptor, output)
        return streams

    def _opened(self, written: str) -> TextInput:
        try:
            return TextInput(read_text(self.host, self.session.path(written)))
        except FileError as error:
            problem = "no such file" if error.words == "No such file or directory" else error.words
            raise RedirectionFailed(texts.CANNOT_OPEN, written, problem) from None

    def _created(self, written: str, append: bool) -> Output:
        path = self.session.path(written)
        if path == "/dev/null":
            return Discarded()
        try:
            return FileOutput(self.host.files, path, append)
        except FileError as error:
            problem = "nonexistent directory" if error.words == "No such file or directory" else error.words
            raise RedirectionFailed(texts.CANNOT_CREATE, written, problem) from None


def _duplicated(descriptor: int, target: str, streams: Streams) -> Streams:
    if target == "-":
        return replace(streams, stdin=TextInput()) if descriptor == 0 else streams.with_output(descriptor, Discarded())
    if target not in {"0", "1", "2"}:
        raise ShellSyntaxError(f"{target}: bad file descriptor")
    if target == "0" or descriptor == 0:
        return streams
    return streams.with_output(descriptor, streams.out if target == "1" else streams.err)
