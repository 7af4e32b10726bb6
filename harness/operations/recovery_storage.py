"""What Site Recovery Manager does with storage, by its storage replication adapter and by vSphere Replication."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Refusal
from harness.operations import replication, storage, unresolved
from harness.operations.recovery_machines import hosts_of
from harness.physics import recovery
from harness.physics import storage as scans
from harness.physics.effects import Await, Effects, Operation, Spend
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import DeviceId, HostName
from harness.world.mounts import VolumeUnmounted
from harness.world.recovery import ProtectedMachine, ProtectionGroup, ProtectionKind, RecoveryServer, replica_of
from harness.world.recovery_groups import MachineReplicated, SnapshotsKept
from harness.world.replication import GroupState, ReplicationGroup
from harness.world.snapshots import LunDiscarded, LunMade
from harness.world.storage import Lun, VolumeFile, VolumePath, VolumeRenamed
from harness.world.volume_files import FileRemoved

TEST_FOLDER = "srm-test-"
"""What the folder of a VM's copy is called in a test recovery from vSphere Replication (own name)."""


def synchronise(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """Have the recovery site hold this moment of the group's VMs. Nothing is copied where they are recovered already."""
    if group.kind is ProtectionKind.HBR:
        return (yield from _synchronise_machines(laws, group))
    known = laws.world.replication[group.replication]
    if known.state is GroupState.BROKEN:
        return f"{known.name} is broken already"
    yield from replication.synchronise(laws, known.name)
    return _as_of(laws, laws.world.replication[known.name])


def _synchronise_machines(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    for machine in [m for m in group.machines if m.replicating]:
        yield from copy_machine(laws, group, machine)
    return _moments(laws, group)


def copy_machine(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine) -> Operation[None]:
    """Have vSphere Replication copy one VM now; refuses ``HostNotReachable`` where it cannot."""
    _must_reach(laws, group, machine)
    contents, began = recovery.read_folder(laws, recovery.source_of(machine)), laws.now
    yield Spend("recovery.vr-transfer", machine.name)
    _must_reach(laws, group, machine)
    yield from recovery.deliver(laws, group.name, machine.name, contents, began)


def _must_reach(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine) -> None:
    obstacle = recovery.hindrance(laws, group, machine)
    if obstacle:
        raise Refusal("HostNotReachable", machine.name, f"{machine.name} cannot be replicated: {obstacle}")


def release_originals(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """At the protected site: where the array presents nothing beforehand, hosts let go of the volumes and it masks the LUNs.

    With vSphere Replication it is the replication that ends.
    """
    if group.kind is ProtectionKind.HBR:
        for machine in group.machines:
            yield from recovery.switch(laws, group.name, machine.name, on=False)
        return ""
    server = laws.world.recovery_servers[group.protected]
    known = laws.world.replication[group.replication]
    hosts = hosts_of(laws, server)
    for device in [pair.source for pair in known.pairs if laws.world.arrays[known.source_array].presents == "by-procedure"]:
        yield from _let_go(laws, device)
        yield from replication.mask(laws, device)
    for host in hosts:
        yield Spend("storage.rescan", host.name)  # for a device that was let go nobody waits
        yield from scans.rescan(laws, host.name)
    return ""


def _let_go(laws: Laws, device: DeviceId) -> Effects:
    for host in list(laws.world.hosts.values()):
        for mount in [m for m in host.mounts.values() if m.device == device]:
            yield VolumeUnmounted(host.name, mount.volume)


def make_writable(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """At the recovery site: the replicas become volumes of their own, and the hosts mount them. Returns what moment they hold.

    They get signatures and names of their own (``snap-...``; stated: the product resignatures what it recovers).
    """
    server = laws.world.recovery_servers[group.recovery]
    if group.kind is ProtectionKind.HBR:
        for machine in group.machines:
            yield from recovery.switch(laws, group.name, machine.name, on=False)
        return _moments(laws, group)
    known = laws.world.replication[group.replication]
    hosts_of(laws, server)
    moment = _as_of(laws, known)
    if known.state is not GroupState.BROKEN:
        yield from replication.break_replication(laws, known.name)
    devices = [pair.target for pair in known.pairs]
    for device in devices:
        yield from replication.make_writable(laws, device)
        yield from replication.present(laws, device, _all_hosts(laws, server))
    names = [laws.world.luns[pair.source].name for pair in known.pairs]
    yield from _mount(laws, server, devices, names)
    return moment


def _all_hosts(laws: Laws, server: RecoveryServer) -> list[HostName]:
    return [h.name for h in laws.world.hosts.values() if h.center == server.center and h.site == server.site]


def _mount(laws: Laws, server: RecoveryServer, devices: list[DeviceId], names: list[str]) -> Operation[None]:
    """The first host resignatures, the others find the volumes by themselves."""
    hosts = [host.name for host in hosts_of(laws, server)]
    for host in hosts:
        yield from storage.rescan(laws, host)
    for device, name in zip(devices, names, strict=True):
        if not laws.world.luns[device].resolved:
            yield from unresolved.resignature(laws, hosts[0], laws.world.luns[device].vmfs.id, device)
        vmfs = laws.world.luns[device].vmfs
        if name and server.restores_names and vmfs.label != name and not _is_taken(laws, server):
            yield VolumeRenamed(device, name)
    for host in hosts:
        yield from storage.rescan_volumes(laws, host)


def _is_taken(laws: Laws, server: RecoveryServer) -> bool:
    """Whether a server's vCenter still has another datastore of the name: one that VMs are left on, though it is no more."""
    held = {lun.vmfs.id for lun in laws.world.luns.values()}
    own = [machine for machine in laws.world.machines.values() if laws.host_of(machine).center == server.center]
    return any(volume not in held for machine in own for volume in machine.volumes)


def take_snapshots(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """A writable snapshot of each replica as it is now, mounted by the hosts of the recovery site; replication goes on."""
    server = laws.world.recovery_servers[group.recovery]
    if group.kind is ProtectionKind.HBR:
        for machine in group.machines:
            copy = recovery.read_folder(laws, recovery.target_of(machine))
            yield from recovery.write_folder(laws, recovery.target_of(machine).at(_test_folder(machine)), copy)
        return _moments(laws, group)
    known = laws.world.replication[group.replication]
    if not laws.world.arrays[known.target_array].on:
        raise Refusal("HostNotReachable", known.name, f"{known.target_array} does not answer")
    if known.completed is None:
        raise Refusal("InvalidState", known.name, f"{known.target_array} holds no complete copy of {known.name} yet")
    moment = _as_of(laws, known)
    for device in [pair.target for pair in known.pairs][len(laws.world.protection[group.name].snapshots) :]:
        yield Spend("recovery.snapshot", known.name)
        yield from _snapshot(laws, group.name, laws.world.luns[device], frozenset(_all_hosts(laws, server)))
    yield from _mount(laws, server, list(laws.world.protection[group.name].snapshots), [""] * len(known.pairs))
    return moment


def _snapshot(laws: Laws, group: str, replica: Lun, hosts: frozenset[HostName]) -> Operation[None]:
    device = DeviceId(f"naa.6000c29{laws.chance.hex(25)}")
    contents = recovery.read_folder(laws, VolumePath(replica.device, ""))
    name = f"snapshot of {replica.name}"
    yield LunMade(replace(replica, device=device, name=name, presented=hosts, writable=True, facts={}, writes=0))
    yield SnapshotsKept(group, (*laws.world.protection[group].snapshots, device))
    yield from recovery.write_folder(laws, VolumePath(device, ""), contents)


def discard_snapshots(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """What a test recovery has written is gone; no VM may be left there."""
    server = laws.world.recovery_servers[group.recovery]
    for machine in group.machines if group.kind is ProtectionKind.HBR else ():
        folder = recovery.target_of(machine).at(_test_folder(machine))
        if laws.store.is_folder(folder):
            yield FileRemoved(folder.device, folder.path)
    for device in group.snapshots:
        yield Spend("recovery.discard", group.name)
        yield from _let_go(laws, device)
        yield LunDiscarded(device)
    if group.snapshots:
        yield SnapshotsKept(group.name, ())
        for host in hosts_of(laws, server):
            yield from scans.report(laws, host.name)
    return ""


def _test_folder(machine: ProtectedMachine) -> str:
    return f"{TEST_FOLDER}{machine.folder}"


def recovered_file(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine, *, test: bool) -> VolumeFile:
    """The ``.vmx`` from which a VM is recovered; refuses ``NotFound`` where nothing replicates its LUN."""
    if group.kind is ProtectionKind.HBR and machine.target:
        path = f"{_test_folder(machine)}/{machine.path.rpartition('/')[2]}" if test else machine.path
        return VolumeFile(laws.world.luns[machine.target].vmfs.id, path)
    known = laws.world.replication[group.replication]
    target = replica_of(known, machine.source)
    if target is None:
        raise Refusal("NotFound", machine.name, f"{known.name} does not replicate the LUN of {machine.name}")
    device = group.snapshots[[pair.target for pair in known.pairs].index(target)] if test else target
    return VolumeFile(laws.world.luns[device].vmfs.id, machine.path)


def reverse(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """Have the replication go the other way; refuses what the arrays refuse. Nothing happens where it does so already."""
    if group.kind is ProtectionKind.HBR:
        return ""
    known, server = laws.world.replication[group.replication], laws.world.recovery_servers[group.recovery]
    if known.source_array in laws.world.sites[server.site].arrays:
        return f"{known.name} is reversed already"
    yield from replication.reverse(laws, known.name)
    return ""


def complete_copies(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    """Have the former protected site hold a whole moment of what was reversed; refuses ``Timedout`` where it never does.

    Hosts there then know what they have mounted no more.
    """
    remark = yield from (_copy_back(laws, group) if group.kind is ProtectionKind.HBR else _await_copies(laws, group))
    for host in hosts_of(laws, laws.world.recovery_servers[group.protected]):
        yield from scans.rescan(laws, host.name)
    return remark


def _copy_back(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    for machine in group.machines:
        _must_reach(laws, group, machine)
        contents, began = recovery.read_folder(laws, recovery.target_of(machine)), laws.now
        yield Spend("recovery.vr-transfer", machine.name)
        _must_reach(laws, group, machine)
        yield from recovery.write_folder(laws, recovery.source_of(machine), contents)
        yield MachineReplicated(group.name, machine.name, began)
    return _moments(laws, group)


def _await_copies(laws: Laws, group: ProtectionGroup) -> Operation[str]:
    limit = laws.release.duration("recovery.synchronise-limit")
    done = yield Await(lambda world: _whole(world.replication[group.replication]), limit)
    known = laws.world.replication[group.replication]
    if not done:
        raise Refusal("Timedout", known.name, f"{known.name} is {known.state} after {limit}{_because(known)}")
    return _as_of(laws, known)


def _whole(known: ReplicationGroup) -> bool:
    return known.state is GroupState.REPLICATING and known.completed is not None


def _as_of(laws: Laws, group: ReplicationGroup) -> str:
    """What the report says of the state that is recovered, and of why it is not the last one."""
    held = group.held(laws.now)
    state = "" if group.state is GroupState.BROKEN else f", {group.state}{_because(group)}"
    return f"{group.name} as of {held:%Y-%m-%dT%H:%M:%SZ}{state}" if held else ""


def _because(group: ReplicationGroup) -> str:
    return f" ({group.reason})" if group.reason else ""


def _moments(laws: Laws, group: ProtectionGroup) -> str:
    return ", ".join(_held(laws.world.protection[group.name].machines))


def _held(machines: tuple[ProtectedMachine, ...]) -> Iterator[str]:
    for machine in machines:
        yield (
            f"{machine.name} as of {machine.completed:%Y-%m-%dT%H:%M:%SZ}" if machine.completed else f"{machine.name} has no copy"
        )
