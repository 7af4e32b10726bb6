"""What somebody asks of a VM that has to move: to another host, or to another datastore."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.machines import check_start, find
from harness.operations.reach import manageable_host
from harness.physics import network, protection, storage
from harness.physics.effects import Effects, Operation, Spend
from harness.physics.laws import Laws
from harness.physics.switch_files import drop_port_file, write_port_file
from harness.records import replace
from harness.units import HostName, MachineId, VolumeId
from harness.world.machines import DvBacking, Machine, MachineChanged, MachineRegistered, Nic
from harness.world.proxies import HostPortDropped, HostPortSet
from harness.world.storage import VolumePath
from harness.world.volume_files import FileRemoved, FileWritten


def migrate(laws: Laws, machine: MachineId, target: HostName) -> Operation[None]:
    """Move a VM to another host; a running one keeps its connections, for vMotion carries the port state (quoted, D1).

    Refuses ``InvalidState`` in maintenance mode and where the VM changed hosts or its power state meanwhile, ``InvalidDatastore``
    where the target does not reach its files or those behind its disks, or a running VM would find another copy of them there.
    """
    known = _movable(laws, machine, target)
    yield Spend("machine.vmotion" if known.running else "machine.register", known.name)
    now = _movable(laws, machine, target)
    if (now.host, now.world_id) != (known.host, known.world_id):
        raise Refusal("InvalidState", now.name, f"{now.name} did not stay as it was while it was moved")
    yield MachineRegistered(replace(now, host=target))
    for nic in now.nics:
        if isinstance(nic.backing, DvBacking):
            yield from _carry(laws, now, nic, nic.backing, target)


def _movable(laws: Laws, machine: MachineId, target: HostName) -> Machine:
    known = find(laws, machine)
    manageable_host(laws, known.host)
    check_start(laws, replace(known, host=target))
    lacking = storage.obstacle(laws, target, known.needed)
    if lacking:
        raise Refusal("InvalidDatastore", known.name, lacking[1], {"name": lacking[0]})
    if known.running and laws.world.copy(target, known.vmx) != laws.world.copy(known.host, known.vmx):
        raise Refusal("InvalidDatastore", known.name, f"{target} has the datastore of {known.name} from another LUN")
    return known


def _carry(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking, target: HostName) -> Effects:
    source = laws.world.hosts[machine.host]
    port = network.host_port(source, backing)
    if port is None:
        yield from network.learn_port(laws, laws.world.machines[machine.id], nic, backing)
        return
    yield HostPortDropped(source.name, backing.switch, port.key)
    if backing.switch in laws.world.hosts[target].proxies:
        yield HostPortSet(target, backing.switch, port)
    elif nic.connected:
        yield from network.link(laws, laws.world.machines[machine.id], nic)


def move_storage(laws: Laws, machine: MachineId, volume: VolumeId) -> Operation[None]:
    """Storage vMotion: the files of a VM move to another volume, whether it runs or not.

    On releases with the defect ``no-port-file-after-storage-vmotion`` a running VM's port keeps the path of the old volume.
    Refuses ``InvalidDatastore`` where its host does not reach both volumes, or cannot write to them, to the end, and
    ``NotSupported`` for a linked clone.
    """
    known = _copyable(laws, machine, volume)
    if known.vmx.volume == volume:
        return
    yield Spend("storage.vmotion", known.name)
    now = _copyable(laws, machine, volume)
    if now.vmx != known.vmx:
        raise Refusal("InvalidState", now.name, f"{now.name} did not stay as it was while it was moved")
    disks = tuple(replace(d, file=replace(d.file, volume=volume)) for d in now.disks)
    moved = replace(now, vmx=replace(now.vmx, volume=volume), disks=disks)
    source, target = _folder(laws, now), _folder(laws, moved)
    yield from _copy_folder(laws, source, target)
    yield from protection.unprotect(laws, now)
    yield MachineChanged(now.id, now.name, replace(moved, protected=False))
    if now.running:
        yield from protection.protect(laws, laws.world.machines[machine])
    yield FileRemoved(source.device, source.path)
    for nic, backing in network.static_nics(laws, moved):
        yield from _move_port_file(laws, moved, nic, backing)


def _copyable(laws: Laws, machine: MachineId, volume: VolumeId) -> Machine:
    known = find(laws, machine)
    host = manageable_host(laws, known.host)
    if any(disk.parents for disk in known.disks):
        raise Refusal("NotSupported", known.name, f"{known.name} is a linked clone: the lab does not move its files")
    lacking = storage.obstacle(laws, host.name, [*known.volumes, volume])
    if lacking:
        label, message = lacking
        raise Refusal("InvalidDatastore", known.name, message, {"name": label})
    return known


def _folder(laws: Laws, machine: Machine) -> VolumePath:
    place = laws.world.writable(machine.host, machine.vmx.parent)
    if place is None:
        raise Refusal("InvalidDatastore", machine.name, f"{machine.host} cannot write to the datastore of {machine.name}")
    return place


def _copy_folder(laws: Laws, source: VolumePath, target: VolumePath) -> Effects:
    if not laws.store.is_folder(source):
        return
    for name in laws.store.entries(source):
        if laws.store.is_folder(source / name):
            yield from _copy_folder(laws, source / name, target / name)
        else:
            facts = laws.world.medium(source.device).facts.get((source / name).path)
            mode = facts.mode if facts else 0o600
            yield FileWritten(target.device, (target / name).path, laws.store.read(source / name), laws.now, mode)


def _move_port_file(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    host = laws.host_of(machine)
    port = network.host_port(host, backing)
    if port is None or (machine.running and laws.release.has("no-port-file-after-storage-vmotion")):
        return
    yield from drop_port_file(laws, host.name, port.persist)
    there = replace(port, persist=network.table_entry(laws, machine, nic, backing).persist)
    yield HostPortSet(host.name, backing.switch, there)
    yield from write_port_file(laws, host.name, host.proxies[backing.switch], there)
