"""The name space of one simulated host: its own files, and the volumes that it has mounted."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.operations import files as operations
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.esxi_shell import host_view
from harness.protocols.esxi_shell.host_view import Entry, FileError, FileMissing
from harness.units import HostName, Instant, VolumeId
from harness.world.hosts import Host
from harness.world.storage import FILE_MODE, FOLDER_MODE, Lun, Medium, Mount, VolumeFile, VolumePath

P = ParamSpec("P")

VOLUMES = "/vmfs/volumes"
DEVICES = "/vmfs/devices/disks"
SKELETON = frozenset(
    "/ /bin /dev /etc /etc/init.d /etc/ssh /etc/ssh/keys-root /etc/vmware /etc/vmware/hostd /etc/vmware/vpxa /lib /opt /proc"
    " /sbin /tardisks /tmp /usr /usr/bin /usr/lib /usr/lib/vmware /usr/lib/vmware/bin /usr/sbin /var /var/log /var/run /var/spool"
    f" /var/tmp /vmfs /vmfs/devices {DEVICES} {VOLUMES}".split()
)
"""The directories that a host has before anything is in them (assumed; as far as the procedures need them)."""
_STICKY = {"/tmp": 0o1777, "/var/tmp": 0o1777}  # noqa: S108 - names on the simulated host
_VMFS_MODE = 0o1755
"""Of a VMFS volume's root; that of an NFS datastore has no sticky bit (both quoted: ls -l /vmfs/volumes)."""
_RECORD = 140
"""Bytes of a VMFS directory entry: D1's listing shows 420 for one folder in it and 1.5k for nine files (inferred)."""

_ERRORS: Mapping[str, type[FileError]] = {
    "FileNotFound": host_view.FileMissing,
    "IsADirectory": host_view.DirectoryGiven,
    "NotADirectory": host_view.DirectoryExpected,
    "FileLocked": host_view.FileBusy,
    "PermissionDenied": host_view.AccessDenied,
    "DirectoryNotEmpty": host_view.DirectoryFull,
    "InputOutputError": host_view.DeviceLost,
    "ReadOnlyFileSystem": host_view.ReadOnlyVolume,
}


@dataclass(frozen=True, slots=True)
class SimulatedFiles:
    """The files of the host ``name`` as its shell, scp and sftp see them; see :class:`Files` in ``host_view``."""

    gateway: Gateway
    name: HostName

    @property
    def _host(self) -> Host:
        return self.gateway.world.hosts[self.name]

    def read(self, path: str) -> bytes:
        """See :class:`Files`. The disks of a VM that runs are busy."""
        real = self.resolve(path)
        if self._is_directory(real):
            raise host_view.DirectoryGiven(path)
        place = self._place(real)
        if place is None and posixpath.dirname(real) == DEVICES:
            raise host_view.AccessDenied(real)
        if place is None:
            return self._host.files[real].content
        if self._is_disk_in_use(place):
            raise host_view.FileBusy(path)
        try:
            return self.gateway.store.read(place)
        except FileNotFoundError:
            raise FileMissing(path) from None

    def _is_disk_in_use(self, place: VolumePath) -> bool:
        world = self.gateway.world
        return any(m.running and place == world.copy(m.host, d.file) for m in world.machines.values() for d in m.disks)

    def write(self, path: str, content: bytes, append: bool = False) -> None:
        """See :class:`Files`."""
        real = self._target(path)
        if self._is_directory(real):
            raise host_view.DirectoryGiven(path)
        self._perform(path, operations.write, self.name, real, content, append=append)

    def entries(self, path: str) -> list[Entry]:
        """See :class:`Files`."""
        real, place = self._directory(path)
        if place is not None:
            return [self._of_volume(place / name) for name in self._names(place)]
        if real == VOLUMES:
            return list(self._volumes())
        if real == DEVICES:
            return self._devices()
        return [self._own_entry(posixpath.join(real, name)) for name in self._children(real)]

    def names(self, path: str) -> list[str]:
        """See :class:`Files`."""
        real, place = self._directory(path)
        return [entry.name for entry in self.entries(real)] if place is None else self._names(place)

    def _directory(self, path: str) -> tuple[str, VolumePath | None]:
        """A directory, and where it is on a volume if it is on one."""
        real = self._itself(path)
        if not self._is_directory(real):
            raise host_view.DirectoryExpected(path) if self._exists(real) else FileMissing(path)
        return real, self._place(real)

    def stat(self, path: str, follow: bool = True) -> Entry:
        """See :class:`Files`."""
        folder, name = posixpath.split(path)
        if folder == VOLUMES and not follow and (link := next((e for e in self._volumes() if e.name == name), None)):
            return link
        real = self.resolve(path)
        if posixpath.dirname(real) == VOLUMES:
            return self._volume(self._host.mounts[VolumeId(posixpath.basename(real))])
        if posixpath.dirname(real) == DEVICES:
            return next(entry for entry in self._devices() if entry.name == posixpath.basename(real))
        place = self._place(real)
        return self._of_volume(place) if place else self._own_entry(real)

    def remove(self, path: str) -> None:
        """See :class:`Files`."""
        real = self._itself(path)
        if real in SKELETON or posixpath.dirname(real) in {VOLUMES, DEVICES}:
            raise host_view.AccessDenied(path)
        if self._place(real) is None and self._is_directory(real):
            if self._children(real):
                raise host_view.DirectoryFull(path)
            real += "/"
        self._perform(path, operations.remove, self.name, real)

    def make_directory(self, path: str) -> None:
        """See :class:`Files`."""
        real = self._target(path)
        if self._exists(real):
            raise host_view.NameTaken(path)
        self._perform(path, operations.make_folder, self.name, real)

    def rename(self, old: str, new: str) -> None:
        """See :class:`Files`. Between file systems the content is copied."""
        source, target = self._itself(old), self._target(new)
        if source in SKELETON or posixpath.dirname(source) in {VOLUMES, DEVICES}:
            raise host_view.AccessDenied(old)
        if self._file_system(source) == self._file_system(target) and not self._own_directory(source):
            self._perform(old, operations.rename, self.name, source, target)
        else:
            self._carry(source, target)

    def _carry(self, source: str, target: str) -> None:
        if self._is_directory(source):
            if not self._exists(target):
                self.make_directory(target)
            for entry in self.entries(source):
                self._carry(posixpath.join(source, entry.name), posixpath.join(target, entry.name))
        else:
            self.write(target, self.read(source))
        self.remove(source)

    def change_mode(self, path: str, mode: int) -> None:
        """See :class:`Files`. The directories that every host has keep their mode."""
        real = self.resolve(path)
        if real in SKELETON or posixpath.dirname(real) in {VOLUMES, DEVICES}:
            raise host_view.AccessDenied(path)
        marker = "/" if self._own_directory(real) else ""
        self._perform(path, operations.change_mode, self.name, real + marker, mode)

    def resolve(self, path: str) -> str:
        """See :class:`Files`. The labels of volumes are the only links that a host has."""
        real = self._itself(path)
        if not self._exists(real):
            raise FileMissing(path)
        return real

    def _itself(self, path: str) -> str:
        """``path`` with a volume's label replaced by its UUID."""
        if not path.startswith(VOLUMES + "/"):
            return path
        label, slash, rest = path[len(VOLUMES) + 1 :].partition("/")
        mount = self.gateway.world.mounted(self.name, label)
        if mount is None:
            raise FileMissing(path)
        return f"{VOLUMES}/{mount.volume}{slash}{rest}"

    def _target(self, path: str) -> str:
        """Where something new may come into being: its directory exists."""
        real = self._itself(path)
        parent = posixpath.dirname(real)
        if not self._exists(parent):
            raise FileMissing(path)
        if not self._is_directory(parent):
            raise host_view.DirectoryExpected(path)
        if parent in {VOLUMES, DEVICES}:
            raise host_view.AccessDenied(path)
        return real

    def _place(self, real: str) -> VolumePath | None:
        """Where a path leads on a volume; None on the host's own file system. Raises DeviceLost where the device is silent."""
        file = self.gateway.world.locate(self.name, real)
        place = self.gateway.world.readable(self.name, file) if file else None
        if file and place is None:
            raise host_view.DeviceLost(real)
        return place

    def _file_system(self, real: str) -> str:
        return place.device if (place := self._place(real)) else ""

    def _exists(self, real: str) -> bool:
        if self._is_directory(real):
            return True
        place = self._place(real)
        if place is None:
            return real in self._host.files or any(posixpath.join(DEVICES, entry.name) == real for entry in self._devices())
        return place.name in self._names(place.parent)

    def _is_directory(self, real: str) -> bool:
        if posixpath.dirname(real) == VOLUMES:
            return self.gateway.world.mounted(self.name, posixpath.basename(real)) is not None
        return self.gateway.store.is_folder(place) if (place := self._place(real)) else self._own_directory(real)

    def _own_directory(self, real: str) -> bool:
        """A directory is there as long as something is in it; an empty one has a marker among the host's files."""
        return real in SKELETON or any(path.startswith(real.rstrip("/") + "/") for path in self._host.files)

    def _children(self, real: str) -> list[str]:
        inside = real.rstrip("/") + "/"
        known = [*self._host.files, *SKELETON]
        return sorted({path[len(inside) :].partition("/")[0] for path in known if path.startswith(inside)} - {""})

    def _own_entry(self, real: str) -> Entry:
        host, name = self._host, posixpath.basename(real)
        file = host.files.get(real)
        if file:
            return Entry(name, "file", file.mode, len(file.content), file.modified)
        marker = host.files.get(real + "/")
        modified = marker.modified if marker else host.booted or self.gateway.now
        return Entry(name, "directory", marker.mode if marker else _STICKY.get(real, FOLDER_MODE), 512, modified)

    def _of_volume(self, place: VolumePath) -> Entry:
        medium = self.gateway.world.medium(place.device)
        folder = self.gateway.store.is_folder(place)
        facts = medium.facts.get(place.path)
        mode = facts.mode if facts else FOLDER_MODE if folder else FILE_MODE
        size = _RECORD * (2 + len(self._names(place))) if folder else self._file_size(place)
        modified = facts.modified if facts else self._born(medium)
        return Entry(place.name, "directory" if folder else "file", mode, size, modified)

    def _born(self, medium: Medium) -> Instant:
        """When a volume came to be; an export was there before the lab (assumed)."""
        return medium.vmfs.created if isinstance(medium, Lun) else self.gateway.release.epoch.value

    def _file_size(self, place: VolumePath) -> int:
        """A disk is as large as it was made, whatever its file holds here."""
        files = {VolumeFile(m.volume, place.path) for m in self._host.mounts.values() if m.device == place.device}
        disks = (d for m in self.gateway.world.machines.values() for d in m.disks)
        flat = next((d.size for d in disks if _flat(d.file) in files), None)
        return self.gateway.store.size(place) if flat is None else flat

    def _volumes(self) -> Iterator[Entry]:
        for mount in self._host.mounts.values():
            yield self._volume(mount)
            name = self.gateway.world.named(mount)
            if self.gateway.world.mounted(self.name, name) == mount:
                yield Entry(name, "link", 0o755, len(mount.volume), self.gateway.now, mount.volume)

    def _volume(self, mount: Mount) -> Entry:
        medium = self.gateway.world.medium(mount.device)
        size = _RECORD * (2 + (len(self._names(VolumePath(medium.device, ""))) if medium.serves(self.name) else 0))
        return Entry(mount.volume, "directory", FOLDER_MODE if mount.nas else _VMFS_MODE, size, self._last_change(medium))

    def _last_change(self, medium: Medium) -> Instant:
        """When something in the volume's root last changed, as far as that is known."""
        return max((facts.modified for path, facts in medium.facts.items() if "/" not in path), default=self._born(medium))

    def _names(self, folder: VolumePath) -> list[str]:
        """What is in a folder: nothing on a volume that was never written to."""
        try:
            return self.gateway.store.entries(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _devices(self) -> list[Entry]:
        booted = self._host.booted or self.gateway.now
        sizes = {device: self.gateway.world.luns[device].size for device in sorted(self._host.devices)}
        return [Entry(n, "file", 0o600, size, booted) for device, size in sizes.items() for n in (device, f"{device}:1")]

    def _perform(
        self, path: str, operation: Callable[Concatenate[Laws, P], Operation[None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        try:
            self.gateway.perform(operation, *args, **kwargs)
        except Refusal as refusal:
            raise _ERRORS.get(refusal.reason, FileError)(path) from None


def _flat(disk: VolumeFile) -> VolumeFile:
    """The file that holds the blocks of a disk, beside its descriptor."""
    return disk.parent / disk.name.replace(".vmdk", "-flat.vmdk")
