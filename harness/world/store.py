"""The bytes of the volumes. Names, modes and times live in the world; only bytes live here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISLNK
from typing import Literal, Protocol, TypeAlias

from harness.units import DeviceId, VolumeId
from harness.world.storage import VolumePath

VIEWS = "views"
Found: TypeAlias = Literal["folder", "file", "foreign"]
"""What lies at a path; a ``foreign`` file was written by somebody else than the store since the LUN was last surveyed."""
Signature: TypeAlias = tuple[int, int, int]


class Store(Protocol):
    """Bytes by LUN and path. Reading or listing what is not there raises FileNotFoundError."""

    def read(self, path: VolumePath) -> bytes:
        """The bytes of a file."""

    def size(self, path: VolumePath) -> int:
        """The length of a file in bytes; 0 for a folder."""

    def is_folder(self, path: VolumePath) -> bool:
        """Whether the path is a folder; False where nothing is."""

    def entries(self, path: VolumePath) -> list[str]:
        """The names in a folder, sorted."""

    def write(self, path: VolumePath, content: bytes) -> None:
        """Create or replace a file, with the folders above it."""

    def make_folder(self, path: VolumePath) -> None:
        """Create a folder, with those above it; nothing happens where it exists."""

    def remove(self, path: VolumePath) -> None:
        """Remove a file, or a folder with all that is in it; nothing happens where nothing is."""

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """Give a file or folder another path on the same LUN."""

    def used(self, device: DeviceId) -> int:
        """The bytes of all files on a LUN."""

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """Everything on a LUN, by path."""


class DirectoryStore:
    """A store of real directories, one for each LUN, confined to ``root``; beside them ``views`` of vCenters, which are links."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._own: dict[DeviceId, set[Signature]] = {}
        self._folders: dict[tuple[DeviceId, str], Path] = {}

    def directory(self, device: DeviceId) -> Path:
        """The real directory that holds the volume on ``device``; it exists afterwards."""
        folder = self.root / device
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def view(self, center: str, volume: VolumeId, device: DeviceId) -> Path:
        """The directory by which a vCenter knows a volume: always the same path, and from now on a link to that of ``device``.

        The link is relative, so that it leads there wherever the root is mounted.
        """
        link = self.root / VIEWS / center / volume
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f".{volume}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("..", "..", self.directory(device).name))
        return fresh.replace(link)

    def has(self, path: VolumePath) -> bool:
        """Whether there is a file or folder."""
        return self._real(path).exists()

    def _real(self, path: VolumePath) -> Path:
        """The real path, below the directory of its LUN: what lies in a folder that is known to be there is, but for links."""
        above, _, name = path.path.rpartition("/")
        folder = self._folders.get((path.device, above))
        if folder is None:
            folder = self._confined(path.device, above)
            if folder.is_dir():
                self._folders[path.device, above] = folder
        real = folder / name
        return self._confined(path.device, path.path) if name in {"", ".", ".."} or real.is_symlink() else real

    def _confined(self, device: DeviceId, path: str) -> Path:
        base = self.root / device
        real = (base / path).resolve()
        if real != base and base not in real.parents:
            raise FileNotFoundError(path)
        return real

    def read(self, path: VolumePath) -> bytes:
        """See :class:`Store`."""
        real = self._real(path)
        if not real.is_file():
            raise FileNotFoundError(path.path)
        return real.read_bytes()

    def size(self, path: VolumePath) -> int:
        """See :class:`Store`."""
        real = self._real(path)
        return real.stat().st_size if real.is_file() else 0

    def is_folder(self, path: VolumePath) -> bool:
        """See :class:`Store`."""
        return self._real(path).is_dir()

    def entries(self, path: VolumePath) -> list[str]:
        """See :class:`Store`."""
        return sorted(entry.name for entry in self._real(path).iterdir() if not entry.is_symlink())

    def write(self, path: VolumePath, content: bytes) -> None:
        """See :class:`Store`."""
        real = self._real(path)
        try:
            with real.open("r+b", buffering=0) as file:
                file.write(content)
                file.truncate()  # afterwards: a file that is emptied first is flushed to disk when it is closed, on ext4
        except FileNotFoundError:
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_bytes(content)
        self._own.setdefault(path.device, set()).add(_signature(real))

    def make_folder(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        self._real(path).mkdir(parents=True, exist_ok=True)

    def remove(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        real = self._real(path)
        if real.is_dir():
            self._folders.clear()
            shutil.rmtree(real)
        else:
            real.unlink(missing_ok=True)

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """See :class:`Store`."""
        real = self._real(target)
        real.parent.mkdir(parents=True, exist_ok=True)
        self._real(path).rename(real)
        self._folders.clear()

    def used(self, device: DeviceId) -> int:
        """See :class:`Store`."""
        return sum(signature[1] for _, signature in _walk(self.directory(device)) if signature)

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """See :class:`Store`. A file is known again by its inode, its size and the time of its last write."""
        own, seen = self._own.get(device, set()), set[Signature]()
        found: dict[str, Found] = {}
        for path, signature in _walk(self.directory(device)):
            found[path] = "folder" if signature is None else "file" if signature in own else "foreign"
            seen.update([signature] if signature else [])
        self._own[device] = seen
        return found


def _walk(folder: Path, above: str = "") -> Iterator[tuple[str, Signature | None]]:
    """All files with their signatures, and folders without."""
    for entry in folder.iterdir():
        stat = entry.lstat()
        if S_ISDIR(stat.st_mode):
            yield above + entry.name, None
            yield from _walk(entry, f"{above}{entry.name}/")
        elif not S_ISLNK(stat.st_mode):
            yield above + entry.name, (stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _signature(file: Path) -> Signature:
    stat = file.lstat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
