"""Replicated storage as an operator handles it: consistency groups at their arrays, and replicas on the hosts that take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from harness.probes.failures import Absent, ArrayRefusal, ArrayUnreachable, Unmet
from harness.probes.listings import read_blocks, read_table
from harness.probes.looks import HOSTS_AND_DATASTORES
from harness.probes.operator import Operator
from harness.probes.ssh import CommandResult
from harness.units import Instant

if TYPE_CHECKING:
    from harness.probes.arrays import ArrayClient, GroupAction, GroupView, LunView

MOUNTS = "esxcli storage filesystem list"
LIST = "esxcli storage vmfs snapshot list"
RESCAN = "esxcfg-rescan -A"
FOR_ONE_BOOT = "esxcfg-volume -m"
UNKNOWN = "not_found"
"""An array's code for what it does not have."""


@dataclass(frozen=True)
class CopySeen:
    """A copy of a VMFS volume as a host lists it; ``reason`` says why it cannot be mounted, empty where it can."""

    label: str
    volume: str
    mountable: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.label} ({self.volume}): {'mountable' if self.mountable else self.reason or 'not mountable'}"


class Replicas:
    """What an operator does to consistency groups and their replicas, and sees of them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def group(self, name: str) -> GroupView:
        """The consistency group, as the array that holds its replicas shows it, or another one where that does not answer."""
        return self._keeper(name)[1]

    def held_at(self, group: str) -> Instant:
        """Of which moment the data are that the replicas were made from."""
        completed = self.group(group).completed or self._operator.notes.completed.get(group)
        if completed is None:
            raise Absent("completed replication", group, "its array")
        return completed

    def note_completed(self, group: str) -> None:
        """Write down of which moment the data are that the replicas hold."""
        self._operator.notes.completed[group] = self.held_at(group)

    def act(self, group: str, action: GroupAction) -> None:
        """Have that array do something with the group."""
        self._keeper(group)[0].act(group, action)

    def make_writable(self, group: str) -> None:
        """Let hosts write to the replicas of a group."""
        keeper, shown = self._keeper(group)
        for _, target in shown.pairs:
            keeper.make_writable(target)

    def present(self, group: str, hosts: Iterable[str]) -> None:
        """Let these hosts reach the replicas of a group."""
        names, (keeper, shown) = [self._operator.host_name(host) for host in hosts], self._keeper(group)
        for _, target in shown.pairs:
            keeper.present(target, names)

    def rescan(self, hosts: Iterable[str]) -> None:
        """Rescan all adapters of these hosts."""
        for host in hosts:
            self._operator.shell(host).run(RESCAN).succeeded()

    def mount(self, group: str, command: str, hosts: Sequence[str], left: str = "") -> None:
        """On each host, ``command`` with the UUID of each copy that the host lists and that is of the group, but ``left``.

        All in one line, which ends where one fails, and before the first copy that the host does not list. All hosts list before
        the first one mounts: that changes nothing for the others, as a signature of its own for the copy would.
        """
        labels = [label for label in self.labels(group) if label != left]
        for host, said in zip(hosts, self._operator.ask_all(hosts, LIST), strict=True):
            shell = self._operator.shell(host)
            found = {copy.label: copy for copy in _copies(said)}
            listed = list(takewhile(found.__contains__, labels))
            if listed:
                shell.run(" && ".join(f"{command} {found[label].volume}" for label in listed)).succeeded()
            if listed != labels:
                raise Absent("copy of a volume", labels[len(listed)], f"the list of {shell.name}", tuple(found))

    def take(self, group: str, hosts: Sequence[str], command: str = FOR_ONE_BOOT) -> None:
        """All that the procedure does to storage: the replicas of a group are writable, and mounted on these hosts."""
        self.act(group, "break")
        self.make_writable(group)
        self.present(group, hosts)
        self.rescan(hosts)
        self.mount(group, command, hosts)

    def mount_but(self, group: str, command: str, hosts: Iterable[str], left: str) -> None:
        """The same on all of these hosts but one."""
        self.mount(group, command, self.others(hosts, left))

    def others(self, hosts: Iterable[str], left: str) -> list[str]:
        """These hosts but one."""
        out = self._operator.host_name(left)
        return [host for host in hosts if self._operator.host_name(host) != out]

    def check_mounted(self, group: str, hosts: Sequence[str]) -> list[str]:
        """Each of these hosts lists the datastores of a group as mounted; their names."""
        labels = self.labels(group)
        for host, said in zip(hosts, self._operator.ask_all(hosts, MOUNTS), strict=True):
            rows = read_table(said.succeeded().output)
            mounted = [row["Volume Name"] for row in rows if row["Mounted"] == "true"]
            if not labels or not set(labels) <= set(mounted):
                raise Unmet(host, f"{', '.join(labels)} mounted", [("its shell", ", ".join(mounted) or "nothing")])
        return labels

    def check_unmounted(self, group: str, hosts: Sequence[str]) -> list[str]:
        """None of these hosts lists a datastore of a group as mounted; the names of the datastores."""
        labels = self.labels(group)
        for host, said in zip(hosts, self._operator.ask_all(hosts, MOUNTS), strict=True):
            rows = read_table(said.succeeded().output)
            mounted = [row["Volume Name"] for row in rows if row["Mounted"] == "true"]
            if not labels or set(labels) & set(mounted):
                raise Unmet(host, f"none of {', '.join(labels)} mounted", [("its shell", ", ".join(mounted) or "nothing")])
        return labels

    def labels(self, group: str) -> list[str]:
        """The datastores whose replicas a group has, by the names that its array has for the LUNs."""
        keeper, shown = self._keeper(group)
        named = {lun.device: lun.name for lun in keeper.luns()}
        return [named[target] for _, target in shown.pairs]

    def copies(self, host: str) -> list[CopySeen]:
        """The unresolved volumes that a host lists."""
        return _copies(self._operator.shell(host).run(LIST))

    def check_listed(self, label: str, host: str, *, mountable: bool, reason: str = "") -> None:
        """The host lists a copy of that datastore, which it can mount or cannot, for a reason that holds ``reason``."""
        copies = self.copies(host)
        found = [copy for copy in copies if copy.label == label]
        if not any(copy.mountable is mountable and reason in copy.reason for copy in found):
            expected = f"a copy of {label} that can{'' if mountable else 'not'} be mounted{f': {reason}' if reason else ''}"
            raise Unmet(host, expected, [(LIST, ", ".join(map(str, copies)) or "nothing")])

    def check_not_listed(self, label: str, host: str) -> None:
        """The host lists no copy of that datastore, of which an array has one."""
        known = {lun.name for name in self._operator.place.arrays for lun in self._luns(name)}
        if label not in known:
            raise Absent("LUN", label, "the arrays that answer", tuple(known))
        copies = self.copies(host)
        if any(copy.label == label for copy in copies):
            raise Unmet(host, f"no copy of {label}", [(LIST, ", ".join(map(str, copies)))])

    def _luns(self, array: str) -> list[LunView]:
        """The LUNs of an array; none where it does not answer."""
        try:
            return self._operator.array(array).luns()
        except ArrayUnreachable:
            return []

    def check_renamed(self, center: str, group: str, prefix: str) -> list[str]:
        """For each datastore of a group, vCenter shows another one of another volume, named by ``prefix`` and it; their names."""
        seen, labels = self._operator.at(center).look(HOSTS_AND_DATASTORES), self.labels(group)
        found = [name for label in labels for name in seen.datastores if name.startswith(prefix) and name.endswith(label)]
        old = {seen.datastore(label).volume for label in labels}
        if len(found) != len(labels) or old & {seen.datastore(name).volume for name in found}:
            shown = ", ".join(f"{name} ({store.volume})" for name, store in seen.datastores.items())
            raise Unmet(group, f"a datastore {prefix}... for each of {', '.join(labels)}", [(center, shown)])
        return found

    def check_state(self, group: str, state: str, *direction: str) -> None:
        """The arrays show the group in that state, and replicated from one array to the other in that direction."""
        shown = self.group(group)
        arrays = (shown.source_array, shown.target_array)
        if shown.state != state or (direction and direction != arrays):
            found = f"{shown.state} from {' to '.join(arrays)}: {shown.reason}"
            raise Unmet(group, " ".join((state, *direction)), [("the array", found)])

    def _keeper(self, group: str) -> tuple[ArrayClient, GroupView]:
        """Of the arrays that answer and have a part in the group the one that holds its replicas, where it is among them.

        The one that held them last is asked first, and the others only where it does not any more.
        """
        keepers = self._operator.notes.keepers
        found: list[tuple[ArrayClient, GroupView]] = []
        for name in sorted(self._operator.place.arrays, key=lambda each: each != keepers.get(group)):
            array = self._operator.array(name)
            shown = _shown_by(array, group)
            if shown and shown.target_array == name:
                keepers[group] = name
                return array, shown
            if shown:
                found.append((array, shown))
        if not found:
            raise Absent("consistency group", group, "the arrays that answer", tuple(self._operator.place.arrays))
        return found[0]


def _shown_by(array: ArrayClient, group: str) -> GroupView | None:
    """A group as an array shows it; None where it does not answer, or has no part in the group."""
    try:
        return array.group(group)
    except ArrayUnreachable:
        return None
    except ArrayRefusal as error:
        if error.code != UNKNOWN:
            raise
        return None


def _copies(said: CommandResult) -> list[CopySeen]:
    return [_copy(block) for block in read_blocks(said.succeeded().output) if "VMFS UUID" in block]


def _copy(block: dict[str, str]) -> CopySeen:
    mountable = block["Can mount"] == "true"
    return CopySeen(block["Volume Name"], block["VMFS UUID"], mountable, block.get("Reason for un-mountability", ""))
