"""The arrays, consistency groups and replicas with which a lab starts."""

from __future__ import annotations

from collections.abc import Iterable

from harness.blueprints.model import ArrayPlan, ReplicationPlan
from harness.physics.chance import Chance
from harness.records import replace
from harness.units import DeviceId, HostName, Instant
from harness.world.aggregate import World
from harness.world.nas import Export, export_device
from harness.world.replication import Array, Pair, ReplicationGroup
from harness.world.storage import Lun, Medium


def add_replication(
    world: World, arrays: Iterable[ArrayPlan], groups: Iterable[ReplicationPlan], chance: Chance, now: Instant
) -> World:
    """``world`` with these arrays, groups and replicas; hosts know the replicas that are presented to them.

    What the replicas hold comes with :func:`harness.operations.replication.begin`.
    """
    for plan in arrays:
        world = world.with_array(Array(plan.name, plan.site, plan.presents, kind=plan.kind, address=plan.address))
    for group in groups:
        world = _add_group(world, group, chance, now)
    return world


def _add_group(world: World, plan: ReplicationPlan, chance: Chance, now: Instant) -> World:
    media = [*world.luns.values(), *world.exports.values()]
    sources = [next(medium for medium in media if medium.name == label) for label in plan.volumes]
    hosts = frozenset(plan.hosts if world.arrays[plan.target].presents == "beforehand" else ())
    replicas = [_replica(source, plan.target, hosts, chance) for source in sources]
    for replica in replicas:
        world = world.with_medium(replica)
    for name in sorted(hosts):
        host = world.hosts[name]
        seen = {replica.device for replica in replicas if isinstance(replica, Lun)}
        world = world.with_host(replace(host, devices=host.devices | seen))
    pairs = tuple(Pair(source.device, replica.device) for source, replica in zip(sources, replicas, strict=True))
    source_array = sources[0].array
    return world.with_group(ReplicationGroup(plan.name, pairs, plan.mode, source_array, plan.target, now, plan.interval))


def _replica(source: Medium, array: str, hosts: frozenset[HostName], chance: Chance) -> Medium:
    """A LUN of its own; of an export one with the same path."""
    path = source.path if isinstance(source, Export) else ""
    device = export_device(array, path) if path else DeviceId(f"naa.6000c29{chance.hex(25)}")
    return replace(source, device=device, array=array, presented=hosts, writable=False, facts={}, writes=0)
