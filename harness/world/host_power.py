"""How hosts lose their power, and boot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import Instant, MachineId
from harness.world.hosts import Host, HostEvent, HostPower
from harness.world.machines import stopped

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class HostPowerLost(HostEvent):
    """The host lost its power without warning, and the VMs ``machines`` that ran there with it."""

    machines: tuple[MachineId, ...]

    said = "lost its power"

    def apply(self, world: World) -> World:
        """The VMs are dead in the moment in which the host is."""
        for machine in self.machines:
            world = world.with_machine(stopped(world.machines[machine], clean=False))
        return HostEvent.apply(self, world)

    def change(self, host: Host) -> Host:
        """Everything in memory is gone; what was saved is still there."""
        return replace(_emptied(host), power=HostPower.OFF)


@dataclass(frozen=True)
class HostShutDown(HostEvent):
    """The host was shut down in an orderly way."""

    said = "shut down"

    def change(self, host: Host) -> Host:
        """As a power cut, but what was not yet saved has been saved before."""
        return replace(_emptied(host), power=HostPower.OFF)


@dataclass(frozen=True)
class HostBooting(HostEvent):
    """The host has power and boots."""

    said = "boots"

    def change(self, host: Host) -> Host:
        """Its files are those that were saved."""
        return replace(_emptied(host), power=HostPower.BOOTING, boots=host.boots + 1, files=dict(host.saved))


@dataclass(frozen=True)
class HostBooted(HostEvent):
    """The host's VMkernel is up."""

    said = "is up"

    at: Instant

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, power=HostPower.ON, booted=self.at)


def _emptied(host: Host) -> Host:
    gone = replace(host, agents=frozenset(), launched={}, booted=None, files={})
    return replace(gone, devices=frozenset(), mounts={}, proxies={}, resolved={})
