"""Distributed switches on hosts: what a boot rebuilds, and which ports a host knows."""

from __future__ import annotations

from collections.abc import Iterator

from harness.physics import portfiles
from harness.physics.effects import Effects
from harness.physics.laws import Laws
from harness.physics.switch_files import drop_port_file, write_database, write_port_file
from harness.records import replace
from harness.units import HostName, PortKey
from harness.world.agents import AgentStarted
from harness.world.hosts import DVS_DATABASE, HOSTD, Host
from harness.world.machines import DvBacking, Machine, MachineStopped, Nic, NicSet
from harness.world.network import FIRST_HOST_PORT, Binding, Connectee, Port, PortFreed, PortTaken, Switch
from harness.world.proxies import HostPort, HostPortDropped, HostPortSet, ProxyLoaded, ProxySwitch


def rebuild(laws: Laws, name: HostName) -> Effects:
    """A booting host rebuilds its switches from ``dvsdata.db`` alone; without a readable one it has none."""
    file = laws.world.hosts[name].files.get(DVS_DATABASE)
    if file is None:
        yield laws.log(name, "log.switch-database-missing", path=DVS_DATABASE)
        return
    proxies = portfiles.read_switches(file.content)
    if proxies is None:
        yield laws.log(name, "log.switch-database", path=DVS_DATABASE)
        return
    for proxy in proxies:
        yield ProxyLoaded(name, proxy)


def load_at_agent_start(laws: Laws, event: AgentStarted) -> Effects:
    """A starting hostd loads the port files of the VMs registered on its host (``harness/DESIGN.md``, section 9)."""
    if event.agent == HOSTD:
        yield from load_ports(laws, event.host)


def load_ports(laws: Laws, name: HostName) -> Effects:
    """The host loads the ports of the VMs registered on it; a file that cannot be read leaves its port invalid."""
    for machine in laws.world.machines_on(name):
        for nic, backing in static_nics(laws, machine):
            port = host_port(laws.world.hosts[name], backing)
            if not (port and port.linked):
                yield from load_port(laws, machine, nic, backing)


def load_port(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    """The VM's host reads one port file: the port is valid if it can, and invalid until the next load if not."""
    path = portfiles.port_path(machine.vmx, backing.switch, backing.port) if backing.port else None
    content = laws.read(machine.host, path) if path else None
    yield from _enter_port(laws, machine, nic, backing, content)


def adopt_port(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    """A host that was given a VM, by nobody who knows its port, reads the port file.

    Under one reading of D1's defect it does not where it has mounted the volume since its agents started
    (``harness/DESIGN.md``, section 9).
    """
    late = machine.vmx.volume in laws.world.hosts[machine.host].late
    if late and laws.release.has("late-mount-hits-later-registrations"):
        yield from _enter_port(laws, machine, nic, backing, None)
    else:
        yield from load_port(laws, machine, nic, backing)


def _enter_port(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking, content: bytes | None) -> Effects:
    host = laws.world.hosts[machine.host]
    if backing.switch not in host.proxies or backing.port is None:
        return
    entry, readable = table_entry(laws, machine, nic, backing), portfiles.read_port(content) is not None
    known = backing.group in host.proxies[backing.switch].groups
    if not readable:
        yield laws.log(host.name, "log.port-file", path=entry.persist)
    elif not known:
        yield laws.log(host.name, "log.port-group-missing", client=entry.client, group=backing.group)
    yield HostPortSet(host.name, backing.switch, replace(entry, valid=readable and known))


def learn_port(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    """A host that gets a VM or a vNIC learns its port: vCenter gives it, and the host writes the file; else it reads the file."""
    host = laws.world.hosts[machine.host]
    if backing.switch not in host.proxies or backing.port is None:
        return
    if not laws.vcenter_reaches(host):
        if host_port(host, backing) is None and binding_of(laws, backing) is Binding.STATIC:
            yield from adopt_port(laws, machine, nic, backing)
        return
    entry = table_entry(laws, machine, nic, backing)
    yield HostPortSet(host.name, backing.switch, entry)
    yield from write_port_file(laws, host.name, host.proxies[backing.switch], entry)


def push_missing(laws: Laws, name: HostName) -> Effects:
    """VCenter gives a host that it hears the switches that the host should have and lacks, or has with other settings."""
    for switch in laws.world.switches.values():
        if name not in switch.members:
            continue
        proxy = laws.world.hosts[name].proxies.get(switch.id)
        if proxy is None:
            yield from push_switch(laws, name, switch)
            yield from load_ports(laws, name)
        elif (proxy.name, proxy.mtu, proxy.groups) != (switch.name, switch.mtu, frozenset(switch.groups)):
            yield ProxyLoaded(name, replace(proxy, name=switch.name, mtu=switch.mtu, groups=frozenset(switch.groups)))
            yield write_database(laws, name)


def push_switch(laws: Laws, name: HostName, switch: Switch) -> Effects:
    """A member host gets its own copy of a switch, and keeps it in ``dvsdata.db``."""
    uplinks = [p for p in switch.ports.values() if p.uplink_of == name]
    portset = f"DvsPortset-{len(laws.world.hosts[name].proxies)}"
    names = {p.key: f"vmnic{n + 1}" for n, p in enumerate(uplinks)}
    uplink_group, groups = uplinks[0].group if uplinks else "", frozenset(switch.groups)
    yield ProxyLoaded(name, ProxySwitch(switch.id, switch.name, switch.mtu, portset, names, uplink_group, groups))
    yield write_database(laws, name)


def link(laws: Laws, machine: Machine, nic: Nic) -> Effects:
    """A running VM connects a vNIC, or fails to: the VM runs on without a connection then."""
    backing = nic.backing
    if not isinstance(backing, DvBacking):
        yield NicSet(machine.id, machine.name, replace(nic, connected=True, fault=""))
        return
    if backing.switch not in laws.host_of(machine).proxies:
        yield NicSet(machine.id, machine.name, replace(nic, connected=False, fault="the host lacks the switch"))
        return
    if binding_of(laws, backing) is not Binding.STATIC:
        yield from _take_port(laws, machine, nic, backing)
    elif _must_load(laws, machine, backing):
        yield from load_port(laws, machine, nic, backing)
    yield from _plug(laws, laws.world.machines[machine.id], nic.key)


def _must_load(laws: Laws, machine: Machine, backing: DvBacking) -> bool:
    """Only a host without the defect of D1 reads a port file when it needs the port; one with it has read at boot, or never."""
    port = host_port(laws.host_of(machine), backing)
    return not (port and port.valid) and not laws.release.has("ports-lost-when-storage-is-late")


def _take_port(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    """Dynamic ports come from vCenter; ephemeral ones from vCenter, or from the host itself where vCenter is away (quoted)."""
    host, switch = laws.host_of(machine), laws.world.switches[backing.switch]
    port = next_port(laws, switch, backing.group, host)
    if port is None:
        return
    port = replace(port, cookie=laws.chance.number(1, 2**31 - 1), connectee=Connectee(machine.id, nic.key))
    yield PortTaken(switch.id, port)
    taken = replace(backing, port=port.key, cookie=port.cookie)
    yield NicSet(machine.id, machine.name, replace(nic, backing=taken))
    yield HostPortSet(host.name, switch.id, table_entry(laws, machine, nic, taken))


def next_port(laws: Laws, switch: Switch, group: str, host: Host) -> Port | None:
    """A port for a vNIC that starts: None where the group has none left, or nobody can give one out."""
    reached = laws.vcenter_reaches(host)
    if switch.groups[group].binding is Binding.EPHEMERAL:
        given = sum(k.startswith(FIRST_HOST_PORT) for k in switch.ports)
        return Port(PortKey(str(switch.next_port) if reached else f"{FIRST_HOST_PORT}{given + 1}"), group)
    return next((p for p in switch.ports_of(group) if p.free), None) if reached else None


def _plug(laws: Laws, machine: Machine, key: int) -> Effects:
    nic = machine.nic(key)
    backing = nic.backing
    if not isinstance(backing, DvBacking):
        return
    host = laws.host_of(machine)
    port = host_port(host, backing)
    if port is None or not port.valid:
        yield NicSet(machine.id, machine.name, replace(nic, connected=False, fault="the host has no valid state of its port"))
        return
    linked = replace(table_entry(laws, machine, nic, backing), linked=True, persist=port.persist)
    yield HostPortSet(host.name, backing.switch, linked)
    yield NicSet(machine.id, machine.name, replace(nic, connected=True, fault=""))
    yield from write_port_file(laws, host.name, host.proxies[backing.switch], linked)


def unlink_all(laws: Laws, event: MachineStopped) -> Effects:
    """A VM that stops lets go of its links; dynamic and ephemeral ports go back, static ones stay its own (quoted)."""
    machine = laws.world.machines[event.id]
    for nic in machine.nics:
        if isinstance(nic.backing, DvBacking):
            yield from unlink(laws, machine, nic, nic.backing)


def unlink(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> Effects:
    """One vNIC of a VM loses its link."""
    host = laws.host_of(machine)
    port = host_port(host, backing)
    if binding_of(laws, backing) is Binding.STATIC:
        if port:
            yield HostPortSet(host.name, backing.switch, replace(port, linked=False))
        return
    if port:
        yield HostPortDropped(host.name, backing.switch, port.key)
        yield from drop_port_file(laws, host.name, port.persist)
    yield NicSet(machine.id, machine.name, replace(nic, connected=False, backing=replace(backing, port=None, cookie=0)))
    if backing.port and backing.port in laws.world.switches[backing.switch].ports:
        yield PortFreed(backing.switch, backing.port, binding_of(laws, backing) is Binding.EPHEMERAL)


def static_nics(laws: Laws, machine: Machine) -> Iterator[tuple[Nic, DvBacking]]:
    """The vNICs of a VM that hold a port of their own while it is off."""
    for nic in machine.nics:
        if isinstance(nic.backing, DvBacking) and nic.backing.port and binding_of(laws, nic.backing) is Binding.STATIC:
            yield nic, nic.backing


def binding_of(laws: Laws, backing: DvBacking) -> Binding:
    """When ports of the vNIC's port group are bound."""
    return laws.world.switches[backing.switch].groups[backing.group].binding


def host_port(host: Host, backing: DvBacking) -> HostPort | None:
    """The vNIC's port in the host's own table."""
    proxy = host.proxies.get(backing.switch)
    return proxy.ports.get(backing.port) if proxy and backing.port else None


def table_entry(laws: Laws, machine: Machine, nic: Nic, backing: DvBacking) -> HostPort:
    """The vNIC's port as a host enters it into its table, not linked yet. The port file is kept beside the ``.vmx``."""
    if backing.port is None:
        raise ValueError(f"{machine.name}: ethernet{nic.index} holds no port")
    persist = portfiles.port_path(machine.vmx, backing.switch, backing.port).absolute
    client = f"{machine.name}.eth{nic.index}"
    return HostPort(backing.port, backing.group, backing.cookie, client, machine.id, nic.key, persist=persist)
