"""What Site Recovery Manager does with VMs: placeholders, the recovered VMs in their place, their power."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import machines, network, registration
from harness.physics.effects import Await, Operation, Spend
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import HostName, Instant, MachineId, Span, VolumeId
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.machines import DvBacking, Machine, MachineRegistered, Nic, StandardBacking
from harness.world.recovery import TEST_NETWORK, ProtectedMachine, RecoveryServer, is_placeholder, isolated
from harness.world.storage import VolumeFile


def hosts_of(laws: Laws, server: RecoveryServer) -> list[Host]:
    """The hosts that a server can use now; refuses ``HostNotReachable`` where its vCenter or all hosts are silent."""
    if not laws.world.centers[server.center].on:
        raise Refusal("HostNotReachable", server.center, f"{server.center} does not answer")
    known = [h for h in laws.world.hosts.values() if h.center == server.center and h.site == server.site]
    ready = [h for h in known if h.speaks and not h.maintenance]
    if not ready:
        raise Refusal("HostNotReachable", server.name, f"no host of {server.center} at {server.site} can be used")
    return ready


def host_with(laws: Laws, server: RecoveryServer, volume: VolumeId, preferred: HostName | None = None) -> HostName:
    """The host that gets a VM: the one that it has, or of those that can write the volume the one with the fewest VMs."""
    fit = [h for h in hosts_of(laws, server) if laws.world.writable(h.name, VolumeFile(volume, ""))]
    if not fit:
        label = next((lun.vmfs.label for lun in laws.world.luns.values() if lun.vmfs.id == volume), volume)
        raise Refusal("InvalidDatastore", label, f"no host of {server.center} at {server.site} can write to datastore {label}")
    return min(fit, key=lambda h: (h.name != preferred, len(h.vmids), h.name)).name


def make_placeholder(laws: Laws, server: RecoveryServer, name: str) -> Operation[Machine]:
    """A new VM that keeps a place in the inventory of a server's vCenter, with a file of its own and nothing else."""
    identity, uuid = (yield from registration.draw_uuid(laws)), (yield from registration.draw_uuid(laws))
    host = host_with(laws, server, server.placeholders)
    return (yield from machines.register(laws, Machine(MachineId(identity), uuid, name, host, stub_of(server, name))))


def stub_of(server: RecoveryServer, name: str) -> VolumeFile:
    """The file of a placeholder."""
    return VolumeFile(server.placeholders, f"{name}/{name}.vmx")


def become_placeholder(laws: Laws, server: RecoveryServer, machine: MachineId) -> Operation[None]:
    """The VM keeps its place in the inventory, with a placeholder's file in place of its own. It must not run."""
    known = machines.idle(laws, machine)
    if known.vmx == stub_of(server, known.name):
        return
    host = host_with(laws, server, server.placeholders, known.host)
    yield Spend("machine.register", known.name)
    known = machines.idle(laws, machine)
    stub = Machine(known.id, known.uuid, known.name, host, stub_of(server, known.name), guest=known.guest)
    yield from _reload(laws, known, stub)


def take_place(laws: Laws, server: RecoveryServer, placeholder: MachineId, vmx: VolumeFile, *, test: bool) -> Operation[None]:
    """The placeholder becomes the VM that a ``.vmx`` describes, and stays the same object for clients (from memory:
    ``ReloadVirtualMachineFromPath``). Nothing happens where it is one already.

    Refuses what :func:`registration.read_machine` refuses, and ``NotFound`` where its port groups are not at this site.
    """
    known = machines.find(laws, placeholder)
    if not is_placeholder(laws.world, known):
        return
    yield Spend("machine.register", known.name)
    host = host_with(laws, server, vmx.volume, known.host)
    read = yield from registration.read_machine(laws, host, vmx, known.name)
    nics = tuple(_moved(laws, server, nic, test=test) for nic in read.nics)
    nics = yield from network.hold_ports(laws, placeholder, nics)
    yield from _reload(laws, known, replace(read, id=placeholder, nics=nics))
    for nic in nics:
        yield from network.attach(laws, placeholder, nic.key)


def _reload(laws: Laws, known: Machine, wanted: Machine) -> Operation[None]:
    for nic in known.nics:
        yield from network.detach(laws, known, nic, forget=True)
    yield MachineRegistered(wanted)


def _moved(laws: Laws, server: RecoveryServer, nic: Nic, *, test: bool) -> Nic:
    """A vNIC in the test network, or in the network of the same name at this site (assumed: the mapping of networks)."""
    if test:
        return replace(nic, backing=StandardBacking(TEST_NETWORK))
    backing = nic.backing
    if not isinstance(backing, DvBacking) or laws.world.switches[backing.switch].center == server.center:
        return nic
    name = laws.world.switches[backing.switch].groups[backing.group].name
    for switch in laws.world.switches.values():
        for group in switch.groups.values():
            if switch.center == server.center and group.name == name:
                return replace(nic, backing=DvBacking(switch.id, group.key))
    raise Refusal("NotFound", name, f"no port group {name} in {server.center}")


def shut_down(laws: Laws, machine: MachineId) -> Operation[None]:
    """Have a VM of the protected site shut itself down; nothing happens where it does not run, or is a placeholder."""
    if machines.find(laws, machine).running:
        yield from machines.shut_down_guest(laws, machine)


def power_on(laws: Laws, placeholder: MachineId) -> Operation[None]:
    """Power a recovered VM on; nothing happens where it runs. Refuses ``InvalidState`` while it is a placeholder still."""
    known = machines.find(laws, placeholder)
    if is_placeholder(laws.world, known):
        raise Refusal("InvalidState", known.name, f"{known.name} was not recovered: it is a placeholder")
    if not known.running:
        yield from machines.power_on(laws, placeholder)


def await_ready(laws: Laws, machine: ProtectedMachine, until: Instant) -> Operation[str]:
    """Wait until what a VM serves is ready there, or ``until``; returns why it is not, empty where it is, or serves nobody.

    Refuses ``InvalidPowerState`` where the VM does not run any more.
    """
    known = machines.find(laws, machine.placeholder)
    service = laws.world.services.get(known.serves)
    if service and not isolated(known):
        yield Await(lambda world: _is_ready(world, known), max(until - laws.now, Span()))
    machines.running(laws, known.id)
    if service is None or isolated(known) or known.id in laws.world.services[known.serves].providers:
        return ""
    return f"{service.name} does not answer on {known.name} after {laws.release.duration('recovery.ready-limit')}"


def _is_ready(world: World, machine: Machine) -> bool:
    """Whether there is nothing to wait for: what it serves is ready, or never will be."""
    now = world.machines.get(machine.id)
    return now is None or not now.running or machine.id in world.services[machine.serves].providers


def power_off(laws: Laws, machine: MachineId) -> Operation[None]:
    """Power a VM of a test off; nothing happens where it does not run."""
    if machines.find(laws, machine).running:
        yield from machines.power_off(laws, machine)
