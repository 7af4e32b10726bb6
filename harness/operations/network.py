"""What somebody asks of distributed switches: create them, join hosts, size port groups, hold and release ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.errors import Refusal
from harness.physics import network
from harness.physics.effects import Effects, Operation
from harness.physics.laws import Laws
from harness.physics.switch_files import drop_port_file
from harness.records import replace
from harness.units import HostName, MachineId, PortKey, SwitchId
from harness.world.machines import DvBacking, Machine, Nic, NicSet
from harness.world.network import (
    Binding,
    Connectee,
    MemberJoined,
    Port,
    PortFreed,
    PortGroup,
    PortGroupRemoved,
    PortGroupSet,
    PortTaken,
    Switch,
    SwitchChanged,
    SwitchCreated,
)
from harness.world.proxies import HostPortDropped, HostPortSet

MTUS = range(1280, 9001)
"""The MTUs that a distributed switch takes (assumed: from memory of the product's dialogue)."""
GROWTH = 8
"""By how many ports an elastic port group grows (quoted: vSphere documentation)."""


@dataclass(frozen=True)
class GroupSpec:
    """What a client asks of a port group. ``size`` and ``auto_expand`` None: what the release gives by default."""

    key: str
    name: str
    binding: Binding = Binding.STATIC
    size: int | None = None
    auto_expand: bool | None = None
    vlan: int = 0
    uplink: bool = False


def create_switch(laws: Laws, switch: Switch) -> Operation[None]:
    """A new distributed switch. Refuses (``DuplicateName``) where the vCenter has one of that name."""
    if any(s.name == switch.name and s.center == switch.center for s in laws.world.switches.values()):
        raise Refusal("DuplicateName", switch.name, f"a switch {switch.name} exists")
    yield SwitchCreated(switch)


def change_switch(laws: Laws, switch: SwitchId, name: str, mtu: int) -> Operation[None]:
    """Give a switch another name or MTU; its members follow, or will once vCenter hears them.

    Refuses: ``DuplicateName``, and ``InvalidArgument`` for an MTU out of ``MTUS``.
    """
    known = _switch(laws, switch)
    if any(s.name == name and s.center == known.center and s.id != switch for s in laws.world.switches.values()):
        raise Refusal("DuplicateName", name, f"a switch {name} exists", {"name": name})
    if mtu not in MTUS:
        raise Refusal("InvalidArgument", known.name, f"MTU {mtu} is not between {MTUS[0]} and {MTUS[-1]}")
    if (known.name, known.mtu) == (name, mtu):
        return
    yield SwitchChanged(switch, name, mtu)
    for member in sorted(known.members):
        yield from rectify(laws, member)


def add_group(laws: Laws, switch: SwitchId, spec: GroupSpec) -> Operation[PortGroup]:
    """A new port group with its ports; port keys are unique in the switch. Returns it with its defaults filled in.

    Members of the switch learn of it, or will once vCenter hears them.
    """
    known = _switch(laws, switch)
    if any(g.name == spec.name for g in known.groups.values()):
        raise Refusal("DuplicateName", spec.name, f"a port group {spec.name} exists")
    size = 0 if spec.binding is Binding.EPHEMERAL else GROWTH if spec.size is None else spec.size
    default = laws.release.capability("autoexpand-by-default").value
    expand = default if spec.auto_expand is None else spec.auto_expand
    elastic = expand and spec.binding is Binding.STATIC and not spec.uplink
    group = PortGroup(spec.key, spec.name, switch, spec.binding, size, elastic, spec.vlan, spec.uplink)
    yield PortGroupSet(switch, group, tuple(_new_ports(known, group.key, size)))
    for member in sorted(known.members):
        yield from rectify(laws, member)
    return group


def add_groups(laws: Laws, switch: SwitchId, specs: Iterable[GroupSpec]) -> Operation[None]:
    """Several of them at one moment: see :func:`add_group`."""
    for spec in specs:
        yield from add_group(laws, switch, spec)


def change_group(laws: Laws, switch: SwitchId, group: PortGroup) -> Operation[None]:
    """Rename, resize or reconfigure a port group. Refuses (``ResourceInUse``) to shrink it below what is taken."""
    known = _switch(laws, switch)
    ports = known.ports_of(group.key)
    if group.size < sum(not p.free for p in ports):
        raise Refusal("ResourceInUse", group.name, f"port group {group.name} has more ports in use than {group.size}")
    for port in [p for p in reversed(ports) if p.free][: max(0, len(ports) - group.size)]:
        yield PortFreed(switch, port.key, ephemeral=True)
    missing = 0 if group.binding is Binding.EPHEMERAL else max(0, group.size - len(ports))
    yield PortGroupSet(switch, group, tuple(_new_ports(_switch(laws, switch), group.key, missing)))


def remove_group(laws: Laws, switch: SwitchId, group: str) -> Operation[None]:
    """Remove a port group. Refuses (``ResourceInUse``) while a vNIC is on it."""
    if any(not p.free for p in _switch(laws, switch).ports_of(group)):
        raise Refusal("ResourceInUse", group, f"port group {group} is in use")
    yield PortGroupRemoved(switch, group)
    for member in sorted(_switch(laws, switch).members):
        yield from rectify(laws, member)


def join(laws: Laws, switch: SwitchId, name: HostName, uplinks: int = 1) -> Operation[None]:
    """A host becomes a member of the switch, with its uplink ports; it gets its own copy if vCenter reaches it.

    Refuses what :func:`check_join` refuses.
    """
    known = _switch(laws, switch)
    group = _joinable(known, name)
    ports = [replace(p, uplink_of=name) for p in _new_ports(known, group.key, uplinks)]
    yield MemberJoined(switch, name, tuple(ports))
    if laws.vcenter_reaches(laws.world.hosts[name]):
        yield from network.push_switch(laws, name, _switch(laws, switch))


def join_all(laws: Laws, switch: SwitchId, names: Iterable[HostName]) -> Operation[None]:
    """Several hosts at one moment: see :func:`join`."""
    for name in names:
        yield from join(laws, switch, name)


def check_join(laws: Laws, switch: SwitchId, names: Iterable[HostName]) -> Operation[None]:
    """Whether hosts may become members. Refuses: ``AlreadyExists`` where one is, ``InvalidArgument`` without uplinks."""
    yield from ()
    for name in names:
        _joinable(_switch(laws, switch), name)


def _joinable(switch: Switch, name: HostName) -> PortGroup:
    """The group in which the host would get its uplink ports."""
    if name in switch.members:
        raise Refusal("AlreadyExists", name, f"{name} is a member of {switch.name}", {"name": name})
    group = next((g for g in switch.groups.values() if g.uplink), None)
    if group is None:
        raise Refusal("InvalidArgument", name, f"{switch.name} has no uplink port group")
    return group


def rectify(laws: Laws, name: HostName) -> Operation[None]:
    """VCenter gives a host the switches that the host should have and lacks, if it reaches the host."""
    if laws.vcenter_reaches(laws.world.hosts[name]):
        yield from network.push_missing(laws, name)


def hold_port(laws: Laws, backing: DvBacking, holder: Connectee) -> Operation[DvBacking]:
    """Give a vNIC a port of a static group, its own choice where ``backing`` names a free one.

    Dynamic and ephemeral groups give none before power-on. An elastic group without a free port grows. Refuses:
    ``ResourceNotAvailable`` where no port is free, ``NotFound`` for an unknown switch or group.
    """
    switch = _switch(laws, backing.switch)
    group = switch.groups.get(backing.group)
    if group is None:
        raise Refusal("NotFound", backing.group, f"no port group {backing.group} on {switch.name}")
    if group.binding is not Binding.STATIC:
        return replace(backing, port=None, cookie=0)
    mine = switch.ports.get(backing.port) if backing.port else None
    if mine and mine.group == group.key and (mine.free or mine.connectee == holder):
        port = mine
    else:
        port = yield from _free_port(laws, switch, group)
    cookie = port.cookie or backing.cookie or laws.chance.number(1, 2**31 - 1)
    yield PortTaken(switch.id, replace(port, cookie=cookie, connectee=holder))
    return replace(backing, port=port.key, cookie=cookie)


def hold_ports(laws: Laws, machine: MachineId, nics: tuple[Nic, ...]) -> Operation[tuple[Nic, ...]]:
    """Hold the ports of a VM's vNICs, and return these with them; all of them, or none where one is refused."""
    held: list[Nic] = []
    for nic in nics:
        try:
            held.append((yield from _hold(laws, machine, nic)))
        except Refusal:
            yield from release_ports(laws, held)
            raise
    return tuple(held)


def _hold(laws: Laws, machine: MachineId, nic: Nic) -> Operation[Nic]:
    if not isinstance(nic.backing, DvBacking):
        return nic
    backing = yield from hold_port(laws, nic.backing, Connectee(machine, nic.key))
    return replace(nic, backing=backing)


def _free_port(laws: Laws, switch: Switch, group: PortGroup) -> Operation[Port]:
    free = next((p for p in switch.ports_of(group.key) if p.free), None)
    if free:
        return free
    if not group.auto_expand:
        message = laws.phrase("reason.no-free-port", group=group.name)
        fields: dict[str, object] = {
            "containerType": "DistributedVirtualPortgroup",
            "containerName": group.name,
            "type": "DistributedVirtualPort",
        }
        raise Refusal("ResourceNotAvailable", group.name, message, fields)
    ports = tuple(_new_ports(switch, group.key, GROWTH))
    yield PortGroupSet(switch.id, replace(group, size=group.size + GROWTH), ports)
    return ports[0]


def release_ports(laws: Laws, nics: Iterable[Nic]) -> Operation[None]:
    """The ports of vNICs go back to their groups."""
    for nic in nics:
        backing = nic.backing
        if isinstance(backing, DvBacking) and backing.port and backing.port in _switch(laws, backing.switch).ports:
            yield PortFreed(backing.switch, backing.port)


def attach(laws: Laws, machine: MachineId, key: int) -> Effects:
    """The host of a VM learns the port that its vNIC holds, and a running VM connects there."""
    now = laws.world.machines[machine]
    nic = now.nic(key)
    if isinstance(nic.backing, DvBacking):
        yield from network.learn_port(laws, now, nic, nic.backing)
    if now.running and nic.start_connected:
        yield from network.link(laws, now, nic)


def detach(laws: Laws, machine: Machine, nic: Nic, *, forget: bool) -> Effects:
    """A vNIC loses its link, and the host its port file; ``forget`` gives the port back to its group as well."""
    backing = nic.backing
    if not isinstance(backing, DvBacking):
        yield NicSet(machine.id, machine.name, replace(nic, connected=False))
        return
    host = laws.host_of(machine)
    port = network.host_port(host, backing)
    if port:
        yield from drop_port_file(laws, host.name, port.persist)
        if forget:
            yield HostPortDropped(host.name, backing.switch, port.key)
        else:
            yield HostPortSet(host.name, backing.switch, replace(port, linked=False))
    kept = replace(backing, port=None, cookie=0) if forget else backing
    yield NicSet(machine.id, machine.name, replace(nic, connected=False, backing=kept))
    if forget and backing.port and backing.port in laws.world.switches[backing.switch].ports:
        ephemeral = network.binding_of(laws, backing) is Binding.EPHEMERAL
        yield PortFreed(backing.switch, backing.port, ephemeral)


def _new_ports(switch: Switch, group: str, count: int) -> Iterator[Port]:
    return (Port(PortKey(str(switch.next_port + n)), group) for n in range(count))


def _switch(laws: Laws, switch: SwitchId) -> Switch:
    known = laws.world.switches.get(switch)
    if known is None:
        raise Refusal("NotFound", switch, f"no distributed switch {switch}")
    return known
