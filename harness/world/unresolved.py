"""Copies of VMFS volumes as a host sees them, what keeps it from using one, and what becomes of one that is resignatured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.records import replace
from harness.units import HostName, VolumeId
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.storage import Lun, LunEvent, Vmfs


class Reason(StrEnum):
    """Why a copy cannot be mounted with its signature kept, or cannot be resignatured."""

    ORIGINAL_ONLINE = "the original volume is still online"
    MOUNTED = "a volume with its UUID is mounted from another device"
    DUPLICATE = "there is more than one copy of it"
    READ_ONLY = "its device is read-only"
    IN_USE = "the volume is being actively used"


@dataclass(frozen=True)
class Unresolved:
    """A VMFS volume of which a host sees copies: LUNs whose header was written for another device.

    ``copies`` holds more than one where the host cannot tell which of them is meant. ``mounted``: the host has mounted the
    copy by force, which makes it no less unresolved (quoted: vmware/pyvmomi issue 396).
    """

    copies: tuple[Lun, ...]
    mounted: bool
    unmountable: Reason | None
    unresignaturable: Reason | None

    @property
    def vmfs(self) -> Vmfs:
        """The header, which all copies share."""
        return self.copies[0].vmfs


def unresolved_volumes(world: World, host: Host) -> list[Unresolved]:
    """The unresolved volumes on the devices that a host knows and that answer it, in the order of their first devices."""
    held = {mount.device for mount in host.mounts.values()}
    groups: dict[tuple[VolumeId, bool], list[Lun]] = {}
    for lun in (world.luns[device] for device in sorted(host.devices)):
        if lun.serves(host.name) and not lun.resolved:
            groups.setdefault((lun.vmfs.id, lun.device in held), []).append(lun)
    return [judge(world, host, tuple(copies)) for copies in groups.values()]


def judge(world: World, host: Host, copies: tuple[Lun, ...]) -> Unresolved:
    """How a host stands to these copies of one volume."""
    mount = host.mounts.get(copies[0].vmfs.id)
    mounted = mount is not None and mount.device == copies[0].device
    return Unresolved(copies, mounted, None if mounted else _unmountable(world, host, copies), _unresignaturable(world, copies))


def _unmountable(world: World, host: Host, copies: tuple[Lun, ...]) -> Reason | None:
    volume = copies[0].vmfs.id
    seen = [world.luns[device] for device in host.devices]
    if any(lun.vmfs.id == volume and lun.resolved and lun.serves(host.name) for lun in seen):
        return Reason.ORIGINAL_ONLINE
    if volume in host.mounts:
        return Reason.MOUNTED
    if len(copies) > 1:
        return Reason.DUPLICATE
    return None if copies[0].writable else Reason.READ_ONLY


def _unresignaturable(world: World, copies: tuple[Lun, ...]) -> Reason | None:
    if len(copies) > 1:
        return Reason.DUPLICATE
    (copy,) = copies
    if any(copy.serves(host) for host in holders(world, copy)):
        return Reason.IN_USE
    return None if copy.writable else Reason.READ_ONLY


def holders(world: World, lun: Lun) -> list[HostName]:
    """The hosts that have mounted the volume on a LUN. Those that it answers keep their heartbeats on it."""
    return [host.name for host in world.hosts.values() if any(mount.device == lun.device for mount in host.mounts.values())]


@dataclass(frozen=True)
class VolumeResignatured(LunEvent):
    """The volume on the LUN is another one from now on: its header has a new UUID and label, and names the LUN's own device."""

    volume: VolumeId
    label: str

    def change(self, lun: Lun) -> Lun:
        """See :class:`LunEvent`; the files are the same."""
        return replace(lun, vmfs=replace(lun.vmfs, id=self.volume, label=self.label, written_for=lun.device))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"resignatured: the volume is {self.volume} ({self.label})"
