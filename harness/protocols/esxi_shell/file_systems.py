"""The volumes of a host as its listings show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.gateway import Gateway
from harness.physics.nas import configured
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.units import VolumeId
from harness.world.aggregate import World
from harness.world.storage import Lun, Medium, Mount

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
    """A volume that a host knows; sizes in bytes, 0 where it is not mounted or does not answer."""

    name: str
    volume: str
    device: str
    mounted: bool
    type: str = UNKNOWN_TYPE
    size: int = 0
    free: int = 0
    nfs: bool = False


def file_systems(host: SimulatedHost) -> list[FileSystem]:
    """The mounted volumes of a host, then those on its devices that could be mounted."""
    return [*_mounted(host), *_unmounted(host)]


def _mounted(host: SimulatedHost) -> Iterator[FileSystem]:
    disks = _disks(host.world)
    for mount in host.host.mounts.values():
        medium, name = host.world.medium(mount.device), host.world.named(mount)
        kind = medium.vmfs.version if isinstance(medium, Lun) else NFS
        if medium.serves(host.name):
            free = max(0, medium.size - _used(host.gateway, mount, medium, disks)) // MIB * MIB
            yield FileSystem(name, mount.volume, mount.device, True, kind, medium.size, free, nfs=bool(mount.nas))
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


def _disks(world: World) -> dict[VolumeId, dict[str, int]]:
    """By volume the size of each virtual disk on it, by its path, as VMs have them."""
    sizes: dict[VolumeId, dict[str, int]] = {}
    for machine in world.machines.values():
        for disk in machine.disks:
            sizes.setdefault(disk.file.volume, {})[disk.file.path] = disk.size
    return sizes


def _used(gateway: Gateway, mount: Mount, medium: Medium, disks: Mapping[VolumeId, Mapping[str, int]]) -> int:
    overhead, provisioned = NFS_OVERHEAD if mount.nas else OVERHEAD, sum(disks.get(mount.volume, {}).values())
    return overhead + provisioned + gateway.store.used(medium.device)
