"""What a person can take away from a lab and give back, by name: sites, arrays, the lines between them, vCenters, hosts.

This is for whoever owns the lab, as its faults are; a step looks over the wires of an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from harness.gateway import Gateway
from harness.lab.faults import Faults
from harness.units import HostName, number_of
from harness.world.aggregate import World
from harness.world.hosts import HostPower

STORAGE = "storage"
"""All storage, in a lab whose arrays have no management of their own."""
POWER = {True: "has power", False: "has no power"}
HOST = {HostPower.ON: "runs", HostPower.BOOTING: "has power and boots", HostPower.OFF: POWER[False]}


@dataclass(frozen=True)
class Part:
    """One thing that can be lost and restored; ``state`` says in a few words how it stands now."""

    kind: str
    name: str
    state: Callable[[], str]
    lose: Callable[[], None]
    restore: Callable[[], None]


@dataclass(frozen=True)
class _Kind:
    """Parts of one kind: their names, how one of them stands, and the faults that take it away and give it back."""

    kind: str
    names: Iterable[str]
    stands: Callable[[World, str], str]
    lose: Callable[[str], None]
    restore: Callable[[str], None]

    def parts(self, gateway: Gateway) -> Iterable[Part]:
        for name in self.names:
            state = partial(self._state, gateway, name)
            yield Part(self.kind, name, state, partial(self.lose, name), partial(self.restore, name))

    def _state(self, gateway: Gateway, name: str) -> str:
        return self.stands(gateway.world, name)


def all_parts(gateway: Gateway, faults: Faults) -> Mapping[str, Part]:
    """Every part by its name. A vCenter Server that VMs serve is none: it goes and comes with its VM."""
    return {part.name: part for kind in _kinds(gateway.world, faults) for part in kind.parts(gateway)}


def _kinds(world: World, faults: Faults) -> Iterable[_Kind]:
    yield _Kind("site", world.sites, _site, faults.lose_site, faults.restore_site)
    yield _Kind("array", world.arrays, lambda now, name: POWER[now.arrays[name].on], faults.lose_array, faults.return_array)
    yield _Kind("replication", world.replication, _replication, faults.cut_replication, faults.mend_replication)
    storage = [] if world.arrays else [STORAGE]
    yield _Kind("storage", storage, _storage, lambda _name: faults.lose_storage(), lambda _name: faults.return_storage())
    centers = [name for name in world.centers if name not in world.services]
    yield _Kind("vCenter", centers, _center, faults.stop_vcenter, faults.start_vcenter)
    yield _Kind(
        "host",
        world.hosts,
        _host,
        lambda name: faults.cut_power(HostName(name)),
        lambda name: faults.give_power(HostName(name)),
    )


def _site(world: World, name: str) -> str:
    return POWER[True] if world.sites[name].up else "is lost"


def _replication(world: World, name: str) -> str:
    group = world.replication[name]
    line = "works" if group.linked else "is cut"
    return f"is {group.state} from {group.source_array} to {group.target_array}; the line between them {line}"


def _host(world: World, name: str) -> str:
    host = world.hosts[HostName(name)]
    return HOST[host.power] + ("" if host.linked else ", isolated: its management network is cut")


def _storage(world: World, _name: str) -> str:
    lost = [lun for lun in world.luns.values() if not lun.online]
    return (
        f"has no paths to {len(lost)} of {number_of(len(world.luns), 'LUN')}"
        if lost
        else f"has paths to all {number_of(len(world.luns), 'LUN')}"
    )


def _center(world: World, name: str) -> str:
    return "is on" if world.centers[name].on else "is off"
