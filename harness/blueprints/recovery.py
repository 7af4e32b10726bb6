"""Site Recovery Manager as a lab starts with it: paired, with placeholders for all that it protects, nothing recovered yet."""

from __future__ import annotations

from collections.abc import Iterator

from harness.blueprints.model import Blueprint, MachinePlan
from harness.blueprints.products import ProtectionPlan, RecoveryServerPlan
from harness.operations import recovery
from harness.operations.recovery_machines import make_placeholder
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.records import replace
from harness.releases import Release
from harness.units import Span
from harness.world.aggregate import World
from harness.world.machines import Machine
from harness.world.recovery import ProtectedMachine, ProtectionGroup, ProtectionKind, RecoveryPlan, RecoveryServer
from harness.world.recovery_runs import RecoverySetUp
from harness.world.storage import Lun

NORMAL = 3


def set_up_recovery(laws: Laws, blueprint: Blueprint) -> Operation[None]:
    """Put the servers, protection groups and plans of ``blueprint`` into the world, in which its VMs are and replicate already.

    Nothing happens where it describes none, or the release has no Site Recovery Manager.
    """
    if not _recovers(blueprint, laws.release):
        return
    servers = {plan.name: _server(laws, blueprint, plan) for plan in blueprint.recovery_servers}
    groups = []
    for plan in blueprint.protection:
        groups.append((yield from _group(laws, blueprint, plan, servers)))
    plans = [RecoveryPlan(plan.name, plan.groups, plan.prompts) for plan in blueprint.recovery_plans]
    yield RecoverySetUp(tuple(servers.values()), tuple(groups), tuple(plans))
    yield from recovery.begin(laws)


def placeholders(blueprint: Blueprint, release: Release, world: World) -> Iterator[MachinePlan]:
    """What keeps the places of protected VMs then, as VMs that are described: each on a host that sees the datastore for them."""
    for group in blueprint.protection if _recovers(blueprint, release) else ():
        server = next(plan for plan in blueprint.recovery_servers if plan.name != group.protected)
        volume = _lun(world, server.placeholders).vmfs.id
        hosts = [host.name for host in world.hosts.values() if host.center == server.center and volume in host.mounts]
        for name in group.machines if hosts else ():
            yield MachinePlan(name, hosts[0], server.placeholders, network="")


def _recovers(blueprint: Blueprint, release: Release) -> bool:
    return bool(blueprint.recovery_servers) and "srm" in release.products


def _server(laws: Laws, blueprint: Blueprint, plan: RecoveryServerPlan) -> RecoveryServer:
    peer = next(other.name for other in blueprint.recovery_servers if other is not plan)
    site, volume = laws.world.centers[plan.center].site, _lun(laws.world, plan.placeholders).vmfs.id
    return RecoveryServer(plan.name, site, plan.center, peer, volume, plan.restores_names, plan.forces)


def _lun(world: World, label: str) -> Lun:
    return next(lun for lun in world.luns.values() if lun.resolved and lun.vmfs.label == label)


def _group(
    laws: Laws, blueprint: Blueprint, plan: ProtectionPlan, servers: dict[str, RecoveryServer]
) -> Operation[ProtectionGroup]:
    protected = servers[plan.protected]
    found = []
    for name in plan.machines:
        machine = _machine(laws, name, protected)
        place = laws.world.copy(machine.host, machine.vmx)
        stub = yield from make_placeholder(laws, servers[protected.peer], name)
        if place:
            made = ProtectedMachine(name, machine.id, stub.id, stub.vmx, place.device, place.path, _priority(blueprint, name))
            target = _lun(laws.world, plan.target).device if plan.kind is ProtectionKind.HBR else None
            found.append(replace(made, target=target, rpo=plan.objectives.get(name, Span())))
    return ProtectionGroup(plan.name, plan.kind, protected.name, protected.peer, tuple(found), plan.replication)


def _machine(laws: Laws, name: str, server: RecoveryServer) -> Machine:
    return next(m for m in laws.world.machines.values() if m.name == name and laws.host_of(m).center == server.center)


def _priority(blueprint: Blueprint, name: str) -> int:
    return next((plan.priorities[name] for plan in blueprint.recovery_plans if name in plan.priorities), NORMAL)
