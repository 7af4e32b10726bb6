"""The virtual switches of a host: ``net-dvs``, ``esxcfg-vswitch``, ``net-stats`` and their ``esxcli`` counterpart."""

from __future__ import annotations

from harness.physics import portfiles
from harness.protocols.esxi_shell.dvs_properties import Sheet
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import FileError
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row, print_body
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.protocols.esxi_shell.wiring import HostSwitch, Plug, standard_groups, switches_of

_L2VPN = "sneaku.com: L2VPN post, ESXi 5.5"
_OURS = "our own words"

SHEET_OLD = Text("net-dvs.list", "{body}", "quoted", "virtuallyhyper 2012-10-09, ESXi 5.0 (words; indented as in 5.5)", ("5.0",))
SHEET = Text("net-dvs.list", "{body}", "quoted", _L2VPN, ("5.5",))
SHEET_OF_FILE = Text("net-dvs.file", "{body}", "assumed", "D1 names the command; taken as the listing without runtime properties")
NO_SWITCH = Text("net-dvs.no-switch", "ioctl failed: No such file or directory", "quoted", _L2VPN, ("5.5",))
NO_FILE = Text("net-dvs.no-file", "net-dvs: cannot read {path}: {problem}", "assumed", _OURS)
BAD_FILE = Text("net-dvs.bad-file", "net-dvs: {path} is damaged: not a switch database", "assumed", _OURS)
VSWITCHES = Text("esxcfg-vswitch.list", "{body}", "quoted", _L2VPN, ("5.5",))
STATISTICS = Text("net-stats.list", "{body}", "quoted", "sneaku.com: NSX post, ESXi 5.5", ("5.5",))
NO_SUCH_SWITCH = Text("esxcli.no-switch", "No distributed switch named '{name}'.", "assumed", _OURS)

_DVS_LIST = Text("esxcli.dvs.list", "{body}", "quoted", "virtuallyhyper 2012-10-09, ESXi 5.0 (words and order)", ("5.0",))
_BLOCKS = Listing(_DVS_LIST, "DVSwitch", "simple")

_USED_BY_ITSELF = 1
"""Ports that a switch uses for itself, beside those of its clients: one in a listing of 5.0, two in one of 5.5."""


def _old(host: SimulatedHost) -> bool:
    version = host.release.product("esxi").version.value
    return version.startswith(("5.0", "5.1"))


@command(
    "net-dvs",
    Grammar((option("-l", help="list the switches"), option("-f", value="file", help="list those in a file")), "[switch]", 0, 1),
    home="/usr/lib/vmware/bin",
)
def net_dvs(call: Call) -> int:
    """Distributed switches with all their properties."""
    host = host_of(call)
    if call.parsed.has("f"):
        return _show_file(call, host, call.parsed.value("f"))
    if not call.parsed.has("l"):
        raise UsageError("nothing to do")
    wanted = call.parsed.positionals[0] if call.parsed.positionals else ""
    proxies = [proxy for proxy in host.host.proxies.values() if wanted in {"", proxy.name, proxy.id}]
    if wanted and not proxies:
        return call.fail(NO_SWITCH)
    body = "".join(Sheet(host, proxy, _old(host)).text() for proxy in proxies)
    return print_body(call, SHEET_OLD if _old(host) else SHEET, body)


def _show_file(call: Call, host: SimulatedHost, written: str) -> int:
    try:
        content = host.files.read(call.path(written))
    except FileError as error:
        return call.fail(NO_FILE, path=written, problem=error.words)
    proxies = portfiles.read_switches(content)
    if proxies is None:
        return call.fail(BAD_FILE, path=written)
    body = "".join(Sheet(host, proxy, _old(host)).text(persistent=True) for proxy in proxies)
    return print_body(call, SHEET_OF_FILE, body)


@command("esxcfg-vswitch", Grammar((option("-l", "--list", help="list the switches"),)), home="/sbin")
def vswitch(call: Call) -> int:
    """Standard and distributed switches, with their ports."""
    if not call.parsed.has("l"):
        raise UsageError("nothing to do")
    host = host_of(call)
    standard, *distributed = switches_of(host.world, host.host)
    lines = _standard_lines(host, standard)
    for switch in distributed:
        lines += _distributed_lines(host, switch)
    return print_body(call, VSWITCHES, "".join(f"{line}\n" for line in lines))


def _head(kind: str) -> str:
    return _switch_line(f"{kind} Name", "Num Ports", "Used Ports", "Configured Ports", "MTU", "Uplinks")


def _switch_line(*cells: str) -> str:
    name, ports, used, configured, mtu, uplinks = cells
    return f"{name:<15}  {ports:<10}  {used:<10}  {configured:<16}  {mtu:<6}  {uplinks}".rstrip()


def _summary(host: SimulatedHost, switch: HostSwitch) -> str:
    kind = "switch" if switch.proxy else "standard-switch"
    ports, configured = host.release.number(f"{kind}-ports"), host.release.number(f"{kind}-configured-ports")
    uplinks = ",".join(plug.client for plug in switch.uplinks)
    mtu = switch.proxy.mtu if switch.proxy else 1500
    return _switch_line(switch.name, str(ports), str(_used(switch)), str(configured), str(mtu), uplinks)


def _used(switch: HostSwitch) -> int:
    return len(switch.used) + _USED_BY_ITSELF


def _standard_lines(host: SimulatedHost, switch: HostSwitch) -> list[str]:
    rows = []
    for group in standard_groups(host.world, host.host):
        used = sum(plug.group == group for plug in switch.used)
        rows.append(f"  {group:<20}  {0:<7}  {used:<10}  vmnic0")
    title = f"  {'PortGroup Name':<20}  {'VLAN ID':<7}  {'Used Ports':<10}  Uplinks"
    return [_head("Switch"), _summary(host, switch), "", title, *rows, ""]


def _distributed_lines(host: SimulatedHost, switch: HostSwitch) -> list[str]:
    rows = [f"  {plug.key:<18}  {int(plug.in_use):<10}  {plug.client}".rstrip() for plug in switch.plugs]
    return [_head("DVS"), _summary(host, switch), "", f"  {'DVPort ID':<18}  {'In Use':<10}  Client", *rows, ""]


@leaf(
    "network vswitch dvs vmware list",
    Grammar((option("-v", "--vds-name", value="name", help="this switch alone"),), summary="Distributed switches."),
)
def dvs_list(call: Call) -> int:
    """Distributed switches with their ports."""
    host, wanted = host_of(call), call.parsed.value("v")
    switches = [s for s in switches_of(host.world, host.host) if s.proxy and wanted in {"", s.name}]
    if wanted and not switches:
        return call.fail(NO_SUCH_SWITCH, name=wanted)
    return _BLOCKS.show(call, [_dvs_row(host, switch) for switch in switches])


def _dvs_row(host: SimulatedHost, switch: HostSwitch) -> Row:
    release = host.release
    fields = {
        "Name": switch.name,
        "VDS ID": switch.proxy.id if switch.proxy else "",
        "Class": release.text("dvs-class"),
        "Num Ports": release.number("switch-ports"),
        "Used Ports": _used(switch),
        "Configured Ports": release.number("switch-configured-ports"),
        "MTU": switch.proxy.mtu if switch.proxy else 1500,
        "CDP Status": "listen",
        "Beacon Timeout": -1,
        "Uplinks": ", ".join(plug.client for plug in switch.uplinks),
        "VMware Branded": True,
        "DVPort": tuple(_port_row(plug) for plug in switch.plugs),
    }
    return Row(fields, switch.name)


def _port_row(plug: Plug) -> Row:
    return Row({"Client": plug.client, "DVPortgroup ID": plug.group, "In Use": plug.in_use, "Port ID": plug.key})


@command("net-stats", Grammar((option("-l", help="list the ports"),)), home="/sbin")
def net_stats(call: Call) -> int:
    """The ports in use of all switches."""
    if not call.parsed.has("l"):
        raise UsageError("nothing to do")
    host = host_of(call)
    lines = [_statistics_line("PortNum", "Type", "SubType", "SwitchName", "MACAddress", "ClientName")]
    for switch in switches_of(host.world, host.host):
        for plug in sorted(switch.used, key=lambda plug: plug.number):
            kind, sub = _TYPES[plug.kind], 9 if plug.model == "vmxnet3" else 0
            lines.append(_statistics_line(str(plug.number), str(kind), str(sub), switch.portset, plug.mac, plug.client))
    return print_body(call, STATISTICS, "".join(f"{line}\n" for line in lines))


_TYPES = {"uplink": 4, "vmkernel": 3, "machine": 5}
"""What the column Type says (quoted)."""


def _statistics_line(*cells: str) -> str:
    number, kind, sub, switch, mac, client = cells
    return f"{number:<16} {kind:>4} {sub:>7} {switch:<16} {mac:<17}  {client}"
