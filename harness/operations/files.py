"""What somebody does to files, on a host's own file system or on a volume that it has mounted.

Paths are absolute and as the host's shell knows them. What no host file system would do is refused with the name of the
error: ``FileNotFound``, ``IsADirectory``, ``NotADirectory``, ``FileLocked``, ``PermissionDenied``, ``DirectoryNotEmpty``,
``ReadOnlyFileSystem``.
"""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.reach import running_host
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import HostName
from harness.world.host_files import HostFileRemoved, HostFileWritten, HostLogged, SavedFileReplaced
from harness.world.hosts import HostFile
from harness.world.storage import VolumePath
from harness.world.volume_files import FileMoved, FileRemoved, FileWritten, FolderMade, ModeChanged

VOLUMES = "/vmfs/volumes"


def write(
    laws: Laws, name: HostName, path: str, content: bytes, mode: int | None = None, *, append: bool = False
) -> Operation[None]:
    """Create or replace a file, or add to its end; ``mode`` None keeps the mode it had."""
    place = _volume_path(laws, name, path)
    if place is None:
        before = laws.world.hosts[name].files.get(path)
        mode = mode if mode is not None else before.mode if before else 0o644
        head = before.content if before and append else b""
        yield HostFileWritten(name, path, HostFile(head + content, laws.now, mode))
        return
    if not place.path or laws.store.is_folder(place):
        raise Refusal("IsADirectory", path)
    _check_lock(laws, name, place, path)
    facts = laws.world.medium(place.device).facts.get(place.path)
    kept = mode if mode is not None else facts.mode if facts else 0o600
    head = _content(laws, place) if append else b""
    yield FileWritten(place.device, place.path, head + content, laws.now, kept)


def change_mode(laws: Laws, name: HostName, path: str, mode: int) -> Operation[None]:
    """Set the permission bits of a file or folder that is there."""
    place = _volume_path(laws, name, path)
    if place is None:
        file = laws.world.hosts[name].files.get(path)
        if file is None:
            raise Refusal("FileNotFound", path)
        yield HostFileWritten(name, path, replace(file, mode=mode))
        return
    _must_exist(laws, place, path)
    yield ModeChanged(place.device, place.path, mode, laws.now)


def log(laws: Laws, name: HostName, path: str, line: str) -> Operation[None]:
    """Add a line to a log of the host; nothing happens to a host that does not run."""
    if laws.world.hosts[name].running:
        yield HostLogged(name, path, line, laws.now)


def remove(laws: Laws, name: HostName, path: str) -> Operation[None]:
    """Remove a file, or a folder that is empty."""
    place = _volume_path(laws, name, path)
    if place is None:
        if path not in laws.world.hosts[name].files:
            raise Refusal("FileNotFound", path)
        yield HostFileRemoved(name, path)
        return
    if not place.path:
        raise Refusal("PermissionDenied", path)
    _check_lock(laws, name, place, path)
    if laws.store.is_folder(place):
        if laws.store.entries(place):
            raise Refusal("DirectoryNotEmpty", path)
    else:
        _must_exist(laws, place, path)
    yield FileRemoved(place.device, place.path)


def make_folder(laws: Laws, name: HostName, path: str) -> Operation[None]:
    """Make a folder. The host's own file system keeps one as a file whose path ends in a slash, beside those that files imply."""
    place = _volume_path(laws, name, path)
    if place is None:
        yield HostFileWritten(name, f"{path}/", HostFile(b"", laws.now, 0o755))
        return
    yield FolderMade(place.device, place.path, laws.now)


def rename(laws: Laws, name: HostName, path: str, target: str) -> Operation[None]:
    """Give a file or folder another path on the same file system. Refuses ``CrossDevice`` for another one."""
    place, there = _volume_path(laws, name, path), _volume_path(laws, name, target)
    if place is None and there is None:
        file = laws.world.hosts[name].files.get(path)
        if file is None:
            raise Refusal("FileNotFound", path)
        yield HostFileWritten(name, target, file)
        yield HostFileRemoved(name, path)
        return
    if place is None or there is None or place.device != there.device:
        raise Refusal("CrossDevice", path)
    _must_exist(laws, place, path)
    _check_lock(laws, name, place, path)
    yield FileMoved(place.device, place.path, there.path)


def lose_saved(laws: Laws, name: HostName, path: str, content: bytes | None) -> Operation[None]:
    """A fault: a file of the saved configuration is lost (``content`` None) or holds something else from the next boot on."""
    if path not in laws.world.hosts[name].saved:
        raise Refusal("FileNotFound", path, f"{name} has not saved {path}")
    yield SavedFileReplaced(name, path, None if content is None else HostFile(content, laws.now))


def _volume_path(laws: Laws, name: HostName, path: str) -> VolumePath | None:
    """Where the host writes on a volume; None for its own file system. Refuses what is not mounted, silent or read-only."""
    running_host(laws, name)
    if not path.startswith(VOLUMES):
        return None
    file = laws.world.locate(name, path)
    if file is None:
        raise Refusal("FileNotFound" if path.count("/") > VOLUMES.count("/") + 1 else "PermissionDenied", path)
    if not laws.world.usable(name, file.volume):
        raise Refusal("InputOutputError", path)
    place = laws.world.writable(name, file)
    if place is None:
        raise Refusal("ReadOnlyFileSystem", path)
    return place


def _content(laws: Laws, place: VolumePath) -> bytes:
    try:
        return laws.store.read(place)
    except FileNotFoundError:
        return b""


def _must_exist(laws: Laws, place: VolumePath, path: str) -> None:
    if not laws.store.is_folder(place):
        try:
            laws.store.size(place)
            laws.store.read(place)
        except FileNotFoundError:
            raise Refusal("FileNotFound", path) from None


def _check_lock(laws: Laws, name: HostName, place: VolumePath, path: str) -> None:
    """The configuration and the disks of a running VM are locked by its host (quoted: ``Device or resource busy``)."""
    for machine in laws.world.holders(place):
        own = machine.host == name and place == laws.world.copy(name, machine.vmx)
        if not own:
            raise Refusal("FileLocked", path)
