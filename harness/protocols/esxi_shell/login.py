"""How each release greets whoever logs in, and how it prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.protocols.esxi_shell.texts import Text


@dataclass(frozen=True, slots=True)
class LoginStyle:
    """What a client sees before its first command, and the forms of ``ls`` that go with the release's busybox.

    ``prompt`` is ``path`` (``~ # ``) or ``bracket`` (``[root@host:~] ``). ``challenge`` is what the keyboard-interactive
    question says; OpenSSH puts ``(user@address) `` before it by itself. ``size_suffixes`` are the units of ``ls -h``;
    ``totals`` says whether ``ls -l`` of a directory begins with a ``total`` line.
    """

    prompt: Literal["path", "bracket"]
    motd: Text
    challenge: str = "Password: "
    size_suffixes: str = "KMGT"
    totals: bool = True

    def prompt_at(self, user: str, host: str, directory: str) -> str:
        """The prompt in ``directory``; the root user's home is ``/``, shown as ``~``."""
        shown = "~" if directory == "/" else directory
        return f"{shown} # " if self.prompt == "path" else f"[{user}@{host}:{shown}] "
