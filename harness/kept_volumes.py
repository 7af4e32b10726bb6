"""What a lab leaves of its volumes to the next one that begins alike, so that the same files need not be written again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

from harness.units import DeviceId
from harness.world.store import Tree

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
Signature: TypeAlias = tuple[int, int, int]
"""The inode of a file, its size and the time of its last write: a file that has been written since has another one."""
Marks: TypeAlias = dict[str, Signature | None]
"""The signatures of files by path, None for folders. One that is known to have been written to has none."""


class Filling(NamedTuple):
    """What the directory of a LUN was filled with."""

    tree: Tree
    marks: Marks

    @property
    def signatures(self) -> set[Signature]:
        """Those of its files."""
        return {mark for mark in self.marks.values() if mark}


class KeptVolumes:
    """Directories of LUNs, each as a lab has left it, in a folder that ``make`` makes when there is a first one."""

    def __init__(self, make: Callable[[], Path]) -> None:
        self._make = make
        self._folder: Path | None = None
        self._kept: dict[DeviceId, tuple[Filling, bool]] = {}

    def put(self, device: DeviceId, directory: str, filling: Filling, *, untouched: bool) -> None:
        """Take over the directory of a LUN that was filled; ``untouched`` where nobody can have changed anything in it since."""
        with suppress(OSError):  # another lab that began so has left one, or the run is over
            self._folder = self._folder or self._make()
            os.rename(directory, self._folder / device)
            self._kept[device] = filling, untouched

    def take(self, device: DeviceId, directory: str, tree: Tree) -> Filling | None:
        """Have a LUN's directory hold the very same tree as before, and nothing else; None where there is none that did."""
        filling, untouched = self._kept.get(device, (None, False))
        if filling is None or filling.tree is not tree or self._folder is None:
            return None
        del self._kept[device]
        fresh = f"{directory}.kept"
        try:
            os.rename(self._folder / device, fresh)
        except FileNotFoundError:  # the run is over
            return None
        if not untouched:
            filling = Filling(tree, _mended(fresh, filling))
        with suppress(FileNotFoundError):
            os.rename(directory, f"{directory}.discarded")
        os.rename(fresh, directory)
        return filling

    def clear(self) -> None:
        """Remove all of it."""
        self._kept.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def signature_of(held: os.stat_result) -> Signature:
    """By which a file is known again."""
    return held.st_ino, held.st_size, held.st_mtime_ns


def marks_of(folder: str) -> Marks:
    """Those of all files and folders in it, a folder before what is in that; a link counts as a file."""
    below = len(folder) + 1
    return {
        entry.path[below:]: None if entry.is_dir(follow_symlinks=False) else signature_of(entry.stat(follow_symlinks=False))
        for entry in _everything(folder)
    }


def _mended(folder: str, filling: Filling) -> Marks:
    """Put right what is not as it was filled."""
    marks = marks_of(folder)
    if marks == filling.marks:
        return marks
    wrong = [path for path, mark in marks.items() if path not in filling.marks or filling.marks[path] != mark]
    for path in reversed(wrong):  # what is in a folder before that
        remove = os.rmdir if marks.pop(path) is None else os.unlink
        remove(f"{folder}/{path}")
    return {path: marks[path] if path in marks else _made(f"{folder}/{path}", content) for path, content in filling.tree.items()}


def _everything(folder: str) -> Iterator[os.DirEntry[str]]:
    """All in it, a folder before what is in that; links as what they are."""
    with os.scandir(folder) as found:
        for entry in found:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _everything(entry.path)


def _made(place: str, content: bytes | None) -> Signature | None:
    if content is None:
        os.mkdir(place)
        return None
    handle = os.open(place, NEW, 0o666)
    try:
        os.write(handle, content)
        return signature_of(os.fstat(handle))
    finally:
        os.close(handle)
