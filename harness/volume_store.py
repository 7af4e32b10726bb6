"""The bytes of the volumes, in real directories. Names, modes and times live in the world; only bytes live here."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from harness.kept_volumes import Filling, KeptVolumes, Signature, marks_of, signature_of
from harness.units import DeviceId, VolumeId
from harness.world.storage import VolumePath
from harness.world.store import Found, Lying, Tree

VIEWS = "views"
READING, WRITING = os.O_RDONLY, os.O_WRONLY | os.O_CREAT
NO_NAMES = frozenset({"", ".", ".."})
"""What is no file's or folder's own name."""


class DirectoryStore:
    """A store of real directories, one for each LUN, confined to ``root``; beside them ``views`` of vCenters, which are links.

    A lab asks for a file thousands of times: so what is asked of the machine is asked by strings, not by path objects.
    """

    def __init__(self, root: Path, kept: KeptVolumes | None = None) -> None:
        """With ``kept``, what LUNs are filled with comes from there where it can, and goes there in the end."""
        self.root = root.resolve()
        self._kept = kept
        self._filled: dict[DeviceId, Filling] = {}
        self._touched: set[DeviceId] = set()
        self._own: dict[DeviceId, set[Signature]] = defaultdict(set)
        self._directories: dict[DeviceId, str] = {}
        self._folders: dict[tuple[DeviceId, str], str] = {}

    def directory(self, device: DeviceId) -> Path:
        """The real directory that holds the volume on ``device``; it exists afterwards. Anybody may write there from now on."""
        self._touched.add(device)
        return Path(self._directory(device))

    def _directory(self, device: DeviceId) -> str:
        if device not in self._directories:
            folder = f"{self.root}/{device}"
            os.makedirs(folder, exist_ok=True)
            self._directories[device] = folder
        return self._directories[device]

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
        return self._mode(path) != 0

    def _mode(self, path: VolumePath) -> int:
        """What kind of thing lies at a path, as the machine says it; 0 where nothing does."""
        mode = _mode(self._beside_links(path))
        return _mode(self._confined(path.device, path.path)) if stat.S_ISLNK(mode) else mode

    def _real(self, path: VolumePath) -> str:
        """The real path, below the directory of its LUN."""
        place = self._beside_links(path)
        return self._confined(path.device, path.path) if os.path.islink(place) else place

    def _beside_links(self, path: VolumePath) -> str:
        """The real path, unless there is a link: what lies in a folder that is known to be there is below that."""
        above, _, name = path.path.rpartition("/")
        if name in NO_NAMES:
            return self._confined(path.device, path.path)
        return f"{self._folders.get((path.device, above)) or self._folder(path.device, above)}/{name}"

    def _folder(self, device: DeviceId, path: str) -> str:
        """The real path of a folder; once it is there it is known, until something is moved or a folder removed."""
        known = self._folders.get((device, path))
        if known is not None:
            return known
        above, _, name = path.rpartition("/")
        plain = name not in NO_NAMES and path[0] != "/"
        place = f"{self._folder(device, above)}/{name}" if plain else ""
        if not plain or os.path.islink(place):
            place = self._confined(device, path)
        if os.path.isdir(place):
            self._folders[device, path] = place
        return place

    def _confined(self, device: DeviceId, path: str) -> str:
        base = f"{self.root}/{device}"
        real = os.path.realpath(os.path.join(base, path))
        if real != base and not real.startswith(f"{base}/"):
            raise FileNotFoundError(path)
        return real

    def read(self, path: VolumePath) -> bytes:
        """See :class:`Store`."""
        try:
            handle = self._opened(path, READING)
            try:
                return os.read(handle, os.fstat(handle).st_size)
            finally:
                os.close(handle)
        except (IsADirectoryError, NotADirectoryError) as error:
            raise FileNotFoundError(path.path) from error

    def size(self, path: VolumePath) -> int:
        """See :class:`Store`."""
        real = self._real(path)
        return os.path.getsize(real) if os.path.isfile(real) else 0

    def is_folder(self, path: VolumePath) -> bool:
        """See :class:`Store`."""
        return stat.S_ISDIR(self._mode(path))

    def entries(self, path: VolumePath) -> list[str]:
        """See :class:`Store`."""
        with os.scandir(self._real(path)) as found:
            return sorted(entry.name for entry in found if not entry.is_symlink())

    def write(self, path: VolumePath, content: bytes) -> None:
        """See :class:`Store`."""
        self._touched.add(path.device)
        if path.device in self._filled:  # two writes within one tick of the machine's clock may bear the same time
            self._filled[path.device].marks.pop(path.path, None)
        self._own[path.device].add(self._write(path, content))

    def _write(self, path: VolumePath, content: bytes) -> Signature:
        handle = self._opened(path, WRITING)
        try:
            size = os.write(handle, content) if content else 0
            held = os.fstat(handle)
            if held.st_size != size:  # afterwards: a file that is emptied first is flushed to disk when it is closed, on ext4
                os.ftruncate(handle, size)
                held = os.fstat(handle)
            return signature_of(held)
        finally:
            os.close(handle)

    def _opened(self, path: VolumePath, flags: int) -> int:
        """The file, opened; a link is looked for only where there is one, and folders are made only for one to be written."""
        place = self._beside_links(path)
        try:
            return os.open(place, flags | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            if flags != WRITING:
                raise
            os.makedirs(os.path.dirname(place), exist_ok=True)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        return os.open(self._real(path), flags, 0o666)

    def fill(self, device: DeviceId, tree: Tree) -> None:
        """See :class:`Store`."""
        filling = self._kept.take(device, self._directory(device), tree) if self._kept else None
        if filling is None:
            filling = Filling(tree, {path: self._lay(VolumePath(device, path), content) for path, content in tree.items()})
        self._filled[device], self._own[device] = filling, filling.signatures

    def filled(self, device: DeviceId, tree: Tree) -> None:
        """See :class:`Store`."""
        if self._kept:
            self._filled[device] = Filling(tree, marks_of(self._directory(device)))

    def _lay(self, path: VolumePath, content: bytes | None) -> Signature | None:
        if content is not None:
            return self._write(path, content)
        self._make_folder(path)
        return None

    def make_folder(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        self._touched.add(path.device)
        self._make_folder(path)

    def _make_folder(self, path: VolumePath) -> None:
        real = self._real(path)
        try:
            os.mkdir(real)
        except OSError:  # there is one already, or none above it
            os.makedirs(real, exist_ok=True)
        self._folders[path.device, path.path] = real

    def remove(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        self._touched.add(path.device)
        real = self._real(path)
        if os.path.isdir(real):
            self._folders.clear()
            shutil.rmtree(real)
        else:
            Path(real).unlink(missing_ok=True)

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """See :class:`Store`."""
        self._touched.add(path.device)
        real = self._real(target)
        os.makedirs(os.path.dirname(real), exist_ok=True)
        os.rename(self._real(path), real)
        self._folders.clear()

    def discard(self) -> None:
        """Remove all of it, but for what is kept for others."""
        if self._kept:
            for device, filling in self._filled.items():
                self._kept.put(device, self._directory(device), filling, untouched=device not in self._touched)
        shutil.rmtree(self.root, ignore_errors=True)

    def used(self, device: DeviceId) -> int:
        """See :class:`Store`."""
        return _size(f"{self.root}/{device}")

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """See :class:`Store`. A file is known again by its inode, its size and the time of its last write."""
        own, seen = self._own.get(device, set()), set[Signature]()
        found: dict[str, Found] = {}
        volume = self._directory(device)
        below = len(volume) + 1
        for entry in _walk(volume):
            path = entry.path[below:]
            if entry.is_dir():
                found[path] = "folder"
            else:
                signature = signature_of(entry.stat())
                found[path] = "file" if signature in own else "foreign"
                seen.add(signature)
        self._own[device] = seen
        return found

    def listing(self, device: DeviceId) -> Mapping[str, Lying]:
        """See :class:`Store`."""
        own, volume = self._own.get(device, set()), self._directory(device)
        below = len(volume) + 1
        found: dict[str, Lying] = {}
        for entry in _walk(volume):
            lying = Lying("folder")
            if not entry.is_dir():
                signature = signature_of(entry.stat())
                lying = Lying("file" if signature in own else "foreign", signature[1])
            found[entry.path[below:]] = lying
        return found


def _walk(folder: str) -> Iterator[os.DirEntry[str]]:
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


def _mode(real: str) -> int:
    """That of what lies at a real path, of a link its own; 0 where nothing does."""
    try:
        return os.lstat(real).st_mode
    except (OSError, ValueError):
        return 0
