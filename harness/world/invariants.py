"""What must never be false. Tests check it after every event; a world that breaks it is a defect of the harness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.world.aggregate import World
from harness.world.hosts import Host, HostPower
from harness.world.machines import DvBacking, Machine
from harness.world.network import Connectee
from harness.world.recovery import MachineStatus, ProtectionGroup, ProtectionState, groups_of, is_placeholder
from harness.world.replication import GroupState


def check(world: World) -> None:
    """Raise AssertionError, naming each broken rule, for a world that cannot be."""
    broken = [*_machines(world), *_hosts(world), *_ports(world), *_locks(world), *_replication(world), *_recovery(world)]
    if broken:
        raise AssertionError("; ".join(broken))


def _machines(world: World) -> Iterator[str]:
    for machine in world.machines.values():
        host = world.hosts.get(machine.host)
        if host is None or machine.id not in host.vmids:
            yield f"{machine.name} is registered on {machine.host}, which does not know it"
        elif machine.running and not host.running:
            yield f"{machine.name} runs on {machine.host}, which does not"
        if not machine.running and (machine.world_id or any(n.connected for n in machine.nics)):
            yield f"{machine.name} does not run, and has a world or a connection"


def _hosts(world: World) -> Iterator[str]:
    for host in world.hosts.values():
        if host.power is not HostPower.ON and (host.agents or host.launched or host.mounts or host.proxies):
            yield f"{host.name} is {host.power}, and has agents, mounts or switches"
        if len(set(host.vmids.values())) != len(host.vmids):
            yield f"{host.name} gave a Vmid twice"
        if host.maintenance and any(m.running for m in world.machines_on(host.name)):
            yield f"{host.name} is in maintenance mode and runs VMs"
        yield from _mounts(world, host)


def _mounts(world: World, host: Host) -> Iterator[str]:
    luns = [mount for mount in host.mounts.values() if mount.nas is None]
    if len({mount.device for mount in luns}) != len(luns):
        yield f"{host.name} has mounted a device twice"
    for mount in (mount for mount in host.mounts.values() if mount.nas):
        if mount.device not in world.exports or mount.nas is None or mount.nas.id != mount.volume:
            yield f"{host.name} has mounted {mount.volume}, which is no export, or another one"
    for mount in luns:
        if mount.device not in host.devices:
            yield f"{host.name} has mounted {mount.volume} from a device that it does not know"
        if world.luns[mount.device].vmfs.id != mount.volume:
            yield f"{host.name} has mounted {mount.volume} from a device that holds another volume"


def _ports(world: World) -> Iterator[str]:
    holders = Counter((b.switch, b.port) for m in world.machines.values() for b in _backings(m))
    for (switch, port), count in holders.items():
        if port and count > 1:
            yield f"port {port} of {switch} is held {count} times"
    for machine in world.machines.values():
        yield from _holdings(world, machine)
    for switch_id, known in world.switches.items():
        for group in known.groups.values():
            if group.size and len(known.ports_of(group.key)) != group.size:
                yield f"port group {group.name} of {switch_id} has {len(known.ports_of(group.key))} ports, not {group.size}"


def _holdings(world: World, machine: Machine) -> Iterator[str]:
    for nic in machine.nics:
        backing = nic.backing
        if not isinstance(backing, DvBacking):
            continue
        port = world.switches[backing.switch].ports.get(backing.port) if backing.port else None
        if backing.port and port is None:
            yield f"{machine.name} holds port {backing.port}, which does not exist"
        if nic.connected and (port is None or port.connectee != Connectee(machine.id, nic.key) or port.cookie != backing.cookie):
            yield f"{machine.name} is connected with ethernet{nic.index} to a port that is not its own"


def _backings(machine: Machine) -> Iterator[DvBacking]:
    return (nic.backing for nic in machine.nics if isinstance(nic.backing, DvBacking))


def _locks(world: World) -> Iterator[str]:
    """Locks belong to a copy of a volume: VMs on two copies do not know of each other."""
    opened = Counter(world.copy(m.host, m.vmx) for m in world.machines.values() if m.running)
    for path, count in opened.items():
        if path and count > 1:
            yield f"{path.path} on {path.device} is open {count} times"


def _replication(world: World) -> Iterator[str]:
    for group in world.replication.values():
        for pair in group.pairs:
            source, target = world.medium(pair.source), world.medium(pair.target)
            if type(source) is not type(target):
                yield f"{group.name} replicates {source.device} to {target.device}, which is of another kind"
            if (source.array, target.array) != (group.source_array, group.target_array):
                yield f"{group.name} replicates from {source.array} to {target.array}"
            if group.state is not GroupState.BROKEN and target.writable:
                yield f"{group.name} is {group.state}, and its target {target.device} is writable"
    ends = Counter(device for g in world.replication.values() for pair in g.pairs for device in (pair.source, pair.target))
    yield from (f"{device} is in {count} replication pairs" for device, count in ends.items() if count > 1)


def _recovery(world: World) -> Iterator[str]:
    for machine in world.machines.values() if world.protection else ():
        if machine.running and is_placeholder(world, machine):
            yield f"{machine.name} runs on {machine.host}, and is a placeholder"
    for group in world.protection.values():
        yield from _protection(group)
    for plan in world.plans.values():
        if len({(group.protected, group.recovery) for group in groups_of(world, plan)}) > 1:
            yield f"{plan.name} recovers in both directions"
        if any(run.ended is None for run in plan.runs[:-1]):
            yield f"{plan.name} runs twice"


def _protection(group: ProtectionGroup) -> Iterator[str]:
    ready = group.state is ProtectionState.READY
    if ready is bool(group.plan):
        yield f"{group.name} is {group.state}, by {group.plan or 'no plan'}"
    if ready and group.snapshots:
        yield f"{group.name} is ready, and has snapshots of a test"
    if ready and any(m.status is not MachineStatus.READY_TO_RECOVER for m in group.machines):
        yield f"{group.name} is ready, and VMs of it are not"
