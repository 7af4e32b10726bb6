"""VMs that run, as their processes and their network connections show them: ``esxcli vm`` and ``esxcli network vm``."""

from __future__ import annotations

from harness.operations import machines
from harness.physics import vmx
from harness.protocols.esxi_shell.grammar import Grammar, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row
from harness.protocols.esxi_shell.registry import Call
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.protocols.esxi_shell.wiring import HostSwitch, Plug, switches_of
from harness.world.machines import Machine

_RAYD = "Rayd62 blog 2023-03, ESXi 6.7 or 7.0"
_OURS = "our own words"

VMS = Listing(Text("esxcli.network.vm.list", "{body}", "quoted", _RAYD, ("6.7", "7.0")), "VM", "table")
PORTS = Listing(
    Text("esxcli.network.vm.port-list", "{body}", "quoted", f"{_RAYD} (dvPorts by analogy)", ("6.7", "7.0")), "Port", "simple"
)
PROCESSES = Listing(Text("esxcli.vm.process.list", "{body}", "quoted", "public notes, ESXi 6.x", ("6.",)), "VMProcess", "simple")
NO_WORLD = Text("esxcli.no-world", "Unable to find a virtual machine with the world ID {world}.", "assumed", _OURS)

_WORLD = option("-w", "--world-id", value="id", help="the VM's world id", required=True)


def _running(host: SimulatedHost) -> list[Machine]:
    return [machine for machine in host.world.machines_on(host.name) if machine.running]


def _plugs(host: SimulatedHost, machine: Machine) -> list[tuple[HostSwitch, Plug]]:
    switches = switches_of(host.world, host.host)
    return [(switch, plug) for switch in switches for plug in switch.used if plug.machine == machine.id]


def _find(host: SimulatedHost, world: str) -> Machine | None:
    return next((machine for machine in _running(host) if str(machine.world_id) == world), None)


@leaf("network vm list", Grammar(summary="Running VMs and their networks."))
def list_networks(call: Call) -> int:
    """Running VMs with the networks that they are connected to."""
    host, rows = host_of(call), []
    for machine in _running(host):
        plugs = [plug for _, plug in _plugs(host, machine)]
        networks = ", ".join(plug.group for plug in plugs)
        rows.append(Row({"World ID": machine.world_id, "Name": machine.name, "Num Ports": len(plugs), "Networks": networks}))
    return VMS.show(call, rows)


@leaf("network vm port list", Grammar((_WORLD,), summary="The ports of one running VM."))
def list_ports(call: Call) -> int:
    """The ports that a running VM is connected to; a vNIC without a connection is not among them (assumed)."""
    host = host_of(call)
    machine = _find(host, call.parsed.value("w"))
    if machine is None:
        return call.fail(NO_WORLD, world=call.parsed.value("w"))
    return PORTS.show(call, [_port_row(switch, plug) for switch, plug in _plugs(host, machine)])


def _port_row(switch: HostSwitch, plug: Plug) -> Row:
    uplink = switch.uplinks[0] if switch.uplinks else None
    return Row(
        {
            "Port ID": plug.number,
            "vSwitch": switch.name,
            "Portgroup": plug.group,
            "DVPort ID": plug.key,
            "MAC Address": plug.mac,
            "IP Address": "0.0.0.0",  # noqa: S104 - what a listing shows
            "Team Uplink": uplink.client if uplink else "void",
            "Uplink Port ID": uplink.number if uplink else 0,
            "Active Filters": "",
        }
    )


@leaf("vm process list", Grammar(summary="Running VMs."))
def list_processes(call: Call) -> int:
    """Running VMs; nothing at all where none runs (quoted)."""
    host = host_of(call)
    return PROCESSES.show(call, [_process_row(host, machine) for machine in _running(host)])


def _process_row(host: SimulatedHost, machine: Machine) -> Row:
    fields: dict[str, str | int] = {
        "World ID": machine.world_id,
        "Process ID": 0,
        "VMX Cartel ID": machine.world_id - 1,
        "UUID": vmx.printed(machine.uuid),
        "Display Name": machine.name,
        "Config File": machine.vmx.absolute,
    }
    return Row(dict(fields), machine.name)


_KILL = option("-t", "--type", value="soft|hard|force", help="how", required=True, choices=("soft", "hard", "force"))


@leaf("vm process kill", Grammar((_KILL, _WORLD), summary="End a running VM."))
def kill_process(call: Call) -> int:
    """End a running VM; silent on success."""
    host = host_of(call)
    machine = _find(host, call.parsed.value("w"))
    if machine is None:
        return call.fail(NO_WORLD, world=call.parsed.value("w"))
    host.gateway.perform(machines.kill, machine.id, soft=call.parsed.value("t") == "soft")
    return 0
