"""The virtual ports of a host's switches, as every command that lists them counts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.units import MachineId, PortKey
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.machines import Machine, Nic, StandardBacking
from harness.world.proxies import HostPort, ProxySwitch

Kind: TypeAlias = Literal["uplink", "vmkernel", "machine"]

STANDARD_SWITCH = "vSwitch0"
MANAGEMENT, VM_NETWORK = "Management Network", "VM Network"
"""What every host has on its standard switch: the VMkernel port ``vmk0`` and a network for VMs (the product's defaults)."""
_FIRST_PORTSET, _PORTSET = 0x2000000, 0x1000000
"""Port numbers begin with 33554432 on the first switch of a host and go on in steps of 16777216 (quoted listings)."""


@dataclass(frozen=True, slots=True)
class Plug:
    """One port of a switch of a host. ``key`` is its dvPort, empty on a standard switch; ``number`` its PortNum."""

    number: int
    kind: Kind
    client: str
    key: str
    group: str
    mac: str
    in_use: bool
    model: str = ""
    machine: MachineId | None = None


@dataclass(frozen=True, slots=True)
class HostSwitch:
    """A switch of a host with its ports: uplinks first. ``portset`` is the name that the VMkernel has for it."""

    name: str
    portset: str
    plugs: tuple[Plug, ...]
    proxy: ProxySwitch | None = None

    @property
    def uplinks(self) -> list[Plug]:
        """The ports of physical NICs."""
        return [plug for plug in self.plugs if plug.kind == "uplink" and plug.in_use]

    @property
    def used(self) -> list[Plug]:
        """The ports that something is connected to."""
        return [plug for plug in self.plugs if plug.in_use]


def switches_of(world: World, host: Host) -> list[HostSwitch]:
    """The standard switch and the distributed ones of a host, as the host itself has them."""
    proxies = [_distributed(world, host, proxy, number) for number, proxy in enumerate(host.proxies.values(), start=1)]
    return [_standard(world, host), *proxies]


def _standard(world: World, host: Host) -> HostSwitch:
    base = _FIRST_PORTSET
    vmnic = Plug(base + 2, "uplink", "vmnic0", "", "", nic_mac(host, 0), True)
    vmk = Plug(base + 4, "vmkernel", "vmk0", "", MANAGEMENT, nic_mac(host, 0), True)
    machines = (
        Plug(base + 144 + 10 * host.vmids[machine.id] + nic.index, "machine", f"{machine.name}.eth{nic.index}", "",
             nic.backing.network, nic.mac, True, nic.model, machine.id)
        for machine, nic in _connected(world, host)
        if isinstance(nic.backing, StandardBacking)
    )  # fmt: skip
    return HostSwitch(STANDARD_SWITCH, STANDARD_SWITCH, (vmnic, vmk, *machines))


def _connected(world: World, host: Host) -> Iterator[tuple[Machine, Nic]]:
    for machine in world.machines_on(host.name):
        yield from ((machine, nic) for nic in machine.nics if machine.running and nic.connected)


def standard_groups(world: World, host: Host) -> list[str]:
    """The port groups of the standard switch: those that every host has, and those that its VMs name."""
    named = {n.backing.network for m in world.machines_on(host.name) for n in m.nics if isinstance(n.backing, StandardBacking)}
    return [VM_NETWORK, MANAGEMENT, *sorted(named - {VM_NETWORK, MANAGEMENT, ""})]


def _distributed(world: World, host: Host, proxy: ProxySwitch, number: int) -> HostSwitch:
    base = _FIRST_PORTSET + number * _PORTSET
    uplinks = [
        Plug(base + 2 + index, "uplink", client, key, proxy.uplink_group, nic_mac(host, _index(client)), bool(client))
        for index, (key, client) in enumerate(proxy.uplinks.items())
    ]
    machines = [_plug(world, base, port) for port in sorted(proxy.ports.values(), key=lambda port: port_order(port.key))]
    return HostSwitch(proxy.name, proxy.portset, (*uplinks, *machines), proxy)


def _plug(world: World, base: int, port: HostPort) -> Plug:
    machine = world.machines.get(port.machine) if port.machine else None
    nic = next((n for n in machine.nics if n.key == port.nic), None) if machine else None
    number, (given, digits) = base + 16, port_order(port.key)
    return Plug(
        number + digits + (0x8000 if given else 0), "machine", port.client if port.linked else "", port.key, port.group,
        nic.mac if nic else "00:00:00:00:00:00", port.linked, nic.model if nic else "", port.machine,
    )  # fmt: skip


def port_order(key: PortKey | str) -> tuple[bool, int]:
    """Orders dvPort keys by number; those that hosts gave out (``h-1``) come last."""
    return key.startswith("h-"), int(key.removeprefix("h-"))


def nic_mac(host: Host, number: int) -> str:
    """The address of ``vmnic<number>``; ``vmk0`` has that of ``vmnic0`` (as in public listings)."""
    head, _, last = host.mac.rpartition(":")
    return f"{head}:{(int(last, 16) + number) % 256:02x}"


def _index(vmnic: str) -> int:
    return int(vmnic.removeprefix("vmnic") or 0)
