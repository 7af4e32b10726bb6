"""What a host tells of the VMFS volumes that it has mounted, and of disks on them: ``esxcfg-scsidevs -m`` and ``vmkfstools``."""

from __future__ import annotations

from harness.operations import machines, storage
from harness.protocols.esxi_shell.file_systems import MIB, FileSystem, file_systems
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import FileError
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.refusals import refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_files import VOLUMES
from harness.protocols.esxi_shell.simulated_host import host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import DeviceId

MAPPINGS = Text("esxcfg-scsidevs.volumes", "{body}", "quoted", "public notes of ESXi 5.5", ("5.5",))
NOT_ON_VOLUME = Text("vmkfstools.no-volume", "{path} is not on a VMFS volume.", "assumed", "our own words")
UNREADABLE = Text("vmkfstools.unreadable", "{path}: {problem}", "assumed", "our own words")
CONSISTENT = Text("vmkfstools.chain", "Disk chain is consistent.", "quoted", "public notes of ESXi, and of a kindred tool")
INCONSISTENT = Text("vmkfstools.no-chain", "{problem}", "assumed", "after the text of a power-on that fails")

SYSTEM_FILES = 13
"""Files of an almost empty VMFS-6 volume that no listing shows (quoted: 16384 at most, 16371 free)."""
MOST_FILES = {"VMFS-5": 130000, "VMFS-6": 16384}
MOST_BLOCKS = {"VMFS-5": 32000, "VMFS-6": 16384}
"""How many files and sub-blocks a volume can have (VMFS-6 quoted, VMFS-5 from memory)."""


def _esxcfg_scsidevs(call: Call) -> int:
    """Partition, its path, UUID, a number that is 0 in every capture, label."""
    if not call.parsed.has("m"):
        raise UsageError("nothing to do")
    lines = []
    for found in _vmfs(call):
        partition = f"{found.device}:1"
        lines.append(f"{partition:<64} /vmfs/devices/disks/{partition} {found.volume}  0  {found.name}\n")
    return print_body(call, MAPPINGS, "".join(lines))


esxcfg_scsidevs = Command(
    "esxcfg-scsidevs",
    Grammar((option("-m", "--vmfs", help="the devices of the mounted volumes"),)),
    refusable(_esxcfg_scsidevs),
    "/sbin",
)

_TOOL = Grammar(
    (
        option("-V", help="look for volumes on the known devices"),
        option("-P", "--queryfs", help="tell of the volume that holds a file"),
        option("-h", "--humanreadable", help="sizes in units"),
        option("-e", "--chainConsistent", help="check that a virtual disk can be opened with all that is behind it"),
        option("-v", "--verbose", value="level", help="1: more of the volume"),
    ),
    "[path]",
    most=1,
)


def _vmkfstools(call: Call) -> int:
    if call.parsed.has("V"):
        host_of(call).gateway.perform(storage.rescan_volumes, host_of(call).name)
        return 0
    if not call.parsed.positionals or not (call.parsed.has("P") or call.parsed.has("e")):
        raise UsageError("nothing to do")
    act = _query if call.parsed.has("P") else _check_chain
    return act(call, call.parsed.positionals[0])


vmkfstools = Command("vmkfstools", _TOOL, refusable(_vmkfstools), "/sbin")


def _vmfs(call: Call) -> list[FileSystem]:
    return [found for found in file_systems(host_of(call)) if found.mounted and not found.nfs]


def _query(call: Call, written: str) -> int:
    try:
        real = call.host.files.resolve(call.path(written))
    except FileError as problem:
        return call.fail(UNREADABLE, path=written, problem=problem.words)
    volume = real.removeprefix(f"{VOLUMES}/").partition("/")[0] if real.startswith(f"{VOLUMES}/") else ""
    found = next((known for known in _vmfs(call) if known.volume == volume), None)
    if found is None:
        return call.fail(NOT_ON_VOLUME, path=written)
    verbose = call.parsed.number("v", 0) > 0
    return _describe(call, found, "vmkfstools-volume-verbose" if verbose else "vmkfstools-volume")


def _check_chain(call: Call, written: str) -> int:
    """A disk in use is looked at as well (assumed)."""
    host = host_of(call)
    disk = host.world.locate(host.name, call.path(written))
    if disk is None:
        return call.fail(NOT_ON_VOLUME, path=written)
    broken = host.gateway.perform(machines.inspect_disk, host.name, disk)
    if broken is None:
        return call.say(CONSISTENT)
    phrase = "reason.disk-missing" if broken.missing else "reason.disk-parent-modified"
    told = host.release.phrase(phrase).value.format(disk=broken.disk.absolute, link=broken.link.absolute)
    return call.fail(INCONSISTENT, problem=told)


def _describe(call: Call, found: FileSystem, form: str) -> int:
    release = host_of(call).release
    fact = release.format(form)
    template = "".join(f"{line}\n" for line in release.lines(form))
    text = Text(f"format.{form}", template, fact.provenance, fact.source)
    return print_body(call, text, text.fill(detail=release.text("vmfs-detail"), **_fields(call, found)))


def _fields(call: Call, found: FileSystem) -> dict[str, object]:
    lun, human = host_of(call).world.luns[DeviceId(found.device)], call.parsed.has("h")
    files, blocks = MOST_FILES[lun.vmfs.version], MOST_BLOCKS[lun.vmfs.version]
    used = SYSTEM_FILES + len(lun.facts)
    return {
        "label": found.name,
        "uuid": found.volume,
        "device": found.device,
        "size": _human(found.size) if human else f"{found.size} ({found.size // MIB} file blocks * {MIB})",
        "free": _human(found.free) if human else f"{found.free} ({found.free // MIB} blocks)",
        "created": f"{lun.vmfs.created:%a %b %d %H:%M:%S %Y}",
        "files": files,
        "files_free": files - used,
        "blocks": blocks,
        "blocks_free": blocks - used,
        "used_files": used,
        "used_blocks": (found.size - found.free) // MIB,
        "clusters": -(-found.size // (512 * MIB)),
    }


def _human(number: int) -> str:
    """``119.8 GB``, ``1013 MB``: as in the captures of 4.x and 6.5."""
    if number < 1024 * MIB:
        return f"{number // MIB} MB"
    return f"{number / (MIB * 1024):.1f} GB" if number < 1024 * 1024 * MIB else f"{number / (MIB * 1024 * 1024):.1f} TB"
