"""The management of two sites without wires: VMs that Site Recovery Manager protects, their arrays, and what they serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.blueprints import Blueprint, initial_world, load_blueprint, place_all
from harness.blueprints.recovery import set_up_recovery
from harness.errors import Refusal
from harness.gateway import Gateway
from harness.journal import Journal
from harness.operations import faults, files, hosts, recovery, replication
from harness.physics.chance import Chance
from harness.physics.laws import Laws
from harness.releases import Release, load
from harness.units import DeviceId, HostName, Span, minutes
from harness.volume_store import DirectoryStore
from harness.world.machines import Machine
from harness.world.recovery import Prompt, ProtectedMachine, ProtectionGroup, RecoveryPlan, Run, StepState
from harness.world.replication import Presenting, ReplicationGroup
from harness.world.storage import VolumePath
from tests.world.replay import Replay

PLAN, GROUP, CG = "management", "pg-management", "cg-management"
HERE, THERE = "srm-a.lab.example", "srm-b.lab.example"
SERVICES = {"vc-res.lab.example", "vcloud", "vcloud-database", "vshield"}
NAMES = ("vcd-db", "vc-res", "vsm01", "vcd-cell01", "vcd-cell02")


def small(blueprint: Blueprint) -> Blueprint:
    """Two sites without tenants."""
    managed = tuple(plan for plan in blueprint.machines if plan.name in NAMES)
    kept = tuple(plan for plan in blueprint.services if not plan.name.startswith("edge"))
    return replace(blueprint, machines=managed, services=kept, switches=(), pools=())


def by_hosts(objective: Span) -> Callable[[Blueprint], Blueprint]:
    """VSphere Replication in the place of the arrays."""

    def change(_: Blueprint) -> Blueprint:
        varied = load_blueprint("two-sites", "management by vSphere Replication")
        groups = tuple(replace(plan, objectives=dict.fromkeys(plan.machines, objective)) for plan in varied.protection)
        return small(replace(varied, protection=groups, replication=()))

    return change


def asynchronous(interval: Span, presents: Presenting = "by-procedure") -> Callable[[Blueprint], Blueprint]:
    def change(blueprint: Blueprint) -> Blueprint:
        groups = tuple(replace(plan, mode="asynchronous", interval=interval) for plan in blueprint.replication)
        return replace(blueprint, arrays=tuple(replace(plan, presents=presents) for plan in blueprint.arrays), replication=groups)

    return change


@dataclass
class Sites:
    """A world in motion, with short names for what tests ask of it."""

    gateway: Gateway
    follower: Replay

    @property
    def plan(self) -> RecoveryPlan:
        return self.gateway.world.plans[PLAN]

    @property
    def run(self) -> Run:
        return self.plan.runs[-1]

    @property
    def group(self) -> ProtectionGroup:
        return self.gateway.world.protection[GROUP]

    @property
    def cg(self) -> ReplicationGroup:
        return self.gateway.world.replication[CG]

    def machine(self, name: str, site: str = "recovery") -> Machine:
        world = self.gateway.world
        return next(m for m in world.machines.values() if m.name == name and world.hosts[m.host].site == site)

    def protected(self, name: str) -> ProtectedMachine:
        return next(m for m in self.group.machines if m.name == name)

    def statuses(self) -> set[str]:
        return {m.status.value for m in self.group.machines}

    def ready(self) -> set[str]:
        return {service.name for service in self.gateway.world.services.values() if service.ready}

    def steps(self, *states: StepState) -> list[str]:
        return [step.title for step in self.run.steps if step.state in states]

    def recover(self, *, planned: bool = False, at: str = THERE, **wishes: bool) -> None:
        self.gateway.perform(recovery.recover, at, PLAN, planned=planned, **wishes)

    def run_test(self, *, synchronise: bool = False) -> None:
        self.gateway.perform(recovery.run_test, THERE, PLAN, synchronise=synchronise)

    def clean_up(self) -> None:
        self.gateway.perform(recovery.clean_up, THERE, PLAN)

    def reprotect(self, at: str = THERE) -> None:
        self.gateway.perform(recovery.reprotect, at, PLAN)

    def write(self, name: str, file: str, content: bytes, site: str = "protected") -> None:
        """A VM's host writes a file beside the VM's own."""
        machine = self.machine(name, site)
        self.gateway.perform(files.write, machine.host, machine.vmx.at(f"{machine.vmx.parent.path}/{file}").absolute, content)

    def has(self, name: str, file: str, site: str = "recovery") -> bool:
        """Whether that file is beside the VM's own, as its host there sees it."""
        machine = self.machine(name, site)
        place = self.gateway.world.readable(machine.host, machine.vmx.parent / file)
        return place is not None and self.gateway.store.size(place) > 0

    def lun(self, label: str, array: str) -> DeviceId:
        return next(d for d, lun in self.gateway.world.luns.items() if (lun.name, lun.array) == (label, array))

    def place(self, device: DeviceId, path: str) -> VolumePath:
        return VolumePath(device, path)

    def pass_minutes(self, count: float) -> None:
        self.gateway.pass_time(minutes(count))

    def hosts_at(self, site: str) -> list[HostName]:
        return [h.name for h in self.gateway.world.hosts.values() if h.site == site and h.cluster.startswith("mgmt")]


def make_sites(
    folder: Path, change: Callable[[Blueprint], Blueprint] = lambda blueprint: blueprint, release: Release | None = None
) -> Sites:
    """Two sites of ``change``'s blueprint; every event is followed by a check of the invariants."""
    blueprint, facts, chance = change(small(load_blueprint("two-sites"))), release or load("5.0"), Chance(1)
    world = initial_world(blueprint, facts, chance)
    laws = Laws(world, facts, DirectoryStore(folder), chance, facts.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, lambda: 0.0))
    follower = Replay(world)
    gateway.listen(follower.follow)
    gateway.perform(hosts.wake)
    gateway.perform(place_all, blueprint)
    gateway.perform(hosts.save_all)
    gateway.perform(replication.begin)
    gateway.perform(set_up_recovery, blueprint)
    return Sites(gateway, follower)


def lose(sites: Sites, name: str = "protected") -> None:
    sites.gateway.perform(faults.lose_site, name)


def restore(sites: Sites, name: str = "protected") -> None:
    sites.gateway.perform(faults.restore_site, name)
    sites.pass_minutes(20)


def refused(act: Callable[[], None]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def asking(*prompts: Prompt) -> Callable[[Blueprint], Blueprint]:
    return lambda b: replace(b, recovery_plans=tuple(replace(plan, prompts=prompts) for plan in b.recovery_plans))
