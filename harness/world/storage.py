"""What volumes lie on, LUNs above all, how hosts have them mounted, and how a file on a volume is named."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

from harness.records import replace
from harness.units import DeviceId, HostName, Instant, VolumeId
from harness.world.events import Event

if TYPE_CHECKING:
    from harness.world.aggregate import World

FILE_MODE = 0o600
FOLDER_MODE = 0o755


@dataclass(frozen=True)
class Vmfs:
    """The VMFS header of a LUN. It is an unresolved copy where ``written_for`` names another device than the LUN's own."""

    id: VolumeId
    label: str
    version: str
    written_for: DeviceId
    created: Instant


@dataclass(frozen=True)
class FileFacts:
    """What a volume knows of a file beside its bytes.

    ``write`` is the write that made it what it is: the LUN that took the write, and its number there. Two files with equal
    facts have the same bytes.
    """

    mode: int
    modified: Instant
    write: tuple[DeviceId, int]


@dataclass(frozen=True)
class Medium:
    """What the files of a volume lie on: a LUN, or an export of a NAS. ``facts`` by path relative to its root; sizes in bytes.

    One that is not ``writable`` (the target of a replication, say) gives hosts what it holds to read and takes no writes.
    """

    device: DeviceId
    array: str
    size: int
    _: KW_ONLY
    presented: frozenset[HostName] = frozenset()
    online: bool = True
    writable: bool = True
    facts: Mapping[str, FileFacts] = field(default_factory=dict)
    writes: int = 0
    """How many writes it has taken, of hosts and not of a replication."""
    name: str = ""
    """What the array's administrator calls it."""

    def written(self, facts: Mapping[str, tuple[int, Instant]]) -> Self:
        """The medium after one more write, of which these files and folders, by path, have their modes and times."""
        number = self.writes + 1
        fresh = {path: FileFacts(mode, at, (self.device, number)) for path, (mode, at) in facts.items()}
        return replace(self, facts={**self.facts, **fresh}, writes=number)

    def serves(self, host: HostName) -> bool:
        """Whether I/O from ``host`` gets an answer."""
        return self.online and host in self.presented


@dataclass(frozen=True)
class Lun(Medium):
    """A LUN of an array, with the volume on it. VMFS does not mount one that is not ``writable``."""

    vmfs: Vmfs

    @property
    def resolved(self) -> bool:
        """Whether hosts mount the volume by themselves: its header names the device that it is on."""
        return self.vmfs.written_for == self.device


@dataclass(frozen=True)
class NasVolume:
    """An NFS datastore as it was mounted: by the name ``label``, from ``share`` of the server ``host``, each as it was given."""

    label: str
    host: str
    share: str
    read_only: bool = False

    @property
    def id(self) -> VolumeId:
        """The volume's identity: of server and share as given, nothing else (stated: NetApp blog 2011; the function is ours)."""
        digest = hashlib.sha256(f"{self.host}\0{self.share}".encode()).hexdigest()
        return VolumeId(f"{digest[:8]}-{digest[8:16]}")


@dataclass(frozen=True)
class Mount:
    """A volume as one host has mounted it.

    ``forced`` marks a copy mounted with its signature kept; unless it is ``persistent`` the next boot does not mount it again.
    An NFS datastore has ``nas``: what it was mounted as; ``device`` is the export that this led to.
    """

    volume: VolumeId
    device: DeviceId
    forced: bool = False
    persistent: bool = True
    nas: NasVolume | None = None


class Within(ABC):
    """A file or folder within a volume; ``path`` is relative to the volume's root, with ``/`` between names."""

    path: str

    @abstractmethod
    def at(self, path: str) -> Self:
        """Another file of the same volume."""

    @property
    def parent(self) -> Self:
        """The folder that holds it; the root's parent is the root."""
        return self.at(self.path.rpartition("/")[0])

    @property
    def name(self) -> str:
        """Its last name."""
        return self.path.rpartition("/")[2]

    def __truediv__(self, name: str) -> Self:
        return self.at(f"{self.path}/{name}" if self.path else name)


@dataclass(frozen=True)
class VolumeFile(Within):
    """A file as inventories and ``.vmx`` files name it: by its volume's identity, wherever a host has that volume from."""

    volume: VolumeId
    path: str

    def at(self, path: str) -> VolumeFile:
        """See :class:`Within`."""
        return VolumeFile(self.volume, path)

    @property
    def absolute(self) -> str:
        """The path by which every host that mounts the volume knows it: ``/vmfs/volumes/<uuid>/...``."""
        return f"/vmfs/volumes/{self.volume}/{self.path}"


@dataclass(frozen=True)
class VolumePath(Within):
    """The bytes of a file on one copy of a volume: the copy that is on the LUN, or in the export, ``device``."""

    device: DeviceId
    path: str

    def at(self, path: str) -> VolumePath:
        """See :class:`Within`."""
        return VolumePath(self.device, path)


M = TypeVar("M", bound=Medium)


@dataclass(frozen=True)
class MediumEvent(Event):
    """An event that replaces one LUN or export."""

    device: DeviceId

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_medium(self.change(world.medium(self.device)))

    def change(self, medium: M) -> M:
        """The LUN or export in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The device."""
        return self.device


@dataclass(frozen=True)
class LunEvent(Event):
    """An event that replaces one LUN."""

    device: DeviceId

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_lun(self.change(world.luns[self.device]))

    def change(self, lun: Lun) -> Lun:
        """The LUN in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The device."""
        return self.device


@dataclass(frozen=True)
class LunLost(MediumEvent):
    """Every path to the LUN is down; an export is out of reach."""

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        return replace(medium, online=False)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "all paths down"


@dataclass(frozen=True)
class LunReturned(MediumEvent):
    """The LUN answers again on all its paths; the export is within reach."""

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        return replace(medium, online=True)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "paths are up again"


@dataclass(frozen=True)
class LunPresented(MediumEvent):
    """From now on exactly ``hosts`` may reach the LUN or export."""

    hosts: frozenset[HostName]

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        return replace(medium, presented=self.hosts)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"presented to {', '.join(sorted(self.hosts)) or 'no host'}"


@dataclass(frozen=True)
class LunAccessSet(MediumEvent):
    """The array has made the LUN or export read-write or read-only for all hosts."""

    writable: bool

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        return replace(medium, writable=self.writable)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "read-write" if self.writable else "read-only"


@dataclass(frozen=True)
class VolumeRenamed(LunEvent):
    """The volume on the LUN has another label."""

    label: str

    def change(self, lun: Lun) -> Lun:
        """See :class:`LunEvent`."""
        return replace(lun, vmfs=replace(lun.vmfs, label=self.label))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"the volume is called {self.label}"
