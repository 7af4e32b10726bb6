"""LUNs that an array makes and discards while it runs: the writable snapshots of replicas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import DeviceId
from harness.world.events import Event, drop
from harness.world.storage import Lun

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class LunMade(Event):
    """An array has one LUN more. What lies on it is written by events of its own."""

    lun: Lun

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_lun(self.lun)

    @property
    def subject(self) -> str:
        """The device."""
        return self.lun.device

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.lun.name} is there"


@dataclass(frozen=True)
class LunDiscarded(Event):
    """A LUN is no more; hosts and vCenter Servers that knew it know it no longer."""

    device: DeviceId

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        for host in world.hosts.values():
            mounts = {v: m for v, m in host.mounts.items() if m.device != self.device}
            reported = {v: m for v, m in host.reported.items() if m.device != self.device}
            if self.device in host.devices or len(reported) < len(host.reported):
                rest = host.devices - {self.device}
                world = world.with_host(replace(host, devices=rest, mounts=mounts, reported=reported))
        return replace(world, luns=drop(world.luns, self.device))

    @property
    def subject(self) -> str:
        """The device."""
        return self.device

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "is discarded"
