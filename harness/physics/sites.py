"""Sites: what goes dark with one, and what comes back with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.physics import hosts
from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.world.availability import Center, CenterEvent
from harness.world.host_power import HostBooting
from harness.world.hosts import HostPower
from harness.world.replication import ArraySwitched
from harness.world.sites import SiteLost, SiteReturned
from harness.world.storage import LunLost, LunReturned, Medium


def go_dark(laws: Laws, event: SiteLost) -> Effects:
    """All that stands at the site loses its power at one moment: vCenters, hosts, arrays."""
    for center in centers_at(laws, event.site):
        if center.on:
            yield CenterEvent(center.name, on=False)
    for host in list(laws.world.hosts.values()):
        if host.site == event.site:
            yield from hosts.cut_power(laws, host.name)
    yield from _switch_arrays(laws, event.site, on=False)
    for medium in media_at(laws, event.site):
        if medium.online:
            yield LunLost(medium.device)


def come_back(laws: Laws, event: SiteReturned) -> Effects:
    """All that stands at the site has power again: arrays answer, hosts boot, and vCenters are up some time later."""
    yield from _switch_arrays(laws, event.site, on=True)
    for medium in media_at(laws, event.site):
        if not medium.online:
            yield LunReturned(medium.device)
    for host in list(laws.world.hosts.values()):
        if host.site == event.site and host.power is HostPower.OFF:
            yield HostBooting(host.name)
    for center in centers_at(laws, event.site):
        yield After("service.vcenter-start", center.name, StartCenter(center.name))


@dataclass(frozen=True)
class StartCenter(Trigger):
    """A vCenter Server that got its power back is up."""

    center: str

    def fire(self, laws: Laws) -> Effects:
        """Unless its site was lost again meanwhile."""
        center = laws.world.centers[self.center]
        if laws.world.sites[center.site].up and not center.on:
            yield CenterEvent(self.center, on=True)


def _switch_arrays(laws: Laws, site: str, *, on: bool) -> Effects:
    for array in [laws.world.arrays[name] for name in sorted(laws.world.sites[site].arrays) if name in laws.world.arrays]:
        if array.on is not on:
            yield ArraySwitched(array.name, on)


def centers_at(laws: Laws, site: str) -> list[Center]:
    """The vCenter Servers that stand at a site; one that VMs serve goes with them."""
    return [center for center in laws.world.centers.values() if center.site == site]


def media_at(laws: Laws, site: str) -> Iterator[Medium]:
    """The LUNs and exports of the arrays at a site, each as it is when it is its turn."""
    arrays = laws.world.sites[site].arrays
    media = [*laws.world.luns.values(), *laws.world.exports.values()]
    for device in [medium.device for medium in media if medium.array in arrays]:
        yield laws.world.medium(device)
