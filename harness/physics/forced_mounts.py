"""Which copies a host mounts again by itself: what it keeps of forced mounts in its own configuration.

An entry has the properties ``forceMount``, ``lvmName`` and ``readOnly``, and holds for every copy of its volume (quoted).
"""

from __future__ import annotations

from harness.physics import host_configuration
from harness.physics.effects import Effects
from harness.physics.host_configuration import FORCED_MOUNTS
from harness.physics.laws import Laws
from harness.units import HostName, VolumeId
from harness.world.mounts import VolumeMounted
from harness.world.storage import Mount
from harness.world.unresolved import unresolved_volumes


def mount_again(laws: Laws, name: HostName) -> Effects:
    """A scan mounts the copies that the host's configuration names, as far as it can: later snapshots of a volume as well."""
    host = laws.world.hosts[name]
    entries = host_configuration.read(laws.release, host, FORCED_MOUNTS)
    wanted = {volume for volume, entry in entries.items() if entry.get("forceMount") == "true"}
    for found in unresolved_volumes(laws.world, host) if wanted else []:
        if found.vmfs.id in wanted and not found.mounted and found.unmountable is None:
            yield VolumeMounted(name, Mount(found.vmfs.id, found.copies[0].device, forced=True))


def remember(laws: Laws, name: HostName, volume: VolumeId) -> Effects:
    """Note a forced mount in the configuration; it reaches the boot device with the next backup of it."""
    host = laws.world.hosts[name]
    groups = "-".join(laws.chance.hex(digits) for digits in (8, 8, 8, 4))
    entry = {"forceMount": "true", "lvmName": f"snap-{groups}-{host.mac.replace(':', '')}", "readOnly": "false"}
    entries = {**host_configuration.read(laws.release, host, FORCED_MOUNTS), volume: entry}
    yield host_configuration.written(laws.release, host, FORCED_MOUNTS, entries, laws.now)


def forget(laws: Laws, name: HostName, volume: VolumeId) -> Effects:
    """Take a forced mount out of the configuration; nothing happens where it is not in it."""
    host = laws.world.hosts[name]
    entries = host_configuration.read(laws.release, host, FORCED_MOUNTS)
    if volume in entries:
        kept = {known: entry for known, entry in entries.items() if known != volume}
        yield host_configuration.written(laws.release, host, FORCED_MOUNTS, kept, laws.now)
