"""What somebody asks of an unresolved volume: to mount a copy with its signature kept, or to give it a signature of its own."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import Refusal
from harness.operations.reach import running_host
from harness.physics import forced_mounts
from harness.physics.effects import Operation, Spend
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName, VolumeId
from harness.world.mounts import VolumeMounted, VolumeUnmounted
from harness.world.storage import Lun, Mount
from harness.world.unresolved import Reason, Unresolved, VolumeResignatured, holders, judge, unresolved_volumes

FAULTS: Mapping[Reason, str] = {
    Reason.ORIGINAL_ONLINE: "VmfsAlreadyMounted",
    Reason.MOUNTED: "VmfsAlreadyMounted",
    Reason.DUPLICATE: "VmfsAmbiguousMount",
    Reason.READ_ONLY: "HostConfigFault",
    Reason.IN_USE: "HostConfigFault",
}
"""The API's fault for each reason."""


def force_mount(
    laws: Laws, name: HostName, volume: VolumeId, device: DeviceId | None = None, *, persistent: bool
) -> Operation[None]:
    """Mount a copy of a volume on one host and keep its signature; ``device`` says which copy, where the host sees several.

    A ``persistent`` mount goes into the host's configuration, and back to what was saved of that with a power cut. Refuses:
    ``NotFound``, ``InvalidState`` where the copy is mounted, and for each reason the fault in ``FAULTS``.
    """
    _mountable(laws, name, volume, device)
    yield Spend("storage.mount", name)
    copy = _mountable(laws, name, volume, device)
    yield VolumeMounted(name, Mount(volume, copy.device, forced=True, persistent=persistent))
    if persistent:
        yield from forced_mounts.remember(laws, name, volume)


def resignature(laws: Laws, name: HostName, volume: VolumeId, device: DeviceId | None = None) -> Operation[VolumeId]:
    """Give a copy a UUID and a label of its own, on disk; the host mounts it, others at their next rescan. The new UUID.

    Nothing else is told: VMs that were registered from it name the old UUID. A host that has the copy mounted but whose paths
    are down has lost it. Refuses: ``NotFound``, and for each reason the fault in ``FAULTS``.
    """
    _signable(laws, name, volume, device)
    yield Spend("storage.resignature", name)
    copy = _signable(laws, name, volume, device)
    for holder in holders(laws.world, copy):
        yield VolumeUnmounted(holder, volume)
    stamp = f"{int(laws.now.timestamp()):08x}-{laws.chance.hex(8)}-{laws.chance.hex(4)}"
    new = VolumeId(f"{stamp}-{laws.world.hosts[name].mac.replace(':', '')}")
    yield VolumeResignatured(copy.device, new, f"snap-{laws.chance.hex(8)}-{copy.vmfs.label}")
    yield VolumeMounted(name, Mount(new, copy.device))
    return new


def _mountable(laws: Laws, name: HostName, volume: VolumeId, device: DeviceId | None) -> Lun:
    found = _find(laws, name, volume, device)
    if found.mounted:
        raise Refusal("InvalidState", volume, f"volume {volume} is already mounted")
    if found.unmountable:
        raise _refusal(found, "mounted", found.unmountable)
    return found.copies[0]


def _signable(laws: Laws, name: HostName, volume: VolumeId, device: DeviceId | None) -> Lun:
    found = _find(laws, name, volume, device)
    if found.unresignaturable:
        raise _refusal(found, "resignatured", found.unresignaturable)
    return found.copies[0]


def _refusal(found: Unresolved, done: str, reason: Reason) -> Refusal:
    devices = ", ".join(lun.device for lun in found.copies)
    return Refusal(FAULTS[reason], found.vmfs.id, f"volume {found.vmfs.id} on {devices} cannot be {done}: {reason.value}")


def _find(laws: Laws, name: HostName, volume: VolumeId, device: DeviceId | None) -> Unresolved:
    """The unresolved volume of that UUID on a host: the copies that are not mounted, or the one on ``device`` alone."""
    host = running_host(laws, name)
    known = [found for found in unresolved_volumes(laws.world, host) if found.vmfs.id == volume]
    if device is not None:
        meant = [lun for found in known for lun in found.copies if lun.device == device]
        known = [judge(laws.world, host, (lun,)) for lun in meant]
    if not known:
        raise Refusal("NotFound", volume, f"no unresolved volume {volume}{f' on {device}' if device else ''}")
    return min(known, key=lambda found: found.mounted)
