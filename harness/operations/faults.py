"""What a rehearsal breaks, and mends again: whole sites, in one breath."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import hosts, storage
from harness.operations.reach import known_host
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName
from harness.world.hosts import ManagementLinkSwitched
from harness.world.sites import Site, SiteLost, SiteReturned


def black_out(laws: Laws, names: list[HostName], devices: list[DeviceId]) -> Operation[None]:
    """Hosts and their storage lose their power together."""
    for name in names:
        yield from hosts.cut_power(laws, name)
    for device in devices:
        yield from storage.lose(laws, device)


def give_power_to_all(laws: Laws, names: list[HostName]) -> Operation[None]:
    """Every host of a list that is off gets its power back."""
    for name in names:
        yield from hosts.give_power(laws, name)


def lose_site(laws: Laws, name: str) -> Operation[None]:
    """A site loses its power, and all that stands there with it; nothing happens to one that has none."""
    if _site(laws, name).up:
        yield SiteLost(name)


def restore_site(laws: Laws, name: str) -> Operation[None]:
    """A site has its power back: its arrays answer and its hosts boot. What is masked stays so."""
    if not _site(laws, name).up:
        yield SiteReturned(name)


def switch_link(laws: Laws, name: HostName, *, up: bool) -> Operation[None]:
    """The management network of a host is cut, or works again; nothing happens where it is so already."""
    if known_host(laws, name).linked is not up:
        yield ManagementLinkSwitched(name, up)


def _site(laws: Laws, name: str) -> Site:
    known = laws.world.sites.get(name)
    if known is None:
        raise Refusal("NotFound", name, f"no site {name}")
    return known
