"""What physics and operations may look at."""

from __future__ import annotations

from dataclasses import dataclass

from harness.physics.chance import Chance
from harness.releases import Release
from harness.units import DeviceId, HostName, Instant
from harness.world.aggregate import World
from harness.world.availability import Announced
from harness.world.host_files import HostLogged
from harness.world.hosts import VMKERNEL_LOG, Host
from harness.world.machines import Machine
from harness.world.storage import VolumeFile
from harness.world.store import Store


@dataclass
class Laws:
    """The world as it is now, the release it follows, simulated time, the volumes' bytes to read, and chance.

    The engine alone replaces ``world`` and ``now``.
    """

    world: World
    release: Release
    store: Store
    chance: Chance
    now: Instant

    def read(self, host: HostName, file: VolumeFile) -> bytes | None:
        """The bytes of a file as ``host`` reads them: None where there is no file, or no way to it from that host."""
        place = self.world.readable(host, file)
        try:
            return self.store.read(place) if place else None
        except FileNotFoundError:
            return None

    def phrase(self, name: str, **fields: str) -> str:
        """A text of the release with its placeholders filled in."""
        return self.release.phrase(name).value.format(**fields)

    def host_of(self, machine: Machine) -> Host:
        """The host on which a VM is registered."""
        return self.world.hosts[machine.host]

    def vcenter_reaches(self, host: Host) -> bool:
        """Whether vCenter can push something to that host now."""
        return self.world.centers[host.center].on and host.speaks

    def devices_seen(self, host: HostName) -> frozenset[DeviceId]:
        """The devices that a scan of all adapters of ``host`` would find now."""
        return frozenset(d for d, lun in self.world.luns.items() if lun.serves(host))

    def log(self, host: HostName, phrase: str, **fields: str) -> HostLogged:
        """A line for the VMkernel log of ``host``, with its simulated time in front (the form of the line is assumed)."""
        line = f"{self.now:%Y-%m-%dT%H:%M:%S}.000Z cpu0:2048){self.phrase(phrase, **fields)}"
        return HostLogged(host, VMKERNEL_LOG, line, self.now)

    def announce(self, cluster: str, kind: str, phrase: str, machine: Machine | None, **fields: str) -> Announced:
        """An event for vCenter's history; ``phrase`` names its text in the release. ``host`` among the fields is its host."""
        filled = {"cluster": cluster, "vm": machine.name if machine else "", **fields}
        host = HostName(fields["host"]) if fields.get("host") else None
        message = self.phrase(phrase, **filled)
        center = self.world.clusters[cluster].center
        return Announced(center, kind, message, cluster, host, machine.id if machine else None, phrase)
