"""Storage of a host: adapters, devices, VMFS volumes, and rescans."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import storage
from harness.protocols.esxi_shell.file_systems import MIB, FileSystem, file_systems
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row, Value
from harness.protocols.esxi_shell.refusals import refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import VolumeId
from harness.world.storage import Lun

_TRANSCRIPT_9 = "public transcript of an ESXi 9.0 session"
_OURS = "our own words"

FILE_SYSTEMS = Listing(
    Text("esxcli.filesystem.list", "{body}", "quoted", "VMware KB, 5.0; public transcript of 9.0", ("5.0", "9.0")),
    "FilesystemVolume", "table",
)  # fmt: skip
ADAPTERS = Listing(Text("esxcli.adapter.list", "{body}", "quoted", _TRANSCRIPT_9, ("9.0",)), "HBA", "table", loose="Description")
DEVICES = Listing(
    Text("esxcli.device.list", "{body}", "quoted", "public transcripts of 8.0 and 9.0", ("8.0", "9.0")), "SCSIDevice", "simple"
)
EXTENTS = Listing(
    Text("esxcli.extent.list", "{body}", "quoted", "LemonZuo/homer documentation, 7.0.3", ("7.0", "9.0")), "VMFSExtent", "table"
)
RESCANNING = Text("esxcfg-rescan.all", "Rescanning all adapters..", "quoted", "virtuallyhyper 2012-11-30, ESXi 5.0", ("5.0",))
NO_ADAPTER = Text("storage.no-adapter", "No such adapter: {adapter}", "assumed", _OURS)
NO_VOLUME = Text("storage.no-volume", "No volume {name} could be found.", "assumed", _OURS)
MOUNTED_ALREADY = Text("storage.mounted-already", "The volume {name} is already mounted.", "assumed", _OURS)
NO_DEVICE = Text("storage.no-device", "Unable to find the device {device}.", "assumed", _OURS)
BUSY = Text("storage.volume-busy", "The volume {name} cannot be unmounted: {problem}.", "assumed", _OURS)

FABRIC = ("vmhba1", "vmhba2")
"""The adapters that lead to the arrays; ``vmhba0`` is the controller of the host's own disks. All three are assumed."""


@leaf("storage filesystem list", Grammar((option("-i", "--ignore-errors"),), summary="Volumes."))
def list_file_systems(call: Call) -> int:
    """The volumes of the host, mounted or not."""
    return FILE_SYSTEMS.show(call, [_file_system_row(found) for found in file_systems(host_of(call))])


def _file_system_row(found: FileSystem) -> Row:
    fields: dict[str, Value] = {
        "Mount Point": f"/vmfs/volumes/{found.volume}" if found.mounted else "",
        "Volume Name": found.name,
        "UUID": found.volume,
        "Mounted": found.mounted,
        "Type": found.type,
        "Size": found.size,
        "Free": found.free,
    }
    return Row(fields)


_LABEL = option("-l", "--volume-label", value="label", help="by its label")
_UUID = option("-u", "--volume-uuid", value="uuid", help="by its UUID")
_PATH = option("-p", "--volume-path", value="path", help="by its path")


def _wanted(call: Call) -> str:
    """What names the volume; exactly one of the options has to."""
    given = [call.parsed.value(key) for key in ("l", "u", "p") if call.parsed.has(key)]
    if len(given) != 1:
        raise UsageError("name the volume by one option")
    return given[0].rstrip("/").rpartition("/")[2] if call.parsed.has("p") else given[0]


def _find(call: Call) -> FileSystem | None:
    wanted = _wanted(call)
    return next((found for found in file_systems(host_of(call)) if wanted in {found.name, found.volume}), None)


@leaf("storage filesystem mount", Grammar((_LABEL, _UUID), summary="Mount a volume again."))
def mount(call: Call) -> int:
    """Mount a volume that was unmounted; silent."""
    found = _find(call)
    if found is None or found.nfs:
        return call.fail(NO_VOLUME, name=_wanted(call))
    if found.mounted:
        return call.fail(MOUNTED_ALREADY, name=found.name)
    host_of(call).gateway.perform(storage.mount, host_of(call).name, VolumeId(found.volume))
    return 0


@leaf("storage filesystem unmount", Grammar((_LABEL, _UUID, _PATH), summary="Unmount a volume."))
def unmount(call: Call) -> int:
    """Unmount a volume that nothing needs; silent (quoted)."""
    found = _find(call)
    if found is None or found.nfs or not found.mounted:
        return call.fail(NO_VOLUME, name=_wanted(call))
    try:
        host_of(call).gateway.perform(storage.unmount, host_of(call).name, VolumeId(found.volume))
    except Refusal as refusal:
        if refusal.reason != "ResourceInUse":
            raise
        return call.fail(BUSY, name=found.name, problem=str(refusal))
    return 0


@leaf("storage filesystem rescan", Grammar(summary="Look for volumes on the known devices."))
def rescan_file_systems(call: Call) -> int:
    """Look for volumes on the devices that the host knows; silent."""
    host_of(call).gateway.perform(storage.rescan_volumes, host_of(call).name)
    return 0


@leaf("storage core adapter list", Grammar(summary="Storage adapters."))
def list_adapters(call: Call) -> int:
    """The storage adapters."""
    host = host_of(call)
    rows = [Row(_adapter(host, "vmhba0", "ahci", "link-n/a", "sata.vmhba0", "(0000:00:1f.2) SATA AHCI Controller"))]
    for number, name in enumerate(FABRIC, start=1):
        port = host.host.mac.replace(":", "")
        uid = f"fc.2000{port}:100{number}{port}"
        text = f"(0000:0b:00.{number - 1}) 8Gb Fibre Channel Host Adapter"
        rows.append(Row(_adapter(host, name, "lpfc", "link-up", uid, text)))
    return ADAPTERS.show(call, rows)


def _adapter(host: SimulatedHost, *cells: str) -> dict[str, Value]:
    """Releases with VMFS-6 have a column for capabilities (quoted, 9.0; its first release is assumed)."""
    name, driver, state, uid, text = cells
    fields: dict[str, Value] = {"HBA Name": name, "Driver": driver, "Link State": state, "UID": uid}
    if host.release.capability("vmfs6").value:
        fields["Capabilities"] = ""
    return {**fields, "Description": text}


_ALL = option("-a", "--all", help="all adapters")
_ONE = option("-A", "--adapter", value="vmhba", help="one adapter")


@leaf("storage core adapter rescan", Grammar((_ALL, _ONE), summary="Look for devices, and for volumes on them."))
def rescan_adapters(call: Call) -> int:
    """Rescan adapters; silent (quoted)."""
    if call.parsed.has("a") == call.parsed.has("A"):
        raise UsageError("name one adapter, or all")
    return _rescan(call, call.parsed.value("A"))


def _rescan(call: Call, adapter: str) -> int:
    if adapter not in {"", "vmhba0", *FABRIC}:
        return call.fail(NO_ADAPTER, adapter=adapter)
    if adapter != "vmhba0":
        host_of(call).gateway.perform(storage.rescan, host_of(call).name)
    return 0


def _esxcfg_rescan(call: Call) -> int:
    everything, names = call.parsed.has("A"), call.parsed.positionals
    if everything == bool(names):
        raise UsageError("name one adapter, or -A for all")
    if everything:
        call.say(RESCANNING)
    return _rescan(call, names[0] if names else "")


esxcfg_rescan = Command(
    "esxcfg-rescan", Grammar((option("-A", "--all", help="all adapters"),), "[vmhba]", 0, 1), refusable(_esxcfg_rescan), "/sbin"
)


@leaf(
    "storage core device list",
    Grammar((option("-d", "--device", value="device", help="this device alone"),), summary="Devices."),
)
def list_devices(call: Call) -> int:
    """The devices that the host knows."""
    host, wanted = host_of(call), call.parsed.value("d")
    luns = [host.world.luns[device] for device in sorted(host.host.devices) if wanted in {"", device}]
    if wanted and not luns:
        return call.fail(NO_DEVICE, device=wanted)
    return DEVICES.show(call, [Row(_device(host, lun), lun.device) for lun in luns])


def _device(host: SimulatedHost, lun: Lun) -> dict[str, Value]:
    newer = host.release.capability("vmfs6").value
    before: dict[str, Value] = {
        "Display Name": f"SIMULATE Fibre Channel Disk ({lun.device})", "Has Settable Display Name": True,
        "Size": lun.size // MIB, "Device Type": "Direct-Access ", "Multipath Plugin": "NMP",
        "Devfs Path": f"/vmfs/devices/disks/{lun.device}", "Vendor": "SIMULATE", "Model": f"{lun.array:<16.16}",
        "Revision": "0001", "SCSI Level": 5, "Is Pseudo": False, "Status": "on" if lun.serves(host.name) else "dead",
        "Is RDM Capable": True, "Is Local": False, "Is Removable": False, "Is SSD": False,
    }  # fmt: skip
    queue: dict[str, Value] = {"Queue Full Sample Size": 0, "Queue Full Threshold": 0} if newer else {}
    after: dict[str, Value] = {
        "Is Offline": False, "Is Perennially Reserved": False, **queue, "Thin Provisioning Status": "unknown",
        "Attached Filters": "", "VAAI Status": "unknown", "Other UIDs": f"vml.0200{lun.device.removeprefix('naa.')}",
    }  # fmt: skip
    if not newer:
        return {**before, **after}
    return {**before, "Is VVOL PE": False, **after, **_NEWER}


_NEWER: dict[str, Value] = {
    "Is Shared Clusterwide": True, "Is SAS": False, "Is USB": False, "Is Boot Device": False, "Device Max Queue Depth": 64,
    "No of outstanding IOs with competing worlds": 32, "Drive Type": "unknown", "RAID Level": "unknown",
    "Number of Physical Drives": "unknown", "Protection Enabled": False, "PI Activated": False, "PI Type": 0,
    "PI Protection Mask": "NO PROTECTION", "Supported Guard Types": "NO GUARD SUPPORT", "DIX Enabled": False,
    "DIX Guard Type": "NO GUARD SUPPORT", "Emulated DIX/DIF Enabled": False,
}  # fmt: skip
"""What 8.0 and 9.0 say beyond the older listings (quoted; the release that began it is assumed)."""


@leaf("storage vmfs extent list", Grammar((option("-i", "--ignore-errors"),), summary="Devices of the mounted volumes."))
def list_extents(call: Call) -> int:
    """On which device each mounted volume is."""
    rows = []
    for found in file_systems(host_of(call)):
        if found.mounted and not found.nfs:
            fields: dict[str, Value] = {"Volume Name": found.name, "VMFS UUID": found.volume, "Extent Number": 0}
            rows.append(Row({**fields, "Device Name": found.device, "Partition": 1}))
    return EXTENTS.show(call, rows)
