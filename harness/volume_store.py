"""The bytes of the volumes, in real directories. Names, modes and times live in the world; only bytes live here."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from harness.units import DeviceId, VolumeId
from harness.world.storage import VolumePath
from harness.world.store import Found, Lying

VIEWS = "views"
WRITING = os.O_WRONLY | os.O_CREAT
Signature: TypeAlias = tuple[int, int, int]


class DirectoryStore:
    """A store of real directories, one for each LUN, confined to ``root``; beside them ``views`` of vCenters, which are links.

    A lab asks for a file thousands of times: so what is asked of the machine is asked by strings, not by path objects.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._own: dict[DeviceId, set[Signature]] = {}
        self._folders: dict[tuple[DeviceId, str], str] = {}

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
        return os.path.exists(self._real(path))

    def _real(self, path: VolumePath) -> str:
        """The real path, below the directory of its LUN."""
        place = self._beside_links(path)
        return self._confined(path.device, path.path) if os.path.islink(place) else place

    def _beside_links(self, path: VolumePath) -> str:
        """The real path, unless there is a link: what lies in a folder that is known to be there is below that."""
        above, _, name = path.path.rpartition("/")
        folder = self._folders.get((path.device, above))
        if folder is None:
            folder = self._confined(path.device, above)
            if os.path.isdir(folder):
                self._folders[path.device, above] = folder
        return self._confined(path.device, path.path) if name in {"", ".", ".."} else f"{folder}/{name}"

    def _confined(self, device: DeviceId, path: str) -> str:
        base = f"{self.root}/{device}"
        real = os.path.realpath(os.path.join(base, path))
        if real != base and not real.startswith(f"{base}/"):
            raise FileNotFoundError(path)
        return real

    def read(self, path: VolumePath) -> bytes:
        """See :class:`Store`."""
        try:
            with open(self._real(path), "rb", buffering=0) as file:
                return file.readall()
        except (IsADirectoryError, NotADirectoryError) as error:
            raise FileNotFoundError(path.path) from error

    def size(self, path: VolumePath) -> int:
        """See :class:`Store`."""
        real = self._real(path)
        return os.path.getsize(real) if os.path.isfile(real) else 0

    def is_folder(self, path: VolumePath) -> bool:
        """See :class:`Store`."""
        return os.path.isdir(self._real(path))

    def entries(self, path: VolumePath) -> list[str]:
        """See :class:`Store`."""
        with os.scandir(self._real(path)) as found:
            return sorted(entry.name for entry in found if not entry.is_symlink())

    def write(self, path: VolumePath, content: bytes) -> None:
        """See :class:`Store`."""
        handle = self._open(path)
        try:
            size = os.write(handle, content) if content else 0
            stat = os.fstat(handle)
            if stat.st_size != size:  # afterwards: a file that is emptied first is flushed to disk when it is closed, on ext4
                os.ftruncate(handle, size)
                stat = os.fstat(handle)
            self._own.setdefault(path.device, set()).add(_signature(stat))
        finally:
            os.close(handle)

    def _open(self, path: VolumePath) -> int:
        place = self._beside_links(path)
        try:
            return os.open(place, WRITING | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(place), exist_ok=True)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        return os.open(self._real(path), WRITING, 0o666)

    def make_folder(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        real = self._real(path)
        os.makedirs(real, exist_ok=True)
        self._folders[path.device, path.path] = real

    def remove(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        real = self._real(path)
        if os.path.isdir(real):
            self._folders.clear()
            shutil.rmtree(real)
        else:
            Path(real).unlink(missing_ok=True)

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """See :class:`Store`."""
        real = self._real(target)
        os.makedirs(os.path.dirname(real), exist_ok=True)
        os.rename(self._real(path), real)
        self._folders.clear()

    def used(self, device: DeviceId) -> int:
        """See :class:`Store`."""
        return _size(f"{self.root}/{device}")

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """See :class:`Store`. A file is known again by its inode, its size and the time of its last write."""
        own, seen = self._own.get(device, set()), set[Signature]()
        found: dict[str, Found] = {}
        volume = self.directory(device)
        for entry in _walk(volume):
            path = entry.path.removeprefix(f"{volume}/")
            if entry.is_dir():
                found[path] = "folder"
            else:
                signature = _signature(entry.stat())
                found[path] = "file" if signature in own else "foreign"
                seen.add(signature)
        self._own[device] = seen
        return found

    def listing(self, device: DeviceId) -> Mapping[str, Lying]:
        """See :class:`Store`."""
        own, volume = self._own.get(device, set()), self.directory(device)
        found: dict[str, Lying] = {}
        for entry in _walk(volume):
            lying = Lying("folder")
            if not entry.is_dir():
                signature = _signature(entry.stat())
                lying = Lying("file" if signature in own else "foreign", signature[1])
            found[entry.path.removeprefix(f"{volume}/")] = lying
        return found


def _walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """All files and folders in it, a folder before what is in that; no links."""
    with os.scandir(folder) as found:
        for entry in found:
            if not entry.is_symlink():
                yield entry
                if entry.is_dir():
                    yield from _walk(entry.path)


def _size(folder: str) -> int:
    """The bytes of all files in it; of none where it is not there."""
    total = 0
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                total += _size(entry.path)
            elif not entry.is_symlink():
                total += entry.stat().st_size
    return total


def _signature(stat: os.stat_result) -> Signature:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
