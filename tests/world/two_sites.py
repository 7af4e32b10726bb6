"""The world of the blueprint ``two-sites``, without wires."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.blueprints import Blueprint, initial_world, load_blueprint, place_all
from harness.gateway import Gateway
from harness.journal import Journal
from harness.operations import hosts, network
from harness.physics.chance import Chance
from harness.physics.laws import Laws
from harness.releases import load
from harness.units import HostName, SwitchId, minutes
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.machines import Machine
from harness.world.network import Switch
from tests.world.replay import Replay

SWITCH = SwitchId("6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa")
RESOURCE = "vc-res.lab.example"


@dataclass
class Sites:
    """A world of two sites in motion, with short names for what tests ask of it."""

    gateway: Gateway

    @property
    def world(self) -> World:
        return self.gateway.world

    def machine(self, name: str) -> Machine:
        return next(m for m in self.world.machines.values() if m.name == name)

    def at(self, site: str) -> list[Host]:
        return [host for host in self.world.hosts.values() if host.site == site]

    def on(self, center: str) -> bool:
        return self.world.centers[center].on

    def pass_minutes(self, count: float) -> None:
        self.gateway.pass_time(minutes(count))


def open_sites(folder: Path, blueprint: Blueprint | None = None, *, watched: bool = False) -> Sites:
    """The world as a lab opens it; every event in it is followed by a check of the invariants, where ``watched`` from the first.

    Most of what an opening costs are the checks, and it is the same each time.
    """
    plan, facts, chance = blueprint or load_blueprint("two-sites"), load("5.0"), Chance(1)
    world = initial_world(plan, facts, chance)
    laws = Laws(world, facts, DirectoryStore(folder), chance, facts.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, lambda: 0.0))
    if watched:
        gateway.listen(Replay(world).follow)
    gateway.perform(hosts.wake)
    for switch in plan.switches:
        _add_switch(gateway, plan, switch.name, switch.center)
    gateway.perform(place_all, plan)
    gateway.perform(hosts.save_all)
    if not watched:
        gateway.listen(Replay(gateway.world).follow)
    return Sites(gateway)


def _add_switch(gateway: Gateway, plan: Blueprint, name: str, center: str) -> None:
    gateway.perform(network.create_switch, Switch(SWITCH, name, center))
    gateway.perform(network.add_group, SWITCH, network.GroupSpec("dvportgroup-1", "uplinks", size=0, uplink=True))
    groups = [group for switch in plan.switches for group in switch.groups]
    for number, group in enumerate(groups, start=2):
        gateway.perform(network.add_group, SWITCH, network.GroupSpec(f"dvportgroup-{number}", group.name, size=group.ports))
    for host in plan.hosts:
        if plan.center_of(host) == center:
            gateway.perform(network.join, SWITCH, HostName(host.name))
