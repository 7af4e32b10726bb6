"""NFS datastores: where a mount leads, and which a host mounts by itself."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import StrEnum

from harness.physics import host_configuration, names
from harness.physics.effects import Effect, Effects
from harness.physics.host_configuration import NAS_VOLUMES, Entries
from harness.physics.laws import Laws
from harness.releases import Release
from harness.units import DeviceId, HostName
from harness.world.hosts import Host
from harness.world.mounts import VolumeMounted
from harness.world.nas import export_at, nas_at
from harness.world.storage import LunReturned, Mount, NasVolume


class Trouble(StrEnum):
    """Why an NFS datastore cannot be mounted; each names its text in the release."""

    UNKNOWN_NAME = "nas-unknown-name"
    NO_ANSWER = "nas-no-answer"
    DENIED = "nas-denied"


def connect(laws: Laws, host: HostName, volume: NasVolume) -> Generator[Effect, None, DeviceId | Trouble]:
    """The export that a mount by ``host`` leads to now: its name is resolved, and the server there asked."""
    address = yield from names.resolve(laws, host, volume.host)
    if not address:
        return Trouble.UNKNOWN_NAME
    server = nas_at(laws.world, address)
    export = export_at(laws.world, address, volume.share)
    if server is None or not server.on or (export and not export.online):
        return Trouble.NO_ANSWER
    return export.device if export and host in export.presented else Trouble.DENIED


def attach(laws: Laws, host: HostName, volume: NasVolume) -> Generator[Effect, None, Trouble | None]:
    """Mount an NFS datastore, with a line in the host's log; what went wrong, where it does not come about."""
    found = yield from connect(laws, host, volume)
    address = (yield from names.resolve(laws, host, volume.host)) or "no address"
    fields = {"label": volume.label, "share": volume.share, "server": volume.host, "address": address}
    if isinstance(found, Trouble):
        yield laws.log(host, "log.nas-failed", reason=reason(laws, volume, found), **fields)
        return found
    yield VolumeMounted(host, Mount(volume.id, found, nas=volume))
    yield laws.log(host, "log.nas-mounted", **fields)
    return None


def reason(laws: Laws, volume: NasVolume, trouble: Trouble) -> str:
    """Why an NFS datastore cannot be mounted, in the release's words."""
    return laws.phrase(f"reason.{trouble}", server=volume.host)


def configured(release: Release, host: Host) -> list[NasVolume]:
    """The NFS datastores that a host's configuration names, mounted or not."""
    entries = host_configuration.read(release, host, NAS_VOLUMES)
    whole = {label: entry for label, entry in entries.items() if {"host", "share"} <= entry.keys()}
    return [NasVolume(n, e["host"], e["share"], e.get("readOnly") == "true") for n, e in whole.items()]


def remember(laws: Laws, name: HostName, volumes: list[NasVolume]) -> Effects:
    """Have the host's configuration name exactly these; it reaches the boot device with the next backup of it."""
    yield host_configuration.written(laws.release, laws.world.hosts[name], NAS_VOLUMES, entries_of(volumes), laws.now)


def entries_of(volumes: list[NasVolume]) -> Entries:
    """NFS datastores as entries of a host's configuration."""
    return {volume.label: _entry(volume) for volume in volumes}


def _entry(volume: NasVolume) -> Mapping[str, str]:
    access = "true" if volume.read_only else "false"
    return {"enabled": "true", "host": volume.host, "readOnly": access, "share": volume.share}


def mount_all(laws: Laws, name: HostName) -> Effects:
    """A host mounts what its configuration names and it has not mounted: at boot, and where it tries again."""
    for volume in configured(laws.release, laws.world.hosts[name]):
        if volume.id not in laws.world.hosts[name].mounts:
            yield from attach(laws, name, volume)


def server_returned(laws: Laws, event: LunReturned) -> Effects:
    """Hosts that wait for a server of NFS go on trying: when one comes back they mount what they lack (assumed)."""
    if event.device in laws.world.exports:
        for host in [h for h in laws.world.hosts.values() if h.running]:
            if any(volume.id not in host.mounts for volume in configured(laws.release, host)):
                yield from mount_all(laws, host.name)
