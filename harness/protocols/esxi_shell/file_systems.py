"""The volumes of a host as its listings show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from harness.physics.nas import configured
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.units import MachineId, VolumeId
from harness.world.machines import Machine
from harness.world.storage import Lun, Mount

Machines: TypeAlias = Mapping[MachineId, Machine]

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
    return overhead + _provisioned(host.world.machines).get(mount.volume, 0) + host.gateway.store.used(mount.device)


_last: list[tuple[Machines, Mapping[VolumeId, int]]] = []


def _provisioned(machines: Machines) -> Mapping[VolumeId, int]:
    """By volume the size of all virtual disks on it, as VMs have them; for the same VMs as the last time, what it was then."""
    last = next(iter(_last), None)
    if last is None or last[0] is not machines:
        last = machines, _counted(machines)
        _last[:] = [last]
    return last[1]


def _counted(machines: Machines) -> Mapping[VolumeId, int]:
    """A disk that several VMs have counts once."""
    disks = (disk for machine in machines.values() for disk in machine.disks)
    sizes = {(disk.file.volume, disk.file.path): disk.size for disk in disks}
    total: dict[VolumeId, int] = {}
    for (volume, _), size in sizes.items():
        total[volume] = total.get(volume, 0) + size
    return total
