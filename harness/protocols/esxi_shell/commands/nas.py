"""NFS datastores of a host: ``esxcfg-nas`` and ``esxcli storage nfs``, and the connections that they keep."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import nas
from harness.physics.nas import configured
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row, Value
from harness.protocols.esxi_shell.refusals import needs_hostd, refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, drawn, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import DeviceId
from harness.world.storage import NasVolume

_NOTES = "virtuallyhyper 2012-06-25 to 2012-11-23, ESXi 5.0"
NFS_PORT = 2049

REACHABLE = Text("esxcfg-nas.mounted", "{label} is {share} from {server} mounted", "quoted", _NOTES, ("5.0",))
UNREACHABLE = Text("esxcfg-nas.not-mounted", "{label} is {share} from {server}", "quoted", _NOTES, ("5.0",))
CONNECTING = Text("esxcfg-nas.connecting", "Connecting to NAS volume: {label}", "quoted", _NOTES, ("5.0", "6."))
CONNECTED = Text("esxcfg-nas.connected", "{label} created and connected.", "quoted", _NOTES, ("5.0",))
DELETED = Text("esxcfg-nas.deleted", "NAS volume {label} deleted.", "quoted", _NOTES, ("5.0",))
NOT_CONNECTED = Text(
    "esxcfg-nas.not-connected", "Unable to connect to NAS volume {label}: {problem}See VMkernel log for details.", "quoted",
    "public notes of esxcfg-nas -a on 6.x", ("6.",),
)  # fmt: skip
REFUSED = Text("esxcfg-nas.refused", "Unable to {act} NAS volume {label}: {problem}", "assumed", "our own words")
CONNECTIONS = Listing(
    Text("esxcli.connection.list", "{body}", "assumed", "columns from memory; NFS connections alone are simulated"),
    "IpConnection", "table",
)  # fmt: skip


def _reachable(host: SimulatedHost, volume: NasVolume) -> bool:
    return volume.id in host.host.mounts and host.world.usable(host.name, volume.id)


@leaf("storage nfs list", Grammar(summary="NFS datastores."))
def list_nfs(call: Call) -> int:
    """The NFS datastores of the host's configuration, with the columns of the release."""
    host = host_of(call)
    columns = host.release.format("nfs-columns")
    text = Text("format.nfs-columns", "{body}", columns.provenance, columns.source)
    rows = [_row(host, volume, host.release.lines("nfs-columns")) for volume in configured(host.release, host.host)]
    return Listing(text, "NfsVolume", "table").show(call, rows)


def _row(host: SimulatedHost, volume: NasVolume, columns: tuple[str, ...]) -> Row:
    """One that is mounted and does not answer stays mounted (assumed)."""
    fields: dict[str, Value] = {
        "Volume Name": volume.label,
        "Host": volume.host,
        "Share": volume.share,
        "Vmknic": "None",
        "Accessible": _reachable(host, volume),
        "Mounted": volume.id in host.host.mounts,
        "Connections": 1,
        "Read-Only": volume.read_only,
        "isPE": False,
        "Hardware Acceleration": "Not Supported",
    }
    return Row({name: fields[name] for name in columns})


_SERVER = option("-H", "--host", value="server", help="name or address of the NAS", required=True)
_SHARE = option("-s", "--share", value="path", help="what the NAS exports", required=True)
_READ_ONLY = option("-r", "--readonly", help="for reading alone")
_NAME = option("-v", "--volume-name", value="label", help="name of the datastore", required=True)


@leaf("storage nfs add", Grammar((_SERVER, _SHARE, _NAME, _READ_ONLY), summary="Mount an NFS datastore."))
def add_nfs(call: Call) -> int:
    """Mount an NFS datastore; silent (quoted)."""
    wanted = call.parsed
    volume = NasVolume(wanted.value("v"), wanted.value("H"), wanted.value("s"), wanted.has("r"))
    host_of(call).gateway.perform(nas.add, host_of(call).name, volume)
    return 0


@leaf("storage nfs remove", Grammar((_NAME,), summary="Take an NFS datastore away."))
def remove_nfs(call: Call) -> int:
    """Take an NFS datastore away; silent (quoted)."""
    host_of(call).gateway.perform(nas.remove, host_of(call).name, call.parsed.value("v"))
    return 0


@leaf("network ip connection list", Grammar(summary="Connections, as far as they are simulated: those to NAS."))
def list_connections(call: Call) -> int:
    """To which address each NFS datastore that answers is connected."""
    host = host_of(call)
    rows = []
    for mount in host.host.mounts.values():
        if mount.nas and _reachable(host, mount.nas):
            local = f"{host.host.address}:{drawn(f'{host.name}/{mount.volume}/{host.host.boots}', 600, 1023)}"
            remote = f"{_address(host, mount.device)}:{NFS_PORT}"
            fields: dict[str, Value] = {
                "Proto": "tcp",
                "Recv Q": 0,
                "Send Q": 0,
                "Local Address": local,
                "Foreign Address": remote,
            }
            rows.append(Row({**fields, "State": "ESTABLISHED", "World ID": drawn(host.name, 2048, 4096)}))
    return CONNECTIONS.show(call, rows)


def _address(host: SimulatedHost, device: DeviceId) -> str:
    return host.world.arrays[host.world.exports[device].array].address


_TOOL = Grammar(
    (
        option("-l", "--list", help="the NFS datastores of the host"),
        option("-a", "--add", help="mount one: -o server -s share label"),
        option("-o", "--host", value="server", help="name or address of the NAS"),
        option("-s", "--share", value="path", help="what the NAS exports"),
        option("-y", "--readonly", help="mount it for reading alone"),
        option("-d", "--delete", help="take the one of that label away"),
        option("-r", "--restore", help="mount again what the configuration names"),
    ),
    "[label]",
    0,
    1,
)


def _esxcfg_nas(call: Call) -> int:
    chosen = [key for key in ("l", "a", "d", "r") if call.parsed.has(key)]
    wanted = call.parsed.positionals
    if len(chosen) != 1 or bool(wanted) is not (chosen[0] in {"a", "d"}):
        raise UsageError("give one of -l, -a, -d and -r; -a and -d with the label of a datastore")
    acts = {"l": _list, "a": _add, "d": _delete, "r": _restore}
    return acts[chosen[0]](call)


def _list(call: Call) -> int:
    host = host_of(call)
    for volume in configured(host.release, host.host):
        text = REACHABLE if _reachable(host, volume) else UNREACHABLE
        call.say(text, label=volume.label, share=volume.share, server=volume.host)
    return 0


def _add(call: Call) -> int:
    if not (call.parsed.has("o") and call.parsed.has("s")):
        raise UsageError("-a needs -o and -s")
    volume = NasVolume(call.parsed.positionals[0], call.parsed.value("o"), call.parsed.value("s"), call.parsed.has("y"))
    call.say(CONNECTING, label=volume.label)
    try:
        host_of(call).gateway.perform(nas.add, host_of(call).name, volume)
    except Refusal as refusal:
        if refusal.reason == "PlatformConfigFault":
            return call.fail(NOT_CONNECTED, label=volume.label, problem=str(refusal))
        return _refuse(call, "add", volume.label, refusal)
    return call.say(CONNECTED, label=volume.label)


def _delete(call: Call) -> int:
    label = call.parsed.positionals[0]
    try:
        host_of(call).gateway.perform(nas.remove, host_of(call).name, label)
    except Refusal as refusal:
        return _refuse(call, "delete", label, refusal)
    return call.say(DELETED, label=label)


def _refuse(call: Call, act: str, label: str, refusal: Refusal) -> int:
    if refusal.reason == "HostNotReachable":
        raise refusal
    return call.fail(REFUSED, act=act, label=label, problem=str(refusal))


def _restore(call: Call) -> int:
    host_of(call).gateway.perform(nas.restore, host_of(call).name)
    return 0


esxcfg_nas = needs_hostd(Command("esxcfg-nas", _TOOL, refusable(_esxcfg_nas), "/sbin"))
