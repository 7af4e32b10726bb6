"""Storage: what a scan finds, what mounts by itself, and what a lost array does."""

from __future__ import annotations

from collections.abc import Iterable

from harness.physics import forced_mounts
from harness.physics.effects import Effects
from harness.physics.laws import Laws
from harness.units import HostName, VolumeId
from harness.world.machines import Machine
from harness.world.mounts import DevicesFound, StorageReported, VolumeMounted, VolumeUnmounted
from harness.world.storage import LunReturned, Mount, VolumeFile


def scan(laws: Laws, host: HostName) -> Effects:
    """What a scan of all adapters, and of the volumes behind them, finds and mounts on a host.

    A device that is silent but mounted stays known (all paths down); volumes whose signature fits their device mount by
    themselves (quoted: vSphere SDK guide), copies do not.
    """
    known = laws.world.hosts[host]
    held = {m.device for m in known.mounts.values() if m.nas is None}
    found = laws.devices_seen(host) | held
    if found != known.devices:
        yield DevicesFound(host, found)
    yield from scan_volumes(laws, host)


def scan_volumes(laws: Laws, host: HostName) -> Effects:
    """The volumes that a host finds and mounts on the devices that it knows: nothing that is read-only, none twice, and of
    copies only those that its configuration names.
    """
    known = laws.world.hosts[host]
    for device in sorted(known.devices - {m.device for m in known.mounts.values()}):
        lun = laws.world.luns[device]
        if lun.serves(host) and lun.resolved and lun.writable and lun.vmfs.id not in laws.world.hosts[host].mounts:
            yield VolumeMounted(host, Mount(lun.vmfs.id, device))
    yield from forced_mounts.mount_again(laws, host)


def obstacle(laws: Laws, host: HostName, volumes: Iterable[VolumeId]) -> tuple[str, str] | None:
    """The first of these volumes that a host does not read and write, by its label, and why; None where there is none."""
    for volume in volumes:
        if laws.world.writable(host, VolumeFile(volume, "")):
            continue
        label, read = laws.world.label(host, volume), laws.world.usable(host, volume)
        reason = "reason.datastore-read-only" if read else "reason.datastore-not-mounted"
        return label, laws.phrase(reason, datastore=label, host=host)
    return None


def locked(laws: Laws, host: HostName, machine: Machine) -> str:
    """Why locks keep a VM from running on a host; empty where they do not. They belong to one copy of a volume."""
    place = laws.world.copy(host, machine.vmx)
    taken = place and any(other.id != machine.id for other in laws.world.holders(place))
    return laws.phrase("reason.files-locked", vm=machine.name) if taken else ""


def hindrance(laws: Laws, host: HostName, machine: Machine) -> str:
    """Why a VM cannot run from its files on a host; empty where it can."""
    lacking = obstacle(laws, host, machine.needed)
    return lacking[1] if lacking else locked(laws, host, machine)


def rescan(laws: Laws, host: HostName) -> Effects:
    """A scan that somebody asked for: afterwards vCenter, if it hears the host, knows what the host has mounted."""
    yield from scan(laws, host)
    yield from report(laws, host)


def report(laws: Laws, host: HostName) -> Effects:
    """VCenter learns what the host has mounted, if it hears the host."""
    if laws.vcenter_reaches(laws.world.hosts[host]):
        yield StorageReported(host)


def dead_paths(laws: Laws, host: HostName) -> int:
    """How many devices the host knows that no longer answer: each makes a rescan slow."""
    return sum(not laws.world.luns[d].serves(host) for d in laws.world.hosts[host].devices)


def announce_target(laws: Laws, event: LunReturned) -> Effects:
    """An array that logs in to the fabric again announces itself: running hosts discover its LUNs without a rescan (assumed)."""
    for host in [h for h in laws.world.hosts.values() if h.running]:
        if event.device in laws.devices_seen(host.name) - host.devices:
            yield from scan(laws, host.name)
            yield from report(laws, host.name)


def unmount(laws: Laws, mount: Mount, host: HostName) -> Effects:
    """A host lets go of a volume, and does not mount it by force again (assumed)."""
    yield VolumeUnmounted(host, mount.volume)
    if mount.forced:
        yield from forced_mounts.forget(laws, host, mount.volume)
