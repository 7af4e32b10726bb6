"""The commands of the shell as files: ``ls /etc/init.d``, ``[ -x /sbin/services.sh ]``."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache

from harness.protocols.esxi_shell.host_view import AccessDenied, Entry, Files

_MODE = 0o555
"""Everybody may run a program, and nobody may change it (assumed)."""


@dataclass(frozen=True, slots=True)
class FilesWithPrograms:
    """The files ``below`` and, at the absolute paths ``programs``, one file for each command, which can be seen and run alone."""

    below: Files
    programs: frozenset[str]

    def read(self, path: str) -> bytes:
        """See :class:`Files`."""
        self._protect(path)
        return self.below.read(path)

    def write(self, path: str, content: bytes, append: bool = False) -> None:
        """See :class:`Files`."""
        self._protect(path)
        self.below.write(path, content, append)

    def entries(self, path: str) -> list[Entry]:
        """See :class:`Files`."""
        return [*self.below.entries(path), *(self._program(program) for program in _lying_in(path, self.programs))]

    def names(self, path: str) -> list[str]:
        """See :class:`Files`."""
        return [*self.below.names(path), *(posixpath.basename(program) for program in _lying_in(path, self.programs))]

    def stat(self, path: str, follow: bool = True) -> Entry:
        """See :class:`Files`. A program is as old as the boot, and of no size (assumed)."""
        return self._program(path) if path in self.programs else self.below.stat(path, follow)

    def remove(self, path: str) -> None:
        """See :class:`Files`."""
        self._protect(path)
        self.below.remove(path)

    def make_directory(self, path: str) -> None:
        """See :class:`Files`."""
        self._protect(path)
        self.below.make_directory(path)

    def rename(self, old: str, new: str) -> None:
        """See :class:`Files`."""
        self._protect(old)
        self._protect(new)
        self.below.rename(old, new)

    def change_mode(self, path: str, mode: int) -> None:
        """See :class:`Files`."""
        self._protect(path)
        self.below.change_mode(path, mode)

    def resolve(self, path: str) -> str:
        """See :class:`Files`."""
        return path if path in self.programs else self.below.resolve(path)

    def _program(self, path: str) -> Entry:
        folder, name = posixpath.split(path)
        return Entry(name, "file", _MODE, 0, self.below.stat(folder).modified)

    def _protect(self, path: str) -> None:
        if path in self.programs:
            raise AccessDenied(path)


@lru_cache(maxsize=1000)
def _lying_in(folder: str, programs: frozenset[str]) -> tuple[str, ...]:
    return tuple(program for program in programs if posixpath.dirname(program) == folder)
