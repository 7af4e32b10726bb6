"""What somebody asks of storage: rescans, mounts, and what an array does to its LUNs."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.reach import manageable_host, running_host
from harness.physics import storage
from harness.physics.effects import Operation, Spend
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName, VolumeId
from harness.world.mounts import VolumeMounted
from harness.world.storage import Lun, LunAccessSet, LunLost, LunPresented, LunReturned, Mount


def rescan(laws: Laws, name: HostName) -> Operation[None]:
    """Rescan all adapters of a host and the volumes behind them; every dead path makes it slow (quoted).

    Afterwards vCenter knows what the host has mounted.
    """
    running_host(laws, name)
    yield Spend("storage.rescan", name)
    for _ in range(storage.dead_paths(laws, name)):
        yield Spend("storage.rescan-dead-path", name)
    running_host(laws, name)
    yield from storage.rescan(laws, name)


def rescan_volumes(laws: Laws, name: HostName) -> Operation[None]:
    """Look for volumes on the devices that the host knows already; afterwards vCenter knows what it has mounted."""
    running_host(laws, name)
    yield Spend("storage.mount", name)
    running_host(laws, name)
    yield from storage.scan_volumes(laws, name)
    yield from storage.report(laws, name)


def refresh(laws: Laws, name: HostName) -> Operation[None]:
    """Have the host tell vCenter what it has mounted, without a scan."""
    manageable_host(laws, name)
    yield from storage.report(laws, name)


def mount(laws: Laws, name: HostName, volume: VolumeId) -> Operation[None]:
    """Mount a volume that was unmounted. A copy of one is for :mod:`harness.operations.unresolved`.

    Refuses: ``NotFound`` where the host knows no such volume, ``InvalidState`` where it is mounted (from whichever LUN),
    ``HostConfigFault`` where its LUN is read-only: VMFS writes to what it mounts.
    """
    _mountable(laws, name, volume)
    yield Spend("storage.mount", name)
    yield VolumeMounted(name, Mount(volume, _mountable(laws, name, volume).device))


def _mountable(laws: Laws, name: HostName, volume: VolumeId) -> Lun:
    """The LUN from which a host would mount a volume."""
    host = manageable_host(laws, name)
    if volume in host.mounts:
        raise Refusal("InvalidState", volume, f"volume {volume} is already mounted")
    luns = [lun for device in sorted(host.devices) if (lun := laws.world.luns[device]).vmfs.id == volume and lun.serves(name)]
    own = [lun for lun in luns if lun.resolved]
    if not own:
        copies = f": {luns[0].device} holds a copy, which is unresolved" if luns else ""
        raise Refusal("NotFound", volume, f"no volume {volume}{copies}")
    if not own[0].writable:
        raise Refusal("HostConfigFault", volume, f"volume {volume} cannot be mounted: LUN {own[0].device} is read-only")
    return own[0]


def unmount(laws: Laws, name: HostName, volume: VolumeId) -> Operation[None]:
    """Unmount a VMFS volume on one host. Refuses: ``NotFound`` where it has none, ``ResourceInUse`` while VMs there need it."""
    host = manageable_host(laws, name)
    held = host.mounts.get(volume)
    if held is None or held.nas:
        raise Refusal("NotFound", volume, f"no volume {volume}")
    for machine in laws.world.machines_on(name):
        if volume in machine.needed:
            label = laws.world.label(name, volume)
            raise Refusal("ResourceInUse", label, f"{machine.name} needs {label}", {"type": "Datastore", "name": label})
    yield from storage.unmount(laws, held, name)


def lose(laws: Laws, device: DeviceId) -> Operation[None]:
    """The array of a LUN is gone: all paths of all hosts are down."""
    if _lun_online(laws, device):
        yield LunLost(device)


def bring_back(laws: Laws, device: DeviceId) -> Operation[None]:
    """The array of a LUN is back."""
    if not _lun_online(laws, device):
        yield LunReturned(device)


def present(laws: Laws, device: DeviceId, hosts: frozenset[HostName]) -> Operation[None]:
    """Mask a LUN to exactly these hosts; a host that had it sees its paths go down, a new one finds it at its next rescan."""
    _lun_online(laws, device)
    yield LunPresented(device, hosts)


def set_access(laws: Laws, device: DeviceId, *, writable: bool) -> Operation[None]:
    """The array makes a LUN read-write or read-only for all hosts; hosts that have mounted it keep the mount."""
    _lun_online(laws, device)
    if laws.world.medium(device).writable is not writable:
        yield LunAccessSet(device, writable)


def _lun_online(laws: Laws, device: DeviceId) -> bool:
    if device not in laws.world.luns and device not in laws.world.exports:
        raise Refusal("NotFound", device, f"no LUN or export {device}")
    return laws.world.medium(device).online
