"""Distributed switches, port groups and vNICs, as vCenter and the hosts show them."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from harness.probes.devices import network_backing, nic_change
from harness.probes.failures import Absent, HostUnreachable, Unmet
from harness.probes.hardware import NicSeen
from harness.probes.inventory import GroupSeen
from harness.probes.looks import WITHOUT_MACHINES
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.probes.switch_listings import PortInUse, StoredSwitch, read_net_dvs, read_vm_ports
from harness.units import number_of

STATIC = "earlyBinding"
RUNNING_SWITCHES = "net-dvs -l"


class Network:
    """What an operator does to switches, port groups and vNICs, and sees of them."""

    def __init__(self, operator: Operator, machines: Machines) -> None:
        self._operator, self._machines = operator, machines

    def note_switches(self) -> None:
        """Write down the identifiers that vCenter shows."""
        self._operator.notes.switches.update(self._operator.look(WITHOUT_MACHINES).switches)

    def create_switch(self, name: str, group: str, ports: int = 8) -> None:
        """A distributed switch of which all hosts are members, with a static port group."""
        seen = self._operator.look(WITHOUT_MACHINES)
        members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host.ref) for host in seen.hosts.values()]
        config = vim.DistributedVirtualSwitch.ConfigSpec(name=name, host=members)
        spec = vim.DistributedVirtualSwitch.CreateSpec(configSpec=config)
        self._operator.call(seen.datacenter.values["networkFolder"], "CreateDVS_Task", spec, about=name)
        self.create_group(name, group, ports)
        self.note_switches()

    def create_group(self, switch: str, name: str, ports: int = 8, auto_expand: bool | None = None) -> None:
        """A static port group; ``auto_expand`` None says nothing of it."""
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=name, type=STATIC, numPorts=ports, autoExpand=auto_expand)
        ref = self._operator.look(WITHOUT_MACHINES).switch_refs[switch]
        self._operator.call(
            ref, "AddDVPortgroup_Task", [spec], about=f"{name}, {number_of(ports, 'port')}, autoExpand={auto_expand}"
        )

    def disconnect(self, machine: str) -> None:
        """The vNIC stays, unconnected."""
        seen = self._operator.look().machine(machine)
        self._machines.reconfigure(seen, nic_change(seen, connected=False), "vNIC disconnected")

    def connect(self, machine: str, group: str) -> None:
        """The vNIC to a port group, connected."""
        self._machines.reconfigure(*self._move(machine, group))

    def try_to_connect(self, machine: str, group: str) -> None:
        """The same, and a fault is noted."""
        self._machines.try_reconfigure(*self._move(machine, group))

    def _move(self, machine: str, group: str) -> tuple[Any, Any, str]:
        seen = self._operator.look().machine(machine)
        inventory = self._operator.around(seen.host).look(WITHOUT_MACHINES)
        return seen, nic_change(seen, network_backing(inventory, group), connected=True), f"vNIC to {group}"

    def ports_on_host(self, machine: str) -> list[PortInUse]:
        """The ports that the running VM has in its host's own list; none for a VM that does not run, or on a silent host."""
        host = self._machines.seen(machine).host
        try:
            world = self._machines.worlds(host).get(machine)
            shell = self._operator.shell(host)
            return read_vm_ports(shell.run(f"esxcli network vm port list -w {world}").output) if world else []
        except HostUnreachable:
            return []

    def connected(self, machine: str) -> tuple[bool, bool]:
        """Whether the vNIC is connected: in vCenter, and in its host's own list of ports."""
        seen = self._machines.seen_whole(machine)
        ports = self.ports_on_host(machine)
        return seen.power == "poweredOn" and seen.nic.connected, any(matches(port, seen.nic) for port in ports)

    def check_connection(self, machine: str, *, connected: bool) -> None:
        """Whether the VM has a network connection; vCenter and its host must agree."""
        shown, said = self.connected(machine)
        if not shown is said is connected:
            expected = f"{'a' if connected else 'no'} network connection"
            raise Unmet(machine, expected, [("vCenter", shown), ("its host's list of ports", said)])

    def count_power_ons(self, machine: str, times: int) -> None:
        """Power a VM on that often, with a power-off in between, and note whether each brought a connection."""
        found = self._operator.notes.connections[machine] = []
        for attempt in range(times):
            if attempt:
                self._machines.power_off(machine)
            self._machines.power_on(machine)
            found.append(any(self.connected(machine)))

    def check_power_ons(self, machine: str, expected: int) -> None:
        """Of the power-ons that were counted, so many brought a connection."""
        found = self._operator.notes.connections.get(machine, [])
        if sum(found) != expected or not found:
            raise Unmet(machine, f"a connection after {expected} of {len(found)} power-ons", [("vCenter or the host", found)])

    def check_port(self, machine: str, *, same: bool) -> None:
        """Whether the vNIC holds the port that it had at first; where the host lists one it is that of vCenter."""
        first, nic = self._operator.notes.ports[machine], self._machines.seen_whole(machine).nic
        listed = {port.key for port in self.ports_on_host(machine) if port.key}
        if not nic.port or (nic.port == first) is not same or not listed <= {nic.port}:
            expected = f"{'the' if same else 'another'} port {'' if same else 'than '}{first}"
            raise Unmet(machine, expected, [("vCenter", nic.port or "none"), ("the host", ", ".join(listed) or "none")])

    def check_no_distributed_port(self, machine: str) -> None:
        """Neither in vCenter nor on the host."""
        nic, listed = self._machines.seen_whole(machine).nic, [port.key for port in self.ports_on_host(machine) if port.key]
        if nic.port or nic.switch or listed:
            raise Unmet(machine, "no distributed port", [("vCenter", nic.port or nic.group), ("the host", listed or "none")])

    def switches_on(self, host: str) -> dict[str, StoredSwitch]:
        """The switches that run on a host, by name."""
        text = self._operator.shell(host).run(RUNNING_SWITCHES).succeeded().output
        return {switch.name: switch for switch in read_net_dvs(text)}

    def check_switch(self, host: str, name: str) -> None:
        """The host lists the switch, with the identifier that vCenter knows."""
        known, found = self._operator.notes.switches[name], self.switches_on(host)
        if name not in found or found[name].id != known:
            listed = {switch.name: switch.id for switch in found.values()}
            raise Unmet(host, f"the switch {name} ({known})", [(RUNNING_SWITCHES, listed or "no switch")])

    def check_no_switch(self, host: str, name: str) -> None:
        """The host does not list the switch, which vCenter knows."""
        known, found = self._operator.notes.switches, self.switches_on(host)
        if name not in known:
            raise Absent("switch", name, "what was noted", tuple(known))
        if name in found:
            raise Unmet(host, f"no switch {name}", [(RUNNING_SWITCHES, ", ".join(found))])

    def check_described(self, name: str) -> None:
        """The last command's output describes the switch: identifier, name, MTU and uplinks."""
        result = self._operator.notes.command
        found = {switch.name: switch for switch in read_net_dvs(result.output)} if result and not result.status else {}
        switch = found.get(name)
        if switch is None or switch.id != self._operator.notes.switches[name] or not switch.mtu or not switch.uplinks:
            raise Unmet(f"the switch {name}", "identifier, name, MTU and uplinks", [("the output", switch or "no such switch")])

    def check_group_size(self, name: str, ports: int, *, grown: bool) -> None:
        """The port group has that many ports, or more where it has ``grown``."""
        found = self._group(name).ports
        if (found > ports) is not grown or (not grown and found != ports):
            raise Unmet(name, f"{'more than ' if grown else ''}{number_of(ports, 'port')}", [("vCenter", found)])

    def check_auto_expand(self, name: str, expected: bool) -> None:
        """Whether the port group grows."""
        found = self._group(name).auto_expand
        if found is not expected:
            raise Unmet(name, f"auto-expand {'on' if expected else 'off'}", [("vCenter", "on" if found else "off")])

    def _group(self, name: str) -> GroupSeen:
        return self._operator.look(WITHOUT_MACHINES).group(name)


def matches(port: PortInUse, nic: NicSeen) -> bool:
    """Whether a port in a host's list is the one that vCenter shows for a vNIC."""
    return port.key == nic.port if nic.port else not port.key and port.group == nic.group
