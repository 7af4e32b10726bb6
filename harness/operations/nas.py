"""What somebody asks of NFS datastores on a host: mount one, take one away, try again."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.reach import manageable_host
from harness.physics import nas
from harness.physics.effects import Operation, Spend
from harness.physics.laws import Laws
from harness.physics.nas import Trouble
from harness.units import HostName
from harness.world.hosts import Host
from harness.world.mounts import VolumeUnmounted
from harness.world.storage import NasVolume

SYSINFO = "Unable to complete Sysinfo operation.  Please see the VMkernel log file for more details."
"""What hosts say before the reason for which an NFS datastore cannot be mounted (quoted, 6.x)."""


def add(laws: Laws, name: HostName, volume: NasVolume) -> Operation[None]:
    """Mount an NFS datastore, and keep it in the host's configuration.

    Refuses: ``DuplicateName`` where another datastore of the host has the name, ``AlreadyExists`` where server and share are
    mounted already (under whatever name), ``PlatformConfigFault`` where it cannot be mounted; then nothing is kept.
    """
    _free(laws, name, volume)
    trouble = yield from _attach(laws, name, volume)
    if trouble:
        reason = nas.reason(laws, volume, trouble)
        raise Refusal("PlatformConfigFault", volume.label, f"{SYSINFO}: Sysinfo error: {reason}", {"text": reason})
    yield from nas.remember(laws, name, [*_configured(laws, name), volume])


def _free(laws: Laws, name: HostName, volume: NasVolume) -> Host:
    host = manageable_host(laws, name)
    for other in _configured(laws, name):
        if other.id == volume.id:
            message = f"{volume.share} of {volume.host} is mounted as {other.label} already"
            raise Refusal("AlreadyExists", other.label, message, {"name": other.label})
    mounted = laws.world.mounted(name, volume.label)
    if mounted or any(other.label == volume.label for other in _configured(laws, name)):
        raise Refusal("DuplicateName", volume.label, f"{name} has another datastore {volume.label}", {"name": volume.label})
    return host


def _attach(laws: Laws, name: HostName, volume: NasVolume) -> Operation[Trouble | None]:
    """A server that does not answer is waited for; it may come meanwhile."""
    found = yield from nas.connect(laws, name, volume)
    yield Spend("storage.nas-timeout" if found is Trouble.NO_ANSWER else "storage.mount", name)
    manageable_host(laws, name)
    if volume.id in laws.world.hosts[name].mounts:
        return None
    return (yield from nas.attach(laws, name, volume))


def remove(laws: Laws, name: HostName, label: str) -> Operation[None]:
    """Take an NFS datastore away, from the host's configuration too.

    Refuses: ``NotFound``, and ``ResourceInUse`` while VMs run from it there; VMs that are off become invalid (assumed).
    """
    manageable_host(laws, name)
    volume = next((volume for volume in _configured(laws, name) if volume.label == label), None)
    if volume is None:
        raise Refusal("NotFound", label, f"no NFS datastore {label}")
    for machine in laws.world.machines_on(name):
        if machine.running and volume.id in machine.volumes:
            raise Refusal("ResourceInUse", label, f"{machine.name} runs from {label}", {"type": "Datastore", "name": label})
    if volume.id in laws.world.hosts[name].mounts:
        yield VolumeUnmounted(name, volume.id)
    yield from nas.remember(laws, name, [other for other in _configured(laws, name) if other != volume])


def restore(laws: Laws, name: HostName) -> Operation[None]:
    """Try again to mount what the host's configuration names and it has not mounted, or cannot reach (assumed).

    A name is resolved anew, as far as its time to live has passed; what VMs run from stays as it is.
    """
    host = manageable_host(laws, name)
    running = {volume for machine in laws.world.machines_on(name) if machine.running for volume in machine.volumes}
    for volume in _configured(laws, name):
        if volume.id in host.mounts and not laws.world.usable(name, volume.id) and volume.id not in running:
            yield VolumeUnmounted(name, volume.id)
    yield Spend("storage.mount", name)
    manageable_host(laws, name)
    yield from nas.mount_all(laws, name)


def _configured(laws: Laws, name: HostName) -> list[NasVolume]:
    return nas.configured(laws.release, laws.world.hosts[name])
