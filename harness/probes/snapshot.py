"""What all wires show at one moment, and what differs between two such moments (ALL-03).

A reading belongs to one or more subjects (a mount to its host and its datastore); it is compared where both moments have it or
where it came or went. While vCenter does not answer, only what the hosts' shells show is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from harness.probes.failures import CenterUnreachable
from harness.probes.inventory import Inventory
from harness.probes.listings import read_blocks, read_table
from harness.probes.looks import USUAL_HARDWARE, read_inventory
from harness.probes.operator import Operator
from harness.probes.ssh import CommandResult
from harness.probes.switch_listings import read_vswitches

if TYPE_CHECKING:
    from harness.probes.brokers import DesktopView

VCENTER, VIEW = "vCenter", "View"
DESKTOP = "desktop of"
ABSENT = "not there"
RUNS = "runs in world"
COMMANDS = {
    "mounts": "esxcli storage filesystem list",
    "machines": "esxcli vm process list",
    "switches": "esxcfg-vswitch -l",
    "maintenance": "vim-cmd hostsvc/runtimeinfo | grep -i inMaintenanceMode",
}
EPHEMERAL = "ephemeral"
MARK = "--- blackstart: "
LINE = "; ".join(f"echo '{MARK}{part}'; {command}" for part, command in COMMANDS.items())


class Reading(NamedTuple):
    """One thing that a wire shows: whose it is, what of it, and by which wire."""

    subjects: tuple[str, ...]
    aspect: str
    view: str


class Difference(NamedTuple):
    """A reading that is not what it was."""

    reading: Reading
    before: str
    after: str

    def __str__(self) -> str:
        of = " on ".join(self.reading.subjects)
        return f"{of}: {self.reading.aspect} ({self.reading.view}): {self.before} before, {self.after} now"


@dataclass(frozen=True)
class Snapshot:
    """All readings of one moment. ``silent`` are the views that gave none."""

    readings: Mapping[Reading, str]
    silent: frozenset[str] = frozenset()


def take_snapshot(operator: Operator) -> Snapshot:
    """Read everything once: one call to each vCenter Server, one command on each host, and who gets which desktop of View.

    The only vCenter Server is called that; of several each by its name.
    """
    readings: dict[Reading, str] = {}
    silent: set[str] = set()
    for center in operator.centers:
        view = VCENTER if len(operator.centers) == 1 else center.name
        try:
            readings.update(_from_inventory(read_inventory(center, USUAL_HARDWARE), view))
        except CenterUnreachable:
            silent.add(view)
        readings[Reading((view,), "answers", "API")] = _word(view not in silent)
    for host, said in zip(operator.hosts, operator.run_everywhere(LINE), strict=True):
        readings[Reading((host,), "answers", "SSH")] = _word(isinstance(said, CommandResult))
        if isinstance(said, CommandResult):
            readings.update(_from_output(host, said.output))
        else:
            silent.add(host)
    shown = dict(_from_view(operator))
    brokered = any(key.view == VIEW for key in shown)
    return Snapshot({**readings, **shown}, frozenset(silent if brokered else {*silent, VIEW}))


def compare(before: Snapshot, after: Snapshot) -> list[Difference]:
    """What differs, in the order of subjects. A view that was silent at either moment says nothing about the other."""
    silent = before.silent | after.silent
    keys = [key for key in before.readings.keys() | after.readings.keys() if key.view not in silent]
    values = ((key, before.readings.get(key, ABSENT), after.readings.get(key, ABSENT)) for key in keys)
    found = [Difference(key, then, now) for key, then, now in values if then != now]
    return sorted(found, key=lambda each: (each.reading.subjects, str(each)))


class Explanation(NamedTuple):
    """What an outcome has looked at: of these subjects, seen together, the readings whose aspect begins so."""

    subjects: frozenset[str]
    aspect: str


def unexplained(
    differences: Collection[Difference], named: Collection[str], looked_at: Collection[Explanation] = ()
) -> list[Difference]:
    """The differences that belong to nothing that is ``named``, and are not among what was ``looked_at``.

    What a host has of something else (a mount, a VM, a port) belongs to that, and not to the host. Short host names count.
    """
    known = set(named)
    found = [each for each in differences if known.isdisjoint(_names(each.reading.subjects[:1]))]
    return [each for each in found if not _covered(each.reading, looked_at)]


def _covered(reading: Reading, looked_at: Collection[Explanation]) -> bool:
    names = _names(reading.subjects)
    return any(reading.aspect.startswith(looked.aspect) and looked.subjects <= names for looked in looked_at)


def _names(subjects: Sequence[str]) -> set[str]:
    return {*subjects, *(subject.partition(".")[0] for subject in subjects)}


@lru_cache(maxsize=100)
def _from_inventory(seen: Inventory, view: str) -> Mapping[Reading, str]:
    """What vCenter shows, for good: an inventory does not change."""
    return dict(_from_parts(seen, view))


def _from_parts(seen: Inventory, view: str) -> Iterator[tuple[Reading, str]]:
    clusters = {row.ref: name for name, row in seen.clusters.items()}
    for host in seen.hosts.values():
        yield Reading((host.name,), "connection", view), host.connection
        yield Reading((host.name,), "maintenance mode", view), _word(host.maintenance)
        yield Reading((host.name,), "cluster", view), clusters.get(host.cluster, "none")
    for machine in seen.machines.values():
        yield Reading((machine.name,), "power", view), machine.power
        yield Reading((machine.name,), "host", view), machine.host
        yield Reading((machine.name,), "files", view), machine.vmx
        yield Reading((machine.name,), "disks", view), ", ".join(machine.disks)
        for nic in machine.nics:
            yield Reading((machine.name,), nic.label, view), str(nic)
    for store in seen.datastores.values():
        for name, accessible in store.accessible.items():
            yield Reading((store.name, name), "accessible", view), _word(accessible)
    for group in seen.groups.values():
        ports = "made when VMs power on" if group.binding == EPHEMERAL else str(group.ports)
        yield Reading((group.name,), "ports", view), ports
        yield Reading((group.name,), "auto-expand", view), _word(group.auto_expand)
    for switch, identifier in seen.switches.items():
        yield Reading((switch,), "identifier", view), identifier
    for name, row in seen.clusters.items():
        yield Reading((name,), "vSphere HA", view), _word(bool(row.values.get("configuration.dasConfig.enabled")))


@lru_cache(maxsize=500)
def _from_output(host: str, output: str) -> Mapping[Reading, str]:
    """What one host shows, by the output of ``LINE``: hosts that have just begun mostly print the same."""
    parts = {part: text for part, _, text in (piece.partition("\n") for piece in output.split(MARK)[1:])}
    return dict(_from_listings(host, parts))


def _from_listings(host: str, parts: Mapping[str, str]) -> Iterator[tuple[Reading, str]]:
    for row in read_table(parts["mounts"]):
        yield Reading((row["Volume Name"] or row["UUID"], host), "mounted", host), row["Mounted"]
    for block in read_blocks(parts["machines"]):
        yield Reading((block[""], host), RUNS, host), block["World ID"]
    for switch in read_vswitches(parts["switches"]):
        yield Reading((switch.name, host), "switch", host), "there"
        for port, client in switch.clients.items():
            if client:
                yield Reading((client.rpartition(".")[0] or client, host), f"port {port} of {switch.name}", host), client
    yield Reading((host,), "maintenance mode", host), _word("= true" in parts["maintenance"])


def _from_view(operator: Operator) -> Iterator[tuple[Reading, str]]:
    """Which connection servers broker, and by one that does which desktop each user gets, and how it is."""
    shown: dict[str, list[DesktopView]] | None = None
    for name in operator.place.view:
        server = operator.broker(name)
        if shown is not None:
            brokers = server.answers()
        else:
            shown = server.desktops_of_all()
            brokers = shown is not None
        yield Reading((name,), "brokers", "XML"), _word(brokers)
    for user, desktops in (shown or {}).items():
        for desktop in desktops:
            yield Reading((desktop.machine,), f"{DESKTOP} {user} in {desktop.pool}", VIEW), desktop.state


def _word(value: bool) -> str:
    return "yes" if value else "no"
