"""What somebody asks of a VM: registration, power, configuration, and moving it to another host or datastore."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import network as ports
from harness.operations.reach import manageable_host
from harness.physics import disks, storage, vmx
from harness.physics.effects import Effects, Operation, Spend
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import HostName, MachineId
from harness.world.machines import (
    DvBacking,
    Machine,
    MachineChanged,
    MachineRegistered,
    MachineStarted,
    MachineStopped,
    MachineUnregistered,
    Nic,
    Power,
)
from harness.world.recovery import is_placeholder
from harness.world.storage import VolumeFile
from harness.world.volume_files import FileRemoved


def register(laws: Laws, machine: Machine) -> Operation[Machine]:
    """Put a VM into its host's inventory, new or from files that were there; its static vNICs get their ports.

    Returns it with those ports. Refuses: ``AlreadyExists``, ``InvalidDatastore`` where the host cannot write to the ``.vmx``'s
    volume, and what :func:`harness.operations.network.hold_port` refuses.
    """
    host = manageable_host(laws, machine.host)
    if laws.world.machine_at(host.name, machine.vmx) or machine.id in laws.world.machines:
        raise Refusal("AlreadyExists", machine.name, f"{machine.name} is already registered", {"name": machine.name})
    if laws.world.writable(host.name, machine.vmx) is None:
        raise Refusal("InvalidDatastore", machine.name, f"{host.name} cannot write to the datastore of {machine.name}")
    nics = yield from ports.hold_ports(laws, machine.id, machine.nics)
    yield MachineRegistered(replace(machine, nics=nics))
    for nic in machine.nics:
        yield from ports.attach(laws, machine.id, nic.key)
    return laws.world.machines[machine.id]


def unregister(laws: Laws, machine: MachineId) -> Operation[None]:
    """Take a VM out of the inventory; its files stay, its ports go back. Refuses ``InvalidPowerState`` while it runs."""
    known = idle(laws, machine)
    for nic in known.nics:
        yield from ports.detach(laws, known, nic, forget=True)
    yield MachineUnregistered(known.id, known.name)


def destroy(laws: Laws, machine: MachineId) -> Operation[None]:
    """Unregister a VM and remove those of its files that its host can write. Refuses ``InvalidPowerState`` while it runs."""
    known = idle(laws, machine)
    yield from unregister(laws, machine)
    for volume in known.volumes:
        folder = laws.world.writable(known.host, VolumeFile(volume, known.vmx.parent.path))
        if folder:
            yield FileRemoved(folder.device, folder.path)


def power_on(laws: Laws, machine: MachineId) -> Operation[None]:
    """Power a VM on, on its host; vNICs that get no connection do not keep it from running.

    Refuses: ``InvalidPowerState`` while it runs, ``HostNotReachable`` while hostd is down, ``InvalidState`` in maintenance mode,
    ``InvalidDatastore`` where the host does not reach its files, or cannot write them; ``FileNotFound`` and
    ``GenericVmConfigFault`` for a disk that cannot be opened, as a file behind it is missing or not the one it was made from.
    """
    known = _startable(laws, machine)
    yield Spend("machine.power-on", known.name)
    yield from _open_disks(laws, _startable(laws, machine))
    yield MachineStarted(known.id, known.name)


def _startable(laws: Laws, machine: MachineId) -> Machine:
    known = find(laws, machine)
    if known.running:
        fields: dict[str, object] = {"requestedState": Power.ON.value, "existingState": Power.ON.value}
        raise Refusal("InvalidPowerState", known.name, f"{known.name} is already powered on", fields)
    check_start(laws, known)
    return known


def _open_disks(laws: Laws, machine: Machine) -> Operation[None]:
    broken = disks.first_broken(laws, machine.host, machine)
    if broken is None:
        return
    yield from disks.log_broken(laws, machine.host, machine, broken)
    fault, fields = ("FileNotFound", {"file": broken.link.absolute}) if broken.missing else ("GenericVmConfigFault", {})
    raise Refusal(fault, machine.name, broken.told(laws), dict[str, object](fields))


def inspect_disk(laws: Laws, host: HostName, disk: VolumeFile) -> Operation[disks.Broken | None]:
    """What keeps ``host`` from opening a disk with all that is behind it; None where nothing does."""
    yield from ()
    return disks.broken_link(laws, host, disk)


def check_start(laws: Laws, machine: Machine) -> None:
    """Refuses what keeps ``machine`` from running on the host that it names."""
    host = manageable_host(laws, machine.host)
    if is_placeholder(laws.world, machine):
        raise Refusal("InvalidState", machine.name, laws.phrase("reason.placeholder", vm=machine.name))
    if host.maintenance:
        raise Refusal("InvalidState", machine.name, laws.phrase("reason.maintenance-mode", host=host.name))
    lacking = storage.obstacle(laws, host.name, machine.volumes)
    if lacking:
        label, message = lacking
        raise Refusal("InvalidDatastore", machine.name, message, {"name": label})
    locked = storage.locked(laws, host.name, machine)
    if locked:
        raise Refusal("FileLocked", machine.vmx.path, locked)
    if laws.read(host.name, machine.vmx) is None:
        raise Refusal("FileNotFound", machine.name, f"{machine.vmx.absolute} is missing")


def power_off(laws: Laws, machine: MachineId) -> Operation[None]:
    """Power a VM off at once; that counts as clean. Refuses ``InvalidPowerState`` while it does not run."""
    yield from _stop(laws, machine, "machine.power-off")


def shut_down_guest(laws: Laws, machine: MachineId) -> Operation[None]:
    """Have the guest shut itself down. Refuses as :func:`power_off` does."""
    yield from _stop(laws, machine, "machine.guest-shutdown")


def _stop(laws: Laws, machine: MachineId, timing: str) -> Operation[None]:
    known = running(laws, machine)
    manageable_host(laws, known.host)
    yield Spend(timing, known.name)
    if find(laws, machine).running:
        yield MachineStopped(known.id, known.name)


def kill(laws: Laws, machine: MachineId, *, soft: bool) -> Operation[None]:
    """End a VM's process on its host; only a soft kill counts as a clean power-off (assumed)."""
    known = running(laws, machine)
    yield MachineStopped(known.id, known.name, soft)


def reset(laws: Laws, machine: MachineId) -> Operation[None]:
    """Power a VM off and on again, on the same host, without letting go of its ports."""
    known = running(laws, machine)
    manageable_host(laws, known.host)
    yield Spend("machine.power-on", known.name)


def reconfigure(laws: Laws, wanted: Machine) -> Operation[Machine]:
    """Give a VM another configuration: name, size, disks, vNICs. Returns it as it is then.

    A vNIC is compared by its key and backing; ``start_connected`` connects and disconnects it. Refuses what
    :func:`harness.operations.network.hold_port` refuses, and then nothing has changed.
    """
    known = find(laws, wanted.id)
    manageable_host(laws, known.host)
    yield Spend("machine.reconfigure", known.name)
    now = find(laws, wanted.id)
    manageable_host(laws, now.host)
    before = {n.key: n for n in now.nics if any(_same(n, w) for w in wanted.nics)}
    fresh = tuple(replace(n, connected=False, fault="") for n in wanted.nics if n.key not in before)
    held = {n.key: n for n in (yield from ports.hold_ports(laws, now.id, fresh))}
    for nic in now.nics:
        if nic.key not in before:
            yield from ports.detach(laws, now, nic, forget=True)
    kept = tuple(held.get(n.key) or _kept(before[n.key], n) for n in wanted.nics)
    yield MachineChanged(now.id, wanted.name, _configured(now, replace(wanted, nics=kept)))
    for nic in kept:
        yield from _settle(laws, now.id, nic, before.get(nic.key))
    return laws.world.machines[now.id]


def _same(nic: Nic, other: Nic) -> bool:
    return nic.key == other.key and _place(nic) == _place(other)


def _kept(now: Nic, wanted: Nic) -> Nic:
    """A vNIC that stays where it is: its port and its link are not the client's to say."""
    return replace(wanted, backing=now.backing, connected=now.connected, fault=now.fault)


def _configured(now: Machine, wanted: Machine) -> Machine:
    """``wanted`` as far as it is configuration: where a VM is and whether it runs is what it is now."""
    return replace(
        wanted,
        host=now.host,
        vmx=now.vmx,
        power=now.power,
        clean=now.clean,
        world_id=now.world_id,
        protected=now.protected,
    )


def _place(nic: Nic) -> object:
    """Where a vNIC is, without the port: one that names no port keeps the one it holds."""
    return (nic.backing.switch, nic.backing.group) if isinstance(nic.backing, DvBacking) else nic.backing.network


def _settle(laws: Laws, machine: MachineId, nic: Nic, old: Nic | None) -> Effects:
    now = laws.world.machines[machine]
    if old and old.start_connected and not nic.start_connected:
        yield from ports.detach(laws, now, now.nic(nic.key), forget=False)
    elif old is None or (nic.start_connected and not old.connected):
        yield from ports.attach(laws, machine, nic.key)


def describe_files(laws: Laws, host: HostName, path: VolumeFile) -> dict[str, str]:
    """The keys of a ``.vmx`` as ``host`` reads it. Refuses ``FileNotFound`` where there is none, or no way to it."""
    content = laws.read(host, path)
    if content is None:
        raise Refusal("FileNotFound", path.path, f"no file {path.path}")
    return dict(vmx.read(content))


def find(laws: Laws, machine: MachineId) -> Machine:
    """The VM; refuses ``ManagedObjectNotFound`` where there is none."""
    known = laws.world.machines.get(machine)
    if known is None:
        raise Refusal("ManagedObjectNotFound", machine, f"no VM {machine}")
    return known


def idle(laws: Laws, machine: MachineId) -> Machine:
    """The VM; refuses ``InvalidPowerState`` while it runs."""
    known = find(laws, machine)
    if known.running:
        fields: dict[str, object] = {"requestedState": Power.OFF.value, "existingState": Power.ON.value}
        raise Refusal("InvalidPowerState", known.name, f"{known.name} is powered on", fields)
    return known


def running(laws: Laws, machine: MachineId) -> Machine:
    """The VM; refuses ``InvalidPowerState`` unless it runs."""
    known = find(laws, machine)
    if not known.running:
        fields: dict[str, object] = {"requestedState": Power.ON.value, "existingState": Power.OFF.value}
        raise Refusal("InvalidPowerState", known.name, f"{known.name} is powered off", fields)
    return known
