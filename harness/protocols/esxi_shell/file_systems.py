"""The volumes of a host as its listings show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from harness.physics.nas import configured
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.units import VolumeId
from harness.world.aggregate import World
from harness.world.storage import Lun, Mount

MIB = 2**20
OVERHEAD = 972 * MIB
"""What an empty VMFS-5 volume of 99.8 GB has in use (quoted: df -h, ESXi 5.5; taken for every size)."""
NFS_OVERHEAD = 32 * MIB
"""What an almost empty export has in use (quoted: df -h, ESXi 7.0)."""
NFS = "NFS"
"""The type of an NFS datastore (quoted); also of one that does not answer (assumed)."""
UNKNOWN_TYPE = "VMFS-unknown version"
"""The type of a volume that is not mounted (quoted), and of one that does not answer (assumed)."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A volume that a host knows; sizes in bytes, 0 where it is not mounted or does not answer.

    What is in use is counted when somebody asks what is ``free``, and again each time.
    """

    name: str
    volume: str
    device: str
    mounted: bool
    type: str = UNKNOWN_TYPE
    size: int = 0
    nfs: bool = False
    used: Callable[[], int] = int

    @property
    def free(self) -> int:
        """What is not in use, in whole MiB."""
        return max(0, self.size - self.used()) // MIB * MIB


def file_systems(host: SimulatedHost) -> list[FileSystem]:
    """The mounted volumes of a host, then those on its devices that could be mounted."""
    return [*_mounted(host), *_unmounted(host)]


def _mounted(host: SimulatedHost) -> Iterator[FileSystem]:
    for mount in host.host.mounts.values():
        medium, name = host.world.medium(mount.device), host.world.named(mount)
        kind = medium.vmfs.version if isinstance(medium, Lun) else NFS
        if medium.serves(host.name):
            used = partial(_used, host, mount)
            yield FileSystem(name, mount.volume, mount.device, True, kind, medium.size, bool(mount.nas), used)
        else:
            kind = NFS if mount.nas else UNKNOWN_TYPE
            yield FileSystem(name, mount.volume, mount.device, True, kind, nfs=bool(mount.nas))


def _unmounted(host: SimulatedHost) -> Iterator[FileSystem]:
    for volume in configured(host.release, host.host):
        if volume.id not in host.host.mounts:
            yield FileSystem(volume.label, volume.id, "", False, NFS, nfs=True)
    for lun in _known(host):
        if lun.resolved and lun.serves(host.name) and lun.vmfs.id not in host.host.mounts:
            yield FileSystem(lun.vmfs.label, lun.vmfs.id, lun.device, False)


def _known(host: SimulatedHost) -> list[Lun]:
    return [host.world.luns[device] for device in sorted(host.host.devices)]


def _used(host: SimulatedHost, mount: Mount) -> int:
    """What a volume's own data take, its virtual disks, at their full size, and its files."""
    overhead = NFS_OVERHEAD if mount.nas else OVERHEAD
    return overhead + sum(_disks(host.world, mount.volume).values()) + host.gateway.store.used(mount.device)


def _disks(world: World, volume: VolumeId) -> dict[str, int]:
    """The size of each virtual disk on a volume, by its path, as VMs have them."""
    disks = (disk for machine in world.machines.values() for disk in machine.disks)
    return {disk.file.path: disk.size for disk in disks if disk.file.volume == volume}
