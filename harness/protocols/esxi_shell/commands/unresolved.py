"""Copies of VMFS volumes: ``esxcfg-volume`` and ``esxcli storage vmfs snapshot``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.operations import storage, unresolved
from harness.protocols.esxi_shell.file_systems import MIB
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row, print_body
from harness.protocols.esxi_shell.refusals import refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.world.storage import Lun
from harness.world.unresolved import Reason, Unresolved, unresolved_volumes

_OURS = "our own words"
_EL = "virtuallyhyper 2012-08-20, ESX 4.x"
_NOTE = "public blog note of 2021-07-16, ESXi 6.x"

REASONS: Mapping[Reason, Text] = {
    Reason.ORIGINAL_ONLINE: Text(
        "vmfs-snapshot.original-online", Reason.ORIGINAL_ONLINE, "quoted",
        "public PowerCLI capture of 2018 and TrueNAS documentation: esxcli storage vmfs snapshot list", ("6.",),
    ),
    Reason.IN_USE: Text("vmfs-snapshot.in-use", Reason.IN_USE, "quoted", "vmware/pyvmomi issue 396 of 2016", ("6.",)),
    Reason.MOUNTED: Text("vmfs-snapshot.mounted", Reason.MOUNTED, "assumed", _OURS),
    Reason.DUPLICATE: Text("vmfs-snapshot.duplicate", Reason.DUPLICATE, "assumed", _OURS),
    Reason.READ_ONLY: Text("vmfs-snapshot.read-only", Reason.READ_ONLY, "assumed", _OURS),
}  # fmt: skip
SNAPSHOTS = Listing(
    Text("esxcli.vmfs-snapshot.list", "{body}", "quoted", f"VMware KB 1011387, 5.x; {_NOTE}", ("5.", "6.")),
    "VMFSSnapshot", "simple",
)  # fmt: skip
VOLUMES = Text("esxcfg-volume.list", "{body}", "quoted", _NOTE, ("6.",))
PERSISTENTLY = Text("esxcfg-volume.persistently", "Persistently Mounting volume {name}", "quoted", _EL, ("4.",))
MOUNTING = Text("esxcfg-volume.mounting", "Mounting volume {name}", "assumed", "after the line for -M of ESX 4.x")
RESIGNATURING = Text("esxcfg-volume.resignaturing", "Resignaturing volume {name}", "quoted", _EL, ("4.",))
UNMOUNTING = Text("esxcfg-volume.unmounting", "Unmounting volume {name}", "assumed", "after the line for -M of ESX 4.x")
NO_COPY = Text("vmfs-snapshot.none", "No unresolved VMFS volume {name} could be found.", "assumed", _OURS)
SEVERAL = Text(
    "vmfs-snapshot.several", "Several unresolved VMFS volumes are labelled {name}: name one by its UUID.", "assumed", _OURS
)
ALREADY = Text("vmfs-snapshot.already", "The volume {name} is already mounted.", "assumed", _OURS)
NOT_FORCED = Text("vmfs-snapshot.not-forced", "No copy of the volume {name} is mounted.", "assumed", _OURS)
CANNOT = Text("vmfs-snapshot.cannot", "The volume {name} cannot be {done}: {reason}.", "assumed", _OURS)

LVM_SPACE = 256
"""MiB of a LUN beyond its last block: 511743 is the last one of a LUN of 512000 (quoted listings of ``esxcfg-volume``)."""


def _known(host: SimulatedHost) -> list[Unresolved]:
    return unresolved_volumes(host.world, host.host)


def _find(call: Call, name: str) -> Unresolved | None:
    """The volume of that UUID or label, one that is not mounted before one that is; None after saying that there is none."""
    found = [volume for volume in _known(host_of(call)) if name in {volume.vmfs.id, volume.vmfs.label}]
    if len({volume.vmfs.id for volume in found}) > 1:
        call.fail(SEVERAL, name=name)
        return None
    if not found:
        call.fail(NO_COPY, name=name)
        return None
    return min(found, key=lambda volume: volume.mounted)


def _reason(call: Call, reason: Reason | None) -> str:
    """A reason in words, noted as shown; nothing for none."""
    if reason is None:
        return ""
    REASONS[reason].note_on(call.host)
    return reason.value


def _mount(call: Call, name: str, *, persistent: bool, says: Text | None = None) -> int:
    found = _find(call, name)
    if found is None:
        return 1
    if says:
        call.say(says, name=name)
    if found.mounted:
        return call.fail(ALREADY, name=name)
    if found.unmountable:
        return call.fail(CANNOT, name=name, done="mounted", reason=_reason(call, found.unmountable))
    host_of(call).gateway.perform(unresolved.force_mount, host_of(call).name, found.vmfs.id, persistent=persistent)
    return 0


def _resignature(call: Call, name: str, says: Text | None = None) -> int:
    found = _find(call, name)
    if found is None:
        return 1
    if says:
        call.say(says, name=name)
    if found.unresignaturable:
        return call.fail(CANNOT, name=name, done="resignatured", reason=_reason(call, found.unresignaturable))
    host_of(call).gateway.perform(unresolved.resignature, host_of(call).name, found.vmfs.id)
    return 0


def _unmount(call: Call, name: str) -> int:
    found = _find(call, name)
    if found is None:
        return 1
    if not any(mount.forced and mount.volume == found.vmfs.id for mount in host_of(call).host.mounts.values()):
        return call.fail(NOT_FORCED, name=name)
    call.say(UNMOUNTING, name=name)
    host_of(call).gateway.perform(storage.unmount, host_of(call).name, found.vmfs.id)
    return 0


_ACTIONS = Grammar(
    (
        option("-l", "--list", help="the volumes that are copies of others"),
        option("-m", "--mount", value="uuid|label", help="mount a copy with its signature kept, until the next boot"),
        option("-M", "--persistent-mount", value="uuid|label", help="the same, and again at each boot"),
        option("-u", "--umount", value="uuid|label", help="unmount a copy, and mount it no more at boots"),
        option("-r", "--resignature", value="uuid|label", help="give a copy a UUID and a label of its own"),
    ),
    summary="Copies of VMFS volumes, which no host mounts by itself.",
)
"""``-l``, ``-m``, ``-M`` and ``-r`` are quoted; ``-u`` and the long names are from memory."""


def _esxcfg_volume(call: Call) -> int:
    given = [key for key in ("l", "m", "M", "u", "r") if call.parsed.has(key)]
    if len(given) != 1:
        raise UsageError("say what to do, by one option")
    (action,) = given
    name = call.parsed.value(action)
    match action:
        case "l":
            return _list(call)
        case "m":
            return _mount(call, name, persistent=False, says=MOUNTING)
        case "M":
            return _mount(call, name, persistent=True, says=PERSISTENTLY)
        case "u":
            return _unmount(call, name)
        case _:
            return _resignature(call, name, says=RESIGNATURING)


esxcfg_volume = Command("esxcfg-volume", _ACTIONS, refusable(_esxcfg_volume), "/sbin")


def _list(call: Call) -> int:
    """The form for a volume that cannot be used, with the reason in brackets, is from memory."""
    lines = [line for found in _known(host_of(call)) for line in _lines(call, found)]
    return print_body(call, VOLUMES, "".join(f"{line}\n" for line in lines))


def _lines(call: Call, found: Unresolved) -> Iterator[str]:
    scan = host_of(call).style("volume-scan-line")
    if scan:
        yield scan
    yield f"VMFS UUID/label: {found.vmfs.id}/{found.vmfs.label}"
    yield f"Can mount: {_answer(call, found.unmountable)}"
    yield f"Can resignature: {_answer(call, found.unresignaturable)}"
    for lun in found.copies:
        yield f"Extent name: {lun.device}:1     range: 0 - {_last_block(lun)} (MB)"
    yield ""


def _answer(call: Call, reason: Reason | None) -> str:
    return f"No ({_reason(call, reason)})" if reason else "Yes"


def _last_block(lun: Lun) -> int:
    return lun.size // MIB - LVM_SPACE - 1


_LABEL = option("-l", "--volume-label", value="label", help="by its label")
_UUID = option("-u", "--volume-uuid", value="uuid", help="by its UUID")
_ONCE = option("-n", "--no-persist", help="not again at the next boot")


def _wanted(call: Call) -> str:
    given = [call.parsed.value(key) for key in ("l", "u") if call.parsed.has(key)]
    if len(given) != 1:
        raise UsageError("name the volume by one option")
    return given[0]


@leaf("storage vmfs snapshot list", Grammar((_LABEL, _UUID), summary="Copies of VMFS volumes."))
def list_snapshots(call: Call) -> int:
    """The unresolved volumes, those that are mounted by force among them (quoted)."""
    wanted = {call.parsed.value(key) for key in ("l", "u") if call.parsed.has(key)}
    rows = [_row(call, found) for found in _known(host_of(call)) if wanted <= {found.vmfs.id, found.vmfs.label}]
    return SNAPSHOTS.show(call, rows)


def _row(call: Call, found: Unresolved) -> Row:
    return Row(
        {
            "Volume Name": found.vmfs.label,
            "VMFS UUID": found.vmfs.id,
            "Can mount": found.unmountable is None,
            "Reason for un-mountability": _reason(call, found.unmountable),
            "Can resignature": found.unresignaturable is None,
            "Reason for non-resignaturability": _reason(call, found.unresignaturable),
            "Unresolved Extent Count": len(found.copies),
        },
        found.vmfs.id,
    )


@leaf("storage vmfs snapshot mount", Grammar((_LABEL, _UUID, _ONCE), summary="Mount a copy with its signature kept."))
def mount_snapshot(call: Call) -> int:
    """Mount by force on this host; persistent unless ``-n`` is given (quoted). Silent (quoted)."""
    return _mount(call, _wanted(call), persistent=not call.parsed.has("n"))


@leaf("storage vmfs snapshot resignature", Grammar((_LABEL, _UUID), summary="Give a copy a signature of its own."))
def resignature_snapshot(call: Call) -> int:
    """Resignature, on disk; silent (quoted)."""
    return _resignature(call, _wanted(call))
